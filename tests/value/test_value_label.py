"""The margin after a snapshot: literal rows, exact instants."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import Definition
from pipeline.model.labels import dates_table, labelled
from pipeline.value.value_label import money_before, value_days, value_label
from tests.random_rows import BRIEF, MICROSECOND
from tests.worlds import Row, Tables, definition, facts

T = datetime(2020, 6, 1)
DAY = timedelta(days=1)
AS_OF = date(2021, 1, 1)
SHOP = definition(horizon_days=30, gap_days=7)
CLUB = definition(kind="renewal", horizon_days=30, gap_days=7)


def sold(when: datetime, amount: float = 10, customer: str = "ann", **more: object) -> Row:
    return {"customer_id": customer, "order_id": f"{when} {amount}", "ordered_at": when, "amount": amount} | more


def paid(when: datetime, price: float | None = 10, status: str = "active", **more: object) -> Row:
    row: Row = {"customer_id": "ann", "subscription_id": "s", "changed_at": when, "status": status, "price": price}
    return row | {"expires_at": when + 365 * DAY} | more


def values(
    tables: Tables, churn: Definition = SHOP, days: int = 30, share: float = 1.0, as_of: date = AS_OF
) -> dict[str, float | None]:
    """Value by customer of ann and bob at T."""
    with facts(tables, churn) as (connection, _):
        connection.execute(f"CREATE TABLE labelled AS SELECT unnest(['ann', 'bob']) AS customer_id, TIMESTAMP '{T}' AS t")
        rows = connection.execute(value_label(churn, as_of, days=days, margin_share=share)).fetchall()
        assert all(t == T for _, t, _ in rows)
        assert len(rows) == 2
        return {customer: value for customer, _, value in rows}


@pytest.mark.parametrize("amount", [310_000_000, 90_000_000_000_000])
def test_the_share_of_a_large_amount_is_exact(amount: int) -> None:
    assert values({"transactions": [sold(T + 8 * DAY, amount)]}, share=0.3) == {"ann": amount * 3 / 10, "bob": 0}
    before = [sold(T - DAY, amount)]
    with facts({"transactions": before}, SHOP) as (connection, _):
        assert connection.execute(money_before(T.date(), 0.3)).fetchall() == [("ann", amount * 3 / 10)]
    club: Tables = {"transactions": [], "subscriptions": [paid(T + 8 * DAY, amount)]}
    assert values(club, CLUB, days=44, share=0.3) == {"ann": amount * 3 / 10, "bob": 0}


@pytest.mark.parametrize(
    ("when", "value"),
    [
        (T - DAY, 0),
        (T, 0),
        (T + 7 * DAY - MICROSECOND, 0),
        (T + 7 * DAY, 10),
        (T + 37 * DAY - MICROSECOND, 10),
        (T + 37 * DAY, 0),
    ],
)
def test_money_counts_from_t_plus_gap_until_before_the_value_horizon_ends(when: datetime, value: float) -> None:
    assert values({"transactions": [sold(when)]}) == {"ann": value, "bob": 0}


def test_the_value_horizon_may_be_longer_than_that_of_churn() -> None:
    rows = [sold(T + 8 * DAY, 1), sold(T + 100 * DAY, 2), sold(T + 187 * DAY, 4)]
    assert values({"transactions": rows}, days=180)["ann"] == 3
    assert value_days(SHOP, 180) == 187


def test_a_window_that_is_not_complete_is_unknown_and_not_nothing() -> None:
    rows = {"transactions": [sold(T + 8 * DAY)]}
    assert values(rows, as_of=date(2020, 7, 7)) == {"ann": None, "bob": None}
    assert values(rows, as_of=date(2020, 7, 8)) == {"ann": 10, "bob": 0}


@pytest.mark.parametrize(("known", "value"), [(datetime(2020, 12, 31), 10), (datetime(2021, 1, 1), 0)])
def test_money_that_was_not_yet_known_does_not_count(known: datetime, value: float) -> None:
    assert values({"transactions": [sold(T + 8 * DAY, recorded_at=known)]})["ann"] == value


def test_returns_and_deductions_are_subtracted_and_may_outweigh() -> None:
    bought, back = sold(T + 8 * DAY, 10), sold(T + 9 * DAY, -25, is_return=True)
    assert values({"transactions": [bought, back, sold(T + 10 * DAY, -2, is_return=False)]})["ann"] == -17
    assert values({"transactions": [bought, sold(T + 40 * DAY, -10, is_return=True)]})["ann"] == 10


def test_a_share_of_the_amount_is_margin_where_a_line_has_none_of_its_own() -> None:
    lines = [sold(T + 8 * DAY, 10, margin=4), sold(T + 9 * DAY, 10), sold(T + 10 * DAY, 10, margin=-1)]
    assert values({"transactions": lines}, share=0.25)["ann"] == 4 + 2.5 - 1


def test_customers_do_not_share_money() -> None:
    rows = [sold(T + 8 * DAY, 3), sold(T + 8 * DAY, 5, "bob"), sold(T + 8 * DAY, 7, "cem")]
    assert values({"transactions": rows}) == {"ann": 3, "bob": 5}


@pytest.mark.parametrize(
    ("rows", "value"),
    [
        ([paid(T + 7 * DAY)], 5),
        ([paid(T + 7 * DAY - MICROSECOND)], 0),
        ([paid(T + 8 * DAY, status="renewed"), paid(T + 20 * DAY, 30, "renewed", expires_at=T + 900 * DAY)], 20),
        ([paid(T + 8 * DAY, status="trial")], 0),
        ([paid(T + 8 * DAY, status="cancelled")], 0),
        ([paid(T + 8 * DAY), paid(T + 20 * DAY, expires_at=T + 373 * DAY)], 5),
        ([paid(T - DAY), paid(T + 20 * DAY, expires_at=T + 364 * DAY)], 0),
        ([paid(T + 8 * DAY, None)], 0),
        ([paid(T + 8 * DAY), paid(T + 8 * DAY, subscription_id="another")], 10),
    ],
)
def test_of_subscriptions_the_value_is_the_price_of_the_periods_that_were_paid(rows: list[Row], value: float) -> None:
    assert values({"transactions": [sold(T + 8 * DAY, 1000)], "subscriptions": rows}, CLUB, share=0.5)["ann"] == value


def test_it_takes_the_rows_of_the_churn_label() -> None:
    rows = [sold(T - DAY), sold(T - DAY, customer="bob"), sold(T + 8 * DAY, 12)]
    with facts({"transactions": rows}, SHOP) as (connection, _):
        connection.execute(dates_table((T.date(),)))
        connection.execute(f"CREATE TABLE labelled AS {labelled(SHOP, AS_OF)}")
        query = value_label(SHOP, AS_OF, days=30, margin_share=0.5)
        found = connection.execute(
            f"SELECT customer_id, y, value FROM labelled JOIN ({query}) USING (customer_id, t) ORDER BY ALL"
        )
        assert found.fetchall() == [("ann", 0, 6.0), ("bob", 1, 0.0)]


CENTS = st.integers(-5000, 5000).map(lambda cents: Decimal(cents) / 100)
LINES = st.lists(st.tuples(st.integers(-3, 45), CENTS, st.integers(-3, 300), st.sampled_from(["ann", "bob"])), max_size=8)


@BRIEF
@given(LINES)
def test_it_is_the_sum_that_a_loop_finds(lines: list[tuple[int, Decimal, int, str]]) -> None:
    made = [
        sold(T + day * DAY, float(amount), customer, order_id=str(number), recorded_at=T + (day + late) * DAY)
        for number, (day, amount, late, customer) in enumerate(lines)
    ]
    until = datetime(2020, 9, 1)
    expected = {"ann": Decimal(0), "bob": Decimal(0)}
    for day, amount, late, customer in lines:
        if 7 <= day < 37 and T + (day + max(late, 0)) * DAY < until:
            expected[customer] += amount
    found = values({"transactions": made}, as_of=until.date())
    assert found == {customer: float(total) for customer, total in expected.items()}


def test_the_money_of_a_purchase_day_is_that_which_was_known() -> None:
    rows = [
        sold(T - 3 * DAY, 10, margin=4),
        sold(T - 3 * DAY + timedelta(hours=1), 20),
        sold(T - DAY, 6),
        sold(T - DAY, -5, is_return=True),
        sold(T - 2 * DAY, 100, recorded_at=T),
        sold(T, 100),
        sold(T - DAY, 8, "bob"),
    ]
    with facts({"transactions": rows}, SHOP) as (connection, _):
        found = connection.execute(f"SELECT * FROM ({money_before(T.date(), 0.5)}) ORDER BY customer_id").fetchall()
    assert found == [("ann", (4 + 10 + 3) / 2), ("bob", 4.0)]
