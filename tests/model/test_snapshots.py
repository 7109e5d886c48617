"""The stage snapshots: how many labelled rows it keeps, and what it says of them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from pipeline.stages.snapshots import snapshots
from tests.conftest import config_of
from tests.worlds import Row, write_tables

FIRST = datetime(2020, 1, 1)
CUSTOMERS = 40
CHOICES = ("definition.horizon_days=30", "snapshots.count=3", "snapshots.origins=1", "snapshots.min_history_days=30")


def shop() -> list[Row]:
    """Forty customers who each buy every ten days for half a year."""
    return [
        {"customer_id": f"c{who:02d}", "order_id": f"{who}-{n}", "ordered_at": FIRST + timedelta(days=10 * n), "amount": 5}
        for who in range(CUSTOMERS)
        for n in range(19)
    ]


@pytest.mark.parametrize(
    ("max_rows", "said", "kept"),
    [
        (120, "160 rows at 4 dates, to be judged at 1, 40 customers as of 2020-06-30", [40, 40, 40, 40]),
        (
            40,
            "80 rows (a sample of 160, see snapshots.max_rows) at 4 dates, to be judged at 1, 40 customers as of 2020-06-30",
            [13, 16, 11, 40],
        ),
    ],
)
def test_all_rows_are_kept_up_to_max_rows_and_beyond_a_sample(tmp_path: Path, max_rows: int, said: str, kept: list) -> None:
    write_tables(tmp_path / "data/clean", {"transactions": shop()})
    assert snapshots.run(config_of(*CHOICES, f"snapshots.max_rows={max_rows}"), tmp_path) == said
    labelled = pd.read_parquet(tmp_path / "data/snapshots/labelled.parquet")
    assert labelled.groupby("t").size().tolist() == kept
    assert labelled["weight"].unique().tolist() == [1.0]
    assert labelled["customer_id"].nunique() == CUSTOMERS
    assert len(pd.read_parquet(tmp_path / "data/snapshots/customers.parquet")) == CUSTOMERS


@pytest.mark.parametrize(("first_leaver_stops", "judged"), [(19, ["2020-05-30"]), (2, ["2020-05-30", "2020-04-30"])])
def test_an_earlier_date_at_which_all_had_one_outcome_is_not_judged(
    tmp_path: Path, first_leaver_stops: int, judged: list[str]
) -> None:
    stops = {f"c{who:02d}": 14 if who < 20 else 19 for who in range(CUSTOMERS)} | {"c39": first_leaver_stops}  # 14: on 10 May
    rows = [row for row in shop() if int(str(row["order_id"]).split("-")[1]) < stops[str(row["customer_id"])]]
    write_tables(tmp_path / "data/clean", {"transactions": rows})
    choices = (
        "definition.horizon_days=30",
        "snapshots.count=6",
        "snapshots.min_history_days=1",
        "snapshots.as_of=2020-06-29",
        "snapshots.max_stale_days=30",
    )
    assert f"to be judged at {len(judged)}" in snapshots.run(config_of(*choices), tmp_path)
    plan = json.loads((tmp_path / "data/snapshots/plan.json").read_text(encoding="utf-8"))
    assert [origin["test"] for origin in plan["origins"]] == judged


def test_nobody_at_risk_is_no_row_and_everyone_has_a_status(tmp_path: Path) -> None:
    refusals: list[Row] = [{"customer_id": f"c{who:02d}", "name": "consent_profiling", "value": "no"} for who in range(CUSTOMERS)]
    write_tables(tmp_path / "data/clean", {"transactions": shop(), "attributes": refusals})
    assert snapshots.run(config_of(*CHOICES), tmp_path).startswith("0 rows at 4 dates")
    known = pd.read_parquet(tmp_path / "data/snapshots/customers.parquet")
    assert known["status"].unique().tolist() == ["no_profiling_consent"]


def test_the_values_of_the_labels_are_as_they_were_known_at_each_date(tmp_path: Path) -> None:
    write_tables(tmp_path / "data/clean", {"transactions": shop()})
    snapshots.run(config_of(*CHOICES, "value.margin_share=0.2"), tmp_path)
    labelled = pd.read_parquet(tmp_path / "data/snapshots/labelled.parquet")
    names = ["customer_id", "t", "y", "weight", "kept_known_at", "first_contact_at", "value", "value_known_20200531"]
    assert list(labelled) == names
    assert set(labelled["value"]) == {3 * 5 * 0.2}, "three orders in thirty days"
    known = labelled.groupby(labelled["t"].dt.strftime("%Y-%m-%d"))["value_known_20200531"].agg(["count", "mean"])
    assert known["count"].tolist() == [40, 40, 40, 0]
    assert known["mean"].tolist()[:3] == [3.0, 3.0, 3.0]


def test_a_source_without_amounts_has_no_values_and_it_is_said(tmp_path: Path) -> None:
    write_tables(tmp_path / "data/clean", {"transactions": [row | {"amount": None} for row in shop()]})
    said = snapshots.run(config_of(*CHOICES), tmp_path)
    assert said.endswith("; no values of customers: the source has no amounts that value.margin_share lets count")
    labelled = pd.read_parquet(tmp_path / "data/snapshots/labelled.parquet")
    assert labelled[["value", "value_known_20200531"]].isna().all(axis=None)
