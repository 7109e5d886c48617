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
    labels = pd.read_parquet(snapshots / "labelled.parquet")
    rows = labels.merge(pd.read_parquet(features / "features.parquet"), on=["customer_id", "t"], validate="1:1")
    needed, found = int((labels["weight"] > 0).sum()), int((rows["weight"] > 0).sum())
    if found != needed:
        raise DataUnfitError(f"{features}: {needed - found:,} of {needed:,} labelled rows have no features; run `dvc repro`")
    return rows.sort_values(["t", "customer_id"], ignore_index=True)


def twin_rows(rows: pd.DataFrame, origin: Origin) -> pd.DataFrame:
    """What could be learned from at an origin: the rows of `origin.train`, with `y` and `value` as they were known then.

    An order recorded late would otherwise tell the twin what nobody knew when it would have been trained. Weights are those of
    today, which were known then: they are made of contacts before the label is complete, and it was complete.
    """
    seen = _weighing(rows, origin.train)
    y = (~(seen["kept_known_at"] < pd.Timestamp(origin.test))).astype(np.int8)
    return seen.assign(y=y, value=seen[known_at(origin.test)])


def ship_rows(rows: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """What can be learned from today."""
    return _weighing(rows, plan.ship).astype({"y": np.int8})


def _weighing(rows: pd.DataFrame, days: tuple[date, ...]) -> pd.DataFrame:
    return rows[rows["t"].dt.date.isin(days) & (rows["weight"] > 0)]


def running_rows(rows: pd.DataFrame, running: tuple[date, ...], known_until: date) -> pd.DataFrame:
    """Rows of the `running` snapshots as they were known at a date: those not yet contacted or held out then, each weighing 1.

    What was done to a customer later was not known, and changes neither who is here nor what they weigh.
    """
    alone = ~(rows["first_contact_at"] < pd.Timestamp(known_until))
    return rows[rows["t"].dt.date.isin(running) & alone].assign(weight=np.float32(1))


def test_rows(rows: pd.DataFrame, origin: Origin) -> pd.DataFrame:
    """Those whom the twin of an origin is judged on, with what is known of them today."""
    return _weighing(rows, (origin.test,)).astype({"y": np.int8}).reset_index(drop=True)


def read_at(features: Path, t: date) -> pd.DataFrame:
    """Feature rows of one snapshot, sorted by customer."""
    rows = pd.read_parquet(features / "features.parquet", filters=[("t", "==", pd.Timestamp(t))])
    return rows.sort_values("customer_id", ignore_index=True)
