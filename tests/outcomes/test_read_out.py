"""One delivery of literal customers, read out."""

from datetime import date

import pandas as pd
import pytest

from pipeline.config.campaign_section import Bands
from pipeline.outcomes.archived import Delivered
from pipeline.outcomes.read_out import read_out
from tests.worlds import definition

DAY = date(2024, 6, 1)
CONTACTED, HELD_OUT = 90, 30


def delivery(margins: dict[str, list[float]]) -> tuple[Delivered, pd.DataFrame]:
    """Contacted and held out customers of one forecast, one in ten of whom leaves, and the margins that they brought."""
    arms = ["contact"] * CONTACTED + ["holdout"] * HELD_OUT
    customers = pd.DataFrame({"customer_id": [f"{number:03d}" for number in range(len(arms))], "arm": arms})
    customers = customers.assign(churn_probability=0.1, expected_value=20.0, segment="gold", list="save", risk_segment="low")
    draw = {"offer": "call", "intended_offer": "call", "offer_probability": 1.0, "assignment_probability": 0.75}
    assignments = customers.assign(**draw, since=DAY.isoformat(), taken_off="")
    happened = customers[["customer_id"]].assign(
        churned=[number % 10 == 0 for number in range(len(arms))],
        weight=[0.0] * CONTACTED + [4.0] * HELD_OUT,
        margin=margins["contact"] + margins["holdout"],
        revenue=margins["contact"] + margins["holdout"],
        cost=1.0,
        contacts=1,
        contacts_priced=1,
        reached=True,
    )
    return Delivered(DAY, definition(), customers, assignments), happened


def test_the_interval_of_money_leans_to_where_large_orders_may_be_missing():
    few_large = {"contact": [10.0] * 84 + [400.0] * 6, "holdout": [10.0] * 28 + [400.0] * 2}
    found = read_out(*delivery(few_large), Bands(critical=0.75, high=0.5, medium=0.3), 10)
    low, high = found["intervals"]["margin"]
    assert found["margin"] == pytest.approx(0)
    assert low < -1.1 * high < 0, "the smaller arm may lack them, so that contacting looks better than it is"
    assert found["intervals"]["profit"] == pytest.approx([low - 90, high - 90])
