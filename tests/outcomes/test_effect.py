"""The effect of contacting from literal arms, by an independent oracle, and as often right as its interval says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.outcomes.effect import FEWEST_OF_EACH, effect, share_effect
from pipeline.statistics.intervals import risk_difference

HALF = np.full(8, 0.5)


def test_without_anything_known_it_is_the_difference_of_means_and_welchs_interval():
    from scipy.stats import ttest_ind

    outcome = np.array([3.0, 5, 4, 8, 1, 2, 2, 4])
    contacted = np.array([True] * 4 + [False] * 4)
    found = effect(outcome, contacted, HALF)
    assert (found.difference, found.contacted_mean, found.held_out_mean) == pytest.approx((2.75, 5.0, 2.25))
    error = np.sqrt(np.var(outcome[:4], ddof=1) / 4 + np.var(outcome[4:], ddof=1) / 4)
    test = ttest_ind(outcome[:4], outcome[4:], equal_var=False)
    assert test.statistic == pytest.approx(2.75 / error)
    assert (found.high - found.low) / 2 == pytest.approx(3.1824463 * error)  # Student's t of 3 degrees of freedom


def test_chances_that_differ_weigh_the_arms_back_to_everybody():
    """Half of the first four were contacted and a quarter of the others: the effect on all eight is that of neither alone."""
    outcome = np.array([1.0, 1, 0, 0, 4, 0, 0, 0])
    contacted = np.array([True, True, False, False, True, False, False, False])
    chance = np.array([0.5] * 4 + [0.25] * 4)
    found = effect(outcome, contacted, chance)
    assert found.contacted_mean == pytest.approx((2 * 1 + 2 * 1 + 4 * 4) / 8)
    assert found.held_out_mean == 0


def world(seed: int, n: int = 400, share: float = 0.85):
    """Who leaves with and without a contact that helps the likelier ones more, and a draw."""
    generator = np.random.default_rng(seed)
    risk = generator.beta(2, 2, n)
    without = generator.random(n) < risk
    kept = generator.random(n) < 0.3
    with_it = without & ~kept
    contacted = generator.random(n) < share
    return risk, without, with_it, contacted, np.full(n, share)


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    held = []
    for seed in range(400):
        risk, without, with_it, contacted, chance = world(seed)
        found = share_effect(np.where(contacted, with_it, without), contacted, chance, risk[:, None])
        truth = with_it.mean() - without.mean()
        held.append(found.low <= truth <= found.high)
    assert 0.93 <= np.mean(held) <= 0.99


def test_what_was_known_before_narrows_the_interval():
    risk, without, with_it, contacted, chance = world(1, 4000)
    outcome = np.where(contacted, with_it, without)
    plain, sharper = (share_effect(outcome, contacted, chance, known) for known in (None, risk[:, None]))
    assert sharper.high - sharper.low < 0.95 * (plain.high - plain.low)


def test_a_column_that_is_the_same_for_a_whole_arm_says_nothing_of_it():
    contacted = np.repeat([True, False], 20)
    outcome = np.where(contacted, 7.0, 5.0) + np.tile([-1.0, 1.0], 20)
    known = np.column_stack([np.where(contacted, 0.8, np.tile([0.2, 0.2, 0.6, 0.6], 10)), np.tile([0.0, 0.0, 1.0, 1.0], 10)])
    assert effect(outcome, contacted, np.full(40, 0.5), known).difference == pytest.approx(2)
    assert effect(outcome, contacted, np.full(40, 0.5), known[:, :1]).difference == pytest.approx(2)


def test_few_outcomes_are_compared_by_newcombes_interval():
    happened = np.array([True, False, False, False, False, False, True, True, False, False])
    contacted = np.array([True] * 6 + [False] * 4)
    found = share_effect(happened, contacted, np.full(10, 0.6))
    assert (found.difference, found.low, found.high) == risk_difference(1, 6, 2, 4)


def test_few_outcomes_of_chances_that_differ_are_weighed_and_count_for_as_many_as_they_are_worth():
    """Contacted: weights 2, 2, 4, 4 of which one of 4 left; held out: 2, 2 and 4/3 twice, of which one of 2 left."""
    happened = np.array([False, False, True, False, True, False, False, False])
    contacted = np.array([True, True, True, True, False, False, False, False])
    chance = np.array([0.5, 0.5, 0.25, 0.25, 0.5, 0.5, 0.25, 0.25])
    found = share_effect(happened, contacted, chance)
    here, there = 12**2 / 40, (20 / 3) ** 2 / (8 + 32 / 9)
    assert (found.contacted_mean, found.held_out_mean) == pytest.approx((4 / 12, 2 / (20 / 3)))
    assert (found.difference, found.low, found.high) == pytest.approx(risk_difference(here / 3, here, 0.3 * there, there))
    assert (found.contacted, found.held_out) == (4, 4)


def test_few_outcomes_of_two_lists_hold_the_truth_though_the_riskier_is_held_out_more_often():
    """A list of 20 with a risk of .6 of which half is contacted, one of 180 with .02 of which nearly all are; nothing helps."""
    chance, risk = (np.repeat(of, [20, 180]) for of in ([0.5, 0.95], [0.6, 0.02]))
    found = []
    for seed in range(1000):
        generator = np.random.default_rng(seed)
        happened, contacted = generator.random(200) < risk, generator.random(200) < chance
        if min(happened[arm].sum() for arm in (contacted, ~contacted)) < FEWEST_OF_EACH:
            found.append(share_effect(happened, contacted, chance))
    assert len(found) > 200
    assert abs(np.mean([one.difference for one in found])) < 0.05
    assert np.mean([one.low <= 0 <= one.high for one in found]) >= 0.93


def test_an_arm_of_nobody_has_no_effect():
    nobody = np.zeros(3, dtype=bool)
    assert share_effect(nobody, nobody, np.full(3, 0.5)) is None
    assert effect(np.zeros(3), np.array([True, False, False]), np.full(3, 0.5)) is None


def test_the_interval_of_amounts_is_moved_by_their_skewness():
    """Johnson's t of two samples, from moments that scipy computes; the residuals of both arms have one third moment."""
    from scipy.stats import moment

    here, there = np.array([0.0, 1, 1, 2, 2, 3, 3, 9]), np.array([0.0, 1, 3, 6])
    outcome, contacted = np.concatenate([here, there]), np.repeat([True, False], [8, 4])
    found, plain = (effect(outcome, contacted, np.full(12, 2 / 3), skewed=skewed) for skewed in (True, False))
    error = np.sqrt(np.var(here, ddof=1) / 8 + np.var(there, ddof=1) / 4)
    third = (8 * moment(here, 3) / (7 / 8) ** 1.5 + 4 * moment(there, 3) / (3 / 4) ** 1.5) / 12
    skewness = third * (1 / 8**2 - 1 / 4**2) / error**3
    assert -0.5 < skewness < 0
    moved = error * skewness * (2 * 3.1824463**2 + 1) / 6  # Student's t of 3 degrees of freedom
    assert (found.low - plain.low, found.high - plain.high) == pytest.approx((moved, moved))
    assert found.difference == plain.difference


def test_arms_alike_in_size_are_as_skewed_as_each_other():
    outcome, contacted = np.array([0.0, 0, 0, 50, 0, 1, 2, 30]), np.repeat([True, False], 4)
    assert effect(outcome, contacted, HALF, skewed=True) == effect(outcome, contacted, HALF)


def test_what_does_not_vary_is_not_moved():
    contacted = np.repeat([True, False], [8, 4])
    found = effect(np.where(contacted, 3.0, 1.0), contacted, np.full(12, 2 / 3), skewed=True)
    assert (found.low, found.difference, found.high) == pytest.approx((2, 2, 2))


def test_intervals_of_few_amounts_hold_the_truth_more_often_when_moved_and_in_both_directions():
    """Every second of 25 held out and 225 contacted buys nothing, the others for amounts of a long tail; nobody is moved."""
    misses = {True: [0, 0], False: [0, 0]}
    for seed in range(600):
        generator = np.random.default_rng(seed)
        outcome = np.where(generator.random(250) < 0.5, 0, generator.lognormal(3, 1, 250))
        contacted = generator.permutation(250) < 225
        for skewed, missed in misses.items():
            found = effect(outcome, contacted, np.full(250, 0.9), skewed=skewed)
            missed[0] += found.low > 0
            missed[1] += found.high < 0
    assert misses[False][0] > 50  # far more than 15 say that contacting earned something
    assert misses[False][1] < 5
    assert sum(misses[True]) < 45
    assert misses[True][0] < 25


@given(st.integers(0, 10_000), st.floats(-5, 5), st.floats(0.1, 5))
def test_moving_and_stretching_outcomes_moves_nothing_and_stretches_the_effect(seed, by, times):
    risk, without, with_it, contacted, chance = world(seed, 60, 0.5)
    outcome = np.where(contacted, with_it, without).astype(float)
    known = np.column_stack([risk, np.full(60, 3.0), np.where(risk > 0.5, np.nan, risk)])
    first, second = effect(outcome, contacted, chance, known), effect(times * outcome + by, contacted, chance, known)
    assert second.difference == pytest.approx(times * first.difference, abs=1e-9)
    assert second.high - second.low == pytest.approx(times * (first.high - first.low), abs=1e-9)
