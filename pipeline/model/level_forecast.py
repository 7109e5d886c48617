"""Observed levels -> the level at a date whose outcome is unknown, and how far off it may be.

A level is a sum over its window of one curve, the log-odds of staying away, weighted by when customers come back. The curve is a
Gaussian process: a random walk, plus what repeats every year, plus a decay with the length of history (a snapshot near the first
day cannot contain customers who have long been silent, so fewer of its customers leave). A level at an early age has a constant
of its own. The forecast is the mean of the process over the window to come (Rasmussen & Williams 2006, eq. 2.25 and 2.26),
averaged over settings of the variances by their likelihood (eq. 2.30). The settings are measured in decision 0012.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from itertools import pairwise, product
from typing import Any

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from pipeline.arrays import Floats
from pipeline.model.folds import YEAR_DAYS, season_between
from pipeline.model.level import Observed

WALK = (0.05, 0.2, 0.8)  # variance that the random walk gains in a year
SEASON = (0.3, 0.6, 1.2)  # standard deviation of what repeats
HISTORY = 1.0  # standard deviation of the level without history, against that with a full look-back
NOISE = 0.06  # standard deviation of a level beyond that of sampling
ANYWHERE = 3.0  # standard deviation of what is not known at all: the mean level, and the constant of an early age
SMALLEST_SHARE = 1e-9


@dataclass(frozen=True)
class Forecast:
    """Level in log-odds, its standard deviation, and whether a complete snapshot shows the same season a year before.

    Where none does, an unusual season is not foreseen, and the deviation only knows how far levels moved so far.
    """

    level: float
    deviation: float
    season_seen: bool

    def rate_deviation(self, probability: Floats) -> float:
        """Standard deviation of the mean of probabilities at this level."""
        return self.deviation * float(np.mean(probability * (1 - probability)))

    @property
    def caution(self) -> str:
        """What has to be said of the forecast; nothing when the same season was seen a year before."""
        return "" if self.season_seen else "no snapshot shows the same season a year before: an unusual one is not foreseen"


def as_figures(level: Forecast | None, t: date) -> dict[str, Any]:
    """What a model foresaw of the level at `t`, without having seen its outcome."""
    return {"t": t.isoformat(), **(asdict(level) if level else {})}


def forecast(observed: Sequence[Observed], t: date, first: date, active_days: int) -> Forecast:
    """Forecast the level of churn of the snapshot `t` from levels observed before; the order of `observed` is irrelevant.

    `first` is the first day of activity and `active_days` how long a customer without activity is at risk. Complete are the
    levels with the largest `days`; early ones count if a complete snapshot was observed at the same age. One complete level and
    nothing else is its own forecast.
    """
    label_days = max(one.days for one in observed)
    complete = {one.t: one.level for one in observed if one.days == label_days}
    ages = sorted({one.days for one in observed if one.t in complete})
    usable = sorted((one for one in observed if one.days in ages), key=lambda one: (one.t, one.days))
    windows = [(one.t, one.days) for one in usable] + [(t, label_days)]
    times, shares = _windows(windows, _returned(usable, set(complete), ages), first)
    midpoint = float(np.mean(list(complete.values())))
    given = np.array([one.level for one in usable]) - midpoint
    noise = np.array([one.variance for one in usable]) + NOISE**2
    fixed = _fixed(windows, label_days, first, active_days)
    walk, season = _walk(times, shares), _season(times, shares)
    settled = [_settle(fixed + q * walk + s**2 * season, given, noise) for q, s in product(WALK, SEASON)]
    mean, variance, likelihood = (np.array(column) for column in zip(*settled, strict=True))
    weight = np.exp(likelihood - likelihood.max())
    weight /= weight.sum()
    level = float(weight @ mean)
    deviation = float(np.sqrt(weight @ (variance + (mean - level) ** 2)))
    return Forecast(midpoint + level, deviation, any(season_between(day, t) for day in complete))


def _returned(usable: list[Observed], complete: set[date], ages: list[int]) -> dict[int, float]:
    """By age, the mean share of the complete snapshots' customers who had come back."""
    return {age: float(np.mean([1 - one.away for one in usable if one.days == age and one.t in complete])) for age in ages}


def _windows(windows: list[tuple[date, int]], returned: dict[int, float], first: date) -> tuple[Floats, Floats]:
    """Midpoints of the parts of every window, in years after `first`, and each part's share of the returns; a row per window."""
    parts = list(pairwise([0, *returned]))
    gained = np.maximum(np.diff([0.0, *returned.values()]), SMALLEST_SHARE)
    times = np.array([[((t - first).days + (start + end) / 2) / YEAR_DAYS for start, end in parts] for t, _ in windows])
    reached = np.array([[end <= days for _, end in parts] for _, days in windows])
    shares = np.where(reached, gained, 0.0)
    return times, shares / shares.sum(axis=1, keepdims=True)


def _summed(covariance: Floats, shares: Floats) -> Floats:
    """Covariance of the windows from that of their parts."""
    rows, parts = shares.shape
    return np.asarray(np.einsum("ik,ikjl,jl->ij", shares, covariance.reshape(rows, parts, rows, parts), shares, optimize=True))


def _walk(times: Floats, shares: Floats) -> Floats:
    at = times.ravel()
    return _summed(np.minimum(at[:, None], at[None, :]), shares)


def _season(times: Floats, shares: Floats) -> Floats:
    """exp(−chord) on the circle of the year: rough like a walk, so that the slope of the last weeks is not continued."""
    at = times.ravel()
    return _summed(np.exp(-2 * np.abs(np.sin(np.pi * (at[:, None] - at[None, :])))), shares)


def _fixed(windows: list[tuple[date, int]], label_days: int, first: date, active_days: int) -> Floats:
    """Covariance of what is not a matter of time: the mean level, the constants of early ages, and the length of history."""
    missing = np.array([max(0.0, 1 - (t - first).days / active_days) for t, _ in windows])
    days = np.array([days for _, days in windows])
    early = (days[:, None] == days[None, :]) & (days[:, None] < label_days)
    return HISTORY**2 * np.outer(missing, missing) + ANYWHERE**2 * (1.0 + early)


def _settle(covariance: Floats, given: Floats, noise: Floats) -> tuple[float, float, float]:
    """Mean and variance of the last window given the levels of the others, and the log-likelihood of those."""
    factor = cho_factor(covariance[:-1, :-1] + np.diag(noise), lower=True)
    across, solved = covariance[-1, :-1], cho_solve(factor, given)
    variance = covariance[-1, -1] - across @ cho_solve(factor, across) + NOISE**2
    likelihood = -given @ solved / 2 - np.log(np.diag(factor[0])).sum()
    return float(across @ solved), float(variance), float(likelihood)
