"""Rank and level apart: trees learn who leaves before whom, the level says how many leave at a date, and is forecast.

Trees are trained with each snapshot's own level as offset, so that a churn rate that moves with the season does not teach them
the calendar. At a date whose outcome is unknown the level is forecast from those observed before (`level_forecast`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit

from pipeline.arrays import Floats

WIDEST = 30.0


@dataclass(frozen=True)
class Observed:
    """The level of not having come back within `days` of the snapshot `t`, in log-odds, with its sampling `variance`.

    `away` is the weighted share of customers who had not come back by then. Where `days` is the length of a label, the level is
    that of churn.
    """

    t: date
    days: int
    away: float
    level: float
    variance: float


def logit(rate: float) -> float:
    """Log-odds of a rate in (0, 1)."""
    return float(np.log(rate / (1 - rate)))


def smoothed_rate(y: Floats, weight: Floats) -> float:
    """Weighted mean of y with half a customer added to each side, so that a snapshot of one class has a finite level."""
    return float((np.dot(y, weight) + 0.5) / (weight.sum() + 1))


def solve_level(raw: Floats, rate: float, weight: Floats) -> float:
    """The level m at which the weighted mean of expit(raw + m) is `rate`; raw in log-odds, rate in (0, 1)."""

    def surplus(level: float) -> float:
        return float(np.average(expit(raw + level), weights=weight)) - rate

    # Where all scores lie far to one side, so does the level: it is between those that suit the highest and the lowest alone.
    low, high = (logit(rate) - float(end) for end in (raw.max(), raw.min()))
    return float(brentq(surplus, min(-WIDEST, low - 1), max(WIDEST, high + 1), xtol=1e-10))


def observe(t: date, days: int, raw: Floats, y: Floats, weight: Floats) -> Observed:
    """The level of one snapshot from the scores `raw` of its customers and whether they stayed away (y = 1).

    Its variance is that of the rate if customers left independently of each other, over the square of the rate's slope in m.
    """
    rate = smoothed_rate(y, weight)
    level = solve_level(raw, rate, weight)
    probability = expit(raw + level)
    spread = probability * (1 - probability)
    variance = np.dot(weight**2, spread) / np.dot(weight, spread) ** 2
    return Observed(t, days, rate, level, float(variance))
