"""Profile, scores and playbook -> every offer by every channel that is worth making to a customer, and the best one of each.

With money worth is the expected profit, and what promises none is left out. Without any value of a customer it is the expected
number of customers saved: ranked mode, in which profits are unknown and a churn offer is for the risk segments that the campaign
means to contact.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from pipeline.arrays import Floats, Ints
from pipeline.campaign.categories import category
from pipeline.config.campaign_section import ChannelTerms, PlaybookOffer
from pipeline.learning.rates import PLAYBOOK_ALONE, Learned, Rates
from pipeline.playbook.eligibility import eligible, switched_off
from pipeline.profit.expected_profit import Offer, expected_profit

CENTS = 2  # digits of profits: lists show them so, and add up to what was decided by
COLUMNS = (
    "customer_id",
    "list",
    "offer",
    "channel",
    "churn_probability",
    "expected_value",
    "expected_profit",
    "expected_saves",
    "cost",
    "lifecycle",
    "segment",
    "value_tier",
)
SERVED = {"churn": ("one_time", "active", "cooling", "at_risk"), "win_back": ("lapsed",), "onboarding": ("new",)}


@dataclass(frozen=True)
class Candidates:
    """All (customer, offer, channel) worth making, sorted; the offers switched off, by code, and why; whether there is money.

    Of each row `customer` is the place of its customer by id, and `worth` the expected profit, without money the expected number
    of customers saved.
    """

    rows: pd.DataFrame
    customer: Ints
    worth: Floats
    switched_off: dict[str, str]
    with_money: bool


@dataclass(frozen=True)
class _Triples:
    """One offer by one channel: the places of its customers, and what it promises of each."""

    customer: Ints
    worth: Floats
    saves: Floats
    cost: Floats


def candidates(
    customers: pd.DataFrame,
    playbook: Mapping[str, PlaybookOffer],
    has: set[str],
    segments: tuple[str, ...],
    learned: Learned = PLAYBOOK_ALONE,
) -> Candidates:
    """Every profitable (customer, offer, channel), by customer_id, offer, channel; consent and budget are not looked at.

    `customers` has the profile, `customer_id` once each, `churn_probability` and `expected_value` (assumed ones of the lapsed and
    the new included), `risk_segment`, `lifecycle`, `segment` and `value_tier`; `has` is what the source has; `segments` bound
    the churn list of ranked mode; `learned` takes the place of the playbook's chances where something was measured. The rows have
    `COLUMNS`: `expected_profit` is NaN in ranked mode; `expected_saves` is the number of customers that a contact is expected to
    keep, `cost` the contact and the chance-weighted cost of the offer.
    """
    known = customers.sort_values("customer_id", ignore_index=True)
    value = known["expected_value"].to_numpy(np.float64)
    with_money = bool(np.isfinite(value).any())
    off = switched_off(playbook, has)
    meant = known["risk_segment"].isin(segments).to_numpy(bool)
    keys: list[tuple[str, str, str]] = []
    found: list[_Triples] = []
    for code, offer in sorted(playbook.items()):
        if code in off:
            continue
        who = eligible(offer, known) & known["lifecycle"].isin(SERVED[offer.list]).to_numpy(bool)
        who &= np.isfinite(value) if with_money else meant if offer.list == "churn" else True
        rates = {str(channel): learned.rates(code, channel, known["segment"]) for channel in offer.channels}
        for channel, made in _by_channel(offer, known, np.flatnonzero(who), value if with_money else None, rates):
            keys.append((offer.list, code, channel))
            found.append(made)
    return Candidates(*_rows(known, keys, found, with_money), off, with_money)


def terms(offer: PlaybookOffer, channel: ChannelTerms, order_amount: Floats) -> Offer:
    """An offer by a channel as profits are computed of it, for customers of these mean orders."""
    return Offer(
        cost=offer.cost + offer.order_share * order_amount if offer.order_share else offer.cost,
        contact_cost=channel.contact,
        kept=offer.kept if channel.kept is None else channel.kept,
        taken_by_lost=offer.taken_by_lost,
        taken_by_stayers=offer.taken_by_stayers,
        driven_away=offer.driven_away,
        stayer_uplift=offer.stayer_uplift,
    )


def expected_cost(churn_probability: Floats, offer: Offer) -> Floats:
    """What contacting is expected to spend: f + d [p (γ + (1 − γ) κ) + (1 − p) ψ], in the symbols of `expected_profit`."""
    p = churn_probability
    taken = p * (offer.kept + (1 - offer.kept) * offer.taken_by_lost) + (1 - p) * offer.taken_by_stayers
    return np.asarray(offer.contact_cost + offer.cost * taken)


def expected_saved(churn_probability: Floats, offer: Offer) -> Floats:
    """How many customers a contact is expected to save: p γ − (1 − p) ρ."""
    return np.asarray(churn_probability * offer.kept - (1 - churn_probability) * offer.driven_away)


def corrected(made: Offer, rates: Rates | None, who: Ints) -> Offer:
    """The offer with what was learned of it for the customers at the places `who`; as it is where nothing was."""
    if rates is None:
        return made
    return replace(
        made,
        kept=rates.kept[who],
        driven_away=rates.driven_away[who],
        taken_by_lost=np.minimum(made.taken_by_lost * rates.take_up, 1.0),
        taken_by_stayers=np.minimum(made.taken_by_stayers * rates.take_up, 1.0),
    )


def _by_channel(
    offer: PlaybookOffer, known: pd.DataFrame, who: Ints, value: Floats | None, rates: Mapping[str, Rates | None]
) -> Iterator[tuple[str, _Triples]]:
    if offer.order_share:  # the cost of who has no order is unknown
        amount = known["order_amount_mean"].to_numpy(np.float64, na_value=np.nan)
        who = who[amount[who] >= 0]
        orders = amount[who]
    else:
        orders = np.zeros(len(who))
    p = known["churn_probability"].to_numpy(np.float64)[who]
    for channel, channel_terms in sorted(offer.channels.items()):
        made = corrected(terms(offer, channel_terms, orders), rates[channel], who)
        saves = expected_saved(p, made)
        worth = saves if value is None else expected_profit(p, value[who], made).round(CENTS)
        pays = worth > 0
        yield channel, _Triples(who[pays], worth[pays], saves[pays], expected_cost(p, made)[pays])


def _rows(
    known: pd.DataFrame, keys: list[tuple[str, str, str]], found: list[_Triples], with_money: bool
) -> tuple[pd.DataFrame, Ints, Floats]:
    """The triples as a frame, their customers and worth; they come by offer and channel, so a stable sort by customer is all."""
    customer = np.concatenate([np.empty(0, np.int64), *(made.customer for made in found)])
    order = np.argsort(customer, kind="stable")
    at = customer[order]
    kind = np.repeat(np.arange(len(keys)), [len(made.customer) for made in found])[order]
    worth, saves, cost = (
        np.concatenate([np.empty(0), *(getattr(made, name) for made in found)])[order] for name in ("worth", "saves", "cost")
    )
    words = {name: _word([key[place] for key in keys], kind) for place, name in enumerate(("list", "offer", "channel"))}
    of_customer = {name: known[name].take(at).reset_index(drop=True) for name in COLUMNS if name in known}
    profit = worth if with_money else np.full(len(at), np.nan)
    of_triple = {"expected_profit": profit, "expected_saves": saves, "cost": cost}
    return pd.DataFrame({**of_customer, **words, **of_triple})[list(COLUMNS)], at, worth


def _word(words: list[str], kind: Ints) -> pd.Series:
    distinct = sorted(set(words))
    codes = np.array([distinct.index(word) for word in words], dtype=np.int8)
    return category(codes[kind], distinct)


def best(found: Candidates) -> pd.DataFrame:
    """The row of most worth of each customer; of equal ones the cheapest, then the first by offer and channel."""
    rows = found.rows
    order = np.lexsort((rows["cost"].to_numpy(), -found.worth, found.customer))  # stable: equal rows stay as they are
    first = np.flatnonzero(np.diff(found.customer[order], prepend=-1))
    return rows.take(order[first]).reset_index(drop=True)
