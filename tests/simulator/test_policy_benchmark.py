"""The benchmark of policies: lives that begin alike, what a list is paid, and the figures that are told, by literal ones."""

import numpy as np
import pytest

from benchmarks.futures import futures, margins
from benchmarks.lives import config_of, offers_tested
from benchmarks.policy import judged
from benchmarks.policy_page import LEARNED, LONG, ORACLE, RIVALS, STATIC, TESTED, added, bootstrapped, page
from pipeline.simulator import Settings, run_history
from pipeline.simulator.offers import NO_OFFER, OFFERS


@pytest.fixture(scope="module")
def lived():
    return judged(3, customers=400, deliveries=4, many=1)


def test_until_something_has_matured_learning_changes_nothing_and_then_it_says_what_it_learned(lived):
    months = lived["months"]
    assert [month[LEARNED] for month in months[:3]] == [month[STATIC] for month in months[:3]]
    assert set(months[3][LEARNED]["kept"]) == {"discount_10", "loyalty_bonus", "service_call"}
    assert months[3][LEARNED]["kept"]["loyalty_bonus"]["used"] != months[3][LEARNED]["kept"]["loyalty_bonus"]["assumed"]
    assert months[3][LEARNED]["uplift"]["verdict"] == "few"
    assert months[0][STATIC]["paid"]["made"]["contacts"] > 100
    assert set(months[0][STATIC]["paid"]["made"]["offers"]) == {"loyalty_bonus"}
    assert set(months[0][TESTED]["paid"]["made"]["offers"]) == {"discount_10", "loyalty_bonus"}


def test_an_oracle_keeps_by_the_truth_and_not_by_a_playbook_that_says_three_times_too_much(lived):
    assert config_of(3, 400, "raw").campaign.playbook["loyalty_bonus"].kept == pytest.approx(0.171)
    assert all(0 < month[ORACLE]["kept"]["loyalty_bonus"]["used"] < 0.1 for month in lived["months"])


def test_the_offer_that_is_thought_to_keep_more_is_tested_against_the_other_one():
    arms = offers_tested(config_of(3, 400, "raw")).campaign.allocation.offer_arms
    assert {name: (arm.against, arm.share) for name, arm in arms.items()} == {"loyalty_bonus": ("discount_10", 0.2)}


def test_a_list_is_paid_for_each_customer_what_their_own_offer_adds():
    world, _, _ = run_history(Settings(seed=3, customers=60, months=4))
    who = world.state()["customer_id"]
    alone, luck = futures(world, who, (2,), range(3))[2], range(3)
    codes = np.arange(len(who)) % (len(OFFERS) + 1) - 1  # NO_OFFER, 0, 1, 2, NO_OFFER, …
    mean, stays = margins(world, who, [np.full(len(who), NO_OFFER), codes], (2,), luck)
    expected = np.select(
        [codes == code for code in range(len(OFFERS))], [alone[offer.name] + offer.cost for offer in OFFERS], default=0.0
    )
    assert mean[1, 0] - mean[0, 0] == pytest.approx(expected)
    assert stays[0] == pytest.approx(alone["stays"])


def month(made, without=None):
    paid = {"made": {"added": {"12": made, "3": made / 2}}}
    return {"paid": paid if without is None else paid | {"without_effects": {"added": {"12": without, "3": 0.0}}}}


def test_a_month_without_an_effect_in_use_would_have_been_the_same_without_it():
    found = [{"months": [{LEARNED: month(5.0)}, {LEARNED: month(7.0, without=4.0)}]}]
    assert added(found, LEARNED, LONG).tolist() == [[5.0, 7.0]]
    assert added(found, LEARNED, LONG, "without_effects").tolist() == [[5.0, 4.0]]


def test_an_interval_is_wider_than_the_normal_one_where_companies_are_few_and_a_point_where_nothing_differs():
    values = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    low, high = bootstrapped(values)
    reach = 1.96 * values.std(ddof=1) / np.sqrt(6)
    assert low < 3.5 - reach
    assert high > 3.5 + reach
    assert bootstrapped(np.zeros(5)) == (0.0, 0.0)


def test_intervals_of_the_mean_hold_it_about_as_often_as_they_say():
    generator = np.random.default_rng(5)
    held = [low <= 0 <= high for low, high in (bootstrapped(generator.normal(size=20), 400) for _ in range(400))]
    assert 0.91 <= np.mean(held) <= 0.98


def test_the_page_tells_every_policy_and_says_that_nothing_was_told_of_a_gate_that_never_looked(lived):
    told = page([lived])
    assert "The gate opened in 0" in told
    assert "what it would have earned cannot be said" in told
    assert all(name in told for name in RIVALS)
