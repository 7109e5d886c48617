"""What was read of the simulated company's deliveries beside the truth: `python -m pipeline.practice.compare`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from rich.table import Table

from pipeline import config as configuration
from pipeline.artifacts import ARTIFACTS
from pipeline.config import Config
from pipeline.errors import DataUnfitError
from pipeline.figure_files import read_figures
from pipeline.operate.table_console import table_console
from pipeline.simulator.delivery_truth import WINDOW_DAYS
from pipeline.stage import guarded, say

FIGURES = ("churn, points", "saves", "margin", "profit")
Ends = tuple[float, float, float]


def compare(config: Config, root: Path = Path()) -> list[dict[str, Any]]:
    """A row for each figure of each matured delivery: `delivery, figure, read, low, high, true`, and whether it is `held`.

    True is the mean over those contacted of the difference of the chances to leave, times how many they are for the saves; margin
    and profit are what contacting added in this very life of the company. Raises DataUnfitError where there is no such truth.
    """
    truth = root / ARTIFACTS["truth"] / "deliveries.parquet"
    if not truth.exists():
        raise DataUnfitError(
            f"{truth} is missing; deliver, let months pass by `churn compose source.simulate.demo.later_months=4`"
        )
    if (config.definition.gap_days, config.definition.horizon_days) != (0, WINDOW_DAYS) or config.definition.kind != "purchase":
        raise DataUnfitError(
            f"the truth is known of no purchase within {WINDOW_DAYS} days from the first on, not of this definition"
        )
    told = pd.read_parquet(truth)
    found = read_figures(root / ARTIFACTS["outcomes"])["deliveries"]
    rows: list[dict[str, Any]] = []
    for one in found:
        if one["matured"] and one["effect"] is not None:
            drawn = pd.read_parquet(
                root / ARTIFACTS["matured"] / f"{one['as_of']}.parquet", columns=["customer_id", "arm", "drawn"]
            )
            who = drawn.loc[drawn["drawn"] & (drawn["arm"] == "contact"), "customer_id"]
            rows += _beside(one, told[(told["delivery_id"] == one["as_of"]) & told["customer_id"].isin(who)])
    return rows


def _beside(one: Mapping[str, Any], contacted: pd.DataFrame) -> list[dict[str, Any]]:
    """The figures of a delivery, each with its interval and the truth of those contacted."""
    difference = float((contacted["treated"] - contacted["untreated"]).mean())
    margin = float(contacted["margin_by_contact"].sum())
    effect, ends = one["effect"], one["intervals"]
    read = {"churn, points": tuple(100 * effect[name] for name in ("churn_difference", "low", "high"))}
    read |= {name: (one[name], *ends[name]) for name in FIGURES[1:] if ends[name]}
    true = {"churn, points": 100 * difference, "saves": -difference * len(contacted)}
    true |= {"margin": margin, "profit": margin - (one["cost"] or 0.0)}
    return [_row(one["as_of"], name, read[name], true[name]) for name in FIGURES if name in read]


def _row(delivery: str, figure: str, read: Ends, true: float) -> dict[str, Any]:
    middle, low, high = read
    return {
        "delivery": delivery,
        "figure": figure,
        "read": middle,
        "low": low,
        "high": high,
        "true": true,
        "held": low <= true <= high,
    }


def show(rows: list[dict[str, Any]]) -> None:
    """Print a line for each figure."""
    table = Table("delivery", "figure", "read from the data", "95 % interval", "the truth", "held", show_edge=False)
    for row in rows:
        digits = "+,.1f" if row["figure"] == FIGURES[0] else ",.0f"
        read, low, high, true = (format(row[name], digits) for name in ("read", "low", "high", "true"))
        table.add_row(row["delivery"], row["figure"], read, f"{low} to {high}", true, "yes" if row["held"] else "no")
    table_console().print(table)


def main() -> None:
    """Compare in the project's folder."""
    rows = compare(configuration.load())
    if not rows:
        say("no delivery has matured yet")
        return
    show(rows)
    say("an interval of 95 % should miss the truth once in twenty; docs/outcomes-truth.md counts how often it does")


if __name__ == "__main__":
    raise SystemExit(guarded("compare", main))
