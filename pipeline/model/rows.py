"""Artifacts of the earlier stages -> the rows that models read."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.errors import DataUnfitError
from pipeline.model.folds import Plan


def read_plan(snapshots: Path) -> Plan:
    """The fold plan that the snapshots stage wrote."""
    raw = json.loads((snapshots / "plan.json").read_text(encoding="utf-8"))
    days = {key: tuple(map(date.fromisoformat, value)) for key, value in raw.items() if isinstance(value, list)}
    first, score, test = (date.fromisoformat(raw[key]) for key in ("first", "score", "test"))
    return Plan(first, score, test, days["train"], days["ship"])


def read_catalog(features: Path) -> list[dict[str, Any]]:
    """The features of the matrix, in order."""
    catalog: list[dict[str, Any]] = json.loads((features / "catalog.json").read_text(encoding="utf-8"))
    return catalog


def read_rows(features: Path, snapshots: Path) -> pd.DataFrame:
    """Labelled rows with their features, `y` and `weight`, sorted by t and customer; rows that weigh nothing are left out."""
    labels = pd.read_parquet(snapshots / "labelled.parquet")
    labels = labels[labels["weight"] > 0]
    rows = labels.merge(pd.read_parquet(features / "features.parquet"), on=["customer_id", "t"], validate="1:1")
    if len(rows) != len(labels):
        raise DataUnfitError(
            f"{features}: {len(labels) - len(rows):,} of {len(labels):,} labelled rows have no features; run `dvc repro`"
        )
    return rows.sort_values(["t", "customer_id"], ignore_index=True)


def twin_rows(rows: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """What could be learned from at the test date: the rows of `plan.train`, with `y` as it was known then."""
    known = rows[rows["t"].dt.date.isin(plan.train)]
    return known.assign(y=known["y_at_test"].astype(rows["y"].dtype))


def ship_rows(rows: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """What can be learned from today."""
    return rows[rows["t"].dt.date.isin(plan.ship)]


def read_at(features: Path, t: date) -> pd.DataFrame:
    """Feature rows of one snapshot, sorted by customer."""
    rows = pd.read_parquet(features / "features.parquet", filters=[("t", "==", pd.Timestamp(t))])
    return rows.sort_values("customer_id", ignore_index=True)
