"""Text as numbers and times: read as it was meant or not at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engine import engine, quoted
from pipeline.sources.parse import number, text_of, time
from tests.random_rows import BRIEF


def value(sql: str) -> object:
    """The value of an SQL expression."""
    with engine() as connection:
        row = connection.execute(f"SELECT {sql}").fetchone()
        assert row is not None
        return row[0]


@pytest.mark.parametrize(
    ("text", "decimal", "expected"),
    [
        ("12.5", None, "12.5"),
        ("-0.01", None, "-0.01"),
        ("1e3", None, "1000"),
        ("1,250", None, None),  # 1250 or 1.25? not said
        ("12,5", None, None),
        ("1,250", ".", "1250"),
        ("1,234,567.89", ".", "1234567.89"),
        ("1,25", ".", None),
        ("12,5", ",", "12.5"),
        ("1.234,56", ",", "1234.56"),
        ("1.250", ",", "1250"),
        ("0.125", ",", None),  # no group of thousands begins with a nought
        ("0,125", ".", None),
        ("1_000", None, None),
        ("1_000", ".", None),
        ("-1.234.567,8", ",", "-1234567.8"),
        ("12.5", ",", None),
        ("1.23,5", ",", None),
        ("12 €", ",", None),
        ("nan", None, None),
        ("inf", None, None),
        ("", ",", None),
    ],
)
def test_a_number_is_read_by_its_decimal_mark_or_not_at_all(text: str, decimal: str | None, expected: str | None) -> None:
    found = value(number(quoted(text), "DECIMAL(18,4)", decimal))
    assert found == (None if expected is None else Decimal(expected))


@BRIEF
@given(st.decimals(-(10**12), 10**12, places=2))
def test_a_number_written_in_any_country_is_that_number(amount: Decimal) -> None:
    english = f"{amount:,.2f}"
    continental = english.translate(str.maketrans(",.", ".,"))
    assert value(number(quoted(english), "DECIMAL(18,4)", ".")) == amount
    assert value(number(quoted(continental), "DECIMAL(18,4)", ",")) == amount


@pytest.mark.parametrize(
    ("text", "zone", "time_format", "expected"),
    [
        ("2024-01-15", "UTC", None, "2024-01-15 00:00:00"),
        ("2024-01-15", "Europe/Rome", None, "2024-01-15 00:00:00"),  # a day stays a day
        ("2024-01-15 10:00:00", "UTC", None, "2024-01-15 10:00:00"),
        ("2024-01-15 10:00:00", "Europe/Rome", None, "2024-01-15 09:00:00"),
        ("2024-07-15 10:00:00", "Europe/Rome", None, "2024-07-15 08:00:00"),
        ("2024-07-15T10:00", "America/New_York", None, "2024-07-15 14:00:00"),
        ("2024-07-15 10:00:00+05:00", "Europe/Rome", None, "2024-07-15 05:00:00"),
        ("2024-07-15T10:00:00Z", "Europe/Rome", None, "2024-07-15 10:00:00"),
        ("15.07.2024 10:00", "Europe/Rome", "%d.%m.%Y %H:%M", "2024-07-15 08:00:00"),
        ("15.07.2024", "Europe/Rome", "%d.%m.%Y", "2024-07-15 00:00:00"),
        ("15.07.2024 9:30", "Europe/Rome", "%d.%m.%Y %-H:%M", "2024-07-15 07:30:00"),
        ("2024-07-15 00:00:00", "Europe/Rome", None, "2024-07-15 00:00:00"),  # midnight is that day
        ("2024/07/15 10:00", "Europe/Rome", None, "2024-07-15 08:00:00"),
        ("15.07.2024 10:00 +0500", "Europe/Rome", "%d.%m.%Y %H:%M %z", "2024-07-15 05:00:00"),
        ("2024-07-15", "UTC", "%d.%m.%Y", None),
        ("07/15/2024", "UTC", None, None),
        ("infinity", "UTC", None, None),
        ("10000-01-01", "UTC", None, None),
        ("0044-03-15 (BC)", "UTC", None, None),
        ("yesterday", "Europe/Rome", None, None),
    ],
)
def test_a_time_is_utc_or_nothing(text: str, zone: str, time_format: str | None, expected: str | None) -> None:
    found = value(time(quoted(text), time_format, zone))
    assert found == (None if expected is None else datetime.fromisoformat(expected))


@BRIEF
@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2030, 1, 1)),
    st.sampled_from(["Europe/Rome", "America/Sao_Paulo", "Asia/Kolkata"]),
)
def test_local_times_agree_with_an_independent_calendar(moment: datetime, zone: str) -> None:
    moment = moment.replace(microsecond=0, fold=0)
    there = moment.replace(tzinfo=ZoneInfo(zone))
    if (
        there.utcoffset() != (there + timedelta(hours=2)).utcoffset()
        or there.utcoffset() != (there - timedelta(hours=2)).utcoffset()
    ):
        return  # an hour that the clock skips or repeats
    if moment.time() == time_of_day(0, 0):
        return  # a day
    found = value(time(quoted(moment.isoformat(sep=" ")), None, zone))
    assert found == there.astimezone(UTC).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("expression", "type", "expected"),
    [
        ("12345.0::DOUBLE", "DOUBLE", "12345"),
        ("0.5::DOUBLE", "DOUBLE", "0.5"),
        ("1e300::DOUBLE", "DOUBLE", "1e+300"),
        ("'nan'::DOUBLE", "DOUBLE", None),
        ("'  00123 '", "VARCHAR", "00123"),
        ("'   '", "VARCHAR", None),
        ("9007199254740993::BIGINT", "BIGINT", "9007199254740993"),
        ("true", "BOOLEAN", "true"),
        ("NULL::DOUBLE", "DOUBLE", None),
    ],
)
def test_whole_numbers_have_no_decimals_and_blanks_are_null(expression: str, type: str, expected: str | None) -> None:
    assert value(text_of(expression, type)) == expected
