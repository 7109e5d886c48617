"""Profits at the test dates: the published case, and a campaign on four customers by hand."""

import numpy as np
import pandas as pd
import pytest

from pipeline.config.campaign_section import Costs
from pipeline.profit.profit_figures import LIFETIME_VALUE, maximum_profits, measure_profit, offer_of, profit_curves

COSTS = Costs(offer=4.0, contact=1.0, kept=0.5, taken_by_lost=0.0, taken_by_stayers=1.0, driven_away=0.0)
# Contacting a churner of value V earns (V - 4) / 2 - 1, a stayer costs 5: ann 22 of 40, bob 1 of 8, cat and dan -5.
JUDGED = pd.DataFrame(
    {
        "customer_id": ["ann", "bob", "cat", "dan"],
        "y": [1.0, 1.0, 0.0, 0.0],
        "weight": [1.0] * 4,
        "churn_probability": [0.7, 0.9, 0.5, 0.1],
        "rival": [0.1, 0.5, 0.7, 0.9],
        "expected_value": [50.0, 8.0, 28.0, 40.0],
    }
)


def test_the_published_case_of_empc():
    judged = pd.DataFrame({"y": [0.0, 1.0] * 4, "weight": 1.0, "churn_probability": [0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.8, 0.9]})
    found = maximum_profits(judged, ["churn_probability"])["churn_probability"]
    assert found["empc"] == pytest.approx(23.875593418348124)
    assert found["empc_share"] == pytest.approx(0.8743700763487141)
    assert LIFETIME_VALUE == 200


def test_the_costs_are_those_of_the_offer():
    costs = Costs(offer=1.0, contact=2.0, kept=0.3, taken_by_lost=0.4, taken_by_stayers=0.5, driven_away=0.6, stayer_uplift=0.7)
    offer = offer_of(costs)
    assert (offer.cost, offer.contact_cost, offer.kept) == (1.0, 2.0, 0.3)
    assert (offer.taken_by_lost, offer.taken_by_stayers, offer.driven_away, offer.stayer_uplift) == (0.4, 0.5, 0.6, 0.7)


def test_a_campaign_of_four_customers_by_hand():
    found = measure_profit(JUDGED, ["rival"], COSTS, samples=0, seed=0)
    campaign = found["campaign"]
    assert (campaign["customers"], campaign["mean_value"]) == (4, 31.5)
    assert campaign["everybody"] == pytest.approx((22 + 1 - 5 - 5) / 4)
    # promised: ann .7 · 22 - .3 · 5 = 13.9, bob .9 · 1 - .1 · 5 = .4, cat .5 · 11 - .5 · 5 = 3, dan .1 · 17 - .9 · 5 = -2.8
    assert campaign["rule"] == {
        "share": 0.75,
        "profit": pytest.approx((22 + 1 - 5) / 4),
        "promised": pytest.approx((13.9 + 0.4 + 3) / 4),
    }
    best = campaign["best_cut"]
    by_profit, by_probability = best["expected_profit"], best["churn_probability"]
    assert (by_profit["threshold"], by_profit["share"], by_profit["profit"]) == (pytest.approx(13.9), 0.25, pytest.approx(22 / 4))
    assert (by_probability["threshold"], by_probability["share"], by_probability["profit"]) == (0.7, 0.5, pytest.approx(23 / 4))
    assert set(found["baselines"]) == {"rival"}
    assert found["empc"] > found["baselines"]["rival"]["empc"]
    assert found["literature"] == {"value": 200.0, "offer": 10.0, "contact": 1.0, "kept_prior": [6.0, 14.0]}


def test_from_which_probability_on_a_contact_pays():
    # of the mean value, 31.5, a churner brings .5 · (31.5 - 4) - 1 = 12.75 and a stayer costs 5
    found = measure_profit(JUDGED, [], COSTS, samples=0, seed=0)["campaign"]["break_even"]
    assert found == {"of_mean_value": pytest.approx(5 / 17.75), "never": 0.0}
    # .5 · (5 - 4) is less than the contact; of the mean value, 6.5, a churner brings .25
    small = JUDGED.assign(expected_value=[5.0, 5.0, 8.0, 8.0])
    found = measure_profit(small, [], COSTS, samples=0, seed=0)["campaign"]["break_even"]
    assert found == {"of_mean_value": pytest.approx(5 / 5.25), "never": 0.5}
    found = measure_profit(JUDGED.assign(expected_value=1.0), [], COSTS, samples=0, seed=0)["campaign"]["break_even"]
    assert (np.isnan(found["of_mean_value"]), found["never"]) == (True, 1.0)


def test_the_best_cut_has_an_interval_over_customers():
    best = measure_profit(JUDGED, [], COSTS, samples=50, seed=0)["campaign"]["best_cut"]["churn_probability"]
    assert best["profit_low"] < best["profit"] < best["profit_high"]
    assert best["share_low"] <= best["share"] <= best["share_high"]


def test_the_curves_begin_at_nobody_and_end_at_everybody():
    curves = profit_curves(JUDGED, COSTS).set_index("contacted")
    assert list(curves) == ["expected_profit", "churn_probability"]
    assert curves.loc[0.0].tolist() == [0.0, 0.0]
    assert curves.loc[1.0].tolist() == pytest.approx([13 / 4, 13 / 4])
    assert curves.loc[0.25].tolist() == pytest.approx([22 / 4, 1 / 4])


def test_without_expected_values_there_is_no_campaign_and_no_curve():
    unknown = JUDGED.assign(expected_value=np.nan)
    assert "campaign" not in measure_profit(unknown, [], COSTS, samples=5, seed=0)
    curves = profit_curves(unknown, COSTS)
    assert (list(curves), len(curves)) == (["contacted", "expected_profit", "churn_probability"], 0)
