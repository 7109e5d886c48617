"""The allocation against every possible choice, and its laws."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.allocation import optimum
from pipeline.allocation.optimum import choose, filled
from pipeline.allocation.price_search import sharpened
from pipeline.allocation.problem import Prices, Problem, bound
from pipeline.allocation.triples import evened

QUICK = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])


def problem(rows, *, budget=np.inf, limits=(), uses=None):
    """Rows are lists of (profit, cost, group) of one customer; group g uses limit g unless told."""
    flat = [triple for customer in rows for triple in customer]
    start = np.cumsum([0, *(len(customer) for customer in rows[:-1])]).astype(np.int64)
    profit, cost, group = (np.array(column) for column in zip(*flat, strict=True))
    groups = max(group) + 1
    uses = np.eye(groups, len(limits), dtype=bool) if uses is None else np.array(uses, dtype=bool)
    return Problem(start, profit.astype(float), cost.astype(float), group, uses, np.array(limits, dtype=float), budget)


def oracle(given):
    """The best of all choices, one by one."""
    ends = np.append(given.start[1:], len(given.profit))
    options = [[None, *range(first, last)] for first, last in zip(given.start, ends, strict=True)]
    most = 0.0
    for choice in itertools.product(*options):
        chosen = [triple for triple in choice if triple is not None]
        spent = sum(given.cost[chosen])
        taken = [sum(given.uses[given.group[triple], limit] for triple in chosen) for limit in range(len(given.limits))]
        if spent <= given.budget + 1e-9 and all(count <= limit for count, limit in zip(taken, given.limits, strict=True)):
            most = max(most, sum(given.profit[chosen]))
    return most


TRIPLE = st.tuples(
    st.integers(1, 40).map(lambda cents: cents / 4), st.integers(0, 12).map(lambda cents: cents / 4), st.integers(0, 2)
)
SMALL = st.builds(
    problem,
    st.lists(st.lists(TRIPLE, min_size=1, max_size=3), min_size=1, max_size=6),
    budget=st.sampled_from([np.inf, 0.0, 0.5, 2.0, 5.0]),
    limits=st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 6)),
    uses=st.just([[1, 0, 0], [0, 1, 1], [1, 0, 1]]),
)


def test_without_limits_everybody_gets_their_best():
    choice = choose(problem([[(5, 1, 0), (7, 9, 1)], [(2, 1, 0)]]))
    assert (choice.triples.tolist(), choice.profit, choice.upper_bound, choice.exact) == ([1, 2], 9.0, 9.0, True)


def test_one_call_goes_to_whom_it_changes_most_not_to_whom_it_earns_most():
    # by phone 10 and 9, by mail 8 and 1: one phone call is worth 2 more for the first, 8 more for the second
    choice = choose(problem([[(10, 0, 0), (8, 0, 1)], [(9, 0, 0), (1, 0, 1)]], limits=[1], uses=[[1], [0]]))
    assert choice.triples.tolist() == [1, 2]
    assert choice.profit == 17
    assert choice.gap == 0


def test_a_budget_that_greed_by_density_would_waste():
    # 3 a unit for the first, 2 for the second, which alone fills the budget: 20 beats 3
    choice = choose(problem([[(3, 1, 0)], [(20, 10, 0)]], budget=10))
    assert (choice.triples.tolist(), choice.exact, choice.gap) == ([1], True, 0.0)


@QUICK
@given(SMALL)
def test_small_problems_are_solved_as_by_trying_everything(given_problem):
    choice = choose(given_problem)
    assert choice.profit == pytest.approx(oracle(given_problem))
    assert given_problem.fits(choice.triples)
    assert choice.upper_bound >= choice.profit


@QUICK
@given(SMALL)
def test_the_way_of_large_problems_breaks_nothing_and_says_how_far_it_may_be(given_problem):
    choice = optimum._relaxed(given_problem)
    best = oracle(given_problem)
    assert given_problem.fits(choice.triples)
    assert choice.profit <= best + 1e-9 <= choice.upper_bound + 2e-6 * max(best, 1)
    assert len(set(given_problem.customer[choice.triples])) == len(choice.triples)
    assert filled(given_problem, choice.triples).tolist() == choice.triples.tolist()


@QUICK
@given(SMALL, st.tuples(st.floats(0, 9), st.floats(0, 9), st.floats(0, 9), st.floats(0, 9)))
def test_at_any_prices_the_bound_is_not_below_the_best(given_problem, prices):
    assert bound(given_problem, Prices(prices[0], np.array(prices[1:]))) >= oracle(given_problem) - 1e-9


def large(seed, customers=30_000):
    rng = np.random.default_rng(seed)
    counts = rng.integers(1, 4, customers)
    triples = int(counts.sum())
    start = np.append(0, np.cumsum(counts)[:-1]).astype(np.int64)
    group = rng.integers(0, 6, triples)
    uses = np.array([[c == g // 3 for c in range(2)] + [o == g % 3 for o in range(3)] for g in range(6)])
    limits = np.array([3_000, 5_000, 2_000, 4_000, 100]).astype(float)
    return Problem(start, rng.lognormal(1, 1, triples), rng.uniform(0.1, 3, triples), group, uses, limits, 5_000.0)


def test_sharper_prices_have_a_lower_bound(monkeypatch):
    given_problem = large(1, 5_000)
    blunt = Prices(0.0, np.zeros(5))
    assert bound(given_problem, sharpened(given_problem, blunt)) < bound(given_problem, blunt)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_large_problem_is_within_a_ten_thousandth_of_its_bound(seed, monkeypatch):
    monkeypatch.setattr(optimum, "CORE_TRIPLES", 4_000)
    given_problem = large(seed)
    choice = choose(given_problem)
    assert not choice.exact
    assert given_problem.fits(choice.triples)
    assert 0 < choice.profit <= choice.upper_bound
    assert choice.gap < 1e-4


def test_a_large_problem_full_of_ties_is_within_a_two_hundredth_of_its_bound(monkeypatch):
    monkeypatch.setattr(optimum, "CORE_TRIPLES", 4_000)
    smooth = large(3)
    given_problem = replace(smooth, profit=np.ceil(smooth.profit), cost=np.ceil(smooth.cost))
    choice = choose(given_problem)
    assert given_problem.fits(choice.triples)
    assert choice.profit == given_problem.profit[choice.triples].sum()
    assert choice.gap < 5e-3


def test_a_bound_says_so_when_most_of_the_money_cannot_be_spent():
    # one of three fits, half of whose places the relaxation would fill with parts
    choice = optimum._relaxed(problem([[(10, 6, 0)], [(10, 6, 0)], [(10, 6, 0)]], budget=10))
    assert choice.profit == 10
    assert choice.upper_bound == pytest.approx(100 / 6)
    assert choice.gap == pytest.approx(0.4)


def test_of_equal_customers_the_first_in_the_draw_get_the_places():
    given_problem = problem([[(5, 1, 0)]] * 6, limits=[2])
    choice = evened(given_problem, choose(given_problem)._replace(triples=np.array([3, 5])))
    assert choice.triples.tolist() == [0, 1]


def test_customers_who_differ_are_not_exchanged():
    given_problem = problem([[(5, 1, 0)], [(5, 2, 0)], [(5, 1, 0)]], limits=[2])
    choice = choose(given_problem)._replace(triples=np.array([1, 2]))
    assert evened(given_problem, choice).triples.tolist() == [0, 1]
