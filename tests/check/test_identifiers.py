"""Identifiers of literal orders: words for nobody, spellings that coincide, orders of several customers."""

from __future__ import annotations

import pytest

from pipeline.check.identifiers import identifiers
from tests.check.test_fitness import codes, order, shop, told
from tests.worlds import Row, facts


def measured(rows: list[Row], **others: list[Row]) -> dict:
    with facts({"transactions": rows} | others) as (connection, present):
        return identifiers(connection, present)


def born(*customers: str) -> list[Row]:
    return [{"customer_id": name, "name": "tier", "value": "gold"} for name in customers]


@pytest.mark.parametrize("word", ["NULL", "N/A", "#N/A", "NaN", "None", "Unknown", "-1", "Guest", "anonymous", " guest "])
def test_orders_of_a_word_for_nobody_are_counted(word):
    found = measured([order(word, 0), order(word, 1), order("ann", 1)])
    assert found["nobody"] == [(word, 2)], "as it is written, for a mapping to name it"
    assert found["largest"] == 1


def test_names_that_hold_such_a_word_are_names():
    assert measured([order("Nana", 0), order("Guest House Ltd", 1), order("10", 2), order("-10", 3)])["nobody"] == []


def test_a_word_without_orders_is_nothing():
    assert measured([order("guest", 0, -5), order("ann", 0)])["nobody"] == []


def test_zero_is_nobody_when_it_orders_more_than_99_percent_of_the_customers():
    counted_from_zero = [order(str(k), day) for k in range(10) for day in range(3)]
    assert measured(counted_from_zero)["nobody"] == []
    assert measured([*counted_from_zero, order("0", 9)])["nobody"] == [("0", 4)]


def test_capitals_zeros_blanks_and_forms_of_an_accent_make_no_other_customer():
    pairs = ["C5", "c5", "5", "0005", "\u00e9va", "e\u0301va", "x ", "X"]
    found = measured([order(name, day) for day, name in enumerate([*pairs, "C6", "50", "0", "00", "ann"])])
    assert (found["spellings"], found["spelt_customers"]) == (10, 5)
    assert found["spelt_between"] == {}


def test_customers_of_another_table_are_looked_up_in_transactions():
    found = measured([order("0005", 0), order("ann", 1)], attributes=born("5", "ANN", "ann", "bob"))
    assert found["spelt_between"] == {"attributes": {"customers": 4, "alike": 2}}


def test_orders_of_several_customers_are_counted():
    rows = [order("ann", 0), order("bob", 0, order_id="ann/0"), order("bob", 1), order("bob", 1, 7, line_id="2")]
    found = measured(rows)
    assert (found["order_ids"], found["order_ids_shared"]) == (2, 1)


def test_a_shop_with_guests_two_spellings_and_orders_numbered_anew_is_told_so():
    guests = [order("guest", day + hour / 30) for day in range(400) for hour in range(5)]
    twice = [order(f"C{k}", 300 + k) for k in range(60)]
    anew = [order(f"c{k}", day + 0.5, order_id=str(day)) for k in range(5) for day in range(200, 250)]
    found = told({"transactions": [*shop(), *guests, *twice, *anew]})
    assert {"customer_is_nobody", "identifiers_alike", "orders_shared"} <= codes(found)
    assert not {"customer_is_nobody", "identifiers_alike", "orders_shared"} & codes(told({"transactions": shop()}))


def test_a_till_among_the_customers_is_told_without_its_name():
    calm = [order(f"k{k}", day) for k in range(150) for day in range(k, 400, 60)]
    till = [order("T-9000", day + hour / 60) for day in range(100) for hour in range(4)]
    (finding,) = [one for one in told({"transactions": [*calm, *till]})["findings"] if one["code"] == "customer_outgrows_all"]
    assert finding["sentence"].startswith("transactions: one customer has 400 orders (")
    assert "T-9000" not in finding["sentence"]
