"""Forecasts whose time has passed, of customers left alone -> whether the level was right, and the odds not too wide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from scipy.special import expit, logit
from scipy.stats import t as student

from pipeline.arrays import Floats
from pipeline.model.level import observe, solve_level
from pipeline.model.level_forecast import Forecast

SMALLEST = 1e-6
FEWEST = 30  # customers who left, and who stayed, below which nothing is judged
SLOPES_DIFFER = 0.1  # standard deviation of the calibration slope between dates where nothing changes: a judgement, not measured
FREEDOM = 5  # of Student's t for both: what level and slopes do is known from few dates


@dataclass(frozen=True)
class Hindsight:
    """One date: mean forecast and rate, how far off the level was in standard deviations, the slope and its own, p of both."""

    t: date
    of: str
    customers: int
    foreseen: float
    realised: float
    level_z: float
    level_p: float
    slope: float
    slope_deviation: float
    slope_z: float
    slope_p: float


def hindsight(t: date, of: str, probability: Floats, y: Floats, weight: Floats, level: Forecast, days: int) -> Hindsight | None:
    """Compare; None where too few left or stayed. `level` is the forecast that the probabilities rest on.

    The level is right if the one at which the mean probability is the rate lies within the forecast's own uncertainty and that
    of the rate. The slope is that of a logistic regression on the log-odds (Cox 1958).
    """
    if min((y == 1).sum(), (y == 0).sum()) < FEWEST:
        return None
    odds = logit(np.clip(probability, SMALLEST, 1 - SMALLEST))
    observed = observe(t, days, odds, y, weight)
    level_z = observed.level / np.sqrt(level.deviation**2 + observed.variance)
    slope, variance = _slope(odds, y, weight)
    deviation = float(np.sqrt(variance + SLOPES_DIFFER**2))
    slope_z = (slope - 1) / deviation
    p = [float(2 * student.sf(abs(z), FREEDOM)) for z in (level_z, slope_z)]
    foreseen, realised = (float(np.average(column, weights=weight)) for column in (probability, y))
    return Hindsight(t, of, len(y), foreseen, realised, float(level_z), p[0], slope, deviation, slope_z, p[1])


def newest(dates: Sequence[date], known_until: date, days: int, today: date) -> date | None:
    """The newest of some dates whose outcome the model did not know when it was trained, and that is complete today."""
    asked = [t for t in dates if (t - known_until).days > -days and (today - t).days >= days]
    return max(asked, default=None)


def _slope(odds: Floats, y: Floats, weight: Floats) -> tuple[float, float]:
    """Slope of a weighted logistic regression by Newton's method, and its sandwich variance."""
    design = np.column_stack([np.ones(len(odds)), odds])
    found = np.array([solve_level(odds, float(np.average(y, weights=weight)), weight), 1.0])
    inverse = np.eye(2)
    for _ in range(20):
        p = expit(design @ found)
        inverse = np.linalg.pinv((design * (weight * p * (1 - p))[:, None]).T @ design)
        step = inverse @ (design.T @ (weight * (y - p)))
        found = found + step
        if np.abs(step).max() < 1e-8:
            break
    pulls = design * (weight * (y - expit(design @ found)))[:, None]
    return float(found[1]), float((inverse @ (pulls.T @ pulls) @ inverse)[1, 1])
