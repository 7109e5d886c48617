"""Money of literal order lines: copies under other numbers, medians that jump, two scales in one month."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from pipeline.check.money import copies, mix, months
from tests.check.test_fitness import codes, order, shop, source, told
from tests.worlds import Row, facts

MORNING = datetime(2023, 1, 1, 9, 30)


def copied(rows: list[Row], numbered: bool = False) -> tuple[int, float]:
    with facts({"transactions": rows}) as (connection, _):
        found = copies(connection, numbered)
    return found["lines"], found["revenue"]


def line(order_id: str, amount: float = 10, product: str | None = "tea", **more: object) -> Row:
    return {"customer_id": "ann", "order_id": order_id, "ordered_at": MORNING, "amount": amount, "product_id": product} | more


def test_a_line_of_another_order_that_says_the_same_is_a_copy():
    assert copied([line("1"), line("E-1"), line("F-1")]) == (2, 20.0)
    assert copied([line("1", product=None), line("E-1", product=None)]) == (1, 10.0)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"customer_id": "bob"}, id="another customer"),
        pytest.param({"ordered_at": MORNING + timedelta(minutes=1)}, id="another time"),
        pytest.param({"amount": 10.01}, id="another amount"),
        pytest.param({"product_id": "cup"}, id="another product"),
    ],
)
def test_what_is_no_copy(other):
    assert copied([line("1"), line("2") | other]) == (0, 0.0)


def test_a_return_is_no_copy_of_another():
    assert copied([line("1", -10), line("2", -10)]) == (0, 0.0)


def test_two_of_the_same_in_one_order_are_a_copy_only_where_lines_have_no_number_of_their_own():
    twice = [line("1", line_id="1"), line("1", line_id="2")]
    assert copied(twice) == (0, 0.0)
    assert copied(twice, numbered=True) == (1, 10.0)
    assert copied([line("1", product=None, line_id="1"), line("1", product=None, line_id="2")], numbered=True) == (0, 0.0)


def test_a_file_exported_again_with_new_numbers_is_told_and_one_order_is_not():
    again = [row | {"order_id": f"E-{row['order_id']}"} for row in shop()]
    assert "sold_twice" in codes(told({"transactions": [*shop(), *again]}))
    assert "sold_twice" not in codes(told({"transactions": [*shop(), again[0]]}))


def test_lines_that_are_numbered_by_the_source_may_repeat():
    rows = [row | {"product_id": "tea", "line_id": number} for row in shop() for number in ("1", "2")]
    mapped = {"customer_id": "c", "order_id": "o", "line_id": "l", "ordered_at": "d", "amount": "a", "product_id": "p"}
    given = source(transactions={"path": "x.csv", "columns": mapped})
    assert "sold_twice" not in codes(told({"transactions": rows}, origin=given))
    assert "sold_twice" in codes(told({"transactions": rows}))


def monthly(*months_: tuple[int, float, float]) -> list[dict]:
    """Of each month so many lines, their amounts evenly from the first to the second."""
    rows = [
        order("ann", 31 * number + k / 100, low + (high - low) * k / lines, order_id=f"{number}-{k}")
        for number, (lines, low, high) in enumerate(months_)
        for k in range(lines)
    ]
    with facts({"transactions": rows}) as (connection, _):
        return months(connection)


def test_months_have_the_median_of_what_was_sold():
    found = monthly((200, 10, 30), (200, 1000, 3000), (99, 5, 5))
    assert [month["month"] for month in found] == ["2023-01", "2023-02"]
    assert [month["median"] for month in found] == [pytest.approx(20, rel=0.05), pytest.approx(2000, rel=0.05)]


def test_cents_from_one_month_on_are_told():
    rows = [row | {"amount": row["amount"] * (100 if row["ordered_at"].year > 2023 else 1)} for row in shop(people=133)]
    rows = [row | {"order_id": f"{row['order_id']}/{k}"} for row in rows for k in range(4)]
    assert "amounts_jump" in codes(told({"transactions": rows}))


def heap(centre: int, rows: int = 100, width: int = 8) -> dict[int, int]:
    """A triangle of rows around a bin."""
    return {centre + k: rows * (width - abs(k)) // width for k in range(-width, width + 1) if abs(k) < width}


def both(*heaps: dict[int, int]) -> list[tuple[int, int]]:
    places = sorted({place for one in heaps for place in one})
    return [(place, sum(one.get(place, 0) for one in heaps)) for place in places]


def test_two_heaps_of_one_shape_two_or_three_decades_apart_are_a_mix():
    assert mix(both(heap(60), heap(160))) == 100
    assert mix(both(heap(60), heap(210, rows=10))) == 1000


@pytest.mark.parametrize(
    "bins",
    [
        pytest.param(both(heap(60)), id="one heap"),
        pytest.param(both(heap(60), heap(110)), id="a factor of 10, as of single and bulk goods"),
        pytest.param(both(heap(60), heap(140)), id="a factor of 40"),
        pytest.param(both(heap(60), heap(160, rows=4)), id="less than 5 % in the one"),
        pytest.param(both(heap(60), heap(160), heap(110, rows=60)), id="no valley between"),
        pytest.param(both(heap(60, width=3), heap(160, width=30)), id="another shape"),
        pytest.param(both(heap(110, width=100)), id="very wide"),
    ],
)
def test_what_is_no_mix_of_scales(bins):
    assert mix(bins) is None
