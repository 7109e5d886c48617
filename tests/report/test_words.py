"""Names, numbers and definitions read as plain words, in each language as people write them."""

from datetime import date

import pytest

from pipeline.config import Definition
from pipeline.report import meanings
from pipeline.report.words import spoken

EN, IT = spoken("en"), spoken("it")


def definition(**changed: object) -> Definition:
    values = {"kind": "purchase", "horizon_days": 90, "active_days": 365, "gap_days": 0, "grace_days": 14, "min_tenure_days": 0}
    return Definition(**{**values, **changed})


def test_numbers_that_are_not_there_are_a_dash() -> None:
    assert [EN.number(None), EN.percent(float("nan")), IT.decimal(None)] == ["–", "–", "–"]


def test_numbers_are_written_as_people_there_write_them() -> None:
    assert [EN.number(1234567.4), EN.percent(0.123, 1), EN.decimal(0.5, 2)] == ["1,234,567", "12.3\u202f%", "0.50"]
    assert [IT.number(1234567.4), IT.percent(0.123, 1), IT.decimal(0.5, 2)] == ["1.234.567", "12,3\u202f%", "0,50"]
    assert [EN.tick(-1500.0), IT.tick(-1500.0), IT.tick(0.25)] == ["−1,500", "−1.500", "0,25"]


def test_dates_are_written_as_people_there_write_them() -> None:
    assert [words.day(date(2025, 8, 1)) for words in (EN, IT)] == ["1 August 2025", "1 agosto 2025"]


@pytest.mark.parametrize(
    ("value", "said", "detto"),
    [
        (950.4, "950", "950"),
        (12_400, "12.4\u202fk", "12,4\u202fmila"),
        (2_264_653, "2.26\u202fM", "2,26\u202fmln"),
        (-1_500, "−1.5\u202fk", "−1,5\u202fmila"),
        (999_700, "1\u202fM", "1\u202fmln"),
    ],
)
def test_money_in_a_tile_is_short(value: float, said: str, detto: str) -> None:
    assert (EN.short(value), IT.short(value)) == (said, detto)


def test_a_small_share_is_not_none_and_a_loss_has_a_minus() -> None:
    assert [EN.percent(0.0002, 1), EN.percent(0.0), EN.signed(-0.0012)] == ["<\u202f0.1\u202f%", "0\u202f%", "−0.001"]
    assert IT.percent(0.0002, 1) == "<\u202f0,1\u202f%"
    assert [IT.number(-1234.0), IT.percent(-0.021, 1), EN.decimal(-0.5, 2)] == ["−1.234", "−2,1\u202f%", "−0.50"]
    assert [EN.number(-0.3), EN.decimal(-0.001, 2)] == ["0", "0.00"]  # nothing is lost


def test_the_days_that_count_begin_after_the_gap_and_include_both_ends() -> None:
    days = meanings.window(definition(gap_days=7, horizon_days=30), date(2024, 2, 1))
    assert days == (date(2024, 2, 8), date(2024, 3, 8))


def test_the_definition_decides_the_words() -> None:
    assert meanings.leaving(definition(kind="renewal"), EN) == "not renew"
    assert "at the latest 14 days after it ended" in meanings.churn(definition(kind="renewal"), EN)
    assert meanings.at_risk(definition(min_tenure_days=30), EN).endswith("They must have been customers for 30 days.")
    assert meanings.gap(definition(gap_days=1), EN) == "1 day between the date of the list and the first day that counts."


@pytest.mark.parametrize("status", ["scored", "lapsed", "too_new", "not_due", "no_profiling_consent"])
def test_every_status_has_its_own_reason(status: str) -> None:
    assert meanings.status(status, definition(), EN) != "Not scored."
