"""What contacting customers with an offer earns: by customer, by share of the base contacted, at the best cut.

Profits are in the currency of the amounts; that of a base is a mean over all its customers, contacted or not.
Rows are weighted, customers of equal score are contacted together, and contacting nobody, which earns 0, is always a choice.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.arrays import Floats
from pipeline.errors import ConfigError, DataUnfitError
from pipeline.statistics.resampling import PERCENTILES, resampled

Amount = float | Floats


@dataclass(frozen=True)
class Offer:
    """What an offer costs and does; each of the seven is one number, or one a customer.

    `cost` d is paid when the offer is taken and `contact_cost` f for every contact, both in the currency. The others are chances:
    `kept` γ that a would-be churner is kept, `taken_by_lost` κ that a churner who leaves nevertheless takes it,
    `taken_by_stayers` ψ that a stayer takes it, `driven_away` ρ that being contacted makes a stayer leave. `stayer_uplift` η is
    the share by which being contacted raises what a stayer brings in, below 0 where it lowers that. The defaults of the last four
    are the cost structure of EMPC. Raises ConfigError for a chance outside 0 … 1, a share outside −1 … 1 and a cost below 0.
    """

    cost: Amount
    contact_cost: Amount
    kept: Amount
    taken_by_lost: Amount = 0.0
    taken_by_stayers: Amount = 1.0
    driven_away: Amount = 0.0
    stayer_uplift: Amount = 0.0

    def __post_init__(self) -> None:
        for field in fields(self):
            given = np.asarray(getattr(self, field.name), dtype=np.float64)
            cost = field.name in ("cost", "contact_cost")
            least = -1 if field.name == "stayer_uplift" else 0
            wrong = given[~(np.isfinite(given) & (given >= least) & (cost | (given <= 1)))]
            if wrong.size:
                allowed = "an amount of 0 or more" if cost else "a share from -1 to 1" if least else "a chance from 0 to 1"
                raise ConfigError(f"offer.{field.name}: {wrong.flat[0]:g} is not {allowed}")

    def of_churner(self, value: Amount) -> Floats:
        """Profit of contacting one who would churn: γ (V − d) − (1 − γ) κ d − f; a value below 0 counts as 0."""
        saved = np.maximum(value, 0.0) - self.cost
        return np.asarray(self.kept * saved - (1 - self.kept) * self.taken_by_lost * self.cost - self.contact_cost)

    def of_stayer(self, value: Amount) -> Floats:
        """Profit of contacting one who would stay: (η − ρ) V − ψ d − f; a value below 0 counts as 0."""
        moved = (self.driven_away - self.stayer_uplift) * np.maximum(value, 0.0)
        return np.asarray(-(self.taken_by_stayers * self.cost + moved + self.contact_cost))


class Cut(NamedTuple):
    """Whom to contact: everybody whose ranking is at least `threshold` (infinity: nobody), a `share` of the base.

    `share_low` … `share_high` is where the best cut of bootstrap samples lies, `profit_low` … `profit_high` what this cut earns
    on them; both are 95 % intervals.
    """

    threshold: float
    share: float
    profit: float
    share_low: float
    share_high: float
    profit_low: float
    profit_high: float


def expected_profit(churn_probability: Amount, value: Amount, offer: Offer) -> Floats:
    """Expected profit of contacting each customer: p [γ (V − d) − (1 − γ) κ d] + (1 − p) [(η − ρ) V − ψ d] − f.

    `churn_probability` p is that of leaving if nothing is done, `value` V the margin over the value horizon given that the
    customer stays. An unknown (NaN) probability or value gives an unknown profit. With η = 0 only a customer who may leave can be
    worth a contact; with κ = 0, ρ = 0 and ψ = 1 as well this is EMPC's cost structure.
    """
    p = np.asarray(churn_probability, dtype=np.float64)
    return np.asarray(p * offer.of_churner(value) + (1 - p) * offer.of_stayer(value))


def break_even(value: Amount, offer: Offer) -> Floats:
    """The churn probability above which contacting a customer of this value pays, up to 1; infinity where there is none.

    It is 0 where contacting pays whoever is contacted, and infinity where it pays of stayers only.
    """
    gained, lost = np.broadcast_arrays(offer.of_churner(value), np.maximum(-offer.of_stayer(value), 0.0))
    pays = np.divide(lost, gained + lost, out=np.full(gained.shape, np.inf), where=gained > 0)
    return np.asarray(np.where(np.isnan(gained + lost), np.nan, pays))


def profit_curve(
    outcome: Floats, ranking: Floats, weight: Floats, value: Amount, offer: Offer, points: int = 101
) -> pd.DataFrame:
    """Profit per customer of the base when the first `contacted` share by `ranking` (highest first) is contacted.

    `outcome` is 1 for who left, 0 for who stayed; a churn probability in its place gives the curve that the model promises. A
    customer across a bound counts in part.
    """
    gain = expected_profit(outcome, value, offer)
    rows, gains, _ = steps(gain, ranking, weight)
    contacted, earned = (np.concatenate([[0.0], np.cumsum(part) / rows.sum()]) for part in (rows, gains))
    grid = np.linspace(0, 1, points)
    return pd.DataFrame({"contacted": grid, "profit": np.interp(grid, contacted / contacted[-1], earned)})


def best_cut(
    outcome: Floats,
    ranking: Floats,
    weight: Floats,
    value: Amount,
    offer: Offer,
    *,
    samples: int,
    seed: int,
    customer: NDArray[np.object_] | None = None,
) -> Cut:
    """The share of the base whose contact earns most, the smaller of equal ones, and how sure that is.

    Bootstrap samples are drawn of rows, or of customers with all of their rows when `customer` names them. The interval of the
    profit keeps the cut, so that it is not flattered by choosing again; that of the share chooses again in every sample.
    """
    gain = expected_profit(outcome, value, offer)
    rows, gains, step = steps(gain, ranking, weight)
    chosen, used = _best(gains), weight > 0
    found = []
    for drawn in resampled(weight[used], None if customer is None else customer[used], samples, seed):
        mass, earned = (np.bincount(step, part, len(rows)).astype(np.float64) for part in (drawn, drawn * gain[used]))
        found.append((mass[: _best(earned)].sum() / mass.sum(), earned[:chosen].sum() / mass.sum()))
    edges = np.quantile(found, PERCENTILES, axis=0).T.ravel() if found else np.full(4, np.nan)
    threshold = np.unique(ranking[used])[::-1][chosen - 1] if chosen else np.inf
    at = (threshold, rows[:chosen].sum() / rows.sum(), gains[:chosen].sum() / rows.sum())
    return Cut(*(float(number) for number in (*at, *edges)))


def _best(gains: Floats) -> int:
    """How many steps to take: the fewest of those that earn most, 0 if none earns anything."""
    return int(np.argmax(np.concatenate([[0.0], np.cumsum(gains)])))


def steps(outcome: Floats, ranking: Floats, weight: Floats) -> tuple[Floats, Floats, NDArray[np.intp]]:
    """Weight and weighted outcome of each distinct ranking, highest first; the step of every row that weighs something.

    Raises DataUnfitError when no row weighs anything, and for a ranking, outcome or weight that is not finite.
    """
    used = weight > 0
    if not used.any() or not np.isfinite(weight).all():
        raise DataUnfitError(f"profit: none of {len(weight):,} rows weighs anything, or one is not finite; check the judged rows")
    if not (np.isfinite(ranking[used]).all() and np.isfinite(outcome[used]).all()):
        raise DataUnfitError(
            f"profit: a score, outcome or value is missing or infinite among {int(used.sum()):,} rows; leave those rows out"
        )
    step = np.unique(-ranking[used], return_inverse=True)[1]
    made = [np.bincount(step, part).astype(np.float64) for part in (weight[used], weight[used] * outcome[used])]
    return made[0], made[1], step
