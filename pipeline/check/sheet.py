"""The report of the check -> what a person reads: tables, errors, warnings, advice, the horizon."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pipeline.check.findings import Evidence, percent
from pipeline.check.rhythm import sentence
from pipeline.contract.tables import TABLES
from pipeline.counted import counted

HEADINGS = {"error": ("ERRORS", "bold red"), "warning": ("WARNINGS", "bold yellow"), "advice": ("ADVICE", "bold")}
NOTHING = "–"
HORIZONS = {"half": "half", "chosen": "chosen", "double": "double", "proposed": "covers 95 %"}


def show(report: Evidence, console: Console) -> None:
    """Print the report; sentences wrap on a terminal and stay whole in a log."""
    console.print(_tables(report["tables"]))
    _tell(console, f"\n{_size(report)}", indent=0)
    for severity, (heading, style) in HEADINGS.items():
        found = [one for one in report["findings"] if one["severity"] == severity]
        if found:
            console.print(Text(f"\n{heading} ({len(found)})", style=style))
        for one in found:
            _tell(console, f"- {one['sentence']} [{one['code']}]", indent=0)
            _tell(console, f"→ {one['remedy']}", indent=2)
    console.print(Text("\nHORIZON", style="bold"))
    _tell(console, sentence(report), indent=0)
    if any("t" in found for found in report["horizons"].values()):
        console.print(_horizons(report["horizons"]))


def verdict(report: Evidence) -> str:
    """Whether a model can be trained, and if not, why."""
    if report["fit"]:
        warnings = report["counts"]["warning"]
        return "fit to train" + (f", with {counted(warnings, 'warning')} to look at" if warnings else "")
    errors = [one["sentence"] for one in report["findings"] if one["severity"] == "error"]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"cannot train: {errors[0]}{more}"


def _tell(console: Console, words: str, indent: int) -> None:
    if console.is_terminal:
        console.print(Padding(Text(words), (0, 0, 0, indent)))
    else:
        console.print(Text(" " * indent + words), soft_wrap=True)


def _table(*headers: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for number, header in enumerate(headers):
        table.add_column(header, justify="right" if number else "left", no_wrap=True)
    return table


def _tables(tables: dict[str, Any]) -> Table:
    """Where the rows of every table went, so that they add up, and the days they span; narrow enough for 80 characters."""
    rare = [fate for fate in ("left_out", "forgotten") if any(table[fate] for table in tables.values())]
    shown = _table("table", "rows in", "accepted", "quarantined", "merged", *(f.replace("_", " ") for f in rare), "first", "last")
    for name, table in ((name, tables[name]) for name in TABLES if name in tables):
        numbers = (table["rows_in"], table["rows"], sum(table["quarantined"].values()), *(table[f] for f in ("merged", *rare)))
        said = [f"{number:,}" for number in numbers]
        shown.add_row(name, *said, table["first"] or NOTHING, table["last"] or NOTHING)
    return shown


def _size(report: Evidence) -> str:
    orders = report["orders"]
    revenue = orders["revenue_positive"] + orders["revenue_negative"]
    money = f"net revenue {revenue:,.2f}" if orders["lines_with_amount"] else "no amounts"
    customers = f"{orders['customers']:,} customers ({percent(orders['share_with_one_order'])} ordered once)"
    return f"{customers}, {orders['orders']:,} orders, {money}; today is {report['today']}"


def _horizons(horizons: dict[str, Any]) -> Table:
    """Churn rate at other horizons; the reason where the planner has no room for one."""
    shown = _table("horizon", "days", "churn rate", "customers", "test date")
    for name, found in ((name, horizons[name]) for name in HORIZONS if name in horizons):
        rate = found.get("churn_rate")
        usable = found.get("lost", 0) + found.get("kept", 0)
        reason = "nobody at risk" if "t" in found else "too little history"
        said = (percent(rate), f"{usable:,}", found["t"]) if rate is not None else (reason, NOTHING, found.get("t", NOTHING))
        shown.add_row(HORIZONS[name], f"{found['days']:,}", *said)
    return shown
