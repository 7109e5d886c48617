"""A run fails, and names the feature, when something of the matrix would change without the rows from its snapshot on."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from pipeline.features import compile as engine_of_features
from pipeline.features.compile import open_attributes, open_ready
from pipeline.features.foresight import refuse_foresight
from pipeline.features.latest import NEVER, Latest
from pipeline.features.spec import Feature
from pipeline.features.writing import write_matrix
from pipeline.stages.features import features
from tests.conftest import config_of
from tests.worlds import Row, Tables, at_risk, definition, every_feature, facts, write_tables

ACTIVITY = definition(kind="activity")
T = datetime(2020, 6, 1)
DAY = timedelta(days=1)


def order(number: int, when: datetime, **more: object) -> Row:
    return {"customer_id": "ann", "order_id": str(number), "ordered_at": when, "amount": 5, "product_id": "tea"} | more


# What is dated at or after T, and what was recorded then, would each change every group of features if it were seen.
WORLD: Tables = {
    "transactions": [
        order(1, T - 90 * DAY),
        order(2, T - 50 * DAY, recorded_at=T + DAY),
        order(3, T - 20 * DAY),
        order(3, T - 20 * DAY, recorded_at=T + DAY),
        order(4, T - 3 * DAY, amount=-5, recorded_at=T),
        order(5, T, amount=80),
        order(6, T + 12 * timedelta(hours=1)),
    ],
    "engagements": [
        {"customer_id": "ann", "occurred_at": T + days * DAY, "kind": kind, "value": 3}
        for kind in ("site_visit", "email_opened", "chat", "nps_response")
        for days in (-30, -2, 0, 5)
    ],
    "subscriptions": [
        {"customer_id": "ann", "subscription_id": "s", "changed_at": when, "status": status, "expires_at": T + 30 * DAY}
        for when, status in ((T - 60 * DAY, "active"), (T, "cancelled"))
    ],
    "attributes": [
        {"customer_id": "ann", "name": "tier", "value": value, "valid_from": when}
        for value, when in (("basic", T - 60 * DAY), ("gold", T))
    ],
}


def run(chosen: tuple[Feature, ...], folder: Path) -> None:
    with facts(WORLD, ACTIVITY) as (connection, _):
        at_risk(connection, [("ann", T), ("ann", T + 30 * DAY)])
        open_attributes(connection, ())
        open_ready(connection, chosen, often=True)
        write_matrix(connection, chosen, (T, T + 30 * DAY), 90, folder / "features.parquet", often=True)
        refuse_foresight(connection, chosen, T, ACTIVITY, folder / "features.parquet", static=(), personal=())


def test_the_catalogue_passes(tmp_path: Path) -> None:
    run(every_feature(ACTIVITY), tmp_path)


def test_a_boundary_that_lets_a_day_of_the_future_in_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    later = f"TIMESTAMP '{T + DAY}'"
    monkeypatch.setattr(engine_of_features, "seen_at", lambda t, fact: f"{fact}.happened_at < {later}")
    with pytest.raises(RuntimeError, match="the feature purchases_count_7d sees the future: for 1 of 1 customers at 2020-06-01"):
        run(every_feature(ACTIVITY), tmp_path)


def test_a_gap_to_the_next_purchase_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_of_features, "GAPS", engine_of_features.GAPS.replace("lag(happened_at)", "lead(happened_at)"))
    with pytest.raises(RuntimeError, match="the feature purchases_gap_days_"):
        run(every_feature(ACTIVITY), tmp_path)


def test_a_row_that_counts_no_longer_for_a_later_one_not_yet_known_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    holds = Latest.holds
    leaky = f"overtaken_{{0.name}} = {NEVER}"
    monkeypatch.setattr(Latest, "holds", lambda latest, at, often: leaky.format(latest) if often else holds(latest, at, often))
    with pytest.raises(RuntimeError, match="the feature purchases_gap_days_last sees the future"):
        run(every_feature(ACTIVITY), tmp_path)


def test_the_stage_fails_and_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_of_features, "GAPS", engine_of_features.GAPS.replace("lag(happened_at)", "lead(happened_at)"))
    write_tables(tmp_path / "data/clean", WORLD)
    (tmp_path / "data/snapshots").mkdir()
    labelled = pd.DataFrame({"customer_id": ["ann"], "t": [T], "weight": [1.0]})
    labelled.to_parquet(tmp_path / "data/snapshots/labelled.parquet")
    scored = pd.DataFrame({"customer_id": ["ann"], "t": [T + 30 * DAY], "status": ["scored"]})
    scored.to_parquet(tmp_path / "data/snapshots/customers.parquet")
    plan = {"first": "2020-01-01", "score": "2020-07-01", "ship": [], "running": []} | {
        "origins": [{"test": "2020-06-01", "train": [], "running": []}]
    }
    (tmp_path / "data/snapshots/plan.json").write_text(json.dumps(plan), encoding="utf-8")
    with pytest.raises(RuntimeError, match="sees the future"):
        features.run(config_of(), tmp_path)
    assert not (tmp_path / "data/features").exists()
