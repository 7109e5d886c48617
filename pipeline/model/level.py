"""Rank and level apart: trees learn who leaves before whom, the level says how many leave at a date, and is forecast.

Trees are trained with each snapshot's own level as offset, so that a churn rate that moves with the season does not teach them
the calendar. At a date whose outcome is unknown the level is forecast from those of complete snapshots.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit

Floats = NDArray[np.float64]
WIDEST = 30.0
SEASON_TOLERANCE_DAYS = 20
YEAR_DAYS = 365


def logit(rate: float) -> float:
    """Log-odds of a rate in (0, 1)."""
    return float(np.log(rate / (1 - rate)))


def solve_level(raw: Floats, rate: float, weight: Floats) -> float:
    """The level m at which the weighted mean of expit(raw + m) is `rate`; raw in log-odds, rate in (0, 1)."""

    def surplus(level: float) -> float:
        return float(np.average(expit(raw + level), weights=weight)) - rate

    return float(brentq(surplus, -WIDEST, WIDEST, xtol=1e-10))


def forecast(levels: Mapping[date, float], t: date, comparable_from: date) -> float:
    """Level at `t`: the mean of the latest level and that of the same season a year before `t`, where there is one.

    The season's level is that of the snapshot nearest to a year before `t`, if it lies within 20 days of it and not before
    `comparable_from`: snapshots near the beginning of the data cannot contain customers who have long been silent, so fewer of
    their customers leave and their levels do not compare with later ones.
    """
    latest = levels[max(levels)]
    seasons = [day for day in levels if day >= comparable_from and abs((t - day).days - YEAR_DAYS) <= SEASON_TOLERANCE_DAYS]
    if not seasons:
        return latest
    nearest = min(seasons, key=lambda day: (abs((t - day).days - YEAR_DAYS), day))
    return (latest + levels[nearest]) / 2
