"""Cells of every size: long periods, many values, many dimensions, and a flow that does not add up."""

from datetime import datetime, timedelta

import pytest

from pipeline.kpis.tabulate import check
from tests.kpis.test_figures import SHOP, by_metric, did, figures_of, line

NEW_YEAR = datetime(2024, 1, 1, 9)


def test_every_day_of_a_long_period_counts():
    # a visit on each of the 200 days from 1 January to 18 July: more days than a byte can count, in four words of 56
    visits = [{"customer_id": "ann", "kind": "site_visit", "occurred_at": NEW_YEAR + timedelta(days=n)} for n in range(200)]
    world = {"transactions": [line("ann", "1", "01-01", 10)], "engagements": visits}
    year = by_metric(figures_of(world, "kpis.period=year", "snapshots.as_of=2024-07-19", by=()), "2024")
    assert (year["dau"].numerator, year["dau"].figure) == (200, 1)
    assert year["wau"].figure is None, "a year of 365 days has 52 whole weeks, and they are not over"


def test_beyond_thirty_values_the_rest_is_other():
    # c00 … c31 live in towns of their own, c32 in that of c00
    people = [f"c{n:02d}" for n in range(33)]
    world = {
        "transactions": [line(who, who, "01-10", 10) for who in people],
        "attributes": [
            {"customer_id": who, "name": "town", "value": f"town {int(who[1:]) % 32:02d}", "valid_from": datetime(2023, 1, 1)}
            for who in people
        ],
    }
    found = figures_of(world, by=("town",))
    buyers = {
        row.value: row.figure for row in found.rows if (row.dimension, row.period, row.metric) == ("town", "2024-01", "buyers")
    }
    # the most frequent first, then by name: town 00 with two, 01 … 29 with one; 30 and 31 are the rest
    assert len(buyers) == 31
    assert (buyers["town 00"], buyers["town 29"], buyers["(other)"]) == (2, 1, 2)


def test_dimensions_of_many_values_are_all_there():
    # 20 × 20 × 20 combinations do not fit into one pass
    names = ("red", "green", "blue")
    people = [f"c{n:02d}" for n in range(20)]
    world = {
        "transactions": [line(who, who, "01-10", 10) for who in people],
        "attributes": [
            {"customer_id": who, "name": name, "value": f"{name} {who}", "valid_from": datetime(2023, 1, 1)}
            for who in people
            for name in names
        ],
    }
    found = figures_of(world, by=names)
    for name in names:
        cells = [row for row in found.rows if (row.dimension, row.period, row.metric) == (name, "2024-01", "revenue_net")]
        assert [row.figure for row in cells] == [10] * 20


def test_a_flow_that_does_not_add_up_stops_the_stage():
    rows = [row for row in figures_of(SHOP, by=()).rows if row.period == "2024-03"]
    check(rows)
    wrong = [row._replace(figure=row.figure + 1) if row.metric == "customers_end" else row for row in rows]
    with pytest.raises(RuntimeError, match="does not add up in all=all 2024-03"):
        check(wrong)


def test_words_that_figures_are_split_by_are_no_attributes():
    said = {"customer_id": "ann", "name": "plan", "value": "gold", "valid_from": datetime(2024, 1, 1)}
    found = figures_of({**SHOP, "attributes": [said]}, by=("plan",))
    assert found.absent["plan"] == "is a word that figures are split by already; give the attribute another name"
    assert {row.dimension for row in found.rows} == {"all", "topic"}


def test_subscriptions_alone_have_no_figures_of_orders():
    log = {
        "customer_id": "ann", "subscription_id": "s", "changed_at": datetime(2024, 1, 1), "status": "trial", "plan": "basic",
        "started_at": datetime(2024, 1, 1), "expires_at": datetime(2024, 2, 1), "price": 0,
    }  # fmt: skip
    found = figures_of({"subscriptions": [log]}, "definition.kind=renewal", "snapshots.as_of=2024-05-01", by=())
    assert found.absent["buyers"] == found.absent["orders"] == "needs transactions, which this source lacks"
    assert found.absent["subscribers_start"] == "no paid period runs at a boundary in the periods"
    assert by_metric(found, "2024-02")["trial_conversion_rate"].figure == 0
    assert not {row.metric for row in found.rows} & {"buyers", "orders", "purchase_frequency"}
    assert {row.mark for row in found.rows if row.metric == "customers_start"} == {""}, "a contract looks back on nothing"


def test_one_who_only_asks_is_in_no_flow_but_in_its_topic():
    world = {**SHOP, "engagements": [did("gus", "support_ticket", "03-09", 7, "invoice")]}
    found = figures_of(world, by=())
    assert by_metric(found, "2024-03")["tickets_per_100"].figure == 0, "gus is not present"
    assert by_metric(found, "2024-03", "topic", "invoice")["hours_to_resolve"].figure == 7


def test_a_part_without_money_does_not_take_that_of_others_along():
    # ann of Italy 100, discount unknown; bob of France 80 after a discount of 20
    world = {
        "transactions": [line("ann", "1", "01-05", 100, discount=None), line("bob", "2", "01-06", 80, discount=20)],
        "attributes": [
            {"customer_id": who, "name": "country", "value": value, "valid_from": datetime(2023, 1, 1)}
            for who, value in (("ann", "IT"), ("bob", "FR"))
        ],
    }
    rows = [row for row in figures_of(world, by=("country",)).rows if (row.metric, row.period) == ("discount_share", "2024-01")]
    shares = {row.value: row.figure for row in rows}
    assert shares == {"all": 20 / 200, "FR": 20 / 100, "IT": 0}


def test_nothing_of_something_is_zero_and_nothing_of_nothing_is_empty():
    # ann buys and complains in January; in February she is there and does nothing
    world = {"transactions": [line("ann", "1", "01-05", 100)], "engagements": [did("ann", "complaint", "01-06", 3, "late")]}
    february = by_metric(figures_of(world, "snapshots.as_of=2024-03-01", by=()), "2024-02")
    zero = ("net_revenue_retention", "gross_revenue_retention", "complaints_per_100", "complaining_share", "engaged_share")
    assert [february[name].figure for name in zero] == [0] * 5
    assert february["hours_to_resolve"].figure is None
    assert february["margin_share"].figure is None


def test_money_so_far_stays_with_its_customers():
    # ann buys 100 in January and in March and is gold from February on; bob was always gold
    world = {
        "transactions": [line("ann", "1", "01-05", 100), line("ann", "2", "03-05", 100), line("bob", "3", "01-06", 10)],
        "attributes": [
            {"customer_id": "ann", "name": "tier", "value": "gold", "valid_from": datetime(2024, 2, 10)},
            {"customer_id": "bob", "name": "tier", "value": "gold", "valid_from": datetime(2023, 1, 1)},
        ],
    }
    rows = figures_of(world, by=("tier",)).rows
    assert {row.dimension for row in rows if row.metric == "revenue_to_date_per_customer"} == {"all"}, "gold is not who it was"
    assert {row.dimension for row in rows if row.metric == "revenue_net"} == {"all", "tier"}


def test_a_month_has_no_more_users_a_day_than_customers():
    # a visit on each day of January, the first purchase on the last: the data begins there
    visits = [{"customer_id": "ann", "kind": "site_visit", "occurred_at": NEW_YEAR + timedelta(days=n)} for n in range(31)]
    world = {"transactions": [line("ann", "1", "01-31", 10)], "engagements": visits}
    assert by_metric(figures_of(world, "snapshots.as_of=2024-03-01", by=()), "2024-01")["dau"].figure == 1


def test_a_member_before_the_first_purchase_is_a_member():
    world = {
        "transactions": [line("ann", "1", "02-10", 10)],
        "engagements": [did("ann", "points_earned", "01-30", 5), did("ann", "site_visit", "02-11")],
    }
    assert by_metric(figures_of(world, by=()), "2024-02")["members"].figure == 1


def test_weeks_of_a_quarter_do_not_depend_on_other_quarters():
    visits = [did("ann", "site_visit", "09-24")]  # the 86th day of the third quarter, in its thirteenth week
    orders = [line("ann", "1", "07-02", 10), line("ann", "2", "12-30", 10)]
    more = [line("ann", "0", "01-02", 10), line("ann", "x", "03-30", 10), line("ann", "y", "05-30", 10)]
    for transactions in (orders, orders + more):
        world = {"transactions": transactions, "engagements": visits}
        found = figures_of(world, "kpis.period=quarter", "snapshots.as_of=2025-01-01", "definition.active_days=365", by=())
        assert (by_metric(found, "2024-Q3")["wau"].numerator, by_metric(found, "2024-Q3")["wau"].denominator) == (0, 12)


def test_a_value_called_unknown_is_unknown():
    world = {"transactions": [line("ann", "1", "01-05", 100, channel="(unknown)"), line("bob", "2", "01-05", 10, channel=None),
                              line("cem", "3", "01-05", 1)]}  # fmt: skip
    found = figures_of(world, by=("channel",))
    buyers = {
        row.value: row.figure for row in found.rows if (row.dimension, row.period, row.metric) == ("channel", "2024-01", "buyers")
    }
    assert buyers == {"(unknown)": 2, "web": 1}
