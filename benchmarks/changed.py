"""Planted changes of behaviour, and the best that can be foreseen after one: trees that learned the truth of a large company.

The company is of another seed and changed in the same way; its customers' true chances at the very dates to be foreseen are what
the trees learn, so nothing is left to chance but what a shop cannot see.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import lightgbm as lgb
import numpy as np
import pandas as pd

from benchmarks.oracle import PARAMS
from benchmarks.retrained import MONTHS, Month, config_of, live, month_of, prepare
from pipeline.arrays import Floats
from pipeline.artifacts import ARTIFACTS
from pipeline.model.design_matrix import Columns
from pipeline.model.snapshot_rows import read_at
from pipeline.simulator.settings import Habits, Settings

CHANGES_AT = 30
WATCHED = 6  # retrainings after the change
CHANGES: Mapping[str, Habits] = {
    "everybody buys at 60 % of their pace": Habits(pace=0.6),
    "twice as many cool off, and others than before": Habits(cools=2.0, pull=-1.0),
}
OF_MANY, SEED = 8_000, 2_000
ROUNDS = 400


@dataclass(frozen=True)
class Oracle:
    """Trees for each date after the change, and the columns they read."""

    boosters: Mapping[date, lgb.Booster]
    columns: Columns

    def churn_probability(self, month: Month) -> Floats:
        """Of everyone at risk on the month's day."""
        return np.asarray(self.boosters[month.plan.score].predict(self.columns.matrix(month.today)), dtype=np.float64)


@lru_cache
def oracle(change: str) -> Oracle:
    """What learned from a company that changed like this."""
    settings = Settings(SEED, OF_MANY, MONTHS, changes_at=CHANGES_AT, changed=CHANGES[change])
    company = live(settings, range(CHANGES_AT, CHANGES_AT + WATCHED + 1))
    days = [company.day(number) for number in company.truth]
    with TemporaryDirectory(prefix="churn-oracle-") as place:
        root = Path(place)
        config = config_of(SEED, root, f"snapshots.as_of={days[-1]}", "snapshots.count=4", "snapshots.origins=1")
        prepare(company.tables, config, root)
        catalog = month_of(config, root).catalog
        rows = {
            day: _known(read_at(root / ARTIFACTS["features"], day), truth)
            for day, truth in zip(days, company.truth.values(), strict=True)
        }
    columns = Columns.learn(pd.concat([frame for frame, _ in rows.values()], ignore_index=True), catalog)
    told = PARAMS | {"objective": "cross_entropy", "num_leaves": 31}
    made = {}
    for day, (frame, p) in rows.items():
        made[day] = lgb.train(told, columns.dataset(columns.matrix(frame), p), ROUNDS)
    return Oracle(made, columns)


def _known(frame: pd.DataFrame, truth: pd.Series) -> tuple[pd.DataFrame, Floats]:
    """Those whose chance is known, and that."""
    p = truth.reindex(frame["customer_id"].astype(str)).to_numpy(np.float64)
    return frame[~np.isnan(p)].reset_index(drop=True), p[~np.isnan(p)]
