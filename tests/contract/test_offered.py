"""What a source offers: literal rows before and after a date, and needs that it meets or lacks."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from pipeline.contract.offered import lacking, met, offered
from tests.worlds import Row, Tables, facts

T = datetime(2025, 3, 1)
DAY = timedelta(days=1)


def order(days: float, **more: object) -> Row:
    return {"customer_id": "ann", "order_id": str(days), "line_id": "1", "ordered_at": T - days * DAY, "amount": 1} | more


def event(days: float, kind: str, **more: object) -> Row:
    return {"customer_id": "ann", "engagement_id": kind, "occurred_at": T - days * DAY, "kind": kind} | more


def fact(name: str, days: float | None = None, **more: object) -> Row:
    return {"customer_id": "ann", "name": name, "value": "x", "valid_from": None if days is None else T - days * DAY} | more


def found(tables: Tables) -> set[str]:
    with facts(tables) as (connection, present):
        return offered(connection, present, T.date())


def test_tables_filled_columns_kinds_and_names_are_offered():
    has = found(
        {"transactions": [order(3, category="tea")], "engagements": [event(2, "review")], "attributes": [fact("tier", 1)]}
    )
    assert has >= {"transactions", "transactions.amount", "transactions.category", "engagements:review", "attributes:tier"}
    assert not has & {"transactions.margin", "engagements:complaint", "subscriptions", "contacts"}


@pytest.mark.parametrize("late", [{"days": -1}, {"days": 1, "recorded_at": T}], ids=["dated later", "recorded later"])
def test_nothing_is_offered_that_was_not_known_yet(late):
    first = {"transactions": [order(3)], "engagements": [event(2, "review")], "attributes": [fact("tier", 1)]}
    then = {
        "transactions": [*first["transactions"], order(**late, category="tea")],
        "engagements": [*first["engagements"], event(**late, kind="complaint", topic="late")],
        "attributes": [*first["attributes"], fact("country", **late)],
    }
    assert found(then) - {"transactions.recorded_at"} == found(first)


def test_an_attribute_without_a_date_was_known_all_along_unless_it_was_recorded_later():
    has = found({"transactions": [order(3)], "attributes": [fact("country"), fact("tier", recorded_at=T)]})
    assert "attributes:country" in has
    assert "attributes:tier" not in has


def test_other_names_than_those_of_the_table_may_count():
    with facts({"transactions": [order(3)], "attributes": [fact(" Tier ", 1)]}) as (connection, present):
        said = "(SELECT lower(trim(name)) AS name, valid_from AS happened_at, valid_from AS known_at FROM attributes)"
        has = offered(connection, present, T.date(), said)
    assert "attributes:tier" in has


def test_either_of_two_kinds_will_do():
    assert met(("engagements:a|b", "transactions.amount"), {"engagements:b", "transactions.amount"})
    assert not met(("engagements:a|b", "transactions.amount"), {"engagements:b", "engagements"})
    assert met((), set())


def test_what_is_lacking_is_the_first_need_that_is_not_met():
    assert lacking(("transactions", "engagements:a|b", "attributes:tier"), {"transactions"}) == "engagements:a|b"
    assert lacking(("transactions",), {"transactions"}) is None
