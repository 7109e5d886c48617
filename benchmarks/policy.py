"""What lists that learn truly earn, by month, beside a static playbook: `python -m benchmarks.policy [--seeds 40] [--write]`.

Each seed is one simulated company that lives several times, each time by another policy: with the same customers, the same luck
and the same arms wherever lists agree. Lists are the pipeline's own. Every month's contacts are paid what they truly add, on
average over the futures that there may be, which no company knows.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.flow import ROOT
from benchmarks.futures import margins
from benchmarks.lives import AFTERWARDS, ENDS, HISTORY, Life, config_of, is_limited, is_right, listed, offers_tested
from benchmarks.policies import learned, oracle, static
from benchmarks.policy_page import LEARNED, ORACLE, STATIC, TESTED, page
from benchmarks.resumed import resumed
from pipeline.artifacts import ARTIFACTS
from pipeline.simulator import Settings, World
from pipeline.simulator.offers import NO_OFFER
from pipeline.simulator.played import played_codes

CUSTOMERS, DELIVERIES = 6_000, 15
FUTURES = 6
PAGE = ROOT / "docs" / "policy-truth.md"
Lists = Mapping[str, pd.DataFrame]


def judged(seed: int, customers: int = CUSTOMERS, deliveries: int = DELIVERIES, many: int = FUTURES) -> dict[str, Any]:
    """What every policy earned in every month, and what the whole company earned in each life."""
    with TemporaryDirectory(prefix="churn-policy-") as place:
        root = Path(place)
        config = config_of(seed, customers, root / ARTIFACTS["raw"])
        world = World(Settings(seed=seed, customers=customers, months=HISTORY + deliveries))
        history = [world.step() for _ in range(HISTORY)]
        knows = {
            STATIC: (config, static),
            LEARNED: (config, learned),
            TESTED: (offers_tested(config), learned),
            ORACLE: (config, oracle),
        }
        lives = {name: Life(*of, root, deepcopy(world), list(history)) for name, of in knows.items()}
        months = [dict(_month(month, lives, many)) for month in range(1, deliveries + 1)]
        for life in lives.values():
            for _ in range(AFTERWARDS):
                life.step()
    about = {"right": is_right(seed), "limited": is_limited(seed), "customers": customers}
    return {"seed": seed, **about, "months": months, "lived": {name: life.earned(world.now) for name, life in lives.items()}}


def _month(month: int, lives: Mapping[str, Life], many: int) -> Iterator[tuple[str, Any]]:
    """What each policy's contacts of a month truly add; every life goes on by a month."""
    planned = {name: listed(life) for name, life in lives.items()}
    made = [rows[rows["arm"] == "contact"] for one in planned.values() for rows in one.lists.values()]
    who = pd.concat([rows["customer_id"] for rows in made])
    for name, life in lives.items():
        one = planned[name]
        of = {of_list: rows[rows["arm"] == "contact"] for of_list, rows in one.lists.items()}
        yield name, {"month": month, **one.said, "paid": _paid(life.world, who, of, range(1_000 * month, 1_000 * month + many))}
        life.go_on(one)


def _paid(world: World, who: pd.Series, lists: Lists, luck: range) -> dict[str, Any]:
    """Of each list its contacts, their cost and, by months, what they add to a life without any further contact, cost paid.

    `who` are all who are contacted in any life, so that luck is the same in all of them.
    """
    people = pd.Index(np.sort(who.unique()))
    offered = [np.full(len(people), NO_OFFER), *(_codes(people, rows) for rows in lists.values())]
    mean, _ = margins(world, who, offered, ENDS, luck)
    return {
        name: {
            "contacts": len(rows),
            "offers": {str(code): int(count) for code, count in rows["offer"].value_counts().sort_index().items()},
            "cost": float(rows["cost"].sum()),
            "added": dict(zip(map(str, ENDS), _added(mean[place] - mean[0], rows), strict=True)),
        }
        for place, (name, rows) in enumerate(lists.items(), start=1)
    }


def _codes(people: pd.Index, rows: pd.DataFrame) -> np.ndarray:
    codes = np.full(len(people), NO_OFFER)
    codes[people.get_indexer(pd.Index(rows["customer_id"]))] = played_codes(rows["offer"])
    return codes


def _added(more: np.ndarray, rows: pd.DataFrame) -> Sequence[float]:
    return [round(float(total) - float(rows["cost"].sum()), 2) for total in more.sum(axis=1)]


def main() -> None:
    """Judge every seed and print."""
    parser = argparse.ArgumentParser(description="What lists that learn truly earn beside a static playbook.")
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--customers", type=int, default=CUSTOMERS)
    parser.add_argument("--rows", type=Path, help="a file that keeps what each seed gave, so that a run that was stopped goes on")
    parser.add_argument("--write", action="store_true", help="write docs/policy-truth.md")
    asked = parser.parse_args()
    seeds = range(asked.first, asked.first + asked.seeds)
    made = page(list(resumed(seeds, asked.rows, partial(judged, customers=asked.customers))))
    print(made)
    if asked.write:
        PAGE.write_text(made, encoding="utf-8")


if __name__ == "__main__":
    main()
