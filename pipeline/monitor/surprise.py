"""How far a series' latest value lies from what its own past lets expect, judged by how far past values lay.

Seasons and growth move a company's figures by more than the luck of who its customers are, so no bootstrap of today's customers
alone says what is usual: each past snapshot is compared with those before it as today's is, and today's difference is held
against theirs by Student's t, as for one more draw (Geisser 1993, Predictive Inference, 2.1). What the past cannot show
because it is short or never moved is at least the luck of the draw, whose variance the caller gives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from scipy.stats import t as student

from pipeline.arrays import Floats, Ints
from pipeline.model.folds import SEASON_TOLERANCE_DAYS, YEAR_DAYS

FEWEST = 4  # past differences below which nothing is judged
ALIKE = 0.25  # how much longer or shorter than today's a step may be to be compared with it
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
    past: int

    def reach(self, allowed: Floats) -> Floats:
        """How far from what is to be expected p falls to `allowed`."""
        return np.asarray(self.deviation * student.isf(allowed / 2, self.freedom))


def of_the_step(
    days: Sequence[date], values: Floats, variances: Floats, stride_days: int, *, seasonal: bool = False
) -> Surprise | None:
    """Today's change since the snapshot before, against earlier changes over as long a time; None with too few of these.

    `days` are in order, today last; `values` and `variances` have a row for each and a column for each series. If `seasonal`, a
    change is held against that of a year before where enough years are known and the past was more alike that way.
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
    changes = values[later] - values[earlier]
    sampling = (variances[-1] + variances[last]) / 2  # most customers are the same, so that less than the sum of both remains
    today = values[-1] - values[last]
    plain = _judged(today, changes, sampling, len(later) - 1)
    return _seasonal(numbers[later], changes, today, int(numbers[-1]), sampling, plain) if seasonal else plain


def _seasonal(at: Ints, changes: Floats, today: Floats, now: int, sampling: Floats, plain: Surprise) -> Surprise:
    """The surprise beyond the change of a year before, of those series of which that foretold past changes better."""
    apart = np.abs(np.append(at, now)[:, None] - YEAR_DAYS - at[None, :])
    partner = np.where(apart.min(axis=1) <= SEASON_TOLERANCE_DAYS, apart.argmin(axis=1), -1)
    known = np.flatnonzero(partner[:-1] >= 0)
    if partner[-1] < 0 or len(known) < 2 * FEWEST:
        return plain
    before = changes[partner[-1]]
    beyond = _judged(today - before, changes[known] - changes[partner[known]], 2 * sampling, len(known) - 1)
    better = beyond.deviation < plain.deviation
    return Surprise(
        today,
        np.where(better, beyond.expected + before, plain.expected),
        np.where(better, beyond.deviation, plain.deviation),
        np.where(better, beyond.z, plain.z),
        np.where(better, beyond.p, plain.p),
        np.where(better, beyond.freedom, plain.freedom),
        plain.past,
    )


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
