"""The least that could do: bare reads of raw files, bare fits of the same trees (`read FOLDER` or `fit`)."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from pipeline import config as configuration
from pipeline.artifacts import ARTIFACTS
from pipeline.engine import engine, quoted
from pipeline.model.booster import FIXED
from pipeline.model.design_matrix import Columns
from pipeline.model.snapshot_rows import read_catalog, read_plan, read_rows

READERS = {".csv": "read_csv({}, all_varchar = true)", ".parquet": "read_parquet({})"}


def read(folder: Path) -> float:
    """Seconds to read every column of every raw file and group it by its first column."""
    started = time.perf_counter()
    with engine() as connection:
        for path in sorted(folder.iterdir()):
            if path.suffix in READERS:
                relation = READERS[path.suffix].format(quoted(path))
                connection.execute(f"SELECT count(COLUMNS(*)) FROM {relation} GROUP BY #1").fetchall()
    return time.perf_counter() - started


def fit() -> float:
    """Seconds of the fits of the `train` stage in the current folder, without anything around them."""
    import lightgbm as lgb

    config = configuration.load()
    features, snapshots = ARTIFACTS["features"], ARTIFACTS["snapshots"]
    catalog, plan = read_catalog(features), read_plan(snapshots)
    rows = read_rows(features, snapshots)
    seconds = 0.0
    for days in (*(origin.train for origin in plan.origins), plan.ship):
        frame = rows[rows["t"].dt.date.isin(days) & (rows["weight"] > 0)]
        matrix = Columns.learn(frame, catalog).matrix(frame)
        started = time.perf_counter()
        data = lgb.Dataset(matrix, frame["y"].to_numpy(), weight=frame["weight"].to_numpy())
        lgb.train({**FIXED, **config.model.params, "seed": config.seed}, data, config.model.rounds)
        seconds += time.perf_counter() - started
    return seconds


if __name__ == "__main__":
    print(f"{read(Path(sys.argv[2])) if sys.argv[1] == 'read' else fit():.2f}")
