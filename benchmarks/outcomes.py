"""Whether intervals of outcomes hold the truth, on simulated companies: `python -m benchmarks.outcomes [--seeds 39] [--write]`.

Each seed is a company that makes deliveries by the pipeline's own allocation, with a hold-out; the months go on with the
contacts made; its exports are read in and every delivery is read back as the stage `outcomes` does. What contacting really
changed is known.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.delivering import Company, Lived, config_of, live, settings_of
from benchmarks.flow import ROOT, run
from benchmarks.outcomes_page import page
from benchmarks.resumed import resumed
from pipeline.artifacts import ARTIFACTS
from pipeline.config import Config
from pipeline.contract.facts import open_facts
from pipeline.engine import engine
from pipeline.outcomes.left_alone import left_alone
from pipeline.outcomes.read_delivery import read_delivery
from pipeline.outcomes.untreated import bound, draws
from pipeline.outcomes.what_happened import matures_on
from pipeline.simulator import write_raw

MONTHS, FIRST = 48, 12
APART = {"apart": 3, "monthly": 1}  # months from one delivery to the next; monthly ones repeat arms that still hold
SIZES, SHARES = (1_000, 1_500, 2_000), (0.1, 0.2, 0.5)
PAGE = ROOT / "docs" / "outcomes-truth.md"


def judged(seed: int, how: str) -> dict[str, Any]:
    """What was read of each delivery of a company, beside the truth."""
    size, share = SIZES[seed % 3], SHARES[seed // 3 % 3]
    with TemporaryDirectory(prefix="churn-outcomes-") as place:
        root = Path(place)
        config = config_of(seed, share, str(root / ARTIFACTS["raw"]))
        of = live(settings_of(seed, size, MONTHS), range(FIRST, MONTHS + 1, APART[how]), config)
        write_raw(root / ARTIFACTS["raw"], of.tables)
        run(config, root, ("ingest",))
        found = list(_read(of, config, root))
    return {"seed": seed, "customers": size, "holdout_share": share, "deliveries": found}


def _read(of: Company, config: Config, root: Path) -> Iterator[dict[str, Any]]:
    made = [one.delivered for one in of.lived]
    drawn = draws(made)
    with engine() as connection:
        open_facts(connection, root / ARTIFACTS["clean"], config.definition, of_lines=())
        for one in of.lived:
            t = one.delivered.t
            read, after = read_delivery(connection, one.delivered, made, of.end.date(), config)
            complete = matures_on(t, config.definition)
            truth = _truth(one, of.contacts, complete)
            yield _beside(read, after, one, truth) | {"forecast": _forecast(one, after, bound(t, complete, drawn))}


def _forecast(one: Lived, after: pd.DataFrame, contacted_anyway: pd.Series) -> dict[str, float]:
    """The churn of who was left alone, the chance of those whom they stand for, and how many stand for one of them."""
    scored = after[after["churn_probability"].notna()]
    judged = scored.loc[~scored["customer_id"].isin(contacted_anyway), "customer_id"]
    alone = left_alone(scored)
    realised = float(np.average(alone["churned"], weights=alone["weight"]))
    chance = float(one.untreated.loc[judged].mean())
    return {"realised": realised, "chance": chance, "stood_for": float(alone["weight"].sum()) / len(judged)}


def _beside(read: dict[str, Any], everybody: pd.DataFrame, one: Lived, truth: pd.DataFrame) -> dict[str, Any]:
    """The figures of a delivery and of its parts, each with its interval and the truth."""
    drawn = everybody[everybody["drawn"]].set_index("customer_id")
    rows = one.delivered.assignments.set_index("customer_id").loc[drawn.index].join(truth)
    whole = {"part": "whole", **_figures(read, rows)}
    parts = [
        {
            "part": "offer" if part["intended_offer"] else "segment" if part["segment"] else "list",
            **_figures(part, _of(part, rows)),
        }
        for part in read["parts"]
    ]
    return {"month": one.month, "suspect": read["suspect"], "sample_ratio_p": read["sample_ratio_p"], "parts": [whole, *parts]}


def _truth(one: Lived, contacts: pd.DataFrame, complete: date) -> pd.DataFrame:
    """What contacting does to the chance of leaving, what it did in this life to leaving and to the margin, and what was paid."""
    when = contacts["contacted_at"]
    window = contacts[(when >= pd.Timestamp(one.delivered.t)) & (when < pd.Timestamp(complete))]
    told = one.truth.set_index("customer_id")
    lived = told[["churned_by_contact", "margin_by_contact"]].set_axis(["churned", "margin"], axis="columns")
    paid = window.groupby("customer_id")["cost"].sum().reindex(told.index).fillna(0.0)
    return lived.assign(chance=told["treated"] - told["untreated"], paid=paid)


def _of(part: dict[str, Any], rows: pd.DataFrame) -> pd.DataFrame:
    for name in ("list", "segment", "intended_offer"):
        if part[name] is not None:
            rows = rows[rows[name] == part[name]]
    return rows


def _figures(part: dict[str, Any], rows: pd.DataFrame) -> dict[str, Any]:
    contacted = rows[rows["arm"] == "contact"]
    effect = part["effect"]
    found: dict[str, Any] = {"contacted": len(contacted), "held_out": len(rows) - len(contacted)}
    if effect is None:
        return found
    churn = {name: effect[name] for name in ("churn_difference", "low", "high")}
    truth = {"chance": contacted["chance"].mean(), "chance_of_all": rows["chance"].mean(), "lived": contacted["churned"].mean()}
    found["churn"] = churn | {name: float(figure) for name, figure in truth.items()}
    for name in ("margin", "profit"):
        if part[name] is not None:
            low, high = part["intervals"][name]
            lived = float(contacted["margin"].sum()) - float(contacted["paid"].sum() if name == "profit" else 0)
            found[name] = {"read": part[name], "low": low, "high": high, "lived": lived}
    return found


def main() -> None:
    """Judge every seed and print."""
    parser = argparse.ArgumentParser(description="Whether the intervals of outcomes hold the truth, on simulated companies.")
    parser.add_argument("--seeds", type=int, default=39)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument(
        "--rows", type=Path, help="a folder that keeps what each seed gave, so that a run that was stopped goes on"
    )
    parser.add_argument("--write", action="store_true", help="write docs/outcomes-truth.md")
    asked = parser.parse_args()
    found = {}
    for how in APART:
        rows = asked.rows / f"{how}.jsonl" if asked.rows else None
        found[how] = list(resumed(range(asked.first, asked.first + asked.seeds), rows, partial(judged, how=how)))
    made = page(found)
    print(made)
    if asked.write:
        PAGE.write_text(made, encoding="utf-8")


if __name__ == "__main__":
    main()
