"""How well a ranking finds who can be saved: the curve of saves by the share contacted, and the area under it.

The curve at φ is the mean over all customers of the effect of those among the first φ of the ranking, φ in [0, 1]: how many are
saved, per customer of the list, if the first φ are contacted. Each customer's effect is known only without bias, by a score
whose mean is the effect (`CrossFitted.score`), as Yadlowsky, Fleming, Shah, Brunskill & Wager (2025, Journal of the American
Statistical Association 120, 38-51) do; with the plain score y a / e − y (1 − a) / (1 − e) it is the curve of Radcliffe (2007,
Direct Marketing Analytics Journal, 14-21) with the arms at the sizes that their chances promise. AUUC is the area under it
(Gutierrez & Gérardy 2017, Proceedings of Machine Learning Research 67, 1-13), Qini that area less the one under the straight
line to its end, which contacting in random order gives: 0 for a ranking that knows nothing, below 0 for one that is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.arrays import Floats, Ints
from pipeline.profit.expected_profit import steps
from pipeline.statistics.resampling import PERCENTILES, resampled


@dataclass(frozen=True)
class Area:
    """A figure with its 95 % interval by bootstrap over customers; `value` in saves per customer of the list."""

    value: float
    low: float
    high: float


def areas(effect: Floats, ranking: Floats, fold: Ints | None = None) -> tuple[float, float]:
    """AUUC and Qini of a ranking (highest first); customers ranked alike are contacted together, in proportion.

    `effect` is a score of each customer whose mean is the effect. With `fold` the areas of each are averaged by its rows: models
    of several folds are not ranked against each other, as one whose own customers do well was fitted where others do worse.
    """
    return _mean_areas([_Curve.of(effect[part], ranking[part]) for part in _parts(fold, len(effect))])


def areas_with_intervals(
    effect: Floats, ranking: Floats, customer: Ints, fold: Ints, *, samples: int, seed: int
) -> dict[str, Area]:
    """`auuc` and `qini` with their intervals; the rows of a `customer` are drawn together, the ranking stays."""
    parts = _parts(fold, len(effect))
    curves = [_Curve.of(effect[part], ranking[part]) for part in parts]
    found = [
        _mean_areas([curve.again(effect[part], times[part]) for curve, part in zip(curves, parts, strict=True)])
        for times in resampled(np.ones(len(effect)), customer, samples, seed)
    ]
    low, high = np.quantile(np.array(found), PERCENTILES, axis=0)
    return {
        name: Area(value, float(low[place]), float(high[place]))
        for place, (name, value) in enumerate(zip(("auuc", "qini"), _mean_areas(curves), strict=True))
    }


@dataclass(frozen=True)
class _Curve:
    """Rows and summed effects at each distinct place of a ranking, highest first, and the place of every row."""

    rows: Floats
    gains: Floats
    step: NDArray[np.intp]

    @classmethod
    def of(cls, effect: Floats, ranking: Floats) -> _Curve:
        return cls(*steps(effect, ranking, np.ones(len(effect))))

    def again(self, effect: Floats, times: Floats) -> _Curve:
        """The curve of a sample in which each row is so many times."""
        rows, gains = (np.bincount(self.step, part, len(self.rows)).astype(np.float64) for part in (times, times * effect))
        return _Curve(rows, gains, self.step)

    def areas(self) -> tuple[float, float]:
        share, gain = (np.concatenate([[0.0], np.cumsum(part)]) / self.rows.sum() for part in (self.rows, self.gains))
        under = float(np.sum(np.diff(share) * (gain[1:] + gain[:-1]) / 2))
        return under, under - float(gain[-1]) / 2


def _mean_areas(curves: list[_Curve]) -> tuple[float, float]:
    sizes = np.array([curve.rows.sum() for curve in curves])
    found = np.array([curve.areas() for curve, size in zip(curves, sizes, strict=True) if size > 0])
    auuc, qini = np.average(found, axis=0, weights=sizes[sizes > 0])
    return float(auuc), float(qini)


def _parts(fold: Ints | None, rows: int) -> list[Ints]:
    return [np.arange(rows)] if fold is None else [np.flatnonzero(fold == one) for one in np.unique(fold)]
