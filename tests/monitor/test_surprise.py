"""What a series' own past lets expect, by hand."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t as student

from pipeline.monitor.surprise import from_training, of_the_step

FIRST = date(2024, 1, 1)


def days(number: int, stride: int = 30) -> list[date]:
    return [FIRST + timedelta(days=stride * place) for place in range(number)]


def column(*values: float) -> np.ndarray:
    return np.array(values)[:, None]


def test_a_step_is_judged_by_earlier_steps_as_one_more_draw():
    values = column(0, 1, 3, 4, 6, 12)  # steps 1, 2, 1, 2, then 6
    found = of_the_step(days(6), values, np.zeros((6, 1)), 30)
    assert found is not None
    deviation = np.sqrt(1 / 3 * (1 + 1 / 4))  # variance of 1, 2, 1, 2 is 1/3
    assert found.z == pytest.approx([(6 - 1.5) / deviation])
    assert found.p == pytest.approx([2 * student.sf(4.5 / deviation, 3)])
    assert found.past == 4


def test_the_luck_of_the_draw_is_the_least_that_is_allowed():
    still = of_the_step(days(6), column(5, 5, 5, 5, 5, 5.1), np.full((6, 1), 0.01), 30)
    assert still is not None
    assert still.z == pytest.approx([0.1 / np.sqrt(0.01 * 1.25)])


def test_three_steps_are_too_few():
    assert of_the_step(days(5), column(1, 2, 1, 2, 9), np.zeros((5, 1)), 30) is None
    assert of_the_step(days(1), column(1), np.zeros((1, 1)), 30) is None


def test_a_step_of_another_length_is_not_compared():
    close = [*days(6), FIRST + timedelta(days=150 + 60)]  # today lies two months after the one before
    found = of_the_step(close, column(0, 1, 2, 3, 4, 5, 7), np.full((7, 1), 0.01), 30)
    assert found is not None
    assert (found.past, found.expected.tolist()) == (4, [2.0])  # steps over two months: four of them, each of 2


def test_a_season_that_comes_again_is_no_surprise():
    each = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, -8]
    steps = (each * 4)[:35]  # the 35th step, today's, is the rise of the third year
    values = np.cumsum([0.0, *steps])[:, None]
    strides = [date(2022, 1, 1) + timedelta(days=round(place * 365.25 / 12)) for place in range(36)]
    plain = of_the_step(strides, values, np.full((36, 1), 0.01), 30)
    seasonal = of_the_step(strides, values, np.full((36, 1), 0.01), 30, seasonal=True)
    assert plain is not None
    assert seasonal is not None
    assert abs(plain.z[0]) > 2
    assert abs(seasonal.z[0]) < 0.1


def test_far_from_training_is_what_past_snapshots_were_not_from_theirs():
    values = column(*[0.0, 1.0] * 8, 9.0)
    all_days = days(17)
    found = from_training(all_days, values, np.full((17, 1), 0.01), all_days[4:14])
    assert found is not None
    assert found.difference == pytest.approx([9 - 0.5])
    assert found.z[0] > 5
    assert from_training(all_days, values, np.zeros((17, 1)), []) is None


@given(st.floats(-100, 100), st.floats(0.1, 50), st.lists(st.floats(-5, 5), min_size=8, max_size=8))
def test_neither_where_a_series_lies_nor_its_unit_matters(shift, scale, values):
    base = column(*values)
    variances = np.full((8, 1), 0.3)
    one = of_the_step(days(8), base, variances, 30)
    other = of_the_step(days(8), shift + scale * base, scale**2 * variances, 30)
    assert one is not None
    assert other is not None
    assert other.z == pytest.approx(one.z, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("allowed", [0.05, 1e-6])
def test_how_far_the_past_explains_is_where_p_is_what_is_allowed(allowed):
    values = column(0, 1, 3, 4, 6, 12)
    found = of_the_step(days(6), values, np.zeros((6, 1)), 30)
    assert found is not None
    reach = float(found.reach(np.array([allowed]))[0])
    edge = of_the_step(days(6), column(0, 1, 3, 4, 6, 6 + 1.5 + reach), np.zeros((6, 1)), 30)
    assert edge is not None
    assert edge.p == pytest.approx([allowed])
