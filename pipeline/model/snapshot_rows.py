"""Artifacts of the earlier stages -> the rows that models read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipeline.errors import DataUnfitError
from pipeline.model.folds import Origin, Plan
from pipeline.value.horizon import known_at

NOBODY = (
    "nobody was at risk at the training snapshots who could be learned from; check definition.kind and definition.active_days, "
    "whether campaigns contacted everybody, and whether consent_profiling was given"
)


def read_plan(snapshots: Path) -> Plan:
    """The fold plan that the snapshots stage wrote."""
    raw = json.loads((snapshots / "plan.json").read_text(encoding="utf-8"))
    origins = tuple(Origin(date.fromisoformat(one["test"]), _days(one["train"])) for one in raw["origins"])
    first, score = _days((raw["first"], raw["score"]))
    return Plan(first, score, origins, _days(raw["ship"]), _days(raw["running"]))


def _days(written: Iterable[str]) -> tuple[date, ...]:
    return tuple(map(date.fromisoformat, written))


def read_catalog(features: Path) -> list[dict[str, Any]]:
    """The features of the matrix, in order."""
    catalog: list[dict[str, Any]] = json.loads((features / "catalog.json").read_text(encoding="utf-8"))
    return catalog


def read_rows(features: Path, snapshots: Path) -> pd.DataFrame:
    """Rows with their features, `y`, `weight`, `kept_known_at` and values, by t and customer.

    Those that weigh nothing are left out.
    """
    labels = pd.read_parquet(snapshots / "labelled.parquet")
    labels = labels[labels["weight"] > 0]
    rows = labels.merge(pd.read_parquet(features / "features.parquet"), on=["customer_id", "t"], validate="1:1")
    if len(rows) != len(labels):
        raise DataUnfitError(
            f"{features}: {len(labels) - len(rows):,} of {len(labels):,} labelled rows have no features; run `dvc repro`"
        )
    return rows.sort_values(["t", "customer_id"], ignore_index=True)


def twin_rows(rows: pd.DataFrame, origin: Origin) -> pd.DataFrame:
    """What could be learned from at an origin: the rows of `origin.train`, with `y` and `value` as they were known then.

    An order recorded late would otherwise tell the twin what nobody knew when it would have been trained.
    """
    seen = rows[rows["t"].dt.date.isin(origin.train)]
    y = (~(seen["kept_known_at"] < pd.Timestamp(origin.test))).astype(np.int8)
    return seen.assign(y=y, value=seen[known_at(origin.test)])


def ship_rows(rows: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """What can be learned from today."""
    return rows[rows["t"].dt.date.isin(plan.ship)].astype({"y": np.int8})


def running_rows(rows: pd.DataFrame, trained: tuple[date, ...], known_until: date) -> pd.DataFrame:
    """Rows of the snapshots after the `trained` ones whose labels were not yet complete at `known_until`."""
    return rows[(rows["t"] > pd.Timestamp(trained[-1])) & (rows["t"] < pd.Timestamp(known_until))]


def test_rows(rows: pd.DataFrame, origin: Origin) -> pd.DataFrame:
    """Those whom the twin of an origin is judged on, with what is known of them today."""
    return rows[rows["t"].dt.date == origin.test].astype({"y": np.int8}).reset_index(drop=True)


def read_at(features: Path, t: date) -> pd.DataFrame:
    """Feature rows of one snapshot, sorted by customer."""
    rows = pd.read_parquet(features / "features.parquet", filters=[("t", "==", pd.Timestamp(t))])
    return rows.sort_values("customer_id", ignore_index=True)
