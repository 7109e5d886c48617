"""Where a customer stands, what is at stake, and in which tier: literal customers on both sides of every bound."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.campaign.lifecycle import TierBounds, assumed_probability, lifecycle, tier_bounds, value_tier, worth
from pipeline.config.campaign_section import AssumedChurn, Bands, ValueTiers
from tests.worlds import definition

BANDS = Bands(critical=0.8, high=0.6, medium=0.4)
NAN = float("nan")
USUAL = {
    "status": "scored",
    "recency_days": 10.0,
    "rhythm_days": 30.0,
    "tenure_days": 400.0,
    "activity_days": 12.0,
    "known_days": 900.0,
}
NEVER = {"status": "too_new", "activity_days": 0.0, "tenure_days": NAN, "recency_days": NAN, "rhythm_days": NAN}
STANDS = [
    ({}, 0.1, "active"),
    ({}, 0.4, "cooling"),
    ({}, 0.399, "active"),
    ({}, 0.6, "at_risk"),
    ({}, 0.599, "cooling"),
    ({"recency_days": 60.0}, 0.1, "active"),
    ({"recency_days": 61.0}, 0.1, "cooling"),
    ({"recency_days": 61.0, "rhythm_days": NAN, "activity_days": 2.0}, 0.1, "active"),
    ({"activity_days": 1.0, "rhythm_days": NAN}, 0.95, "one_time"),
    ({"activity_days": 1.0, "rhythm_days": NAN, "tenure_days": 90.0}, 0.95, "new"),
    ({"tenure_days": 90.0}, 0.95, "new"),
    ({"tenure_days": 91.0}, 0.95, "at_risk"),
    ({"status": "too_new", "tenure_days": 99.0}, NAN, "new"),
    (NEVER | {"known_days": 365.0}, NAN, "new"),
    (NEVER | {"known_days": 366.0}, NAN, "lapsed"),
    (NEVER | {"known_days": NAN}, NAN, "new"),
    ({"status": "lapsed", "activity_days": 1.0, "tenure_days": 20.0}, NAN, "lapsed"),
    ({"status": "not_due"}, NAN, "active"),
    ({"status": "not_due", "recency_days": 61.0}, NAN, "cooling"),
]


@pytest.mark.parametrize(("differs", "probability", "stands"), STANDS)
def test_where_a_customer_stands(differs, probability, stands):
    found = lifecycle(pd.DataFrame([USUAL | differs]), np.array([probability]), definition(), BANDS)
    assert list(found) == [stands]


def test_who_refuses_profiling_stands_nowhere_and_is_worth_nothing_known():
    refusing = pd.DataFrame([USUAL | {"status": "no_profiling_consent", "margin_of_year": 365.0}])
    assert lifecycle(refusing, np.array([NAN]), definition(), BANDS).isna().all()
    assert np.isnan(worth(np.array([NAN]), refusing, 90)).all()


def test_only_the_lapsed_and_the_new_are_assumed_to_leave():
    stands = pd.Series(["lapsed", "new", "new", "active", None])
    found = assumed_probability(np.array([NAN, NAN, 0.2, NAN, NAN]), stands, AssumedChurn(lapsed=0.9, new=0.5))
    np.testing.assert_array_equal(found, [0.9, 0.5, 0.2, NAN, NAN])


def test_without_an_expected_value_a_customer_is_worth_their_past_pace():
    customers = pd.DataFrame({"status": "lapsed", "margin_of_year": [730.0, 730.0, NAN]})
    np.testing.assert_array_equal(worth(np.array([5.0, NAN, NAN]), customers, 10), [5.0, 20.0, NAN])


def test_tiers_begin_at_the_value_of_the_last_customer_they_need():
    value = np.array([10.0, 20, 30, 40, 50, 60, 70, 80, 90, 100, NAN])
    bounds = tier_bounds(value, ValueTiers(top=0.2, middle=0.3))
    assert bounds == TierBounds(top=90, middle=60)
    found = value_tier(value, bounds)
    assert found.tolist()[:-1] == ["low"] * 5 + ["middle"] * 3 + ["top"] * 2
    assert pd.isna(found.iloc[-1])


def test_equal_values_are_in_one_tier_and_nothing_is_never_top():
    value = np.array([0.0, 0, 0, 7, 7, 7])
    assert value_tier(value, tier_bounds(value, ValueTiers(top=0.2, middle=0.3))).tolist() == ["low"] * 3 + ["top"] * 3
    nothing = np.zeros(4)
    assert value_tier(nothing, tier_bounds(nothing, ValueTiers())).tolist() == ["low"] * 4


def test_without_money_there_are_no_tiers():
    value = np.full(3, NAN)
    bounds = tier_bounds(value, ValueTiers())
    assert np.isnan(bounds).all()
    assert value_tier(value, bounds).isna().all()


def test_a_tier_of_no_share_has_nobody():
    value = np.array([1.0, 2.0])
    assert value_tier(value, tier_bounds(value, ValueTiers(top=0.0, middle=0.5))).tolist() == ["low", "middle"]


@given(st.lists(st.integers(1, 50), min_size=1, max_size=60), st.integers(0, 10), st.integers(0, 10))
def test_a_tier_has_its_share_at_least_and_without_its_last_value_less(values, top, middle):
    tiers = ValueTiers(top=top / 20, middle=middle / 20)
    value = np.array(values, dtype=float)
    bounds = tier_bounds(value, tiers)
    for bound, twentieths in ((bounds.top, top), (bounds.middle, top + middle)):
        # in whole twentieths, which are exact
        assert 20 * (value >= bound).sum() >= twentieths * len(value)
        assert twentieths == 0 or 20 * (value > bound).sum() < twentieths * len(value)
