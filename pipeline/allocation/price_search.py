"""The prices of a large problem made sharp: the lowest upper bound near given prices, by cutting planes in a box."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from pipeline.allocation.problem import Prices, Problem, best
from pipeline.arrays import Floats

NEAR = 1e-7
WIDTH = 0.1  # of a price, or of the smallest price worth looking for


@dataclass(frozen=True)
class Effort:
    """At most how many evaluations, and what is left of the box after one that found nothing lower."""

    steps: int
    shrink: float


QUICK, THOROUGH = Effort(40, 0.5), Effort(150, 0.9)


def sharpened(problem: Problem, prices: Prices, effort: Effort = QUICK) -> Prices:
    """Minimise the Lagrangian dual from `prices` on (Kelley's cutting planes in a box: Marsten, Hogan & Blankenship 1975).

    The dual is convex and piecewise linear in the prices: each evaluation gives a plane below it, and the next prices are the
    lowest point of all planes inside the box around the best prices so far.
    """
    finite = np.isfinite(problem.budget)
    amounts = np.append(problem.limits, problem.budget) if finite else problem.limits
    centre = np.append(prices.limits, prices.budget) if finite else prices.limits
    if not len(centre):
        return prices
    width = WIDTH * np.maximum(centre, 0.1 * problem.profit.sum() / np.maximum(amounts, 1) / len(centre))
    lowest, slope = _dual(problem, centre)
    scale = max(abs(lowest), 1.0)
    planes, offsets = [slope], [lowest - slope @ centre]
    for _ in range(effort.steps):
        point, promised = _lowest_point(np.array(planes), np.array(offsets), centre, width, scale)
        if promised >= lowest - NEAR * scale:
            break
        value, slope = _dual(problem, point)
        planes.append(slope)
        offsets.append(value - slope @ point)
        if value < lowest:
            centre, lowest = point, value
        else:
            width = width * effort.shrink
    return Prices(float(centre[-1]), centre[:-1]) if finite else Prices(0.0, centre)


def _dual(problem: Problem, point: Floats) -> tuple[float, Floats]:
    """The bound at these prices and its slope: what is left of each amount when everybody takes their best."""
    limits = len(problem.limits)
    prices = Prices(float(point[limits]) if len(point) > limits else 0.0, point[:limits])
    top, highest = best(problem, prices.reduced(problem))
    spent, taken = problem.used(top[highest > 0])
    left = np.append(problem.limits - taken, problem.budget - spent) if len(point) > limits else problem.limits - taken
    amounts = np.append(problem.limits, problem.budget) if len(point) > limits else problem.limits
    return float(np.maximum(highest, 0).sum() + point @ amounts), left


def _lowest_point(planes: Floats, offsets: Floats, centre: Floats, width: Floats, scale: float) -> tuple[Floats, float]:
    """Where the highest of the planes is lowest inside the box, and how low; prices in units of the box."""
    steps = planes * width / scale
    heights = (offsets + planes @ centre) / scale
    rows = np.column_stack([steps, -np.ones(len(planes))])
    down = np.maximum(-1.0, -centre / width)
    box = [*zip(down, np.ones(len(centre)), strict=True), (None, None)]
    found = linprog(np.append(np.zeros(len(centre)), 1.0), rows, -heights, bounds=box, method="highs-ds")
    if found.status != 0:
        raise RuntimeError(f"the search for prices failed: {found.message}")
    lowest = np.asarray(found.x)
    return np.maximum(centre + lowest[:-1] * width, 0), float(lowest[-1]) * scale
