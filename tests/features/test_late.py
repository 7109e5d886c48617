"""Rows that became known late: each snapshot counts, orders and spaces the rows that it knows, and no others."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.worlds import Row, Tables, features_of

T = datetime(2020, 6, 1)
DAY = timedelta(days=1)


def order(number: int, days_ago: float, known_days_ago: float | None = None) -> Row:
    recorded = None if known_days_ago is None else T - known_days_ago * DAY
    when = T - days_ago * DAY
    return {"customer_id": "ann", "order_id": str(number), "ordered_at": when, "amount": number, "recorded_at": recorded}


def seen(orders: list[Row], name: str, *days_ago: int) -> list[object]:
    """A feature of ann at T and at days before it."""
    dates = [T - days * DAY for days in days_ago]
    world: Tables = {"transactions": orders}
    made = features_of(world, [("ann", t) for t in dates])
    assert made == features_of(world, [("ann", t) for t in dates], often=False)
    return [made["ann", t][name] for t in dates]


LATE_IN_THE_MIDDLE = [order(1, 100), order(2, 80, known_days_ago=10), order(3, 40)]


def test_gaps_close_when_an_order_between_becomes_known() -> None:
    assert seen(LATE_IN_THE_MIDDLE, "purchases_gap_days_max_all", 90, 30, 10, 9) == [None, 60, 60, 40]
    assert seen(LATE_IN_THE_MIDDLE, "purchases_gap_days_last", 90, 30, 10, 9) == [None, 60, 60, 40]
    assert seen(LATE_IN_THE_MIDDLE, "purchases_gap_days_mean_all", 90, 30, 10, 9) == [None, 60, 60, 30]


def test_an_order_that_is_late_and_last_is_the_last_only_once_known() -> None:
    orders = [order(1, 100), order(2, 50, known_days_ago=20)]
    assert seen(orders, "purchases_amount_last", 90, 21, 20, 19) == [1, 1, 1, 2]


def test_two_orders_of_a_day_are_one_day_whichever_is_known_first() -> None:
    twice = [order(1, 30), order(2, 30 - 0.25, known_days_ago=10)]
    assert seen(twice, "purchases_days_all", 29, 10, 9, 0) == [1, 1, 1, 1]
    assert seen(twice, "purchases_count_all", 29, 10, 9, 0) == [1, 1, 2, 2]
    reverse = [order(1, 30, known_days_ago=10), order(2, 30 - 0.25)]
    assert seen(reverse, "purchases_days_all", 29, 10, 9, 0) == [1, 1, 1, 1]
    assert seen(reverse, "purchases_count_all", 29, 10, 9, 0) == [1, 1, 2, 2]


def test_the_later_order_of_a_day_keeps_the_day_in_the_window_only_where_it_is_known() -> None:
    """A window that begins at noon would be one; windows begin at midnight, so at a snapshot at noon."""
    noon = T + timedelta(hours=12)
    morning = {"customer_id": "ann", "order_id": "1", "ordered_at": T - 30 * DAY + timedelta(hours=9), "amount": 1}
    evening = {"customer_id": "ann", "order_id": "2", "ordered_at": T - 30 * DAY + timedelta(hours=18), "amount": 1}
    for recorded, days in ((None, 1), (noon, 0)):
        world: Tables = {"transactions": [morning, evening | {"recorded_at": recorded}]}
        for often in (True, False):
            assert features_of(world, [("ann", noon)], often=often)["ann", noon]["purchases_days_30d"] == days
