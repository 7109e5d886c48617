"""What a list is really worth, on companies whose truth is known: `python -m benchmarks.lists [--seeds 20] [--write]`.

Each seed is a simulated company. The flow makes its scores and its list; other rules make lists of the same budget from the same
offers; then the coming months are lived with and without every offer, and each list is paid what it really adds. What is assumed
of the offers was measured by a pilot in other companies (`benchmarks.pilot`), and every rule is told the same.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import yaml

from benchmarks.flow import ROOT, choices, run
from benchmarks.futures import futures
from benchmarks.lists_page import ORACLE, OURS, UNLIFTED, page
from benchmarks.resumed import resumed
from benchmarks.rivals import allocated, possible, walked
from pipeline.allocation.arms import Drawing
from pipeline.arrays import Floats
from pipeline.artifacts import ARTIFACTS
from pipeline.campaign.archive import before
from pipeline.campaign.known import known_customers
from pipeline.campaign.planning import SCORES, plan_lists
from pipeline.config import Config
from pipeline.config.campaign_section import Campaign
from pipeline.model.folds import label_days
from pipeline.model.snapshot_rows import read_plan
from pipeline.simulator import Settings, World, write_history
from pipeline.simulator.settings import MONTH_DAYS

CUSTOMERS, MONTHS = 3_000, 30
ENDS = (3, 12)  # months
# Who is kept buys on after the window in which others are seen to leave: the value is that of all the months that are paid for.
QUICK = ("experiment=fast", "snapshots.count=3", "features.windows=[30, 90, 365]", f"value.days={max(ENDS) * MONTH_DAYS}")
FLOW = ("ingest", "snapshots", "features", "train", "score")
# The oracle looks at other futures than those that pay: it knows what an offer does to a customer, not what luck will bring.
FORESEEN, LIVED = range(1_000_000, 1_000_024), range(2_000_000, 2_000_048)
PAGE = ROOT / "docs" / "lists-worth.md"
LIMITS: dict[str, Any] = {"budget": 0.5 * CUSTOMERS, "capacity": {"email": CUSTOMERS // 10, "phone": CUSTOMERS // 100}}


@dataclass(frozen=True)
class Company:
    """A simulated company at the day of its list: how it is run, itself, and what the flow made of what it exported."""

    config: Config
    world: World
    known: pd.DataFrame
    ours: pd.DataFrame
    drawing: Drawing


def company(seed: int, root: Path) -> Company:
    """Simulate a company and run the flow on its files, in `root`, until its list is planned; nobody is held out."""
    config = choices("source=demo", *QUICK, f"source.path={root / ARTIFACTS['raw']}", f"seed={seed}")
    rules = config.campaign.allocation.model_dump() | LIMITS | {"holdout_share": 0.0, "control_share": 0.0}
    offers = yaml.safe_load((ROOT / "benchmarks" / "playbook.yaml").read_text(encoding="utf-8"))
    campaign = Campaign.model_validate(config.campaign.model_dump() | {"allocation": rules, "offers": offers})
    config = config.model_copy(update={"campaign": campaign})
    settings = Settings(seed=seed, customers=CUSTOMERS, months=MONTHS)
    world = write_history(settings, root / ARTIFACTS["raw"], root / ARTIFACTS["truth"])
    run(config, root, FLOW)
    clean, snapshots = root / ARTIFACTS["clean"], root / ARTIFACTS["snapshots"]
    day = read_plan(snapshots).score
    profile, has = known_customers(clean, snapshots / "customers.parquet", {}, day, config)
    scores = pd.read_parquet(root / ARTIFACTS["scores"] / "scores.parquet", columns=list(SCORES))
    planned = plan_lists(
        profile, scores, before(root / ARTIFACTS["deliveries"], day, {}, root / ARTIFACTS["delivered"]), config, day, has
    )
    drawing = Drawing(seed, day, label_days(config.definition), campaign.allocation)
    listed = planned.customers[planned.customers["arm"] == "contact"].rename(columns={"expected_cost": "cost"})
    return Company(config, world, planned.customers, listed[["customer_id", "offer", "channel", "cost"]], drawing)


def lists(of: Company, foreseen: dict[int, pd.DataFrame], seed: int) -> dict[str, pd.DataFrame]:
    """Ours and the others, by name; an oracle for each horizon, which has it `foreseen`."""
    rules = of.drawing.rules
    triples = possible(of.known, of.config.campaign.playbook, rules)
    nothing_more = {code: offer.model_copy(update={"stayer_uplift": 0.0}) for code, offer in of.config.campaign.playbook.items()}
    unlifted = possible(of.known, nothing_more, rules)
    luck = pd.Series(np.random.default_rng(seed).random(len(of.known)), index=of.known["customer_id"])
    p, value = (np.asarray(triples[name], dtype=np.float64) for name in ("churn_probability", "expected_value"))
    made = {
        OURS: of.ours,
        "highest risk first": walked(triples, p, rules),
        "random": walked(triples, np.asarray(luck.loc[triples["customer_id"]], dtype=np.float64), rules),
        "highest value first": walked(triples, value, rules),
        UNLIFTED: allocated(unlifted, np.asarray(unlifted["expected_profit"], dtype=np.float64), of.known, of.drawing),
    }
    oracles = {
        f"{ORACLE} {end}": allocated(triples, added(triples, truth), of.known, of.drawing) for end, truth in foreseen.items()
    }
    return made | oracles


def added(listed: pd.DataFrame, truth: pd.DataFrame) -> Floats:
    """What each row's offer really adds to its customer."""
    of = truth.set_index("customer_id").loc[listed["customer_id"]]
    codes = sorted(set(listed["offer"]))
    return np.asarray(
        np.select([(listed["offer"] == code).to_numpy() for code in codes], [of[code].to_numpy() for code in codes])
    )


def judged(seed: int) -> dict[str, Any]:
    """What each list of a company adds, until each horizon; and how many it contacts."""
    with TemporaryDirectory(prefix="churn-lists-") as place:
        of = company(seed, Path(place))
    who = possible(of.known, of.config.campaign.playbook, of.drawing.rules)["customer_id"]
    made = lists(of, futures(of.world, who, ENDS, FORESEEN), seed)
    truth = futures(of.world, who, ENDS, LIVED)
    return {
        "seed": seed,
        "contacts": {name: len(rows) for name, rows in made.items()},
        "offers": {name: rows["offer"].value_counts().to_dict() for name, rows in made.items()},
        "added": {str(end): {name: float(added(rows, truth[end]).sum()) for name, rows in made.items()} for end in ENDS},
    }


def main() -> None:
    """Judge every seed and print."""
    parser = argparse.ArgumentParser(description="What lists are really worth, on simulated companies.")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--rows", type=Path, help="a file that keeps what each seed gave, so that a run that was stopped goes on")
    parser.add_argument("--write", action="store_true", help="write docs/lists-worth.md")
    asked = parser.parse_args()
    found = list(resumed(range(1, asked.seeds + 1), asked.rows, judged))
    made = page(found, ENDS, CUSTOMERS)
    print(made)
    if asked.write:
        PAGE.write_text(made, encoding="utf-8")


if __name__ == "__main__":
    main()
