"""Lists of one budget, made by other rules than ours, of the same permitted (customer, offer, channel)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.allocation.allocate import allocate
from pipeline.allocation.arms import EARLIER, Drawing
from pipeline.allocation.permitted import barred
from pipeline.arrays import Floats
from pipeline.config.allocation_section import Allocation
from pipeline.config.campaign_section import PlaybookOffer
from pipeline.playbook.candidates import SERVED, expected_cost, expected_saved, terms
from pipeline.playbook.eligibility import eligible
from pipeline.profit.expected_profit import expected_profit

LISTED = ["customer_id", "list", "offer", "channel", "expected_profit", "expected_saves", "cost"]


def possible(known: pd.DataFrame, playbook: dict[str, PlaybookOffer], rules: Allocation) -> pd.DataFrame:
    """Every (customer, offer, channel) that may be made, whether it promises anything or not, with LISTED, p and value.

    `known` are planned customers. The candidates of the pipeline are those of them whose `expected_profit` is above 0.
    """
    against = barred(known.assign(days_since_contact=known["contact_recency_days"]), ["email", "phone"], rules)
    found = []
    for code, offer in playbook.items():
        for channel, by in offer.channels.items():
            who = eligible(offer, known) & known["lifecycle"].isin(SERVED[offer.list]).to_numpy(bool)
            rows = known[who & ~against.anyhow & ~against.refused[channel]]
            p, value = (rows[name].to_numpy(np.float64) for name in ("churn_probability", "expected_value"))
            made = terms(offer, by, rows["order_amount_mean"].to_numpy(np.float64))
            promised = {
                "expected_profit": expected_profit(p, value, made),
                "expected_saves": expected_saved(p, made),
                "cost": expected_cost(p, made),
            }
            about = rows[["customer_id", "churn_probability", "expected_value"]]
            found.append(about.assign(list=offer.list, offer=code, channel=channel, **promised))
    rows = pd.concat(found, ignore_index=True)
    return rows[rows["expected_profit"].notna()].sort_values(["customer_id", "offer", "channel"], ignore_index=True)


def walked(triples: pd.DataFrame, priority: Floats, rules: Allocation) -> pd.DataFrame:
    """Customers of highest `priority` first, each with the offer that promises most, while budget and channels last."""
    promising = ["expected_profit", "cost", "offer"]
    best = triples.assign(priority=priority).sort_values(promising, ascending=[False, True, True]).drop_duplicates("customer_id")
    ordered = best.sort_values(["priority", "customer_id"], ascending=[False, True], ignore_index=True)
    money, room, taken = rules.budget or np.inf, dict(rules.capacity), []
    for place, (channel, cost) in enumerate(zip(ordered["channel"], ordered["cost"], strict=True)):
        if cost <= money and room.get(channel, 1) > 0:
            money -= cost
            room[channel] = room.get(channel, 2**31) - 1
            taken.append(place)
    return ordered.iloc[taken][LISTED]


def allocated(triples: pd.DataFrame, profit: Floats, known: pd.DataFrame, drawing: Drawing) -> pd.DataFrame:
    """What the allocation would choose if it knew these profits."""
    priced = triples.assign(expected_profit=profit)
    nobody_before = pd.DataFrame({name: pd.Series(dtype=object) for name in EARLIER})
    people = known.assign(days_since_contact=known["contact_recency_days"])
    chosen = allocate(priced[priced["expected_profit"] > 0], people, nobody_before, drawing).customers
    return chosen[chosen["state"] == "contact"][["customer_id", "offer", "channel", "cost"]]
