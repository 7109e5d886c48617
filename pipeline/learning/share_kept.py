"""Draws of one offer -> the share of would-be churners kept: the γ with which the formula would have been right.

Contacting a customer of forecast p is said to change the chance of leaving by −[p γ − (1 − p) ρ]. Over all who were drawn the
difference of churn D between contact and hold-out is therefore −[p̄ γ − (1 − p̄) ρ], and

    γ = [(1 − p̄) ρ − D] / p̄

with ρ as the playbook has it: one difference cannot tell both. So whatever the offer does to whom, the number of saves that the
formula gives for all who were drawn is the number that was measured; a regression of the difference on p would give that up for
the shape of the formula. D and its variance are those of `outcomes.effect`. γ may come out below 0: contacting drives away.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from pipeline.arrays import Floats
from pipeline.learning.posterior import Normal
from pipeline.outcomes.effect import share_effect
from pipeline.statistics.intervals import Z95


class Kept(NamedTuple):
    """The share kept as it was measured, and the customers behind it; None where an arm is empty."""

    share: Normal | None
    contacted: int
    held_out: int
    forecast: float

    @property
    def customers(self) -> int:
        """Draws of both arms."""
        return self.contacted + self.held_out


def share_kept(rows: pd.DataFrame, driven_away: float) -> Kept:
    """Measure γ on draws with the columns of `drawn`; `driven_away` is the ρ that is taken as given."""
    contacted, p = rows["contacted"].to_numpy(bool), rows["p"].to_numpy(np.float64)
    many, forecast = int(contacted.sum()), float(p.mean()) if len(p) else float("nan")
    sizes = (many, len(rows) - many, forecast)
    found = share_effect(rows["churned"].to_numpy(bool), contacted, rows["chance"].to_numpy(np.float64), p[:, None])
    if found is None or forecast <= 0:
        return Kept(None, *sizes)
    # Of few customers the interval is not even around the difference (two score intervals), and its middle is what is likely.
    middle, error = (found.low + found.high) / 2, (found.high - found.low) / (2 * Z95)
    mean = ((1 - forecast) * driven_away - middle) / forecast
    return Kept(Normal(mean, (error / forecast) ** 2), *sizes)


def as_chances(kept: float, driven_away: float, forecast: float) -> tuple[float, float]:
    """The chances γ and ρ, 0 … 1 both, that give as many saves at a mean forecast as a share kept that may lie outside.

    Below 0 nobody is kept, and what is missing are stayers driven away: ρ − γ p̄ / (1 − p̄).
    """
    if kept >= 0:
        return min(kept, 1.0), driven_away
    stay = 1 - forecast
    return 0.0, min(1.0, driven_away - kept * forecast / stay) if stay > 0 else 1.0


def take_up(rows: pd.DataFrame, costs: tuple[Floats, Floats]) -> Normal | None:
    """The factor on the take-up of those not kept that the logged costs ask for; None where fewer than two say anything.

    `costs` are, for each of `rows`, what the contact and the kept cost for certain, and what the take-up of the others is
    expected to add. A ratio of sums, with its robust variance.
    """
    certain, expected = costs
    paid = rows["own_cost"].to_numpy(np.float64) - certain
    total, n = float(expected.sum()), len(rows)
    if n < 2 or total <= 0:
        return None
    factor = float(paid.sum()) / total
    return Normal(factor, float(np.square(paid - factor * expected).sum()) / total**2 * n / (n - 1))
