"""Artifacts of the earlier stages -> the rows that models read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow.dataset import ParquetFragmentScanOptions, dataset

from pipeline.arrays import Ints
from pipeline.errors import DataUnfitError
from pipeline.figure_files import read_figures
from pipeline.model.folds import Origin, Plan
from pipeline.value.horizon import known_at

KEYS = ["customer_id", "t"]
UNBUFFERED = ParquetFragmentScanOptions(pre_buffer=False)  # else the file is in memory as well
NOBODY = (
    "nobody was at risk at the training snapshots who could be learned from; check definition.kind and definition.active_days, "
    "whether campaigns contacted everybody, and whether consent_profiling was given"
)


def read_plan(snapshots: Path) -> Plan:
    """The fold plan that the snapshots stage wrote. Raises DataUnfitError where it is not what was written."""
    raw = read_figures(snapshots / "plan.json")
    origins = tuple(Origin(date.fromisoformat(one["test"]), _days(one["train"]), _days(one["running"])) for one in raw["origins"])
    first, score = _days((raw["first"], raw["score"]))
    return Plan(first, score, origins, _days(raw["ship"]), _days(raw["running"]))


def _days(written: Iterable[str]) -> tuple[date, ...]:
    return tuple(map(date.fromisoformat, written))


def read_catalog(features: Path) -> list[dict[str, Any]]:
    """The features of the matrix, in order."""
    catalog: list[dict[str, Any]] = json.loads((features / "catalog.json").read_text(encoding="utf-8"))
    return catalog


def read_rows(features: Path, snapshots: Path) -> pd.DataFrame:
    """Rows with their features, `y`, `weight`, `kept_known_at`, `first_contact_at` and values, by t and customer.

    Of those that weigh nothing only such as have features, for a date before they were contacted; only `running_rows` reads them.
    """
    labels = read_labels(snapshots)
    keys, read = _read(features, pc.field("t").isin(pa.array(labels["t"].unique())))
    place = labels[KEYS].merge(keys.assign(place=range(len(keys))), how="left", validate="1:1")["place"]
    lacking = int((place.isna() & (labels["weight"] > 0)).sum())
    if lacking:
        needed = int((labels["weight"] > 0).sum())
        raise DataUnfitError(f"{features}: {lacking:,} of {needed:,} labelled rows have no features; run `dvc repro`")
    labels, found = labels[place.notna()].reset_index(drop=True), place.dropna().to_numpy(np.int64)
    return pd.concat([labels, _taken(read, found).reset_index(drop=True)], axis=1)


def read_labels(snapshots: Path) -> pd.DataFrame:
    """Rows with `y`, `weight`, `kept_known_at`, `first_contact_at` and values, by t and customer, without features."""
    labels = pd.read_parquet(snapshots / "labelled.parquet")
    return labels.sort_values(["t", "customer_id"], ignore_index=True)


def at_risk_at(snapshots: Path, t: date) -> int:
    """How many customers were at risk at a labelled date, whatever was done to them later."""
    return dataset(snapshots / "labelled.parquet").count_rows(filter=pc.field("t") == pd.Timestamp(t))


def _read(features: Path, which: pc.Expression) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The keys and the features of some rows, filled part by part: there never is a second copy of the whole."""
    file = dataset(features / "features.parquet")
    count, start, parts = file.count_rows(filter=which), 0, []
    made: dict[str, Any] = {field.name: np.empty(count, np.float32) for field in file.schema if field.type == pa.float32()}
    others = [name for name in file.schema.names if name not in made]
    for batch in file.to_batches(filter=which, batch_readahead=1, fragment_readahead=1, fragment_scan_options=UNBUFFERED):
        for name, column in made.items():
            column[start : start + len(batch)] = batch.column(name).to_numpy(zero_copy_only=False)
        start += len(batch)
        parts.append(batch.select(others))
    told = pa.Table.from_batches(parts, pa.schema([file.schema.field(name) for name in others])).to_pandas()
    made |= {name: told[name] for name in others}
    frame = pd.DataFrame({name: made[name] for name in file.schema.names if name not in KEYS}, copy=False)
    return told[KEYS], frame


def _taken(rows: pd.DataFrame, place: Ints) -> pd.DataFrame:
    """The rows at some places: where these follow each other, a view and no copy."""
    if len(place) and (np.diff(place) == 1).all():
        return rows.iloc[place[0] : place[-1] + 1]
    return rows.iloc[place]


def twin_rows(rows: pd.DataFrame, origin: Origin) -> pd.DataFrame:
    """What could be learned from at an origin: the rows of `origin.train`, with `y` and `value` as they were known then."""
    seen = known_rows(rows, origin.train, origin.test)
    return seen.assign(value=seen[known_at(origin.test)])


def known_rows(rows: pd.DataFrame, complete: tuple[date, ...], day: date) -> pd.DataFrame:
    """Rows of snapshots whose labels were complete at a day, with `y` as it was known then.

    An order recorded late would otherwise tell a model what nobody knew when it would have been trained. Weights are those of
    today, which were known then: they are made of contacts before the label is complete, and it was complete.
    """
    seen = _weighing(rows, complete)
    return seen.assign(y=(~(seen["kept_known_at"] < pd.Timestamp(day))).astype(np.int8))


def ship_rows(rows: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """What can be learned from today."""
    return _weighing(rows, plan.ship).astype({"y": np.int8})


def _weighing(rows: pd.DataFrame, days: tuple[date, ...]) -> pd.DataFrame:
    asked = rows["t"].isin([pd.Timestamp(day) for day in days]) & (rows["weight"] > 0)
    return _taken(rows, np.flatnonzero(asked))


def running_rows(rows: pd.DataFrame, running: tuple[date, ...], known_until: date) -> pd.DataFrame:
    """Rows of the `running` snapshots as they were known at a date: those not yet contacted or held out then, each weighing 1.

    What was done to a customer later was not known, and changes neither who is here nor what they weigh.
    """
    alone = ~(rows["first_contact_at"] < pd.Timestamp(known_until))
    return rows[rows["t"].dt.date.isin(running) & alone].assign(weight=np.float32(1))


def rows_of_test(rows: pd.DataFrame, origin: Origin) -> pd.DataFrame:
    """Those whom the twin of an origin is judged on, with what is known of them today."""
    return _weighing(rows, (origin.test,)).astype({"y": np.int8}).reset_index(drop=True)


def read_at(features: Path, t: date) -> pd.DataFrame:
    """Feature rows of one snapshot, sorted by customer."""
    keys, read = _read(features, pc.field("t") == pd.Timestamp(t))
    order = np.argsort(keys["customer_id"].to_numpy(dtype=object), kind="stable")
    return pd.concat([_taken(keys, order), _taken(read, order)], axis=1).reset_index(drop=True)
