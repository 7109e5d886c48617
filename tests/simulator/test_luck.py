"""The laws of the simulator's smallest parts."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pipeline.simulator.behaviour import next_state, transitions
from pipeline.simulator.luck import Luck, choose, poisson, repeat
from pipeline.simulator.population import new_traits
from pipeline.simulator.purchases import survival

EVERYONE = np.arange(20_000)


def test_a_draw_belongs_to_its_customer_whoever_else_draws() -> None:
    luck = Luck(seed=7)
    together = luck.uniform("visit", 3, np.array([5, 9, 12]))
    alone = luck.uniform("visit", 3, np.array([9]))
    assert together[1] == alone[0]


def test_draws_are_uniform_and_independent_over_purposes_months_and_numbers() -> None:
    luck = Luck(seed=7)
    first = luck.uniform("visit", 3, EVERYONE)
    assert stats.kstest(first, "uniform").pvalue > 0.001
    for other in (
        luck.uniform("order", 3, EVERYONE),
        luck.uniform("visit", 4, EVERYONE),
        luck.uniform("visit", 3, EVERYONE, 1),
        luck.uniform("visit", 3, EVERYONE + 1),
        Luck(seed=8).uniform("visit", 3, EVERYONE),
    ):
        assert abs(np.corrcoef(first, other)[0, 1]) < 0.03


@given(st.floats(0.001, 0.999), st.floats(0.0, 12.0))
def test_poisson_counts_are_quantiles(luck: float, rate: float) -> None:
    count = poisson(np.array([luck]), np.array([rate]))[0]
    assert stats.poisson.cdf(count, rate) >= luck - 1e-12
    assert count == 0 or stats.poisson.cdf(count - 1, rate) < luck + 1e-12


def test_choices_follow_their_weights() -> None:
    assert choose(np.array([0.1, 0.49, 0.51, 0.99]), (1, 1, 2)).tolist() == [0, 1, 2, 2]


def test_repeating_numbers_each_repetition() -> None:
    customer, nth = repeat(np.array([4, 5, 6]), np.array([2, 0, 3]))
    assert customer.tolist() == [4, 4, 6, 6, 6]
    assert nth.tolist() == [0, 1, 0, 1, 2]


@given(st.floats(0, 20), st.floats(0, 20))
def test_survival_is_the_renewal_law_of_erlang_gaps(elapsed: float, exposure: float) -> None:
    traits = new_traits(Luck(seed=1), np.arange(30), joined=0)
    shape = traits.regularity
    assert set(shape) == {1, 2, 3}
    expected = np.exp(
        stats.gamma.logsf(elapsed + exposure, shape, scale=1 / shape) - stats.gamma.logsf(elapsed, shape, scale=1 / shape)
    )
    assert survival(traits, np.full(30, elapsed), np.full(30, exposure)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("offer", "age"), [(-1, 0), (0, 0), (1, 0), (2, 0), (0, 1), (2, 2), (1, 3)])
def test_chances_of_the_next_state_add_up_to_one(offer: int, age: int) -> None:
    traits = new_traits(Luck(seed=1), np.arange(2000), joined=0)
    chances = transitions(traits, np.full(2000, offer), np.full(2000, age))
    assert chances.sum(axis=1) == pytest.approx(np.ones((3, 2000)))
    assert chances.min() >= -1e-12


def test_better_luck_never_means_a_worse_state() -> None:
    traits = new_traits(Luck(seed=1), np.arange(300), joined=0)
    chances = transitions(traits, np.full(300, -1), np.zeros(300, dtype=np.int64))
    state = np.arange(300) % 3
    reached = [next_state(chances, state, np.full(300, luck)) for luck in (0.05, 0.5, 0.9, 0.99)]
    assert all((worse >= better).all() for better, worse in pairwise(reached))
