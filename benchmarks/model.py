"""Training and scoring beside bare LightGBM: `python -m benchmarks.model [--customers 1000000]` on made-up rows of every feature.

The stage `train` is beside the fits it makes, of the same rows, columns, parameters and rounds, and its memory beside the float32
matrix of all rows; the stage `score`, from Parquet to Parquet, beside reading the rows and `Booster.predict` of the same
matrix by both models. The
seconds are those inside a process: no import is in them.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.floor import fit, predict
from benchmarks.flow import ROOT, choices
from benchmarks.run import in_halves, measure, row
from pipeline.artifacts import ARTIFACTS
from pipeline.config import Config
from pipeline.features.catalog import catalog
from pipeline.features.writing import GROUP
from pipeline.model.folds import Origin, Plan
from pipeline.model.snapshot_rows import read_catalog
from pipeline.stages.score import score
from pipeline.stages.train import train
from pipeline.value.horizon import known_at

SCORED = date(2024, 1, 1)
DAYS = tuple(SCORED - timedelta(days=30 * back) for back in range(12, 0, -1))
PLAN = Plan(date(2022, 1, 1), SCORED, (Origin(DAYS[-3], DAYS[:6]),), DAYS[:9], DAYS[9:])
TRAINED = 0.05  # of the customers are in each snapshot with labels: the stage `snapshots` keeps a sample of many
MISSING = 0.2


def config() -> Config:
    return choices("source=demo")


def make(folder: Path, customers: int) -> None:
    """Write features, labels, catalogue and plan as the stages before would leave them."""
    asked, generator = config(), np.random.default_rng(0)
    declared = catalog(asked.features, asked.definition, asked.source.reward_points, asked.source.tier_spending)
    features, snapshots = folder / ARTIFACTS["features"], folder / ARTIFACTS["snapshots"]
    features.mkdir(parents=True)
    snapshots.mkdir(parents=True)
    told = [asdict(feature) for feature in declared if feature.in_matrix]
    (features / "catalog.json").write_text(json.dumps(told), encoding="utf-8")
    (snapshots / "plan.json").write_text(json.dumps(asdict(PLAN), default=str), encoding="utf-8")
    labels, writer = [], None
    for day in (*DAYS, SCORED):
        count = customers if day == SCORED else int(customers * TRAINED)
        drawn = {"customer_id": [f"C{number:08d}" for number in range(count)], "t": np.full(count, np.datetime64(day, "us"))}
        drawn |= {one["name"]: _column(one["type"], count, generator) for one in told}
        table = pa.table(drawn)
        writer = writer or pq.ParquetWriter(features / "features.parquet", table.schema, compression="zstd")
        writer.write_table(table, row_group_size=GROUP)
        if day != SCORED:
            labels.append(_labels(pd.DataFrame({name: drawn[name] for name in ("customer_id", "t")}), generator))
    if writer:
        writer.close()
    pd.concat(labels).to_parquet(snapshots / "labelled.parquet", index=False)


def _column(kind: str, count: int, generator: np.random.Generator) -> pa.Array:
    missing = generator.random(count) < MISSING
    if kind == "category":
        return pa.array(generator.choice(["basic", "silver", "gold"], count), mask=missing)
    return pa.array(np.where(missing, np.nan, generator.gamma(2, 20, count)).astype(np.float32))


def _labels(rows: pd.DataFrame, generator: np.random.Generator) -> pd.DataFrame:
    back = pd.to_timedelta(generator.integers(1, 60, len(rows)), unit="D")
    left = generator.random(len(rows)) < 0.4
    value = np.where(left, 0.0, generator.gamma(2, 20, len(rows)))
    known = rows["t"] + back
    stayed = known.where(~left)
    labels = rows.assign(
        y=left.astype(np.int8), weight=1.0, kept_known_at=stayed, first_contact_at=pd.Series(pd.NaT, rows.index), value=value
    )
    return labels.assign(**{known_at(origin.test): value for origin in PLAN.origins})


def trained(folder: Path) -> None:
    """Run the stage `train`, and print its seconds."""
    started = time.perf_counter()
    train.run(config(), folder)
    print(time.perf_counter() - started)


def scored(folder: Path) -> None:
    """Run the stage `score`, and print its seconds."""
    started = time.perf_counter()
    score.run(config(), folder)
    print(time.perf_counter() - started)


HALVES: dict[str, Callable[[Path], None]] = {
    "train": trained,
    "fit": lambda folder: print(fit(config(), folder)),
    "score": scored,
    "predict": lambda folder: print(predict(folder)),
}


def compare(customers: int, folder: Path) -> list[tuple[str, ...]]:
    """Rows of the table: training with its memory, and scoring."""
    (folder / ".git").mkdir()
    make(folder, customers)
    script = (sys.executable, "-m", "benchmarks.model")
    made = {half: measure(*script, half, str(folder), folder=folder, source=ROOT) for half in HALVES}
    seconds = {half: float(of.output.split()[-1]) for half, of in made.items()}
    rows, columns = int(customers * TRAINED) * len(DAYS), len(read_catalog(folder / ARTIFACTS["features"]))
    times = made["train"].megabytes / (rows * columns * 4 / 1024**2)
    trains = f"train: {rows:,} rows × {columns}, memory {times:.1f} × the float32 matrix"
    scores = f"score: {customers:,} rows × {columns}"
    return [
        row("model", trains, seconds["train"], made["train"].megabytes, "the bare fits", seconds["fit"]),
        row("model", scores, seconds["score"], made["score"].megabytes, "bare read and predictions", seconds["predict"]),
    ]


if __name__ == "__main__":
    in_halves("Seconds and memory of training and scoring beside bare LightGBM.", "customers", 1_000_000, HALVES, compare)
