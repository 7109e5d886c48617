"""What became of those scored on a past day, from literal orders: judged like a test date, where the horizon has passed."""

from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest

from pipeline.operate.happened import became, came_true
from tests.conftest import config_of
from tests.worlds import write_tables

JUNE, AUGUST = date(2024, 6, 1), date(2024, 8, 1)
# ann and cat came back within 90 days of June 1st, bob never, zoe on the 121st day; dan was contacted on the 10th
ORDERS = {
    "ann": ["2024-05-10", "2024-07-01"],
    "bob": ["2024-05-01"],
    "cat": ["2024-05-02", "2024-08-29"],
    "dan": ["2024-05-03"],
    "zoe": ["2024-05-05", "2024-09-30"],
}
SCORES = {"ann": 0.2, "bob": 0.8, "cat": 0.6, "dan": 0.9, "zoe": 0.5, "new": 0.1}


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    orders = [
        {"customer_id": name, "order_id": f"{name}-{day}", "ordered_at": datetime.fromisoformat(day), "amount": 10}
        for name, days in ORDERS.items()
        for day in days
    ]
    contact = {"customer_id": "dan", "contact_id": "1", "campaign_id": "c", "contacted_at": datetime(2024, 6, 10)}
    return write_tables(tmp_path / "clean", {"transactions": orders, "contacts": [contact]})


def scores(of: dict[str, float]) -> pd.DataFrame:
    return pd.DataFrame({"customer_id": list(of), "churn_probability": list(of.values())})


def test_a_day_whose_horizon_has_passed_is_judged_without_the_contacted(clean):
    today, happened = came_true(clean, {JUNE: scores(SCORES), AUGUST: scores(SCORES)}, config_of())
    assert today == date(2024, 10, 1)
    assert list(happened) == [JUNE], "until October 30th nobody knows of August"
    assert happened[JUNE]["customers"] == 4, "dan was contacted, new is in no table"
    assert happened[JUNE]["churn_rate"] == 0.5
    assert happened[JUNE]["predicted"] == 0.525
    assert happened[JUNE]["auc"] == 0.75, "zoe is ranked below cat, who stayed"
    assert happened[JUNE]["log_loss"] == pytest.approx((0.22314355 + 0.22314355 + 0.91629073 + 0.69314718) / 4)
    # every row a bin: |observed - predicted| .2 .2 .6 .5, less the deviation √(p(1-p)·2/π) that a right probability has
    assert happened[JUNE]["ece"] == pytest.approx(0.375 - 0.79788456 * (0.4 + 0.4 + 0.48989795 + 0.5) / 4, abs=1e-8)


def test_an_earlier_today_knows_less(clean):
    early = config_of("snapshots.as_of=2024-08-15")
    assert came_true(clean, {JUNE: scores(SCORES)}, early) == (date(2024, 8, 15), {})


def test_nothing_was_scored(clean):
    assert came_true(clean, {}, config_of()) == (date(2024, 10, 1), {})


def test_one_outcome_has_no_auc():
    judged = pd.DataFrame({"churn_probability": [0.5, 0.25], "y": [1, 1], "weight": [1.0, 1.0]})
    assert became(judged, 15)["auc"] is None
    assert became(judged, 15)["churn_rate"] == 1
