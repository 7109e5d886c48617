"""Churn of the riskier and the others, contacted and left alone, in literal groups."""

import pandas as pd
import pytest

from pipeline.config.campaign_section import Bands
from pipeline.outcomes.by_risk import by_band, four_groups
from pipeline.outcomes.left_alone import left_alone
from pipeline.statistics.intervals import wilson

BANDS = Bands(critical=0.75, high=0.5, medium=0.3)
RISKY, OTHERS = 0.6, 0.1


def group(arm: str, probability: float | None, weight: float, stayed: int, left: int) -> pd.DataFrame:
    churned = [False] * stayed + [True] * left
    rows = {"arm": arm, "churn_probability": probability, "weight": weight, "churned": churned, "risk_segment": None}
    return pd.DataFrame(rows)


def everybody(contacted_low: int = 30) -> pd.DataFrame:
    return pd.concat(
        [
            group("contact", RISKY, 0, 24, 16),
            group("contact", OTHERS, 0, contacted_low - 3, 3),
            group("holdout", RISKY, 5, 2, 8),  # each stands for five of the lists
            group("holdout", RISKY, 0, 50, 0),  # contacted by a later delivery
            group("control", RISKY, 1, 15, 5),
            group("none", OTHERS, 1, 36, 4),
            group("control", None, 1, 0, 9),  # without a forecast
        ],
        ignore_index=True,
    )


def test_those_left_alone_are_the_same_as_of_the_bands():
    rows = everybody()
    alone = left_alone(rows)
    found, bands = four_groups(rows, alone, BANDS), by_band(alone, BANDS)
    assert found["measurable"]
    assert found["high_left_alone"]["realised"] == pytest.approx((5 * 8 + 5) / (5 * 10 + 20))
    assert (found["high_left_alone"], found["low_left_alone"]) == (bands["high"], bands["low"])
    assert (found["high_contacted"]["customers"], found["high_contacted"]["realised"]) == (40, 0.4)
    assert (found["low_contacted"]["customers"], found["low_contacted"]["realised"]) == (30, 0.1)
    assert (found["low_left_alone"]["customers"], found["low_left_alone"]["realised"]) == (40, 0.1)


def test_a_group_of_fewer_than_thirty_is_not_told():
    rows = everybody(contacted_low=29)
    assert four_groups(rows, left_alone(rows), BANDS) == {
        "measurable": False,
        "why": "low_contacted has 29 customers, 30 are needed",
    }


def test_the_interval_of_a_band_is_that_of_as_many_customers_as_the_weights_are_worth():
    rows = pd.concat([group("none", OTHERS, 1, 20, 0), group("holdout", OTHERS, 10, 1, 1)], ignore_index=True)
    band = by_band(rows, BANDS)["low"]
    assert (band["customers"], band["realised"]) == (22, pytest.approx(10 / 40))
    worth = 40**2 / (20 * 1 + 2 * 100)  # 7.3 customers
    assert (band["low"], band["high"]) == pytest.approx(wilson(worth / 4, worth))
    assert band["high"] - band["low"] > 0.5, "22 customers of one weight would be known within .35"


def test_a_band_is_the_one_that_the_list_said():
    """By today's bounds .6 is high; that list called half of them critical."""
    named = pd.concat(
        [group("none", RISKY, 1, 5, 5).assign(risk_segment="critical"), group("none", RISKY, 1, 9, 1).assign(risk_segment="high")]
    )
    bands = by_band(named, BANDS)
    assert {name: (band["customers"], band["realised"]) for name, band in bands.items() if band["customers"]} == {
        "critical": (10, 0.5),
        "high": (10, 0.1),
    }
    everyone = pd.concat([named.assign(risk_segment="low")] * 2)
    assert four_groups(everyone, everyone, BANDS)["why"] == "high_contacted has 0 customers, 30 are needed"
