"""The calendar of a series of rows per day: literal days, literal findings."""

from __future__ import annotations

from datetime import date, timedelta
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.check.days import Days, calendar, usual_week, weeks

START = date(2024, 1, 1)


def every_day(*rows: int) -> Days:
    """Rows of consecutive days from 2024-01-01 on; a day with 0 is not in the series."""
    return [(START + timedelta(days=number), count) for number, count in enumerate(rows) if count]


def weekly(*rows: int) -> Days:
    """The same rows on every day of a week, given per week."""
    return every_day(*(count for week in rows for count in [week] * 7))


def test_weeks_are_whole_and_counted_back_from_the_last_day():
    assert weeks(every_day(9, *[1] * 7, *[2] * 7)) == [(date(2024, 1, 2), 7), (date(2024, 1, 9), 14)]
    assert weeks([]) == []
    assert usual_week(every_day(5, 5)) == 0


def test_empty_weeks_do_not_make_the_usual_week_smaller():
    assert usual_week(weekly(4, 0, 0, 0, 0, 4)) == 28


def test_a_quiet_calendar_has_nothing_to_say():
    found = calendar(weekly(*[10] * 30))
    assert found == {
        "usual_week": 70.0,
        "strays": [],
        "gaps": [],
        "shifts": [],
        "thin_last": [],
        "last_usual": "2024-07-28",
    }
    assert calendar([])["last_usual"] is None


def test_a_week_without_rows_is_a_gap():
    days = every_day(*[10] * 60, *[0] * 7, *[10] * 60)
    assert calendar(days)["gaps"] == [{"first": "2024-03-01", "last": "2024-03-07", "days": 7}]


def test_six_days_without_rows_are_no_gap():
    assert calendar(every_day(*[10] * 60, *[0] * 6, *[10] * 60))["gaps"] == []


def test_a_thin_series_has_no_gaps_but_long_ones():
    """One row a day: a week without any may be chance, three weeks are not."""
    assert calendar(every_day(*[1] * 60, *[0] * 19, *[1] * 60))["gaps"] == []
    assert [gap["days"] for gap in calendar(every_day(*[1] * 60, *[0] * 20, *[1] * 60))["gaps"]] == [20]


def test_few_rows_after_a_silence_are_strays_and_the_last_usual_day_is_before_them():
    found = calendar(every_day(*[10] * 60, *[0] * 20, 1))
    assert found["strays"] == [("2024-03-21", 1)]
    assert found["last_usual"] == "2024-02-29"
    assert found["gaps"] == []


def test_few_rows_before_a_silence_are_strays():
    found = calendar(every_day(1, 0, 0, 1, *[0] * 20, *[10] * 60))
    assert found["strays"] == [("2024-01-01", 1), ("2024-01-04", 1)]


def test_a_shop_that_has_just_opened_again_is_no_stray():
    found = calendar(every_day(*[10] * 300, *[0] * 10, 10))
    assert found["strays"] == []
    assert [gap["days"] for gap in found["gaps"]] == [10]


def test_a_sudden_lasting_drop_is_a_shift():
    (shift,) = calendar(weekly(*[30] * 12, *[10] * 12))["shifts"]
    assert shift["week"] == "2024-03-25"
    assert shift["factor"] == pytest.approx(1 / 3)
    assert shift["every_year"] is False


def test_a_sudden_lasting_rise_is_a_shift():
    (shift,) = calendar(weekly(*[10] * 10, *[16] * 10))["shifts"]
    assert shift["factor"] == pytest.approx(1.6)


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([10] * 10 + [14] * 10, id="a factor below 1.5"),
        pytest.param([10] * 10 + [30] * 3 + [10] * 10, id="a campaign of three weeks"),
        pytest.param([10 + 2 * week for week in range(25)], id="growth that takes its time"),
        pytest.param([10] * 7 + [30] * 7, id="too short to tell"),
        pytest.param([9, 20, 11, 30, 8, 25, 9, 22] * 2 + [14, 33, 16, 45, 12, 38, 14, 33] * 2, id="within the usual noise"),
    ],
)
def test_what_is_no_shift(rows):
    assert calendar(weekly(*rows))["shifts"] == []


def test_what_happens_every_year_is_a_season():
    year = [20] * 44 + [60] * 8
    found = calendar(weekly(*year, *year))["shifts"]
    assert found
    assert all(shift["every_year"] for shift in found)


def test_a_hole_is_no_shift_at_its_ends():
    found = calendar(weekly(*[10] * 10, *[0] * 5, *[10] * 10))
    assert found["shifts"] == []
    assert len(found["gaps"]) == 1


def test_a_thin_series_has_no_shifts():
    assert calendar(every_day(*([2, 0, 0, 0, 0, 0, 0] * 12 + [6, 0, 0, 0, 0, 0, 0] * 12)))["shifts"] == []


def test_a_last_day_with_less_than_half_of_its_weekday_is_thin():
    assert calendar(every_day(*[30] * 63, 14))["thin_last"] == [("2024-03-04", 14, 30.0)]
    assert calendar(every_day(*[30] * 63, 15))["thin_last"] == []


def test_several_last_days_may_be_thin_and_days_before_a_full_one_are_not_looked_at():
    thin = calendar(every_day(*[30] * 60, 3, 30, 3, 2))["thin_last"]
    assert [day for day, *_ in thin] == ["2024-03-03", "2024-03-04"]


def test_a_weekday_on_which_the_shop_is_closed_is_not_thin():
    assert calendar(every_day(*([30] * 6 + [0]) * 10, 30, 30, 30, 30, 30, 30, 1))["thin_last"] == []


def test_a_last_day_of_a_thin_series_says_nothing():
    assert calendar(every_day(*[19] * 63, 1))["thin_last"] == []


@given(st.lists(st.integers(0, 500), max_size=250))
def test_no_calendar_raises_and_every_row_stays(rows):
    days = every_day(*rows)
    found = calendar(days)
    assert {day for day, _ in found["strays"]} <= {day.isoformat() for day, _ in days}
    assert all(gap["days"] >= 7 for gap in found["gaps"])
    assert all(abs(log(shift["factor"])) >= log(1.5) - 1e-9 for shift in found["shifts"])
