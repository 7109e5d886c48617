"""The most expected profit under budget, capacity and limits, and an upper bound on what anybody could have made of it.

Small problems are solved exactly (branch and cut, HiGHS). Large ones by the linear relaxation: prices from a sample of the
customers, sharpened on all of them, then the relaxation of those whose choice the prices leave open (the core, Balas & Zemel
1980), repeated with the better prices; whoever remains split between two choices, no more than there are limits, is decided by
what still fits.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array, vstack

from pipeline.allocation.price_search import QUICK, THOROUGH, sharpened
from pipeline.allocation.problem import Prices, Problem, best, bound
from pipeline.arrays import Floats, Ints

EXACT_TRIPLES = 4_000  # up to so many the optimum is proved, as far as NODES reach
NODES = 1_000  # of branch and cut; a number, for seconds would give another list on another machine
CORE_TRIPLES = 8_000
ROUNDS = 3
NEAR = 1e-6  # of the bound: closer is not worth another round
AT_ONCE = 2_000
CLOSE = 1e-4  # of the bound: further away, ties are the likely reason
TIE = 1e-4


class Choice(NamedTuple):
    """Chosen triples (ascending), what they earn, what nobody can exceed, whether proved the best, and the prices."""

    triples: Ints
    profit: float
    upper_bound: float
    exact: bool
    prices: Prices

    @property
    def gap(self) -> float:
        """The largest share of the upper bound that the choice can have missed."""
        return 0.0 if self.exact or self.upper_bound <= 0 else max(0.0, 1 - self.profit / self.upper_bound)


def choose(problem: Problem) -> Choice:
    """The best choice that breaks no limit; the same rows give the same choice."""
    free = Prices(0.0, np.zeros(len(problem.limits)))
    if not len(problem.profit):
        return Choice(np.empty(0, dtype=np.int64), 0.0, 0.0, True, free)
    wanted, _ = best(problem, problem.profit)
    if problem.fits(wanted):
        return _judged(problem, wanted, float(problem.profit[wanted].sum()), True, free)
    choice = _relaxed(problem)
    if len(problem.profit) <= EXACT_TRIPLES:
        return _exact(problem, choice)
    return choice if choice.gap <= CLOSE else _without_ties(problem, choice)


def _without_ties(problem: Problem, choice: Choice) -> Choice:
    """The better of a choice and one made as if no two candidates earned the same, under the lower of both bounds.

    Where many do, no prices tell them apart, and a core is too small to hold all that they leave open. Each profit is raised by a
    share of up to TIE of its own, spread evenly over the triples in the order of the draw.
    """
    spread = np.arange(len(problem.profit)) * ((np.sqrt(5) - 1) / 2) % 1
    other = _relaxed(replace(problem, profit=problem.profit * (1 + TIE * spread)), choice.prices)
    upper, prices = min((choice.upper_bound, choice.prices), (bound(problem, other.prices), other.prices), key=lambda one: one[0])
    better = problem.profit[other.triples].sum() > choice.profit
    return _judged(problem, other.triples if better else choice.triples, upper, False, prices)


def _judged(problem: Problem, triples: Ints, upper: float, exact: bool, prices: Prices) -> Choice:
    earned = float(problem.profit[triples].sum())
    return Choice(triples, earned, max(upper, earned), exact, prices)


def _relaxed(problem: Problem, start: Prices | None = None) -> Choice:
    """The best choice that rounds of prices and cores find, under the lowest bound; given prices to start from, thoroughly."""
    prices = start or _prices_of_a_sample(problem)
    if len(problem.profit) > CORE_TRIPLES:
        prices = sharpened(problem, prices, THOROUGH if start else QUICK)
    found, upper = np.empty(0, dtype=np.int64), np.inf
    seen = prices
    for _ in range(ROUNDS):
        if (at_these := bound(problem, prices)) < upper:
            upper, seen = at_these, prices
        triples, prices = _with_core(problem, prices)
        if problem.profit[triples].sum() > problem.profit[found].sum():
            found = triples
        if problem.profit[found].sum() >= upper * (1 - NEAR):
            break
    if (at_last := bound(problem, prices)) < upper:
        upper, seen = at_last, prices
    return _judged(problem, filled(problem, found), upper, False, seen)


def _prices_of_a_sample(problem: Problem) -> Prices:
    """The prices of the first customers (their order is a draw) with their part of the budget and the limits."""
    customers = np.flatnonzero(np.append(problem.start[1:], len(problem.profit)) <= CORE_TRIPLES)
    part = len(customers) / len(problem.start)
    sample, _ = problem.of(customers, (problem.budget * part, problem.limits * part))
    return _linear(sample)[1]


def _with_core(problem: Problem, prices: Prices) -> tuple[Ints, Prices]:
    """Customers whose best choice is clear get it; the others, as many as a core holds, by the relaxation of what is left."""
    reduced = prices.reduced(problem)
    top, highest = best(problem, reduced)
    others = reduced.copy()
    others[top] = -np.inf
    second = np.maximum(np.maximum.reduceat(others, problem.start), 0)
    clear = np.abs(highest - second)  # below 0: by how much nothing is better than the best triple
    order = np.argsort(clear, kind="stable")
    counts = np.diff(np.append(problem.start, len(problem.profit)))[order]
    size = int(np.searchsorted(np.cumsum(counts), CORE_TRIPLES, side="right"))
    core, settled = np.sort(order[:size]), order[size:][::-1]
    fixed = _within(problem, top[settled][highest[settled] > 0])
    part, triples = problem.of(core, problem.left(fixed))
    share, prices = _linear(part)
    return np.sort(np.append(fixed, triples[share > 1 - 1e-6])), prices


def _within(problem: Problem, triples: Ints) -> Ints:
    """Triples, clearest first, without the least clear ones that break something."""
    money, room = problem.left(triples)
    keep = np.ones(len(triples), dtype=bool)
    for limit in np.flatnonzero(room < 0):
        takes = problem.uses[problem.group[triples], limit] & keep
        keep &= ~takes | (np.cumsum(takes) <= problem.limits[limit])
    if money < 0:
        keep &= np.cumsum(np.where(keep, problem.cost[triples], 0.0)) <= problem.budget + problem.slack
    return triples[keep]


def _linear(problem: Problem) -> tuple[Floats, Prices]:
    """Shares of the triples in the optimum of the relaxation, and its prices."""
    matrix, bounds, scale = _constraints(problem)
    worth = float(problem.profit.max())
    found = linprog(-problem.profit / worth, matrix, bounds, bounds=(0, 1), method="highs-ds")
    if found.status != 0:
        raise RuntimeError(f"the relaxation of the allocation was not solved: {found.message}")
    multipliers = np.maximum(-found.ineqlin.marginals[len(problem.start) :], 0) * worth
    money = float(multipliers[-1]) / scale if np.isfinite(problem.budget) else 0.0
    return np.asarray(found.x), Prices(money, multipliers[: len(problem.limits)])


def _constraints(problem: Problem) -> tuple[Any, Floats, float]:
    """Rows of one a customer, of the limits, and of the budget where there is one, in units of its largest cost."""
    count = len(problem.profit)
    each = csr_array((np.ones(count), (problem.customer, np.arange(count))), shape=(len(problem.start), count))
    rows = [each, csr_array(problem.uses.T[:, problem.group].astype(np.float64))]
    at_most = [np.ones(len(problem.start)), problem.limits]
    scale = float(problem.cost.max()) or 1.0
    if np.isfinite(problem.budget):
        rows.append(csr_array((problem.cost / scale)[np.newaxis, :]))
        at_most.append(np.array([max(problem.budget, 0.0) / scale]))
    return vstack(rows, format="csr"), np.concatenate(at_most), scale


def _exact(problem: Problem, relaxed: Choice) -> Choice:
    """The optimum by branch and cut, or the better of what it reached and the relaxation, with the lower bound of the two."""
    matrix, bounds, _ = _constraints(problem)
    worth = float(problem.profit.max())
    found = milp(
        -problem.profit / worth,
        integrality=np.ones(len(problem.profit), dtype=np.int64),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(matrix, -np.inf, bounds),
        options={"node_limit": NODES, "mip_rel_gap": 0.0},
    )
    if found.x is None:
        return relaxed
    triples = np.flatnonzero(found.x > 0.5)
    triples = filled(problem, triples) if problem.fits(triples) else triples
    better = problem.fits(triples) and problem.profit[triples].sum() >= relaxed.profit
    upper = min(relaxed.upper_bound, -float(found.mip_dual_bound) * worth)
    proved = found.status == 0 and problem.fits(triples)
    return _judged(problem, triples if better else relaxed.triples, upper, proved, relaxed.prices)


def filled(problem: Problem, chosen: Ints) -> Ints:
    """Chosen triples and all that still fits, the highest profit first, so that nobody is left out without a limit."""
    without = np.ones(len(problem.start), dtype=bool)
    without[problem.customer[chosen]] = False
    while True:
        added: list[int] = []
        money, room = problem.left(chosen)
        open_ = without[problem.customer] & ~problem.too_dear((money, room))
        open_ &= ~np.asarray(problem.full((money, room)).any(axis=1))[problem.group]
        at = np.flatnonzero(open_)
        if not len(at):
            return np.sort(chosen)
        if len(at) > AT_ONCE:
            at = np.sort(at[np.argpartition(-problem.profit[at], AT_ONCE)[:AT_ONCE]])
        for triple in at[np.argsort(-problem.profit[at], kind="stable")]:
            uses = problem.uses[problem.group[triple]]
            if without[problem.customer[triple]] and problem.cost[triple] <= money + problem.slack and (room[uses] >= 1).all():
                added.append(int(triple))
                without[problem.customer[triple]] = False
                money, room = money - problem.cost[triple], room - uses
        chosen = np.sort(np.append(chosen, np.array(added, dtype=np.int64)))
