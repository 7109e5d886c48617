"""The points programme: points earned and redeemed, and the tier that a year's spending gives."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipeline.arrays import Floats, Ints
from pipeline.simulator.month import Month, labels, moments, numbered, packed
from pipeline.simulator.orders import Basket, order_seconds
from pipeline.simulator.population import GONE, Columns
from pipeline.simulator.settings import MONTH_DAYS, MONTH_SECONDS

TIERS = ("basic", "silver", "gold")
# Spending of the last twelve months from which a tier is given.
TIER_FROM = np.array([250.0, 700.0])
REDEEMED_AT_ONCE = 200
SPENDING_MONTHS = 12


@dataclass
class Points(Columns):
    """Balance of points, spending of the last twelve months (customers, 12), and tier (-1 before the first)."""

    balance: Ints
    spent: Floats
    tier: Ints

    @classmethod
    def none(cls, count: int) -> "Points":
        """The accounts of `count` newcomers."""
        return cls(np.zeros(count, dtype=np.int64), np.zeros((count, SPENDING_MONTHS)), np.full(count, -1))


def order_totals(month: Month, basket: Basket) -> Floats:
    """What each of the month's purchases came to."""
    return np.bincount(basket.order, weights=basket.total, minlength=len(month.purchases.nth)).astype(np.float64)


def point_entries(month: Month, points: Points, totals: Floats) -> pa.Table:
    """The month's bookings: one point per unit of money, and redemptions of 200; moves the balances."""
    bought, member = month.purchases, month.traits.points_member
    row = np.flatnonzero(member[bought.customer] & (totals >= 1))
    earner, earned = bought.customer[row], totals[row].astype(np.int64)
    everyone = np.arange(len(member))
    willing = month.uniform("points/redeem", everyone) < 0.35
    redeemer = np.flatnonzero(willing & (points.balance >= REDEEMED_AT_ONCE) & (month.condition.state != GONE))
    np.add.at(points.balance, earner, earned)
    points.balance[redeemer] -= REDEEMED_AT_ONCE
    day = MONTH_DAYS * month.uniform("points/day", redeemer)
    redeemed_at = moments(day, month.uniform("points/time", redeemer))
    customer = np.concatenate([earner, redeemer])
    code = np.repeat([0, 1], [len(earner), len(redeemer)])
    nth = np.concatenate([bought.nth[row], np.full(len(redeemer), 62)])
    return pa.table({
        "entry_no": numbered("P", packed(month, customer, nth), 13),
        "customer_no": month.names.take(pa.array(customer)),
        "booked_at": pa.array(month.instants(np.concatenate([order_seconds(month)[row], redeemed_at]))),
        "entry": labels(("EARN", "REDEEM"), code),
        "points": pa.array(np.concatenate([earned, np.full(len(redeemer), REDEEMED_AT_ONCE)])),
    })  # fmt: skip


def tier_changes(month: Month, points: Points, totals: Floats) -> pa.Table:
    """Tiers that begin this month, from the spending before it; then books this month's spending."""
    traits = month.traits
    tier = np.searchsorted(TIER_FROM, points.spent.sum(axis=1), side="right")
    tier = np.where(traits.points_member, tier, -1)
    changed = np.flatnonzero(tier != points.tier)
    points.tier = tier
    spent = np.bincount(month.purchases.customer, weights=totals, minlength=len(tier))
    points.spent[:, month.number % SPENDING_MONTHS] = spent
    seconds = np.floor(month.first_day[changed] / MONTH_DAYS * MONTH_SECONDS)
    return pa.table({
        "customer_no": month.names.take(pa.array(changed)),
        "changed_on": pa.array(month.instants(seconds).astype("datetime64[D]")),
        "tier": labels(TIERS, tier[changed]),
    })  # fmt: skip
