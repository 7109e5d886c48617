"""What contacting changed: a difference of means between two arms that were drawn by known chances, with its interval.

Arms are compared as they were drawn (intention to treat), each weighted by the inverse of its chance (Hájek), so that deliveries
whose shares differed count alike. What was known before the draw (the forecast, the expected value) explains part of who leaves
anyway: each arm is regressed on it separately and both are read at the mean of all (Lin 2013, Annals of Applied Statistics 7,
295-318), which in large samples neither costs precision nor biases. The variance is HC2 (MacKinnon & White 1985), that of
Neyman for a difference of means, which is too wide rather than too narrow where effects differ between customers; HC3 of the same
source where arms are regressed, as a few customers of large value draw the line to themselves.

Of amounts a few large orders make up much, so that an arm of few customers has too small a mean and too small a variance at once
where it has none of them. The interval of amounts is moved by the skewness of the difference (Johnson 1978, Journal of the
American Statistical Association 73, 536-544; of two samples: Zhou & Dinh 2005, Biostatistics 6, 187-200). Its third moment is
that of the residuals of both arms together, as an arm of few does not know its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from pipeline.arrays import Bools, Floats
from pipeline.statistics.intervals import effective_size, risk_difference

FEWEST = 10  # of an arm, below which nothing is regressed
MOST_SKEWED = 0.5  # skewness of a difference up to which an expansion of the first order is trusted
FEWEST_OF_EACH = 5  # outcomes of either kind in an arm, below which a share is compared by score intervals instead
SAME = 1e-6  # of the spread of a column in all: what varies less in an arm does not vary there
ALIKE = 1e-9  # chances that differ by less are the same


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


@dataclass(frozen=True)
class _Arm:
    """The mean of an arm, its variance and degrees of freedom, and of its residuals the third moment, by its `size`.

    `cubes` is the sum of the cubed shares that customers have in the mean: times the third moment it is the mean's own.
    """

    mean: float
    variance: float
    freedom: int
    third_moment: float
    cubes: float
    size: int


def effect(
    outcome: Floats, contacted: Bools, chance: Floats, known: Floats | None = None, *, skewed: bool = False
) -> Effect | None:
    """The effect on the mean of `outcome`; None where an arm has fewer than two customers.

    `chance` is that of being contacted, in (0, 1), and `known` what was known before the draw, a column each (n × k). The
    interval of `skewed` outcomes, as amounts are, is moved by their skewness.
    """
    if min(contacted.sum(), (~contacted).sum()) < 2:
        return None
    enough = min(contacted.sum(), (~contacted).sum()) >= FEWEST
    columns = _identified(_varying(known), contacted) if known is not None and enough else np.empty((len(outcome), 0))
    weight = np.where(contacted, 1 / chance, 1 / (1 - chance))
    columns = columns - columns.mean(axis=0)
    here, there = (_read(outcome[arm], weight[arm], columns[arm]) for arm in (contacted, ~contacted))
    difference, error = here.mean - there.mean, float(np.sqrt(here.variance + there.variance))
    quantile = float(student.ppf(0.975, min(here.freedom, there.freedom)))
    middle = difference + (error * _skewness(here, there) * (2 * quantile**2 + 1) / 6 if skewed else 0.0)
    half = quantile * error
    return Effect(difference, middle - half, middle + half, here.mean, there.mean, *_sizes(contacted))


def share_effect(happened: Bools, contacted: Bools, chance: Floats, known: Floats | None = None) -> Effect | None:
    """The effect on a share; where few or nearly all of an arm are concerned, by Newcombe's interval of two shares.

    Where chances differ these are the weighted shares of as many customers as the weights are worth (Kish 1965): wide enough
    where the riskier are held out more often, too narrow where few of large weights are the riskier. None where an arm is empty.
    """
    if min(contacted.sum(), (~contacted).sum()) == 0:
        return None
    counts = [int(happened[arm].sum()) for arm in (contacted, ~contacted)]
    sizes = _sizes(contacted)
    rarest = min(min(count, size - count) for count, size in zip(counts, sizes, strict=True))
    if rarest >= FEWEST_OF_EACH:
        return effect(happened.astype(np.float64), contacted, chance, known)
    shares: list[tuple[float, float]] = list(zip(counts, sizes, strict=True))
    if np.ptp(chance) > ALIKE:
        weight = np.where(contacted, 1 / chance, 1 / (1 - chance))
        shares = [_weighted(happened[arm], weight[arm]) for arm in (contacted, ~contacted)]
    (here, of_here), (there, of_there) = shares
    return Effect(*risk_difference(here, of_here, there, of_there), here / of_here, there / of_there, *sizes)


def _weighted(happened: Bools, weight: Floats) -> tuple[float, float]:
    """To how many of how many customers it happened, if each counted alike."""
    size = effective_size(weight)
    return float(np.average(happened, weights=weight)) * size, size


def _read(outcome: Floats, weight: Floats, columns: Floats) -> _Arm:
    """Weighted regression of one arm, read where the columns are 0: the mean there."""
    design = np.column_stack([np.ones(len(outcome)), columns])
    root = np.sqrt(weight)[:, None]
    inverse = np.linalg.pinv((design * root).T @ (design * root))
    fitted = inverse @ (design.T @ (weight * outcome))
    leverage = np.clip(np.einsum("ij,jk,ik->i", design, inverse, design) * weight, 0, 1 - 1e-9)
    share = (inverse @ (design * weight[:, None]).T)[0]
    # a customer far from the others has too small a residual: by HC2 right where all spread alike, by HC3 as if left out
    residual = (outcome - design @ fitted) / (1 - leverage) ** (1.0 if columns.shape[1] else 0.5)
    return _Arm(
        mean=float(fitted[0]),
        variance=float(np.square(share * residual).sum()),
        freedom=max(1, len(outcome) - design.shape[1]),
        third_moment=float(np.average(residual**3, weights=weight)),
        cubes=float((share**3).sum()),
        size=len(outcome),
    )


def _skewness(here: _Arm, there: _Arm) -> float:
    """That of the difference of two means, if the residuals of both arms have one third moment; within ± MOST_SKEWED."""
    variance = here.variance + there.variance
    if not variance > 0:
        return 0.0
    third = np.average([here.third_moment, there.third_moment], weights=[here.size, there.size])
    return float(np.clip(third * (here.cubes - there.cubes) / variance**1.5, -MOST_SKEWED, MOST_SKEWED))


def _varying(known: Floats) -> Floats:
    """Columns that tell customers apart, what is missing at the mean, each of variance 1."""
    filled = np.where(np.isfinite(known), known, np.nan)
    with_mean = np.array([np.nanmean(column) if np.isfinite(column).any() else 0.0 for column in filled.T])
    filled = np.where(np.isnan(filled), with_mean, filled)
    spread = filled.std(axis=0)
    kept = spread > 1e-12
    return np.asarray(filled[:, kept] / spread[kept], dtype=np.float64)


def _identified(columns: Floats, contacted: Bools) -> Floats:
    """Those columns, first come first kept, that vary in both arms, and not as those before them do.

    A column that is the same for a whole arm cannot be told there from the arm's own mean, which is what is asked.
    """
    kept: list[int] = []
    for place in range(columns.shape[1]):
        arms = [columns[arm][:, [*kept, place]] for arm in (contacted, ~contacted)]
        if all(np.linalg.svd(part - part.mean(axis=0), compute_uv=False)[-1] > SAME * np.sqrt(len(part)) for part in arms):
            kept.append(place)
    return columns[:, kept]


def _sizes(contacted: Bools) -> tuple[int, int]:
    return int(contacted.sum()), int((~contacted).sum())
