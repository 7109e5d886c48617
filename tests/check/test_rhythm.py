"""How long customers take to come back, against plain arithmetic and an independent oracle."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.check.rhythm import returned, rhythm, sentence, waits
from tests.random_rows import BRIEF
from tests.worlds import Row, definition, facts

START = datetime(2024, 1, 1, 12)
TODAY = date(2024, 4, 10)  # the last day is the 100th


def bought(customer: str, *days: int) -> list[Row]:
    return [
        {"customer_id": customer, "order_id": f"{customer}{day}", "ordered_at": START + timedelta(days=day), "amount": 5}
        for day in days
    ]


def measured(rows: list[Row], horizon: int = 30) -> dict:
    churn = definition(horizon_days=horizon)
    with facts({"transactions": rows}, churn) as (connection, _):
        return rhythm(*waits(connection, churn, TODAY), horizon)


def test_waits_are_counted_between_days_and_until_the_end():
    rows = bought("ann", 0, 10, 40) + bought("bob", 95)
    with facts({"transactions": [*rows, *bought("ann", 10)]}) as (connection, _):
        counts, watched = waits(connection, definition(), TODAY)
    assert counts == [(4, False, 1), (10, True, 1), (30, True, 1), (59, False, 1)]
    assert watched == 99


def test_orders_on_or_after_today_are_not_seen():
    with facts({"transactions": bought("ann", 0, 99, 100, 101)}) as (connection, _):
        counts, _ = waits(connection, definition(), TODAY)
    assert counts == [(0, False, 1), (99, True, 1)]


def test_the_curve_is_that_of_kaplan_and_meier():
    """Ten waits: 2 over after 5 days, 2 unfinished at 7, 3 over after 10 (of 6 left), 3 unfinished at 20."""
    curve = returned([(5, True, 2), (7, False, 2), (10, True, 3), (20, False, 3)], longest=20)
    assert curve == [(5, pytest.approx(0.2)), (10, pytest.approx(1 - 0.8 * 0.5))]
    assert returned([(5, True, 2), (7, False, 2), (10, True, 3)], longest=9) == [(5, pytest.approx(2 / 7))]


def test_the_figures_of_a_literal_curve():
    counts = [(5, True, 6), (10, True, 3), (40, True, 1)]
    assert rhythm(counts, watched=100, chosen=10) == {
        "days": 10,
        "watched_days": 100,
        "share_who_return": 1.0,
        "share_within": pytest.approx(0.9),
        "median_days": 5,
        "covering_days": 40,
        "proposed_days": 42,
    }


def test_the_proposal_is_whole_weeks_and_absent_when_watched_too_short():
    assert rhythm([(7, True, 1)], watched=20, chosen=10)["proposed_days"] == 7
    assert rhythm([(8, True, 1)], watched=20, chosen=10)["proposed_days"] == 14
    assert rhythm([(8, True, 1)], watched=19, chosen=10)["proposed_days"] is None


@pytest.mark.parametrize("counts", [[], [(30, False, 12)]])
def test_where_nobody_comes_back_there_is_nothing_to_say(counts):
    found = rhythm(counts, watched=100, chosen=10)
    assert found["share_within"] is found["covering_days"] is found["proposed_days"] is None
    said = sentence({"definition": {"kind": "purchase"}, "rhythm": found})
    assert said == "nobody is seen to come back, so nothing can be said about how long that takes"


def test_a_customer_who_is_still_away_counts_for_as_long_as_he_was_watched():
    """Ann comes back after 20 days; three others could be seen to, Bob, who came 9 days before the end, could not."""
    found = measured(bought("ann", 0, 20) + bought("bob", 90) + bought("cem", 39) + bought("dee", 1))
    assert found["share_who_return"] == pytest.approx(1 / 4)


def test_engagement_ends_a_wait_where_churn_is_no_activity():
    seen = {"customer_id": "ann", "occurred_at": START + timedelta(days=12), "kind": "site_visit"}
    sent = {"customer_id": "ann", "occurred_at": START + timedelta(days=3), "kind": "email_sent"}
    churn = definition(kind="activity")
    with facts({"transactions": bought("ann", 0), "engagements": [seen, sent]}, churn) as (connection, _):
        assert waits(connection, churn, TODAY)[0] == [(12, True, 1), (87, False, 1)]


def test_a_renewal_waits_from_the_end_of_the_period():
    def change(customer: str, day: int, until: int, status: str = "active") -> Row:
        moments = {"changed_at": START + timedelta(days=day), "expires_at": START + timedelta(days=until)}
        return {"customer_id": customer, "subscription_id": f"s{customer}", "status": status} | moments

    rows = [
        *(change("ann", 0, 30), change("ann", 25, 60)),  # before the end: no wait
        *(change("bob", 0, 30), change("bob", 36, 66, "renewed")),  # six days late
        *(change("cem", 0, 30), change("cem", 31, 31, "cancelled")),  # never
        change("dee", 0, 200),  # still running
    ]
    churn = definition(kind="renewal")
    with facts({"transactions": bought("ann", 0), "subscriptions": rows}, churn) as (connection, _):
        counts, _ = waits(connection, churn, TODAY)
    assert counts == [(0, True, 1), (6, True, 1), (33, False, 1), (39, False, 1), (69, False, 1)]


def oracle(purchases: dict[str, list[int]], end: int, horizon: int) -> Fraction | None:
    """Kaplan-Meier one wait at a time, in fractions; the share of the returns within the horizon."""
    lived: list[tuple[int, bool]] = []
    possible: list[int] = []
    for days in purchases.values():
        distinct = sorted(set(days))
        possible += [end - day for day in distinct]
        lived += [(after - before, True) for before, after in pairwise(distinct)]
        lived.append((end - distinct[-1], False))
    longest = sorted(possible)[max(-(-len(possible) * 9 // 10) - 1, 0)]

    def away(until: int) -> Fraction:
        share = Fraction(1)
        for moment in range(until + 1):
            watched = sum(length >= moment for length, _ in lived)
            back = sum(length == moment and over for length, over in lived)
            share *= 1 - Fraction(back, watched) if watched else 1
        return share

    back_at_all = 1 - away(longest)
    return (1 - away(min(horizon, longest))) / back_at_all if back_at_all else None


@BRIEF
@given(
    st.dictionaries(st.sampled_from("abcdefghij"), st.lists(st.integers(0, 99), min_size=1, max_size=12), min_size=1),
    st.integers(1, 120),
)
def test_the_share_within_the_horizon_is_that_of_an_independent_oracle(purchases, horizon):
    rows = [row for customer, days in purchases.items() for row in bought(customer, *set(days))]
    expected = oracle(purchases, 99, horizon)
    share = measured(rows, horizon)["share_within"]
    assert share == (None if expected is None else pytest.approx(float(expected)))
