"""The replayed months as a manager reads them: what was decided, what was listed, and whether the forecast came true."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.table import Table

from pipeline.counted import counted
from pipeline.operate.table_console import table_console
from pipeline.stage import say

COLUMNS = (
    "as of",
    "decision",
    "grade",
    "champion",
    "at risk",
    "to contact",
    "expected profit",
    "forecast",
    "left",
    "AUC",
    "log loss",
    "ECE",
)
NOT_YET = "not yet known"


def show_months(report: Mapping[str, Any]) -> None:
    """Print a line a day, then what the columns are and what was passed over."""
    table = Table(show_edge=False)
    for number, column in enumerate(COLUMNS):
        table.add_column(column, justify="left" if number < 4 else "right")
    for month in report["months"]:
        table.add_row(*_row(month))
    table_console().print(table)
    for month in report["months"]:
        if month["exit_code"]:
            say(f"{month['as_of']} has no lists: {month['reason']}")
    say(in_words(report))


def _row(month: Mapping[str, Any]) -> tuple[str, ...]:
    whole = (f"{month[name]:,.0f}" if month[name] is not None else "" for name in ("customers", "contacted", "expected_profit"))
    told = (month["as_of"], month["decision"], month["grade"] or "none", month["champion"] or "none", *whole)
    happened = month["happened"]
    if happened is None:
        return (*told, "" if month["exit_code"] else NOT_YET, *("" for _ in range(4)))
    shares = (f"{100 * happened[name]:.1f} %" for name in ("predicted", "churn_rate"))
    figures = (f"{happened[name]:.3f}" if happened[name] is not None else "" for name in ("auc", "log_loss", "ece"))
    return (*told, *shares, *figures)


def in_words(report: Mapping[str, Any]) -> str:
    """How far off the forecasts were, all known days together."""
    known = [month["happened"] for month in report["months"] if month["happened"]]
    if not known:
        return f"what happened is known until {report['known_until']}: of none of these days the horizon has passed"
    off = sum(abs(one["predicted"] - one["churn_rate"]) for one in known) / len(known)
    days = counted(len(known), "day")
    return (
        f"forecast: share of those at risk expected to leave; left: share that did, as known until {report['known_until']}; "
        f"they lie {100 * off:.1f} points apart on average of {days}"
    )
