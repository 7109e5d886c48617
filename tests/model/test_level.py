from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model.level import logit, observe, smoothed_rate, solve_level


def test_log_odds_of_an_even_chance_are_zero():
    assert logit(0.5) == 0.0


def test_log_odds_of_three_to_one_are_the_logarithm_of_three():
    assert logit(0.75) == pytest.approx(1.0986122886681098, abs=1e-15)


def test_the_level_of_flat_scores_is_the_log_odds_of_the_rate():
    assert solve_level(np.zeros(4), 0.75, np.ones(4)) == pytest.approx(1.0986122886681098, abs=1e-9)


def test_a_row_without_weight_does_not_move_the_level():
    raw, weight = np.array([0.0, 0.0, 9.0]), np.array([1.0, 1.0, 0.0])
    assert solve_level(raw, 0.25, weight) == pytest.approx(-1.0986122886681098, abs=1e-9)


@given(
    raw=st.lists(st.floats(-10, 10), min_size=1, max_size=30),
    rate=st.floats(1e-4, 1 - 1e-4),
    seed=st.integers(0, 1000),
)
def test_at_the_solved_level_the_weighted_mean_probability_is_the_rate(raw, rate, seed):
    scores, weight = np.array(raw), np.random.default_rng(seed).uniform(0.1, 5, len(raw))
    level = solve_level(scores, rate, weight)
    probability = 1 / (1 + np.exp(-(scores + level)))
    assert (probability * weight).sum() / weight.sum() == pytest.approx(rate, abs=1e-8)


@given(raw=st.lists(st.floats(-10, 10), min_size=1, max_size=30), rate=st.floats(1e-3, 1 - 1e-3), shift=st.floats(-5, 5))
def test_scores_moved_by_a_constant_move_the_level_back_by_it(raw, rate, shift):
    scores, weight = np.array(raw), np.ones(len(raw))
    assert solve_level(scores + shift, rate, weight) == pytest.approx(solve_level(scores, rate, weight) - shift, abs=1e-7)


def test_half_a_customer_is_added_to_each_side_of_a_rate():
    assert smoothed_rate(np.array([1.0, 1.0, 0.0]), np.ones(3)) == 2.5 / 4
    assert smoothed_rate(np.array([1.0, 0.0]), np.array([3.0, 1.0])) == 3.5 / 5
    assert smoothed_rate(np.ones(2), np.ones(2)) == 2.5 / 3


def test_an_observed_level_of_flat_scores_has_the_variance_of_log_odds():
    found = observe(date(2024, 1, 1), 90, np.zeros(8), np.array([1.0] * 6 + [0.0] * 2), np.ones(8))
    assert (found.t, found.days) == (date(2024, 1, 1), 90)
    assert found.away == 6.5 / 9
    assert found.level == pytest.approx(0.9555114450274363, abs=1e-9)  # log(6.5 / 2.5)
    assert found.variance == pytest.approx(1 / (8 * 6.5 / 9 * 2.5 / 9), abs=1e-9)  # 1 / (n p q)


def test_the_variance_of_a_level_is_that_of_many_drawn_outcomes():
    generator = np.random.default_rng(0)
    raw, weight = generator.normal(0, 1, 400), generator.uniform(0.5, 2, 400)
    chance = 1 / (1 + np.exp(-raw))
    drawn = [observe(date(2024, 1, 1), 90, raw, (generator.random(400) < chance) * 1.0, weight) for _ in range(800)]
    levels = np.array([one.level for one in drawn])
    assert levels.mean() == pytest.approx(0, abs=0.02)
    assert levels.var() == pytest.approx(np.mean([one.variance for one in drawn]), rel=0.12)  # standard error .05


@pytest.mark.parametrize("far", [-500.0, 500.0])
def test_a_level_is_found_however_far_the_scores_lie_to_one_side(far: float) -> None:
    assert solve_level(np.array([far, far]), 0.25, np.ones(2)) == pytest.approx(-far + logit(0.25))
