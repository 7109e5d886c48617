"""EMPC, MPC and MPU: the published golden case, oracles that only know the definition, laws, and worlds without information."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from pipeline.errors import DataUnfitError
from pipeline.profit.expected_profit import Offer, best_cut
from pipeline.profit.maximum_profit import empc, mpc, mpu
from tests.profit.test_expected_profit import FULL, PLAIN, bases, columns, offers

LEFT = np.array([0.0, 1, 0, 1, 0, 1, 0, 1])
SCORE = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.8, 0.9])
EIGHT = np.ones(8)
FREE = Offer(cost=0, contact_cost=0, kept=0.3)


def by_definition(y, score, weight, value, offer, draws=20_000):
    """EMPC as a mean over draws of γ, one from each of as many equal parts of its distribution, of the best of all cuts."""
    gamma = beta.ppf((np.arange(draws) + 0.5) / draws, 6, 14)
    best = np.zeros(draws)
    share = np.zeros(draws)
    for bound in sorted(set(score[weight > 0]), reverse=True):
        contacted = weight * (score >= bound)
        churner = gamma * (value - offer.cost) - (1 - gamma) * offer.taken_by_lost * offer.cost - offer.contact_cost
        stayer = -(offer.taken_by_stayers * offer.cost + offer.driven_away * value + offer.contact_cost)
        profit = ((contacted @ y) * churner + (contacted @ (1 - y)) * stayer) / weight.sum()
        share = np.where(profit > best, contacted.sum() / weight.sum(), share)
        best = np.maximum(best, profit)
    return best.mean(), share.mean()


def test_the_golden_case():
    found = empc(LEFT, SCORE, EIGHT, 200.0, PLAIN)
    assert found.profit == pytest.approx(23.875593418348124, rel=1e-13)
    assert found.share == pytest.approx(0.8743700763487141, rel=1e-13)


def test_stayers_who_buy_more_do_not_change_the_figures_of_the_literature():
    lifting = replace(PLAIN, stayer_uplift=0.5)
    assert empc(LEFT, SCORE, EIGHT, 200.0, lifting) == empc(LEFT, SCORE, EIGHT, 200.0, PLAIN)
    assert mpc(LEFT, SCORE, EIGHT, 200.0, lifting) == mpc(LEFT, SCORE, EIGHT, 200.0, PLAIN)


def test_the_golden_case_of_a_known_chance_to_keep():
    # a churner earns 56, a stayer costs 11: all but the last stayer
    assert mpc(LEFT, SCORE, EIGHT, 200.0, PLAIN) == (pytest.approx((4 * 56 - 3 * 11) / 8), pytest.approx(7 / 8))


@pytest.mark.parametrize("offer", [PLAIN, FULL, Offer(cost=25, contact_cost=4, kept=0.3, taken_by_stayers=0.6)])
@pytest.mark.parametrize("value", [15.0, 80.0, 200.0])
def test_empc_is_the_mean_over_gamma_of_the_best_cut(offer, value):
    generator = np.random.default_rng(3)
    score = generator.integers(0, 12, 200) / 12
    y = (generator.random(200) < score).astype(float)
    weight = generator.choice([0.0, 1.0, 2.5], 200)
    profit, share = by_definition(y, score, weight, value, offer)
    found = empc(y, score, weight, value, offer)
    assert found.profit == pytest.approx(profit, rel=1e-4, abs=1e-4)
    assert found.share == pytest.approx(share, abs=1e-3)


@given(bases, offers)
def test_mpc_is_the_best_cut(rows, offer):
    y, score, weight, value = columns(rows)
    found, cut = mpc(y, score, weight, value.max(), offer), best_cut(y, score, weight, value.max(), offer, samples=0, seed=0)
    assert found.profit == pytest.approx(cut.profit, rel=1e-9, abs=1e-9)


@given(bases, offers, st.floats(1, 500))
def test_empc_gains_nothing_from_a_number_that_says_the_same(rows, offer, value):
    y, score, weight, _ = columns(rows)
    found = empc(y, score, weight, value, offer)
    assert 0 <= found.share <= 1 + 1e-12
    assert found.profit >= -1e-9
    assert tuple(empc(y[::-1], np.exp(score[::-1]), weight[::-1], value, offer)) == pytest.approx(tuple(found), abs=1e-9)
    whole = np.repeat(np.arange(len(y)), weight.astype(int))
    assert tuple(empc(y[whole], score[whole], np.ones(len(whole)), value, offer)) == pytest.approx(tuple(found), abs=1e-9)
    assert (
        empc(y, np.zeros(len(y)), weight, value, offer).profit
        <= found.profit + 1e-9
        <= empc(y, y, weight, value, offer).profit + 2e-9
    )


def test_without_information_everybody_or_nobody_is_contacted():
    nothing = np.zeros(8)
    everybody = (4 * 56 - 4 * 11) / 8
    assert mpc(LEFT, nothing, EIGHT, 200.0, PLAIN) == (everybody, 1)
    found = empc(LEFT, nothing, EIGHT, 200.0, PLAIN)
    assert everybody < found.profit < everybody + 0.01  # hardly any γ is so small that nobody is better
    assert empc(LEFT, nothing, EIGHT, 12.0, PLAIN) == (pytest.approx(0, abs=1e-12), pytest.approx(0, abs=1e-12))


@pytest.mark.parametrize(("y", "profit", "share"), [(0.0, 0, 0), (1.0, 0.3 * 190 - 1, 1)])
def test_one_class_is_worth_what_it_is_worth(y, profit, share):
    for found in (empc(np.full(8, y), SCORE, EIGHT, 200.0, PLAIN), mpc(np.full(8, y), SCORE, EIGHT, 200.0, PLAIN)):
        assert found == (pytest.approx(profit, abs=1e-6), pytest.approx(share, abs=1e-6))


def test_an_offer_dearer_than_the_customer_earns_nothing():
    for value in (10.0, 5.0, -3.0):
        assert empc(LEFT, SCORE, EIGHT, value, PLAIN) == (0, 0)
        assert mpc(LEFT, SCORE, EIGHT, value, PLAIN) == (0, 0)


def test_an_offer_for_nothing_goes_to_every_group_with_a_churner():
    assert empc(LEFT, SCORE, EIGHT, 200.0, FREE) == (pytest.approx(0.5 * 0.3 * 200), pytest.approx(7 / 8))


@pytest.mark.parametrize("measure", [empc, mpc])
def test_scores_without_a_meaning_are_refused(measure):
    with pytest.raises(DataUnfitError, match="missing or infinite"):
        measure(LEFT, np.where(SCORE == 0.4, np.nan, SCORE), EIGHT, 200.0, PLAIN)
    with pytest.raises(DataUnfitError, match="none of 8 rows"):
        measure(LEFT, SCORE, 0 * EIGHT, 200.0, PLAIN)


TREATED = np.array([True, False] * 4)
UPLIFT = np.array([4.0, 4, 3, 3, 2, 2, 1, 1])
OUTCOME = np.array([0.0, 1, 0, 1, 1, 1, 0, 0])


def test_mpu_by_hand():
    # by quarters, of the treated 0, 0, 1/3, 1/4 left and of the others 1, 1, 1, 3/4; who is kept or stays anyway takes the offer
    quarters = [0.25 * (100 - 10 - 1), 0.5 * (100 - 10 - 1), 0.75 * (200 / 3 - 20 / 3 - 1), 50 - 7.5 - 1]
    assert max(quarters) == quarters[1] == 44.5
    offer = Offer(cost=10, contact_cost=1, kept=0)
    assert mpu(UPLIFT, OUTCOME, TREATED, EIGHT, 100.0, offer, points=5) == (pytest.approx(44.5), 0.5)


def test_mpu_charges_stayers_and_leavers_for_the_offers_they_take():
    offer = Offer(cost=10, contact_cost=0, kept=0, taken_by_stayers=0.5, taken_by_lost=0.2)
    # of all, a half is kept, a quarter stays anyway and a quarter leaves nevertheless
    assert mpu(0 * UPLIFT, OUTCOME, TREATED, EIGHT, 100.0, offer, points=2) == (pytest.approx(50 - 10 * (0.5 + 0.125 + 0.05)), 1)


def test_a_campaign_that_drives_customers_away_is_best_not_held():
    assert mpu(UPLIFT, OUTCOME, ~TREATED, EIGHT, 100.0, PLAIN) == (0, 0)


def test_mpu_of_customers_of_double_weight():
    weight = np.array([2.0, 1, 1, 1, 3, 1, 0, 1])
    whole = np.repeat(np.arange(8), weight.astype(int))
    arrays = UPLIFT[whole], OUTCOME[whole], TREATED[whole], np.ones(len(whole))
    assert mpu(UPLIFT, OUTCOME, TREATED, weight, 100.0, PLAIN) == pytest.approx(mpu(*arrays, 100.0, PLAIN))


def test_mpu_does_not_depend_on_the_order_of_rows():
    assert mpu(UPLIFT[::-1], OUTCOME[::-1], TREATED[::-1], EIGHT, 100.0, PLAIN) == mpu(
        UPLIFT, OUTCOME, TREATED, EIGHT, 100.0, PLAIN
    )


@pytest.mark.parametrize("treated", [np.zeros(8, bool), np.ones(8, bool)])
def test_mpu_needs_customers_who_were_contacted_and_others(treated):
    with pytest.raises(DataUnfitError, match="one of these groups is empty"):
        mpu(UPLIFT, OUTCOME, treated, EIGHT, 100.0, PLAIN)
