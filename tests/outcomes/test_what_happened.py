"""What became of the customers of a delivery of 1 June, looked at in the autumn: churn within 90 days, money."""

from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest

from pipeline.contract.facts import open_facts
from pipeline.engine import engine
from pipeline.outcomes.what_happened import matures_on, what_happened
from tests.worlds import Tables, definition, write_tables

T, TODAY = date(2024, 6, 1), date(2024, 11, 1)
OLD = {"customer_id": "ann", "order_id": "0", "ordered_at": datetime(2024, 5, 1), "amount": 50}
CHURN = definition()


def happened(folder: Path, tables: Tables, as_of: date = TODAY, churn=CHURN, **more) -> dict[str, object]:
    """The row of ann, who bought in May; bob, of whom nothing is known, is beside her."""
    tables = {"transactions": [OLD, *tables.get("transactions", [])]} | {k: v for k, v in tables.items() if k != "transactions"}
    with engine() as connection:
        open_facts(connection, write_tables(folder, tables), churn)
        rows = what_happened(connection, pd.Series(["bob", "ann"]), T, as_of, churn, margin_share=0.5, **more)
    assert rows["customer_id"].tolist() == ["ann", "bob"]
    assert rows.iloc[1].tolist() == ["bob", True, 0, 0, 1]
    return rows.iloc[0].to_dict()


def order(day: datetime, amount: float = 20, **more: object) -> Tables:
    return {"transactions": [{"customer_id": "ann", "order_id": "1", "ordered_at": day, "amount": amount} | more]}


@pytest.mark.parametrize(
    ("tables", "churned", "revenue", "margin"),
    [
        ({}, True, 0, 0),
        (order(datetime(2024, 6, 1)), False, 20, 10),
        (order(datetime(2024, 8, 29, 23, 59)), False, 20, 10),
        (order(datetime(2024, 8, 30)), True, 0, 0),  # the ninetieth day after is outside
        (order(datetime(2024, 5, 31)), True, 0, 0),
        (order(datetime(2024, 7, 1), margin=3), False, 20, 3),
        (order(datetime(2024, 7, 1), amount=-20, is_return=True), True, -20, -10),
        (order(datetime(2024, 7, 1), recorded_at=datetime(2024, 10, 31)), False, 20, 10),
        (order(datetime(2024, 7, 1), recorded_at=datetime(2024, 11, 1)), True, 0, 0),  # not known today
    ],
)
def test_who_stayed_and_what_they_brought_in(tmp_path, tables, churned, revenue, margin):
    found = happened(tmp_path, tables)
    assert (found["churned"], found["revenue"], found["margin"]) == (churned, revenue, margin)


HELD = {"arm": "holdout", "assignment_probability": 0.75}


@pytest.mark.parametrize(
    ("rows", "weight"),
    [
        ([], 1),
        ([{"delivery_id": "2024-06-01"}], 0),
        ([{"delivery_id": "2024-07-01", "contacted_at": datetime(2024, 8, 29, 23, 59)}], 0),
        ([{"delivery_id": "2024-08-30", "contacted_at": datetime(2024, 8, 30)}], 1),  # the window is over
        ([{"delivery_id": "2024-05-01", "contacted_at": datetime(2024, 5, 31)}], 1),
        ([{"campaign_id": "summer"}], 0),
        ([{"campaign_id": "summer", **HELD}], 4),
        ([{"delivery_id": "2024-05-02", **HELD}], 4),  # of a delivery that the archive does not have
        ([{"delivery_id": "2024-07-01", **HELD}], 1),  # the archive says what these were drawn with
        ([{"delivery_id": "2024-07-01", **HELD}, {"campaign_id": "summer", **HELD}], 4),
        ([{"delivery_id": "2024-07-01", **HELD}, {"campaign_id": "summer"}], 0),
    ],
)
def test_who_was_contacted_by_anything_weighs_nothing_and_the_held_out_stand_for_them(tmp_path, rows, weight):
    row = {"customer_id": "ann", "contacted_at": datetime(2024, 6, 3), "arm": "contact"}
    found = happened(tmp_path, {"contacts": [row | more for more in rows]}, archived=(T, date(2024, 7, 1)))
    assert found["weight"] == weight


@pytest.mark.parametrize(
    ("row", "weight"),
    [
        ({"delivery_id": "list 7", **HELD}, 1),
        ({"campaign_id": "list 7", **HELD}, 1),  # of the same chance
        ({"campaign_id": "summer", **HELD, "assignment_probability": 0.5}, 2),
    ],
)
def test_a_hold_out_that_the_archive_knows_is_one_draw_under_whatever_name(tmp_path, row, weight):
    row = {"customer_id": "ann", "contacted_at": datetime(2024, 6, 3)} | row
    held_out = pd.DataFrame({"customer_id": ["ann"], "chance": [0.75]})
    assert happened(tmp_path, {"contacts": [row]}, held_out=held_out)["weight"] == weight


PERIOD = {"customer_id": "ann", "subscription_id": "s", "status": "active", "changed_at": datetime(2024, 1, 1), "price": 5}


@pytest.mark.parametrize(
    ("until", "again", "churned"),
    [
        (datetime(2024, 3, 1), None, True),  # lapsed in March
        (datetime(2024, 3, 1), datetime(2024, 6, 1), False),  # and came back
        (datetime(2024, 3, 1), datetime(2024, 7, 10, 23), False),
        (datetime(2024, 3, 1), datetime(2024, 7, 11), True),  # after the horizon of 30 days and the grace of 10
        (datetime(2025, 1, 1), None, False),  # covered all through it
        (datetime(2024, 7, 1), None, False),
        (datetime(2024, 6, 30), None, True),
    ],
)
def test_who_is_not_due_stayed_if_covered_or_back(tmp_path, until, again, churned):
    churn = definition(kind="renewal", horizon_days=30, grace_days=10)
    periods = [PERIOD | {"started_at": datetime(2024, 1, 1), "expires_at": until}]
    if again:
        periods.append(PERIOD | {"changed_at": again, "started_at": again, "expires_at": datetime(2025, 1, 1)})
    assert happened(tmp_path, {"subscriptions": periods}, churn=churn)["churned"] == churned


def test_what_a_renewal_in_the_days_of_grace_brings_in_counts(tmp_path):
    churn = definition(kind="renewal", horizon_days=30, grace_days=10)
    period = PERIOD | {"started_at": datetime(2024, 1, 1), "expires_at": datetime(2024, 6, 28)}
    tables = order(datetime(2024, 7, 5)) | {"subscriptions": [period]}
    assert happened(tmp_path / "0", tables, churn=churn)["revenue"] == 20
    assert happened(tmp_path / "1", order(datetime(2024, 7, 11)) | {"subscriptions": [period]}, churn=churn)["revenue"] == 0


def test_a_renewal_is_made_within_the_grace_period(tmp_path):
    churn = definition(kind="renewal", horizon_days=30, grace_days=10)
    period = {"customer_id": "ann", "subscription_id": "s", "status": "active", "changed_at": datetime(2024, 1, 1)}
    period |= {"started_at": datetime(2024, 1, 1), "expires_at": datetime(2024, 6, 20), "price": 5}
    renewal = period | {"status": "renewed", "expires_at": datetime(2025, 6, 20)}
    early, late = (renewal | {"changed_at": day} for day in (datetime(2024, 6, 29), datetime(2024, 6, 30)))
    assert happened(tmp_path / "0", {"subscriptions": [period]}, churn=churn)["churned"]
    assert not happened(tmp_path / "1", {"subscriptions": [period, early]}, churn=churn)["churned"]
    assert happened(tmp_path / "2", {"subscriptions": [period, late]}, churn=churn)["churned"]


def test_a_delivery_matures_when_its_label_does():
    assert matures_on(T, CHURN) == date(2024, 8, 30)
    assert matures_on(T, definition(kind="renewal", horizon_days=30, grace_days=10)) == date(2024, 7, 11)
