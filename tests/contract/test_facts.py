"""The span of activity, from which "today" follows when nobody says it."""

from datetime import date

import duckdb
import pytest

from pipeline.contract.facts import activity_span
from pipeline.errors import DataUnfitError


def activity(*days: str) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    rows = ", ".join(f"('a', TIMESTAMP '{day} 12:00:00', TIMESTAMP '{day} 12:00:00')" for day in days)
    connection.execute(f"CREATE TABLE activity AS SELECT * FROM (VALUES {rows}) AS v(customer_id, happened_at, known_at)")
    return connection


def test_the_span_is_the_first_and_last_day():
    assert activity_span(activity("2024-01-05", "2024-02-01", "2024-03-01"), None) == (date(2024, 1, 5), date(2024, 3, 1))


def test_the_span_ends_before_as_of():
    assert activity_span(activity("2024-01-05", "2024-03-01"), date(2024, 3, 1)) == (date(2024, 1, 5), date(2024, 1, 5))


@pytest.mark.parametrize("strays", [["2099-01-01"], ["2099-01-01", "2099-01-20"], ["1900-01-01"]])
def test_a_mistyped_year_moves_neither_today_nor_the_beginning(strays):
    usual = [f"2024-0{month}-{day:02d}" for month in range(1, 10) for day in range(1, 29)]
    with pytest.raises(
        DataUnfitError, match=rf"{len(strays)} of {252 + len(strays)} activities lie .* apart .* on {strays[0]}; correct"
    ):
        activity_span(activity(*usual, *strays), None)
    if strays[0] > "2024":
        assert activity_span(activity(*usual, *strays), date(2024, 10, 1))[1] == date(2024, 9, 28)


def test_a_long_closure_is_no_mistake():
    before, after = ([f"2024-{month}-{day:02d}" for day in range(1, 29)] for month in ("01", "06"))
    assert activity_span(activity(*before, *after), None) == (date(2024, 1, 1), date(2024, 6, 28))


def test_no_activity_is_unfit():
    with pytest.raises(DataUnfitError, match=r"no activity .* before snapshots\.as_of=2020-01-01"):
        activity_span(activity("2024-01-05"), date(2020, 1, 1))
