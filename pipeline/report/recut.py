"""What another budget would reach: customers, cost, profit and customers kept along the list, in at most 200 points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.arrays import Floats
from pipeline.config.campaign_section import Campaign

POINTS = 200
READ = ("customer_id", "arm", "offer", "churn_probability", "expected_profit", "expected_cost")
CUT = ("budget", "capacity", "offer_limit")  # left out though they would pay


@dataclass(frozen=True)
class Point:
    """So many customers contacted: what they cost, what they bring, and how many stay because of it (None: not known)."""

    customers: int
    spend: float
    profit: float
    saves: float | None


@dataclass(frozen=True)
class Recut:
    """The curve from nobody to everybody who would pay; `chosen` is the place of today's choice in it."""

    points: tuple[Point, ...]
    chosen: int

    @property
    def today(self) -> Point:
        """Today's choice."""
        return self.points[self.chosen]


def kept_rates(campaign: Campaign) -> dict[str, float]:
    """The assumed chance that an offer keeps a customer who would leave, by the offer's code."""
    return {code: offer.kept for code, offer in campaign.playbook.items()}


def recut(customers: pd.DataFrame, kept: Mapping[str, float]) -> Recut | None:
    """The curve; None where no profit is known.

    Who is contacted today comes first, then who was cut for want of budget or room, both by profit for cost: so today's choice
    lies on the curve, and less budget drops the least of it. Customers held out are in neither. Saves are the sum of the chance
    of leaving times `kept` of the offer, over those of whom both are known.
    """
    if not {"arm", "expected_profit", "expected_cost"} <= set(customers):
        return None
    contacted = customers["arm"] == "contact"
    pays = customers["expected_profit"].gt(0) & customers["expected_cost"].notna()
    rows = customers.loc[pays & (contacted | customers["left_out_reason"].isin(CUT)), list(READ)]
    if not (contacted & pays).any():
        return None
    cost = rows["expected_cost"].to_numpy(np.float64)
    with np.errstate(divide="ignore"):
        density = rows["expected_profit"].to_numpy(np.float64) / cost
    today = (rows["arm"] == "contact").to_numpy(bool)
    order = np.lexsort((rows["customer_id"].to_numpy(str), -density, ~today))
    spend, profit = (_sums(rows[name].to_numpy(np.float64)[order]) for name in ("expected_cost", "expected_profit"))
    saved = (rows["churn_probability"] * rows["offer"].map(dict(kept)).astype("float64")).to_numpy(np.float64)[order]
    saves = None if np.isnan(saved).all() else _sums(np.nan_to_num(saved))
    chosen = int(today.sum())
    places = np.unique(np.append(np.linspace(0, len(rows), POINTS - 1).round().astype(int), chosen))
    points = (Point(int(at), float(spend[at]), float(profit[at]), None if saves is None else float(saves[at])) for at in places)
    return Recut(tuple(points), int(np.searchsorted(places, chosen)))


def _sums(values: Floats) -> Floats:
    return np.append(0.0, np.cumsum(values))
