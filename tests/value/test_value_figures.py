import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import DataUnfitError
from pipeline.value.value_figures import deciles, value_figures

VALUE = np.array([0.0, 10, 20, 70])
GUESS = np.array([10.0, 10, 30, 40])
ONES = np.ones(4)
worlds = st.lists(st.tuples(st.integers(0, 90), st.integers(0, 5), st.integers(1, 3)), min_size=2, max_size=12).filter(
    lambda rows: len({value for value, _, _ in rows}) > 1
)


def arrays(rows):
    return tuple(np.array(column, dtype=float) for column in zip(*rows, strict=True))


def test_the_figures_by_hand():
    found = value_figures(VALUE, GUESS, ONES)
    assert found["mae"] == (10 + 0 + 10 + 30) / 4
    assert found["rmse"] == pytest.approx(np.sqrt((100 + 0 + 100 + 900) / 4))
    assert found["bias"] == pytest.approx(90 / 100 - 1)
    # from the highest guess down .7, .9 and, as the last two are equal, .95 and 1 of the value are found; at best .7, .9, 1, 1
    area, best = (0.35 + 0.8 + 0.925 + 0.975) / 4, (0.35 + 0.8 + 0.95 + 1) / 4
    assert found["gini"] == pytest.approx((2 * area - 1) / (2 * best - 1))
    # the two equal guesses are one bin: 20 against 10; then 30 against 20 and 40 against 70
    assert found["decile_error"] == pytest.approx((10 + 10 + 30) / 100)


def test_deciles_are_equal_in_weight_and_rise():
    value, guess = np.arange(100.0), np.arange(100.0) / 2
    found = deciles(value, guess, np.ones(100))
    assert found["weight"].tolist() == [10] * 10
    assert found["actual"].tolist() == [4.5 + 10 * number for number in range(10)]
    assert found["ratio"].tolist() == pytest.approx([0.5] * 10)


def test_a_row_of_double_weight_is_two_rows_and_one_of_none_is_not_there():
    weight = np.array([2.0, 1, 0, 1])
    whole = np.array([0, 0, 1, 3])
    assert value_figures(VALUE, GUESS, weight) == pytest.approx(value_figures(VALUE[whole], GUESS[whole], ONES))


@given(worlds)
def test_a_perfect_prediction_is_perfect_and_no_information_is_none(rows):
    value, _, weight = arrays(rows)
    perfect = value_figures(value, value, weight)
    assert perfect == pytest.approx({"mae": 0, "rmse": 0, "gini": 1, "bias": 0, "decile_error": 0}, abs=1e-9)
    mean = np.full(len(value), np.average(value, weights=weight))
    nothing = value_figures(value, mean, weight)
    assert (nothing["gini"], nothing["bias"]) == (pytest.approx(0, abs=1e-9), pytest.approx(0, abs=1e-9))


@given(worlds)
def test_the_order_of_rows_is_irrelevant_and_gini_only_hears_the_order(rows):
    value, guess, weight = arrays(rows)
    found = value_figures(value, guess, weight)
    assert value_figures(value[::-1], guess[::-1], weight[::-1]) == pytest.approx(found)
    assert value_figures(value, np.exp(guess), weight)["gini"] == pytest.approx(found["gini"])
    assert value_figures(value, -guess, weight)["gini"] == pytest.approx(-found["gini"])
    assert abs(found["gini"]) <= 1 + 1e-9


@pytest.mark.parametrize(
    ("value", "guess", "said"),
    [
        (VALUE * 0, GUESS, "add up to 0"),
        (VALUE - 50, GUESS, "add up to -100"),
        (VALUE, GUESS * np.nan, "missing or infinite"),
    ],
)
def test_what_cannot_be_compared_is_refused(value, guess, said):
    with pytest.raises(DataUnfitError, match=said):
        value_figures(value, guess, ONES)
