"""Challenger and champion side by side on those at risk today: how alike their lists would be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import spearmanr

from pipeline.arrays import Floats

TOP = 0.1


@dataclass(frozen=True)
class Shadow:
    """`overlap`: share of the tenth that the champion finds likeliest to leave which is in the challenger's tenth as well.

    `rank_correlation` is Spearman's; `mean_change` the mean of |challenger − champion|; the means are those of the probabilities.
    """

    customers: int
    overlap: float
    rank_correlation: float
    mean_change: float
    mean_champion: float
    mean_challenger: float


def shadow(champion: Floats, challenger: Floats) -> Shadow:
    """Compare two lists of probabilities of the same customers, in the same order; at least one.

    Ties are broken by place, so that equal probabilities overlap wholly; lists without any spread correlate as nan.
    """
    count = max(1, round(TOP * len(champion)))
    tops = [set(np.argsort(-probability, kind="stable")[:count].tolist()) for probability in (champion, challenger)]
    spread = np.ptp(champion) > 0 and np.ptp(challenger) > 0
    return Shadow(
        customers=len(champion),
        overlap=len(tops[0] & tops[1]) / count,
        rank_correlation=float(spearmanr(champion, challenger).statistic) if spread else float("nan"),
        mean_change=float(np.mean(np.abs(challenger - champion))),
        mean_champion=float(np.mean(champion)),
        mean_challenger=float(np.mean(challenger)),
    )
