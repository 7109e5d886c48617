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


def test_one_mistyped_date_does_not_move_today():
    with pytest.raises(DataUnfitError, match=r"2099-01-01, lies 2\d+ days after the one before, 2024-01-06.*as_of=2024-01-07"):
        activity_span(activity("2024-01-05", "2024-01-06", "2099-01-01"), None)
    assert activity_span(activity("2024-01-05", "2024-01-06", "2099-01-01"), date(2024, 1, 7))[1] == date(2024, 1, 6)


def test_no_activity_is_unfit():
    with pytest.raises(DataUnfitError, match=r"no activity .* before snapshots\.as_of=2020-01-01"):
        activity_span(activity("2024-01-05"), date(2020, 1, 1))
