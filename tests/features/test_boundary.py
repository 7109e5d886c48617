"""No feature sees its future: rows dated or recorded at or after t change nothing, and windows end and begin where they say."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engine import engine
from pipeline.features.compile import open_attributes, open_ready
from pipeline.features.writing import write_matrix
from tests.random_rows import CUSTOMERS, DEAR, FUTURE, MICROSECOND, PAST, T, events, lines, merged, periods, tables, tangled
from tests.worlds import Row, Tables, at_risk, definition, every_feature, every_need, features_of, left_out, write_tables

ACTIVITY = definition(kind="activity")
AT_RISK = [(customer, T) for customer in CUSTOMERS]
DAY = timedelta(days=1)

# A table is without money only if no row of it has any: one amount, long before every window, settles that for both worlds.
MONEY: Row = {"customer_id": "zoe", "order_id": "0", "ordered_at": datetime(2010, 1, 1), "amount": Decimal(1)}

KNOWN = tables(PAST, st.none())
DATED_LATER = tables(FUTURE, st.one_of(st.none(), FUTURE, PAST))
RECORDED_LATER = st.fixed_dictionaries(
    {
        "transactions": st.lists(lines(PAST, FUTURE), max_size=30),
        "engagements": st.lists(events(PAST, FUTURE), max_size=30),
        "subscriptions": st.lists(periods(PAST, FUTURE), max_size=10),
        "attributes": st.just([]),
        "contacts": st.just([]),
    }
)
LATER = st.builds(merged, DATED_LATER, RECORDED_LATER)


def _features(world: Tables, often: bool = True) -> dict[tuple[str, datetime], dict[str, object]]:
    with_money = world | {"transactions": [MONEY, *world["transactions"]]}
    include = left_out(ACTIVITY)
    return features_of(with_money, AT_RISK, churn=ACTIVITY, has=every_need(ACTIVITY), include=include, often=often)


@DEAR
@given(KNOWN, tangled(), LATER, LATER, st.booleans())
def test_whatever_is_dated_or_recorded_at_or_after_t_changes_no_feature(
    known: Tables, orders: list[Row], later: Tables, otherwise: Tables, often: bool
) -> None:
    known = known | {"transactions": [*known["transactions"], *orders]}
    assert _features(merged(known, later), often) == _features(merged(known, otherwise), often)


def test_every_number_of_the_catalogue_moves_when_rows_before_t_do() -> None:
    """The proof above would hold for features that see nothing; this world lets each of them see something."""
    hour = timedelta(hours=1)
    order = {"customer_id": "ann", "quantity": 2, "discount": 3, "margin": 1, "category": "tea", "channel": "web"}
    world: Tables = {
        "transactions": [
            order | {"order_id": "1", "ordered_at": T - 360 * DAY + hour, "amount": 10, "product_id": "tea"},
            order | {"order_id": "2", "ordered_at": T - 60 * DAY, "amount": 30, "product_id": "cup"},
            order | {"order_id": "3", "ordered_at": T - 30 * DAY, "amount": 20, "product_id": "pot"},
            order | {"order_id": "4", "ordered_at": T - 3 * DAY, "amount": 50, "product_id": "pot"},
            order | {"order_id": "5", "ordered_at": T - 2 * DAY, "amount": -5, "product_id": "pot"},
        ],
        "engagements": [
            {"customer_id": "ann", "occurred_at": T - 5 * DAY, "kind": need.partition(":")[2], "value": 7, "topic": "x"}
            for need in sorted(every_need(ACTIVITY))
            if ":" in need and need.startswith("engagements")
        ]
        + [
            {"customer_id": "ann", "occurred_at": T - 9 * DAY, "kind": "nps_response", "value": 3},
            {"customer_id": "ann", "occurred_at": T - 9 * DAY, "kind": "points_earned", "value": 3},
        ],
        "subscriptions": [
            {
                "customer_id": "ann",
                "subscription_id": "s1",
                "changed_at": T - 20 * DAY,
                "status": status,
                "plan": "basic",
                "price": 9,
                "started_at": T - 20 * DAY,
                "expires_at": T + 10 * DAY,
            }
            for status in ("active", "cancelled")
        ],
        "attributes": [
            {"customer_id": "ann", "name": need.partition(":")[2], "value": "x", "valid_from": T - DAY}
            for need in sorted(every_need(ACTIVITY))
            if need.startswith("attributes:")
        ],
        "contacts": [{"customer_id": "ann", "contacted_at": T - DAY, "arm": "contact"}],
    }
    seen = features_of(world, [("ann", T)], churn=ACTIVITY, has=every_need(ACTIVITY), include=left_out(ACTIVITY))["ann", T]
    blind = {name for name, value in seen.items() if not value}
    assert len(seen) > 240
    assert blind == {"only_purchase_recency_days"}  # of a customer with several


EDGES = [
    (T, 0),
    (T - MICROSECOND, 1),
    (T + MICROSECOND, 0),
    (T - 30 * DAY, 1),
    (T - 30 * DAY - MICROSECOND, 0),
    (T - 30 * DAY + MICROSECOND, 1),
]


@pytest.mark.parametrize(("when", "expected"), EDGES)
def test_a_window_holds_its_start_and_not_t(when: datetime, expected: int) -> None:
    world: Tables = {
        "transactions": [{"customer_id": "ann", "order_id": "1", "ordered_at": when, "amount": 5}],
        "engagements": [{"customer_id": "ann", "occurred_at": when, "kind": "site_visit"}],
    }
    seen = features_of(world, [("ann", T)])["ann", T]
    assert seen["purchases_count_30d"] == expected
    assert seen["purchases_amount_sum_30d"] == 5 * expected
    assert seen["visits_count_30d"] == expected


@pytest.mark.parametrize(("when", "expected"), [(T - 730 * DAY, 1), (T - 730 * DAY - MICROSECOND, 0)])
def test_a_window_may_last_two_years(when: datetime, expected: int) -> None:
    world: Tables = {"transactions": [{"customer_id": "ann", "order_id": "1", "ordered_at": when, "amount": 5}]}
    seen = features_of(world, [("ann", T)], windows=(30, 180, 365, 730))["ann", T]
    assert (seen["purchases_count_730d"], seen["purchases_amount_sum_730d"]) == (expected, 5 * expected)
    assert seen["purchases_count_trend_365v730d"] == (0 if expected else None)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (T - 365 * DAY - MICROSECOND, 0),
        (T - 365 * DAY, 1),
        (T - 275 * DAY - MICROSECOND, 1),
        (T - 275 * DAY, 0),
    ],
)
def test_the_same_period_of_last_year_begins_365_days_before_t_and_lasts_the_horizon(when: datetime, expected: int) -> None:
    world: Tables = {"transactions": [{"customer_id": "ann", "order_id": "1", "ordered_at": when, "amount": 5}]}
    assert features_of(world, [("ann", T)])["ann", T]["purchases_count_year_ago_90d"] == expected


def test_a_horizon_beyond_a_year_does_not_let_last_year_reach_the_future() -> None:
    world: Tables = {
        "transactions": [
            {"customer_id": "ann", "order_id": "1", "ordered_at": T - DAY, "amount": 5},
            {"customer_id": "ann", "order_id": "2", "ordered_at": T + DAY, "amount": 5},
        ]
    }
    seen = features_of(world, [("ann", T)], churn=definition(horizon_days=400))["ann", T]
    assert seen["purchases_count_year_ago_400d"] == 1


@pytest.mark.parametrize(("recorded", "expected"), [(None, 1), (T - MICROSECOND, 1), (T, 0), (T + DAY, 0)])
def test_a_row_recorded_at_t_or_later_is_not_known_at_t(recorded: datetime | None, expected: int) -> None:
    world: Tables = {
        "transactions": [
            {"customer_id": "ann", "order_id": "1", "ordered_at": T - 9 * DAY, "amount": 5, "recorded_at": recorded},
            {"customer_id": "ann", "order_id": "2", "ordered_at": T - 9 * DAY, "amount": -5, "recorded_at": recorded},
        ],
        "engagements": [{"customer_id": "ann", "occurred_at": T - 9 * DAY, "kind": "chat", "recorded_at": recorded}],
        "subscriptions": [
            {
                "customer_id": "ann",
                "subscription_id": "s",
                "changed_at": T - 9 * DAY,
                "status": "cancelled",
                "recorded_at": recorded,
            }
        ],
    }
    seen = features_of(world, [("ann", T)])["ann", T]
    names = ("purchases_count_all", "returns_count_365d", "chats_count_30d", "cancellations_count_all")
    assert [seen[name] for name in names] == [expected] * 4


def test_an_order_that_grows_later_counts_once_and_only_its_known_part_has_money() -> None:
    world: Tables = {
        "transactions": [
            {"customer_id": "ann", "order_id": "1", "ordered_at": T - 9 * DAY, "amount": 5},
            {"customer_id": "ann", "order_id": "1", "ordered_at": T - 9 * DAY, "amount": 70, "recorded_at": T},
        ]
    }
    seen = features_of(world, [("ann", T), ("ann", T + DAY)])
    assert [seen["ann", t]["purchases_count_all"] for t in (T, T + DAY)] == [1, 1]
    assert [seen["ann", t]["purchases_amount_sum_all"] for t in (T, T + DAY)] == [5, 75]


def test_a_customer_without_rows_has_zero_counts_and_sums_and_no_means_recencies_or_ratios() -> None:
    world: Tables = {
        "transactions": [{"customer_id": "bob", "order_id": "1", "ordered_at": T - DAY, "amount": 5}],
        "engagements": [],
        "subscriptions": [],
        "attributes": [],
    }
    seen = features_of(world, [("ann", T)], churn=ACTIVITY, has=every_need(ACTIVITY))["ann", T]
    declared = {feature.name: feature for feature in every_feature(ACTIVITY) if feature.in_matrix}
    assert seen.keys() == declared.keys()
    assert {name for name, value in seen.items() if value == 0} == {name for name, feature in declared.items() if feature.zero}
    assert all(value is None for name, value in seen.items() if not declared[name].zero)
    assert seen["purchases_count_30d"] == 0
    assert seen["purchases_amount_sum_30d"] == 0
    assert seen["purchases_recency_days"] is None
    assert seen["purchases_amount_mean_30d"] is None


TIER: Row = {"customer_id": "ann", "name": "tier"}
PURCHASE: Row = {"customer_id": "ann", "order_id": "1", "ordered_at": T - DAY, "amount": 5}


def test_an_attribute_without_a_date_is_no_feature() -> None:
    world: Tables = {"transactions": [PURCHASE], "attributes": [TIER | {"value": "gold"}]}
    assert "tier" not in features_of(world, [("ann", T)])["ann", T]


def test_an_attribute_without_a_date_is_a_feature_where_it_is_declared_static() -> None:
    world: Tables = {"transactions": [PURCHASE], "attributes": [TIER | {"value": "gold"}]}
    assert features_of(world, [("ann", T)], static=("tier",))["ann", T]["tier"] == "gold"


def test_a_dated_attribute_holds_from_its_date_until_the_next() -> None:
    world: Tables = {
        "transactions": [PURCHASE],
        "attributes": [
            TIER | {"value": "silver", "valid_from": T - 20 * DAY},
            TIER | {"value": "gold", "valid_from": T},
            TIER | {"value": "undated"},
        ],
    }
    seen = features_of(world, [("ann", T - 20 * DAY), ("ann", T), ("ann", T + MICROSECOND)])
    assert [row["tier"] for _, row in sorted(seen.items())] == [None, "silver", "gold"]


def test_a_static_attribute_may_have_an_apostrophe_in_its_name() -> None:
    world: Tables = {"transactions": [PURCHASE], "attributes": [TIER | {"value": "gold"}]}
    assert features_of(world, [("ann", T)], static=("driver's licence", "tier"))["ann", T]["tier"] == "gold"


def _matrix_bytes(world: Tables, folder: Path, often: bool) -> bytes:
    from pipeline.contract.facts import OF_LINES, open_facts

    with engine() as connection:
        open_facts(connection, write_tables(folder, world), ACTIVITY, OF_LINES)
        at_risk(connection, AT_RISK)
        open_attributes(connection, ())
        open_ready(connection, every_feature(ACTIVITY), often)
        write_matrix(connection, every_feature(ACTIVITY), (T,), ACTIVITY.horizon_days, folder / "features.parquet", often=often)
    return (folder / "features.parquet").read_bytes()


@DEAR
@given(tables(PAST, st.one_of(st.none(), PAST), size=60), tangled(), st.randoms(use_true_random=False), st.booleans())
def test_the_order_of_rows_does_not_change_a_byte(
    tmp_path_factory: pytest.TempPathFactory, world: Tables, orders: list[Row], dice, often: bool
) -> None:
    world = world | {"transactions": [*world["transactions"], *orders]}
    shuffled = {table: dice.sample(rows, len(rows)) for table, rows in world.items()}
    written, again = (_matrix_bytes(rows, tmp_path_factory.mktemp("world"), often) for rows in (world, shuffled))
    assert written == again


def _shifted(world: Tables, days: int) -> Tables:
    by = timedelta(days=days)
    return {
        table: [{name: value + by if isinstance(value, datetime) else value for name, value in row.items()} for row in rows]
        for table, rows in world.items()
    }


# 28 years repeat the calendar, weekdays and leap days included; four years repeat the leap days only.
@pytest.mark.parametrize(("years", "calendar"), [(-28, set()), (-4, {"purchases_weekend_share"})])
@DEAR
@given(world=KNOWN)
def test_moving_everything_by_years_changes_nothing_but_the_calendar(years: int, calendar: set[str], world: Tables) -> None:
    days = years // 4 * 1_461
    with_money = world | {"transactions": [MONEY, *world["transactions"]]}
    moved = [(customer, T + timedelta(days=days)) for customer in CUSTOMERS]
    now = _features(world)
    then = features_of(_shifted(with_money, days), moved, churn=ACTIVITY, has=every_need(ACTIVITY), include=left_out(ACTIVITY))
    for customer in CUSTOMERS:
        one, other = now[customer, T], then[customer, T + timedelta(days=days)]
        assert {name for name in one if one[name] != other[name]} <= calendar
