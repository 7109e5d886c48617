"""The largest profit that a model allows: EMPC and MPC of a churn model, MPU of an uplift model.

All are means over the whole base in the currency of the amounts; contacting nobody, which earns 0, is always a choice. None knows
of stayers who buy more: `stayer_uplift` is not used, so that the figures stay those of the literature.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression
from scipy.stats import beta

from pipeline.arrays import Floats
from pipeline.errors import DataUnfitError
from pipeline.profit.expected_profit import Offer, steps

KEPT_PRIOR = (6.0, 14.0)  # Verbraken, Verbeke & Baesens 2013, section 5


class Maximum(NamedTuple):
    """The largest profit per customer of the base, and the share of the base that is contacted for it."""

    profit: float
    share: float


def empc(
    y: Floats, score: Floats, weight: Floats, value: float, offer: Offer, prior: tuple[float, float] = KEPT_PRIOR
) -> Maximum:
    """Expected maximum profit of a churn model, γ being beta-distributed (EMPC; Verbraken, Verbeke & Baesens 2013).

    For every γ the best point of the convex hull of the ROC curve is chosen; `offer.kept` is not used. A segment of the hull is a
    group of customers of one churn rate, worth contacting if and only if γ exceeds a bound, so that the integral over γ is a sum
    of incomplete beta functions. Of one class, and of constant scores, it is the better of contacting everybody and nobody for
    every γ. Raises DataUnfitError for scores that are not finite and when no row weighs anything.
    """
    per_kept, fixed, stayer = _of_gamma(value, offer)
    mass, rate = _hull(y, score, weight)
    if per_kept <= 0:
        return Maximum(0.0, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        bound = np.where(rate > 0, (fixed + stayer * (1 - rate) / rate) / per_kept, np.inf)
    a, b = prior
    contacted = beta.sf(np.clip(bound, 0, 1), a, b)
    kept = a / (a + b) * beta.sf(np.clip(bound, 0, 1), a + 1, b)
    profit = mass @ (rate * per_kept * kept - (rate * fixed + (1 - rate) * stayer) * contacted)
    return Maximum(float(profit), float(mass @ contacted))


def mpc(y: Floats, score: Floats, weight: Floats, value: float, offer: Offer) -> Maximum:
    """Maximum profit of a churn model (MPC, same source) with γ = `offer.kept` known, on the convex hull of the ROC curve."""
    mass, rate = _hull(y, score, weight)
    gain = rate * float(offer.of_churner(value)) + (1 - rate) * float(_as_published(offer).of_stayer(value))
    return Maximum(float(mass @ np.maximum(gain, 0)), float(mass @ (gain > 0)))


def _of_gamma(value: float, offer: Offer) -> tuple[float, float, float]:
    """What contacting a would-be churner earns is the first times γ less the second; contacting a stayer costs the third."""
    cost, lost = float(offer.cost), float(offer.taken_by_lost)
    stayer = -float(_as_published(offer).of_stayer(value))
    return max(value, 0.0) - cost + lost * cost, lost * cost + float(offer.contact_cost), stayer


def _as_published(offer: Offer) -> Offer:
    return replace(offer, stayer_uplift=0.0)


def _hull(y: Floats, score: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Segments of the convex hull of the ROC curve: share of the base and churn rate, by rising churn rate.

    The hull is the isotonic regression of the outcome on the score (Fawcett & Niculescu-Mizil 2007).
    """
    rows, churners, _ = steps(y, score, weight)
    fitted = isotonic_regression((churners / rows)[::-1], weights=rows[::-1])
    first = fitted.blocks[:-1]
    return fitted.weights / rows.sum(), fitted.x[first]


def mpu(
    score: Floats, outcome: Floats, treated: NDArray[np.bool_], weight: Floats, value: float, offer: Offer, points: int = 101
) -> Maximum:
    """Maximum profit of an uplift model (MPU; Devriendt, Berrevoets & Verbeke 2021) on customers contacted and not, at random.

    It cannot be computed without customers who were contacted: `treated` says who was, `outcome` is 1 for who left, `score` the
    predicted gain of contacting, highest first; weights are inverse assignment probabilities where these differ. Of the first
    share τ, R_T of the treated and R_C of the others left, and contacting it earns
    τ · [(R_C − R_T) V − d (max(R_C − R_T, 0) + ψ (1 − max(R_C, R_T)) + κ R_T) − f]
    a customer of the base, as who was kept takes the offer; `offer.kept` and `driven_away` are not used, their work shows in R_T.
    (The code its authors published charges d to the treated who left; here, as in MPC, it is paid where the offer is taken.) The
    maximum is over `points` shares, and a customer across a bound counts in part. Raises DataUnfitError when one of the groups is
    empty.
    """
    if not (weight[treated] > 0).any() or not (weight[~treated] > 0).any():
        raise DataUnfitError("MPU: it compares customers who were contacted with others, and one of these groups is empty")
    grid = np.linspace(0, 1, points)[1:]
    total, *_ = steps(outcome, score, weight)
    base = np.concatenate([[0.0], np.cumsum(total) / total.sum()])
    rates = []
    for group in (treated, ~treated):
        rows, churners = (np.cumsum(steps(part, score, weight)[1]) for part in (group.astype(np.float64), group * outcome))
        there, left = (np.interp(grid, base, np.concatenate([[0.0], part])) for part in (rows, churners))
        rates.append(np.divide(left, there, out=np.full(len(grid), np.nan), where=there > 0))
    contacted, others = rates
    taken = np.maximum(others - contacted, 0) + offer.taken_by_stayers * (1 - np.fmax(others, contacted))
    taken += offer.taken_by_lost * contacted
    profit = grid * ((others - contacted) * max(value, 0.0) - offer.cost * taken - offer.contact_cost)
    best = int(np.nanargmax(np.concatenate([[0.0], profit])))
    return Maximum(float(profit[best - 1]), float(grid[best - 1])) if best else Maximum(0.0, 0.0)
