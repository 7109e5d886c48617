"""Figures: eight digits, nulls, plain values."""

import math
from datetime import date

from pipeline.rounded import rounded


def test_numbers_have_eight_digits_and_what_is_none_is_null():
    given = {"a": 1 / 3, "b": [math.nan, math.inf, 2], "c": ("x", None, True), "d": {"e": 1e-9}}
    assert rounded(given) == {"a": 0.33333333, "b": [None, None, 2], "c": ["x", None, True], "d": {"e": 0.0}}


def test_fewer_digits_however_deep():
    assert rounded({"a": [0.12345678, (1, 0.1 + 0.2)], "b": None}, 4) == {"a": [0.1235, [1, 0.3]], "b": None}


def test_days_are_text():
    assert rounded([date(2024, 5, 1)]) == ["2024-05-01"]
