"""The least that could do: bare reads of raw files, bare fits of the same trees (`read FOLDER` or `fit`), bare predictions."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import lightgbm as lgb
import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline import config as configuration
from pipeline.arrays import Floats
from pipeline.artifacts import ARTIFACTS
from pipeline.config import Config
from pipeline.engine import engine, quoted
from pipeline.model import booster
from pipeline.model.booster import ChurnModel
from pipeline.model.design_matrix import Columns
from pipeline.model.snapshot_rows import read_at, read_catalog, read_plan, read_rows, ship_rows, twin_rows
from pipeline.value import value_model
from pipeline.value.expected import of_value

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


def fit(config: Config, root: Path) -> float:
    """Seconds of the fits of the stage `train` below `root`, those of values included, without anything around them."""
    features, snapshots = root / ARTIFACTS["features"], root / ARTIFACTS["snapshots"]
    catalog, plan = read_catalog(features), read_plan(snapshots)
    rows = read_rows(features, snapshots)
    seconds = 0.0
    for frame in (*(twin_rows(rows, origin) for origin in plan.origins), ship_rows(rows, plan)):
        seconds += _fit(frame, frame["y"].to_numpy(), catalog, booster.FIXED, config)
        worth = value_model.stayed(frame)
        if (worth["value"] * worth["weight"]).sum() > 0:
            seconds += _fit(worth, worth["value"].clip(0).to_numpy(), catalog, value_model.FIXED, config)
    return seconds


def _fit(frame: pd.DataFrame, y: Floats, catalog: list[dict[str, Any]], fixed: Mapping[str, Any], config: Config) -> float:
    columns = Columns.learn(frame, catalog)
    matrix = columns.matrix(frame)
    started = time.perf_counter()
    data = columns.dataset(matrix, y, weight=frame["weight"].to_numpy())
    lgb.train({**config.model.params, **fixed, "seed": config.seed}, data, config.model.rounds)
    return time.perf_counter() - started


def predict(root: Path) -> float:
    """Seconds of reading the rows of the stage `score` below `root` and of its predictions, those of values included.

    The matrix is there when the predictions begin.
    """
    features, folder = root / ARTIFACTS["features"], root / ARTIFACTS["challenger"]
    t = read_plan(root / ARTIFACTS["snapshots"]).score
    frame = read_at(features, t)
    started = time.perf_counter()
    pq.read_table(features / "features.parquet", filters=pc.field("t") == pd.Timestamp(t))
    seconds = time.perf_counter() - started
    for model in (ChurnModel.load(folder, "ship"), value_model.ValueModel.load(folder, of_value("ship"))):
        matrix = model.columns.matrix(frame)
        started = time.perf_counter()
        model.booster.predict(matrix)
        seconds += time.perf_counter() - started
    return seconds


if __name__ == "__main__":
    print(f"{read(Path(sys.argv[2])) if sys.argv[1] == 'read' else fit(configuration.load(), Path()):.2f}")
