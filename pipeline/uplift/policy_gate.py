"""Whether contacting whom the uplift model says pays beats contacting all whom risk and value say pay, on randomised customers.

Everybody on a list pays by risk and value, so that policy contacts all of them; the other leaves some of them alone. What the
second earns above the first is minus what contacting those earns: of each customer a score whose mean is the effect, in money
times what a saved customer is worth, the cost subtracted. Only randomised customers count, each judged by a model that has not
seen them, so the mean is unbiased (Dudík, Langford & Li 2011, ICML, 1097-1104; Athey & Wager 2021, Econometrica 89, 133-161); its
interval is by bootstrap over customers, paired, as both policies are paid on the same ones.

Deliveries mature one after another, and who looks at every one until an interval excludes 0 finds that one day by chance. So
looks are planned: the first at so many rows as show the effect that hold-outs are meant to show, at the share that the first day
held out; each further one at twice as many; look k has the level 0.05 / ((k + 1) (k + 2)), which add up to 0.05. Between looks
the decision of the last one stands.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.allocation.sample_size import needed
from pipeline.arrays import Bools, Floats, Ints
from pipeline.config.allocation_section import Detectable
from pipeline.statistics.resampling import resampled
from pipeline.uplift.randomised import Randomised

LEVEL = 0.05
# Leavers and stayers in each arm of those whom the policies treat differently: where nobody held out happens to leave, every
# bootstrap sample says the same, however many they are (decision 0023 has what was counted).
FEWEST_LEFT_ALONE = 10
FEWEST_OF_EACH = 25  # leavers and stayers in each arm: five in each of five folds, or an arm is not known there at all


@dataclass(frozen=True)
class Look:
    """A planned look: its number from 0 on, the rows it sees (the first by day of the draw), and its level."""

    number: int
    rows: int

    @property
    def level(self) -> float:
        """How often this look may err, both sides together."""
        return LEVEL / ((self.number + 1) * (self.number + 2))


@dataclass(frozen=True)
class Comparison:
    """Mean per customer of the list: the policy of the uplift model less that of risk and value, its interval at `level`.

    `low_95` … `high_95` is the interval at 95 % if this had been the only look. `left_alone` is the share whom the model would
    not contact, `fewest_left_alone` the smallest number of them who stayed or left in an arm, `all` what contacting all earns.
    """

    difference: float
    low: float
    high: float
    low_95: float
    high_95: float
    level: float
    left_alone: float
    fewest_left_alone: int
    all: float

    @property
    def handful(self) -> bool:
        """Whether it would be better beyond the interval, if the interval of so few left alone meant anything."""
        return self.low > 0 and self.fewest_left_alone < FEWEST_LEFT_ALONE

    @property
    def better(self) -> bool:
        """Whether it is better beyond the interval, and enough are left alone for that to mean something."""
        return self.low > 0 and not self.handful


def fewest(found: Randomised, asked: Detectable) -> int | None:
    """Rows of both arms that show the effect hold-outs are meant to show, at the hardest rate, a half; None where none do.

    Looks stay where they were planned: the rate is not that of the data, and the share held out is that of the first day of
    draws, whatever later ones hold out.
    """
    if not len(found):
        return None
    since = found.rows["since"].to_numpy(dtype=object)
    held_out = float((1 - found.chance[since == since[0]]).mean())
    size = needed(0.5, max(0.5 - asked.effect, 0.0), held_out, asked)
    return int(np.ceil(size)) if np.isfinite(size) else None


def latest_look(found: Randomised, least: int | None) -> Look | None:
    """The last planned look that has been reached; None before the first. A day of draws counts whole or not at all."""
    if least is None or len(found) < least:
        return None
    number = int(np.log2(len(found) / least))
    since = found.rows["since"].to_numpy(dtype=object)
    last = since[min(len(found), least * 2**number) - 1]
    return Look(number, int((since <= last).sum()))


def lacking(found: Randomised) -> str | None:
    """What is missing for both arms to be known in every fold, in words; None where nothing is."""
    for (arm, word), many in _fates(found).items():
        if many < FEWEST_OF_EACH:
            return f"{many} of the arm {arm} {word}, {FEWEST_OF_EACH} are needed"
    return None


def _fates(found: Randomised) -> dict[tuple[str, str], int]:
    """How many of each arm stayed and left."""
    arms, fates = {"contact": found.contacted, "holdout": ~found.contacted}, {"stayed": found.stayed, "left": 1 - found.stayed}
    return {(arm, fate): int(is_so[who].sum()) for arm, who in arms.items() for fate, is_so in fates.items()}


def pays(effect: Floats, found: Randomised) -> Bools:
    """Whom the uplift model would contact: its effect is not negative, and saves pay for the contact."""
    return np.asarray((effect >= 0) & (effect * found.worth + found.besides > 0))


def compared(
    found: Randomised, score: Floats, effect: Floats, spoken_of: Bools, look: Look, *, samples: int, seed: int
) -> Comparison:
    """Both policies on the same customers; `score`, `effect` and `spoken_of` of each are by models that have not seen them."""
    gain = score * found.worth + found.besides
    contacted = pays(effect, found) | ~spoken_of
    difference = np.where(contacted, 0.0, -gain)
    means = np.sort(_means(difference, found.customer, samples, seed))
    low, high, low_95, high_95 = (
        float(np.quantile(means, end)) for level in (look.level, LEVEL) for end in (level / 2, 1 - level / 2)
    )
    return Comparison(
        difference=float(difference.mean()),
        low=low,
        high=high,
        low_95=low_95,
        high_95=high_95,
        level=look.level,
        left_alone=float((~contacted).mean()),
        fewest_left_alone=min(_fates(found.taken(~contacted)).values()),
        all=float(gain.mean()),
    )


def _means(figure: Floats, customer: Ints, samples: int, seed: int) -> Floats:
    """The mean of a figure in each bootstrap sample of customers, of whom sums are all that is needed."""
    sums, sizes = np.bincount(customer, figure), np.bincount(customer)
    sums, sizes = sums[sizes > 0], sizes[sizes > 0]
    drawn = resampled(np.ones(len(sums)), None, samples, seed)
    return np.array([float((times * sums).sum() / (times * sizes).sum()) for times in drawn])
