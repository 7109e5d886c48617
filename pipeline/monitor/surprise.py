"""How far a series' latest value lies from what its own past lets expect, judged by how far past values lay.

Seasons and growth move a company's figures by more than the luck of who its customers are, so no bootstrap of today's customers
alone says what is usual: each past snapshot is compared with those before it as today's is, and today's difference is held
against theirs by Student's t, as for one more draw (Geisser 1993, Predictive Inference, 2.1). What the past cannot show
because it is short or never moved is at least the luck of the draw, whose variance the caller gives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import product

import numpy as np
from scipy.stats import t as student

from pipeline.arrays import Floats, Ints
from pipeline.model.folds import SEASON_TOLERANCE_DAYS, YEAR_DAYS

FEWEST = 4  # past differences below which nothing is judged
ALIKE = 0.25  # how much longer or shorter than today's a step may be to be compared with it
SMOOTHED = 3  # periods whose mean foretells the next one better than the last of them where figures scatter
OVERLAP = 3  # differences from a mean of many snapshots resemble those of neighbouring dates: that many count as one


@dataclass(frozen=True)
class Surprise:
    """Of each series: today's difference, what is to be expected and its deviation, z, two-sided p and degrees of freedom."""

    difference: Floats
    expected: Floats
    deviation: Floats
    z: Floats
    p: Floats
    freedom: Ints
    past: int  # of the way with most

    def reach(self, allowed: Floats) -> Floats:
        """How far from what is to be expected p falls to `allowed`."""
        return np.asarray(self.deviation * student.isf(allowed / 2, self.freedom))


OF_SERIES = ("difference", "expected", "deviation", "z", "p", "freedom")


def of_the_step(days: Sequence[date], values: Floats, variances: Floats, stride_days: int) -> Surprise | None:
    """Today's change since the snapshot before, against earlier changes over as long a time; None with too few of these.

    `days` are in order, today last; `values` and `variances` have a row for each and a column for each series.
    """
    numbers = np.array([day.toordinal() for day in days])
    before = np.flatnonzero(numbers <= numbers[-1] - stride_days / 2)
    if not len(before):
        return None
    last = before[-1]
    lag = int(numbers[-1] - numbers[last])
    later, earlier = _pairs(numbers[: last + 1], lag)
    if len(later) < FEWEST:
        return None
    sampling = (variances[-1] + variances[last]) / 2  # most customers are the same, so that less than the sum of both remains
    return _judged(values[-1] - values[last], values[later] - values[earlier], sampling, len(later) - 1)


def of_the_period(values: Floats, variances: Floats, stride_days: int) -> Surprise | None:
    """Today's distance from the mean of one or three periods before, as it is or beyond that of a year before; None with too few.

    Rows are periods that follow each other, `stride_days` long, today's last. Of the four ways, each series has the one that
    foretold its past best; one that is not the plain step needs twice as many past distances.
    """
    year = round(YEAR_DAYS / stride_days)
    lags = (0, year) if abs(year * stride_days - YEAR_DAYS) <= SEASON_TOLERANCE_DAYS else (0,)
    best: Surprise | None = None
    for lag, back in product(lags, (1, SMOOTHED)):
        fewest = FEWEST if (lag, back) == (0, 1) else 2 * FEWEST
        if len(values) - lag - back - 1 >= fewest:
            one = _of_way(values, variances, lag, back)
            best = one if best is None else _better(one, best)
    return best


def _of_way(values: Floats, variances: Floats, lag: int, back: int) -> Surprise:
    """By the mean of `back` periods; `lag` is the length of a season in periods, or 0."""
    figures, noise = (values, variances) if not lag else (values[lag:] - values[:-lag], variances[lag:] + variances[:-lag])
    before = np.stack([figures[place - back : place].mean(axis=0) for place in range(back, len(figures))])
    distances = figures[back:] - before
    sampling = noise[-1] + noise[-1 - back : -1].mean(axis=0) / back
    found = _judged(distances[-1], distances[:-1], sampling, len(distances) - 2)
    usual = values[-1] - figures[-1] + before[-1]  # of the figure itself, the season put back
    return replace(found, difference=values[-1] - usual)


def _better(one: Surprise, other: Surprise) -> Surprise:
    """Of each series the one with the smaller deviation."""
    which = one.deviation < other.deviation
    series = {name: np.where(which, getattr(one, name), getattr(other, name)) for name in OF_SERIES}
    return Surprise(**series, past=max(one.past, other.past))


def from_training(days: Sequence[date], values: Floats, variances: Floats, trained_on: Sequence[date]) -> Surprise | None:
    """Today's distance from the mean of the snapshots trained on, against that of earlier snapshots from as many, as old."""
    known = set(trained_on)
    places = [place for place, day in enumerate(days[:-1]) if day in known]
    if not places:
        return None
    lead = len(days) - 1 - places[-1]
    comparable = range(lead + FEWEST - 1, len(days) - 1)
    if len(comparable) < 2 * FEWEST:
        return None

    def away(place: int) -> Floats:
        window = values[max(0, place - lead - len(places) + 1) : place - lead + 1]
        return np.asarray(values[place] - window.mean(axis=0))

    past = np.stack([away(place) for place in comparable])
    today = values[-1] - values[places].mean(axis=0)
    return _judged(today, past, variances[-1], max(2, len(comparable) // OVERLAP))


def _pairs(numbers: Ints, lag: int) -> tuple[Ints, Ints]:
    """Places of past days, and of the day nearest to so many days before each, where one is near enough."""
    later, earlier = [], []
    for place, number in enumerate(numbers):
        partner = int(np.abs(numbers - (number - lag)).argmin())
        if partner < place and abs(int(number - numbers[partner]) - lag) <= ALIKE * lag:
            later.append(place)
            earlier.append(partner)
    return np.array(later, dtype=np.int64), np.array(earlier, dtype=np.int64)


def _judged(today: Floats, past: Floats, sampling: Floats, freedom: int) -> Surprise:
    expected = past.mean(axis=0)
    spread = np.maximum(past.var(axis=0, ddof=1), sampling)
    deviation = np.sqrt(spread * (1 + 1 / len(past)))
    z = (today - expected) / deviation
    return Surprise(today, expected, deviation, z, 2 * student.sf(np.abs(z), freedom), np.full(len(z), freedom), len(past))
