"""Names, numbers and definitions read as plain words."""

from datetime import date

import pytest

from pipeline.config import Definition
from pipeline.report import words


def definition(**changed: object) -> Definition:
    values = {"kind": "purchase", "horizon_days": 90, "active_days": 365, "gap_days": 0, "grace_days": 14, "min_tenure_days": 0}
    return Definition(**{**values, **changed})


def test_numbers_that_are_not_there_are_a_dash() -> None:
    assert [words.number(None), words.percent(float("nan")), words.decimal(None)] == ["–", "–", "–"]
    assert [words.number(1234567.4), words.percent(0.123, 1), words.decimal(0.5, 2)] == ["1,234,567", "12.3\u202f%", "0.50"]


@pytest.mark.parametrize(
    ("value", "said"),
    [(950.4, "950"), (12_400, "12.4\u202fk"), (2_264_653, "2.26\u202fM"), (-1_500, "-1.5\u202fk"), (999_700, "1\u202fM")],
)
def test_money_in_a_tile_is_short(value: float, said: str) -> None:
    assert words.short(value) == said


def test_a_small_share_is_not_none_and_a_loss_has_a_minus() -> None:
    assert [words.percent(0.0002, 1), words.percent(0.0), words.signed(-0.0012)] == ["<\u202f0.1\u202f%", "0\u202f%", "−0.001"]


def test_the_days_that_count_begin_after_the_gap_and_include_both_ends() -> None:
    days = words.window(definition(gap_days=7, horizon_days=30), date(2024, 2, 1))
    assert days == (date(2024, 2, 8), date(2024, 3, 8))


def test_the_definition_decides_the_words() -> None:
    assert words.leaving(definition(kind="renewal")) == "not renew"
    assert "at the latest 14 days after it ended" in words.churn(definition(kind="renewal"))
    assert words.at_risk(definition(min_tenure_days=30)).endswith("They must have been customers for 30 days.")
    assert words.gap(definition(gap_days=1)) == "1 day between the date of the list and the first day that counts."


@pytest.mark.parametrize("status", ["scored", "lapsed", "too_new", "not_due", "no_profiling_consent"])
def test_every_status_has_its_own_reason(status: str) -> None:
    assert words.status(status, definition()) != "Not scored."
