"""Lists that go by a learned effect: who comes first, who is left alone, and what stays as it was."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.campaign.archive import before
from pipeline.campaign.planning import Planned, plan_lists
from pipeline.campaign.shown import Shown
from pipeline.uplift.effect_model import EffectModel
from pipeline.uplift.randomised import NUMBERS
from tests.campaign.small_plan import DAY, ROOT, config, customer, frames, unscored

PEOPLE = [
    customer("ann", orders_count=20),
    customer("bob", orders_count=10),
    customer("cem", orders_count=2),
    customer("dan", orders_count=12, expected_value=11.0),
    unscored("fay", "lapsed", recency_days=700),
]
AT = NUMBERS.index("orders_count")


def model(mean: float = 0.1, slope: float = 0.2, offers: tuple[str, ...] = ("keep", "points")) -> EffectModel:
    """Effect `mean` at 10 orders, `slope` more for each unit of log(1 + orders)."""
    words = {"lifecycle": (), "value_tier": (), "channel": (), "offer": ()}
    zeros = np.zeros(len(NUMBERS))
    slopes, centre = zeros.copy(), zeros.copy()
    slopes[AT], centre[AT] = slope, np.log1p(10)
    return EffectModel(mean, tuple(slopes), tuple(centre), tuple(zeros + 1), words, offers)


def plan(effects: EffectModel | None, people=PEOPLE) -> Planned:
    nothing = before(ROOT / "no such archive", DAY, {}, ROOT / "none.json")
    return plan_lists(*frames(people), nothing, config(), DAY, {"money"}, Shown(effects=effects))


def told(found: Planned) -> pd.DataFrame:
    return found.customers.set_index("customer_id")


def test_the_effect_takes_the_place_of_what_the_playbook_assumes():
    rows, plain = told(plan(model())), told(plan(None))
    # by the playbook 0.7 × 0.4 (100 − 10) − 0.3 × 0.5 × 10 − 1 = 22.7, of which 0.28 × 100 is the value of the saves
    assert plain.loc["bob", "expected_profit"] == 22.7
    # ten orders: an effect of .1 in place of .28
    assert rows.loc["bob", "expected_profit"] == pytest.approx(22.7 - 0.18 * 100)
    assert rows.loc["ann", "expected_profit"] == pytest.approx(round(22.7 - (0.28 - 0.1 - 0.2 * np.log(21 / 11)) * 100, 2))
    assert (rows.loc["bob", "offer"], rows.loc["bob", "expected_cost"]) == ("keep", plain.loc["bob", "expected_cost"])


def test_who_would_be_driven_away_is_left_alone_and_told_so():
    rows = told(plan(model()))
    assert (rows.loc["cem", "arm"], rows.loc["cem", "left_out_reason"]) == ("none", "sleeping_dog")
    assert pd.isna(rows.loc["cem", "offer"])


def test_whom_a_save_would_not_repay_is_left_out_as_before():
    rows = told(plan(model(mean=0.02, slope=0.0)))
    assert rows.loc["bob", "left_out_reason"] == "not_profitable"


def test_nobody_is_contacted_who_would_not_be_by_risk_and_value():
    poor = customer("eve", orders_count=20, expected_value=0.5)
    assert told(plan(None, [poor])).loc["eve", "left_out_reason"] == "not_profitable"
    assert told(plan(model(mean=0.6), [poor])).loc["eve", "left_out_reason"] == "not_profitable"


def test_other_lists_and_offers_without_an_effect_stay_as_they_are():
    plain, rows, unknown = told(plan(None)), told(plan(model())), told(plan(model(offers=("other",))))
    pd.testing.assert_series_equal(rows.loc["fay"], plain.loc["fay"])
    pd.testing.assert_frame_equal(unknown, plain)


def test_the_profit_of_a_list_is_what_was_decided_by():
    found = plan(model())
    listed = found.customers[found.customers["arm"] == "contact"]
    assert found.allocated.figures["objective"] == pytest.approx(listed["expected_profit"].sum())
    assert (found.candidates.rows["expected_profit"] > 0).all()
