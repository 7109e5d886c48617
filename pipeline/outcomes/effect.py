"""What contacting changed: a difference of means between two arms that were drawn by known chances, with its interval.

Arms are compared as they were drawn (intention to treat), each weighted by the inverse of its chance (Hájek), so that deliveries
whose shares differed count alike. What was known before the draw (the forecast, the expected value) explains part of who leaves
anyway: each arm is regressed on it separately and both are read at the mean of all (Lin 2013, Annals of Applied Statistics 7,
295-318), which never costs precision in large samples and cannot bias. The variance is HC2 (MacKinnon & White 1985), that of
Neyman for a difference of means, which is too wide rather than too narrow where effects differ between customers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from pipeline.arrays import Bools, Floats
from pipeline.kpis.intervals import risk_difference

FEWEST = 10  # of an arm, below which nothing is regressed
FEWEST_OF_EACH = 5  # outcomes of either kind in an arm, below which a share is compared by score intervals instead


@dataclass(frozen=True)
class Effect:
    """Mean of the contacted less that of the held out, its 95 % interval, and the means and sizes of both."""

    difference: float
    low: float
    high: float
    contacted_mean: float
    held_out_mean: float
    contacted: int
    held_out: int


def effect(outcome: Floats, contacted: Bools, chance: Floats, known: Floats | None = None) -> Effect | None:
    """The effect on the mean of `outcome`; None where an arm has fewer than two customers.

    `chance` is that of being contacted, in (0, 1), and `known` what was known before the draw, a column each (n × k).
    """
    if min(contacted.sum(), (~contacted).sum()) < 2:
        return None
    enough = min(contacted.sum(), (~contacted).sum()) >= FEWEST
    columns = _varying(known) if known is not None and enough else np.empty((len(outcome), 0))
    weight = np.where(contacted, 1 / chance, 1 / (1 - chance))
    columns = columns - columns.mean(axis=0)
    (mean, variance, freedom), (other, others, least) = (
        _read(outcome[arm], weight[arm], columns[arm]) for arm in (contacted, ~contacted)
    )
    half = float(student.ppf(0.975, min(freedom, least)) * np.sqrt(variance + others))
    return Effect(mean - other, mean - other - half, mean - other + half, mean, other, *_sizes(contacted))


def share_effect(happened: Bools, contacted: Bools, chance: Floats, known: Floats | None = None) -> Effect | None:
    """The effect on a share; where few or nearly all of an arm are concerned, by Newcombe's interval of two shares.

    None where an arm is empty.
    """
    if min(contacted.sum(), (~contacted).sum()) == 0:
        return None
    counts = [int(happened[arm].sum()) for arm in (contacted, ~contacted)]
    sizes = _sizes(contacted)
    rarest = min(min(count, size - count) for count, size in zip(counts, sizes, strict=True))
    if rarest >= FEWEST_OF_EACH:
        return effect(happened.astype(np.float64), contacted, chance, known)
    difference, low, high = risk_difference(counts[0], sizes[0], counts[1], sizes[1])
    return Effect(difference, low, high, counts[0] / sizes[0], counts[1] / sizes[1], *sizes)


def _read(outcome: Floats, weight: Floats, columns: Floats) -> tuple[float, float, int]:
    """Weighted regression of one arm, read where the columns are 0: the mean there, its variance, degrees of freedom."""
    design = np.column_stack([np.ones(len(outcome)), columns])
    root = np.sqrt(weight)[:, None]
    inverse = np.linalg.pinv((design * root).T @ (design * root))
    fitted = inverse @ (design.T @ (weight * outcome))
    leverage = np.clip(np.einsum("ij,jk,ik->i", design, inverse, design) * weight, 0, 1 - 1e-9)
    influence = (inverse @ (design * weight[:, None]).T)[0] * (outcome - design @ fitted) / np.sqrt(1 - leverage)
    return float(fitted[0]), float(np.square(influence).sum()), max(1, len(outcome) - design.shape[1])


def _varying(known: Floats) -> Floats:
    """Columns that tell customers apart, what is missing at the mean, each of variance 1."""
    filled = np.where(np.isfinite(known), known, np.nan)
    with_mean = np.array([np.nanmean(column) if np.isfinite(column).any() else 0.0 for column in filled.T])
    filled = np.where(np.isnan(filled), with_mean, filled)
    spread = filled.std(axis=0)
    kept = spread > 1e-12
    return np.asarray(filled[:, kept] / spread[kept], dtype=np.float64)


def _sizes(contacted: Bools) -> tuple[int, int]:
    return int(contacted.sum()), int((~contacted).sum())
