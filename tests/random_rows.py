"""Hypothesis strategies of canonical rows scattered around a snapshot date: few customers, few orders, many coincidences."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import Phase, settings
from hypothesis import strategies as st

from pipeline.contract.tables import ARMS, KINDS, SUBSCRIPTION_STATUSES
from tests.worlds import Row

# A world takes half a second to compute, with every feature two: few of them, and no minutes of shrinking when one of them fails.
# `make test-deep` tries sixteen times as many, and every moment of a kill.
DEEP = 16 if "CHURN_DEEP" in os.environ else 1
BRIEF = settings(max_examples=3 * DEEP, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate), print_blob=True)
DEAR = settings(BRIEF, max_examples=2 * DEEP)

T = datetime(2020, 6, 1)
CUSTOMERS = ("ann", "bob", "cem", "dee")
SECOND = timedelta(seconds=1)
MICROSECOND = timedelta(microseconds=1)

_EDGES = [T - timedelta(days=days) + nudge for days in (7, 30, 90, 180, 365) for nudge in (-SECOND, timedelta(0), SECOND)]
_ANY_PAST = st.integers(1, 600 * 86_400).map(lambda seconds: T - timedelta(seconds=seconds))
PAST = st.one_of(st.sampled_from([*_EDGES, T - SECOND]), _ANY_PAST, _ANY_PAST)
FUTURE = st.one_of(
    st.sampled_from([T, T + MICROSECOND, T + SECOND]), st.integers(0, 100 * 86_400).map(lambda s: T + timedelta(seconds=s))
)

_MONEY = st.sampled_from([Decimal(text) for text in ("-20", "-0.01", "0", "0.01", "5.25", "10", "99.99", "1234.5678")])
_NUMBER = st.sampled_from([Decimal(text) for text in ("-2", "0", "1", "3", "7.5", "10")])
_CUSTOMER = st.sampled_from(CUSTOMERS)


def _or_none(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.one_of(st.none(), strategy)


def lines(when: st.SearchStrategy[datetime], recorded: st.SearchStrategy[object]) -> st.SearchStrategy[Row]:
    """Rows of transactions."""
    return st.fixed_dictionaries(
        {
            "customer_id": _CUSTOMER,
            "order_id": st.sampled_from(["1", "2", "3", "4", "5"]),
            "ordered_at": when,
            "amount": _MONEY,
            "quantity": _or_none(_NUMBER),
            "product_id": _or_none(st.sampled_from(["tea", "cup", "pot"])),
            "discount": _or_none(st.sampled_from([Decimal("0.5"), Decimal("3")])),
            "margin": _or_none(st.sampled_from([Decimal("-1"), Decimal("2.5")])),
            "category": _or_none(st.sampled_from(["food", "home"])),
            "channel": _or_none(st.sampled_from(["web", "shop"])),
            "recorded_at": recorded,
        }
    )


# Days on which windows begin, seen from T and from 45 days before, with several moments of each.
_DAYS = st.sampled_from([7, 30, 45, 46, 52, 75, 90, 135])
_MOMENTS = st.builds(
    lambda days, seconds: T - timedelta(days=days) + timedelta(seconds=seconds),
    _DAYS,
    st.sampled_from([-1, 0, 1, 30_000, 60_000]),
)


def tangled() -> st.SearchStrategy[list[Row]]:
    """Lines of many orders of two customers: several a day, around the edges of windows, and often known in another order."""
    line = lines(_MOMENTS, st.one_of(st.none(), _MOMENTS, FUTURE))
    chosen = {
        "customer_id": st.sampled_from(CUSTOMERS[:2]),
        "order_id": st.integers(10, 40).map(str),
        "amount": st.just(Decimal(7)),
    }
    return st.lists(st.builds(lambda row, more: row | more, line, st.fixed_dictionaries(chosen)), min_size=8, max_size=24)


def events(when: st.SearchStrategy[datetime], recorded: st.SearchStrategy[object]) -> st.SearchStrategy[Row]:
    """Rows of engagements."""
    return st.fixed_dictionaries(
        {
            "customer_id": _CUSTOMER,
            "occurred_at": when,
            "kind": st.sampled_from(KINDS),
            "value": _or_none(_NUMBER),
            "topic": _or_none(st.sampled_from(["late", "broken"])),
            "recorded_at": recorded,
        }
    )


def periods(when: st.SearchStrategy[datetime], recorded: st.SearchStrategy[object]) -> st.SearchStrategy[Row]:
    """Rows of subscriptions."""
    return st.fixed_dictionaries(
        {
            "customer_id": _CUSTOMER,
            "subscription_id": st.sampled_from(["s1", "s2"]),
            "changed_at": when,
            "status": st.sampled_from(SUBSCRIPTION_STATUSES),
            "plan": _or_none(st.sampled_from(["basic", "pro"])),
            "price": _or_none(st.sampled_from([Decimal("5"), Decimal("9")])),
            "started_at": _or_none(PAST),
            "expires_at": _or_none(FUTURE),
            "recorded_at": recorded,
        }
    )


def traits(when: st.SearchStrategy[datetime]) -> st.SearchStrategy[Row]:
    """Rows of attributes."""
    return st.fixed_dictionaries(
        {
            "customer_id": _CUSTOMER,
            "name": st.sampled_from(["country", "tier", "acquisition_channel", "preferred_channel"]),
            "value": _or_none(st.sampled_from(["gold", "blue", "web"])),
            "valid_from": when,
        }
    )


def contacts(when: st.SearchStrategy[datetime]) -> st.SearchStrategy[Row]:
    """Rows of contacts."""
    return st.fixed_dictionaries(
        {
            "customer_id": _CUSTOMER,
            "contacted_at": when,
            "arm": st.sampled_from(ARMS),
            "assignment_probability": _or_none(st.sampled_from([0.0, 0.5, 0.9])),
        }
    )


def tables(
    when: st.SearchStrategy[datetime], recorded: st.SearchStrategy[object], size: int = 40
) -> st.SearchStrategy[dict[str, list[Row]]]:
    """All five tables, each of up to `size` rows dated by `when` and recorded by `recorded`."""
    return st.fixed_dictionaries(
        {
            "transactions": st.lists(lines(when, recorded), max_size=size),
            "engagements": st.lists(events(when, recorded), max_size=size),
            "subscriptions": st.lists(periods(when, recorded), max_size=size // 4),
            "attributes": st.lists(traits(when), max_size=size // 4),
            "contacts": st.lists(contacts(when), max_size=size // 4),
        }
    )


def merged(first: dict[str, list[Row]], second: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """The rows of both worlds, table by table."""
    return {table: [*first[table], *second[table]] for table in first}
