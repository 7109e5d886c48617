"""Shares and places of features, by hand."""

import numpy as np
import pandas as pd
import pytest

from pipeline.monitor.summaries import KNOWN, PLACE, UNSEEN, Yardstick

CATALOG = [{"name": "orders", "type": "number"}, {"name": "tier", "type": "category"}]
TRAINED = pd.DataFrame({"orders": np.arange(100.0), "tier": ["gold", "silver"] * 50})


def summary(orders: list, tiers: list, weight: list | None = None) -> dict:
    rows = pd.DataFrame({"orders": np.array(orders, dtype=float), "tier": tiers})
    found = Yardstick.learn(TRAINED, CATALOG).summary(rows, np.array(weight or [1.0] * len(rows)))
    return {(one.feature, one.what): one.value for one in found.itertuples()}


def test_the_reference_itself_lies_in_the_middle():
    found = summary(list(range(100)), ["gold", "silver"] * 50)
    assert found["orders", PLACE] == pytest.approx(0.5, abs=0.01)
    assert (found["orders", KNOWN], found["tier", "gold"], found["tier", UNSEEN]) == (1.0, 0.5, 0.0)


def test_what_is_missing_never_seen_or_in_another_unit_shows():
    found = summary([np.nan, 5000, 6000, 7000], ["gold", "platinum", None, "silver"])
    assert (found["orders", KNOWN], found["orders", PLACE]) == (0.75, 1.0)
    assert (found["tier", KNOWN], found["tier", "gold"], found["tier", UNSEEN]) == (0.75, 0.25, 0.25)


def test_who_was_held_out_counts_for_the_contacted_as_well():
    found = summary([10, 90], ["gold", "silver"], [1.0, 3.0])
    assert found["tier", "silver"] == 0.75
    assert found["orders", PLACE] == pytest.approx((0.1 + 3 * 0.9) / 4, abs=0.02)


def test_a_feature_that_is_gone_is_known_of_nobody():
    found = Yardstick.learn(TRAINED, CATALOG).summary(pd.DataFrame({"orders": [1.0, 2.0]}), np.ones(2))
    told = {(one.feature, one.what): one.value for one in found.itertuples()}
    assert (told["tier", KNOWN], told["tier", "gold"]) == (0.0, 0.0)


def test_the_variance_is_that_of_customers_drawn_anew():
    generator = np.random.default_rng(1)
    yardstick = Yardstick.learn(TRAINED, CATALOG[:1])
    drawn = [yardstick.summary(pd.DataFrame({"orders": generator.uniform(0, 80, 50)}), np.ones(50)) for _ in range(400)]
    places = [one.loc[one["what"] == PLACE].iloc[0] for one in drawn]
    assert np.mean([one["variance"] for one in places]) == pytest.approx(np.var([one["value"] for one in places]), rel=0.2)
