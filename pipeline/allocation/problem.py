"""What is to be decided, as arrays: one triple a customer at most, under a budget and limits on channels and offers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipeline.arrays import Bools, Floats, Ints

ROUNDING = 1e-9  # of a budget: ten times 0.1 is not above 1


@dataclass(frozen=True)
class Problem:
    """Triples of customers, those of one customer side by side, customers in the order that breaks ties.

    `start` is the first triple of each customer; every one has some. `profit` is above 0, `cost` 0 or more. A triple of `group` g
    takes one of each limit k where `uses[g, k]`. `budget` may be infinite.
    """

    start: Ints
    profit: Floats
    cost: Floats
    group: Ints
    uses: Bools
    limits: Floats
    budget: float

    @cached_property
    def customer(self) -> Ints:
        """The customer of each triple."""
        return np.repeat(np.arange(len(self.start)), np.diff(np.append(self.start, len(self.profit))))

    @cached_property
    def slack(self) -> float:
        """What sums of costs may be above the budget for being rounded."""
        return self.budget * ROUNDING if np.isfinite(self.budget) else 0.0

    def used(self, chosen: Ints) -> tuple[float, Floats]:
        """The spend on chosen triples and how much of each limit they take."""
        taken = np.bincount(self.group[chosen], minlength=len(self.uses))
        return float(self.cost[chosen].sum()), np.asarray(taken @ self.uses, dtype=np.float64)

    def left(self, chosen: Ints) -> tuple[float, Floats]:
        """What chosen triples leave of the budget and of each limit; below 0 where they break it."""
        spent, taken = self.used(chosen)
        room = self.budget - spent
        return (0.0 if abs(room) <= self.slack else room), self.limits - taken

    def fits(self, chosen: Ints) -> bool:
        """Nothing is broken."""
        money, room = self.left(chosen)
        return bool(money >= 0 and (room >= 0).all())

    def too_dear(self, room: tuple[float, Floats]) -> Bools:
        """Triples that cost more than is left of the budget."""
        return np.asarray(self.cost > room[0] + self.slack)

    def full(self, room: tuple[float, Floats]) -> Bools:
        """Groups by limits: those that would take one of a limit of which none is left."""
        return np.asarray(self.uses & (room[1] < 1))

    def of(self, customers: Ints, room: tuple[float, Floats]) -> tuple[Problem, Ints]:
        """The same for some customers (ascending) and what is left for them, and their triples."""
        counts = np.diff(np.append(self.start, len(self.profit)))[customers]
        ends = np.cumsum(counts)
        triples = np.arange(ends[-1] if len(ends) else 0) + np.repeat(self.start[customers] - (ends - counts), counts)
        return (
            Problem(ends - counts, self.profit[triples], self.cost[triples], self.group[triples], self.uses, room[1], room[0]),
            triples,
        )


@dataclass(frozen=True)
class Prices:
    """What one more unit of the budget and of each limit would earn: the multipliers of the relaxed problem."""

    budget: float
    limits: Floats

    def reduced(self, problem: Problem) -> Floats:
        """The profit of each triple less what it takes from others."""
        return np.asarray(problem.profit - self.budget * problem.cost - (problem.uses @ self.limits)[problem.group])


def best(problem: Problem, value: Floats) -> tuple[Ints, Floats]:
    """The triple of the highest value of each customer, the first of equals, and that value."""
    highest = np.maximum.reduceat(value, problem.start)
    at = np.flatnonzero(value == highest[problem.customer])
    owner = problem.customer[at]
    return at[np.append(True, owner[1:] != owner[:-1])], highest


def bound(problem: Problem, prices: Prices) -> float:
    """What no choice can exceed at these prices, whatever they are (weak duality).

    The Lagrangian dual: customers take their best reduced profit if above 0, and all that there is is sold at its price.
    """
    highest = np.maximum.reduceat(prices.reduced(problem), problem.start)
    sold = float(prices.limits[prices.limits > 0] @ problem.limits[prices.limits > 0])
    money = prices.budget * problem.budget if prices.budget > 0 else 0.0
    return float(np.maximum(highest, 0).sum()) + sold + money
