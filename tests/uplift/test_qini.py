"""AUUC and Qini: literal rows, an account by hand beside, and the laws of any ranking."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.uplift.qini import areas, areas_with_intervals

SMALL = st.integers(-8, 8)
ROWS = st.lists(st.tuples(SMALL, SMALL), min_size=1, max_size=12)


def by_hand(effect: list[int], ranking: list[int]) -> tuple[Fraction, Fraction]:
    """Both areas in exact fractions, customer by customer: of equal ranks each counts as the mean of them."""
    n, under, height = len(effect), Fraction(0), Fraction(0)
    for place in sorted(set(ranking), reverse=True):
        alike = [one for one, rank in zip(effect, ranking, strict=True) if rank == place]
        for _ in alike:
            step = Fraction(sum(alike), len(alike)) / n
            under += (height + step / 2) / n
            height += step
    return under, under - height / 2


def found(effect: list[int], ranking: list[int]) -> tuple[float, float]:
    return areas(np.array(effect, dtype=float), np.array(ranking, dtype=float))


def test_four_customers_ranked_as_the_arms_show():
    # Halves drawn: score 2 for contacted who stayed, −2 for held out who stayed, 0 for who left. The curve after each customer,
    # saves per customer of the list: ½, ½, ½, 0; its area 1/16 + 1/8 + 1/8 + 1/16, and there is no line to subtract.
    assert found([2, 0, 0, -2], [4, 3, 2, 1]) == (0.375, 0.375)
    assert found([2, 0, 0, -2], [1, 2, 3, 4]) == (-0.375, -0.375)


def test_it_is_the_curve_of_radcliffe_where_both_arms_are_in_every_step_as_drawn():
    # Steps of one contacted and one held out, half drawn. Radcliffe: contacted who stayed, less held out who stayed times the
    # ratio of the arms so far, which is 1 after every step: 1, 1, 0 of 3 contacted.
    stayed = [(1, 0), (1, 1), (0, 1)]
    effect = [part for contacted, held in stayed for part in (2 * contacted, -2 * held)]
    radcliffe = np.cumsum([contacted - held for contacted, held in stayed]) / 3
    area = float(np.sum((np.concatenate([[0], radcliffe[:-1]]) + radcliffe) / 2) / 3)
    assert found(effect, [3, 3, 2, 2, 1, 1]) == pytest.approx((area, area - radcliffe[-1] / 2))


@given(ROWS)
def test_it_is_what_an_account_by_hand_says(rows):
    effect, ranking = (list(part) for part in zip(*rows, strict=True))
    assert found(effect, ranking) == pytest.approx(tuple(map(float, by_hand(effect, ranking))), abs=1e-12)


@given(ROWS)
def test_a_ranking_that_knows_nothing_has_no_qini(rows):
    effect = [one for one, _ in rows]
    auuc, qini = found(effect, [7] * len(effect))
    assert qini == pytest.approx(0, abs=1e-12)
    assert auuc == pytest.approx(np.mean(effect) / 2)


def test_random_orders_have_no_qini_on_average():
    effect = [3, -1, 0, 2, -2]
    assert np.mean([found(effect, list(order))[1] for order in permutations(range(5))]) == pytest.approx(0, abs=1e-12)


@given(ROWS)
def test_no_ranking_beats_that_by_the_effect_itself(rows):
    effect, ranking = (list(part) for part in zip(*rows, strict=True))
    assert found(effect, effect)[1] >= found(effect, ranking)[1] - 1e-12


@given(ROWS)
def test_only_the_order_counts_and_the_reverse_is_as_bad_as_it_is_good(rows):
    effect, ranking = (list(part) for part in zip(*rows, strict=True))
    assert found(effect, [one**3 + 5 * one for one in ranking]) == found(effect, ranking)
    assert found(effect, [-one for one in ranking])[1] == pytest.approx(-found(effect, ranking)[1], abs=1e-12)


def test_models_of_two_folds_are_not_ranked_against_each_other():
    # Each fold is ranked at the mean of the other, so together they would be ranked just the wrong way round.
    effect, ranking, fold = np.array([1.0, 1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0, 1.0]), np.array([0, 0, 1, 1])
    assert areas(effect, ranking)[1] == -0.125
    assert areas(effect, ranking, fold) == (0.25, 0.0)


def test_the_interval_covers_the_truth_as_often_as_it_says():
    """Standard normal scores around an effect of x in 0 … 1, ranked by x: the Qini is the integral of φ (1 − φ) / 2, 1/12."""
    hits = 0
    for seed in range(100):
        generator = np.random.default_rng(seed)
        x = generator.random(300)
        area = areas_with_intervals(
            x + generator.standard_normal(300), x, np.arange(300), np.zeros(300, dtype=np.int64), samples=100, seed=seed
        )["qini"]
        hits += area.low <= 1 / 12 <= area.high
    assert 88 <= hits <= 99
