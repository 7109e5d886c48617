"""The best that can be foreseen from what a shop sees: the simulated company played again and again under other seeds.

What happened in many other runs of one company on the same dates is what no real company has: as many labels of the very date
to be foreseen as one likes, so nothing has to be forecast and little is left to chance. Trees that learn from all of them, with
the same features, come near the probability given everything observable. The truth itself, which knows the hidden states of
customers, is out of reach of any model.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd

from benchmarks.flow import choices, run
from pipeline.artifacts import ARTIFACTS
from pipeline.model.design_matrix import Columns
from pipeline.model.snapshot_rows import read_catalog, read_plan, read_rows

FIRST_SEED = 1_000  # of the replays; companies to be judged have other seeds
PARAMS = {
    "objective": "binary", "learning_rate": 0.05, "num_leaves": 15, "min_data_in_leaf": 200, "feature_fraction": 0.4,
    "bagging_fraction": 0.7, "bagging_freq": 1, "lambda_l2": 10.0, "max_bin": 63, "verbosity": -1, "seed": 0,
}  # fmt: skip


@dataclass(frozen=True)
class Oracle:
    """Trees for each test date, and the columns they read."""

    boosters: dict[pd.Timestamp, lgb.Booster]
    columns: dict[pd.Timestamp, Columns]

    def churn_probability(self, rows: pd.DataFrame, t: pd.Timestamp) -> np.ndarray:
        """Probability of churning after `t` of customers of another company of the same kind."""
        return np.asarray(self.boosters[t].predict(self.columns[t].matrix(rows)))


@dataclass(frozen=True)
class Company:
    """The labelled rows of the test dates of one replay, and their features."""

    rows: pd.DataFrame
    catalog: list[dict[str, Any]]


def replays(count: int) -> Iterator[Company]:
    """So many companies, one after the other."""
    for number in range(count):
        with TemporaryDirectory(prefix="churn-replay-") as place:
            root = Path(place)
            config = choices(
                "source=demo", f"source.path={root / ARTIFACTS['raw']}", f"seed={FIRST_SEED + number}", "snapshots.count=3"
            )
            run(config, root, ("simulate", "ingest", "snapshots", "features"))
            plan = read_plan(root / ARTIFACTS["snapshots"])
            rows = read_rows(root / ARTIFACTS["features"], root / ARTIFACTS["snapshots"])
            dates = [pd.Timestamp(origin.test) for origin in plan.origins]
            yield Company(rows[rows["t"].isin(dates)], read_catalog(root / ARTIFACTS["features"]))


def learn(companies: list[Company]) -> Oracle:
    """Trees on all companies but the last, which says when to stop."""
    boosters, columns = {}, {}
    for t in sorted(companies[0].rows["t"].unique()):
        *learned, held = [company.rows[company.rows["t"] == t] for company in companies]
        rows = pd.concat(learned, ignore_index=True)
        columns[t] = Columns.learn(rows, companies[0].catalog)
        train, test = (
            columns[t].dataset(columns[t].matrix(frame), frame["y"].astype(float).to_numpy(), weight=frame["weight"].to_numpy())
            for frame in (rows, held)
        )
        boosters[t] = lgb.train(PARAMS, train, 3000, valid_sets=[test], callbacks=[lgb.early_stopping(50, verbose=False)])
    return Oracle(boosters, columns)
