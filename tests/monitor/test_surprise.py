"""What a series' own past lets expect, by hand."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t as student

from pipeline.monitor.surprise import from_training, of_the_period, of_the_step

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
    values, variances = np.cumsum([0.0, *steps])[:, None], np.full((36, 1), 0.01)
    found = of_the_period(values, variances, 30)
    assert found is not None
    assert abs(found.z[0]) < 0.1
    assert found.difference - found.expected == pytest.approx([0], abs=1e-9)
    (every_100_days,) = [of_the_period(values, variances, 100)]  # 4 periods are 400 days: no year
    assert every_100_days is not None
    assert abs(every_100_days.z[0]) > 2


def test_where_figures_scatter_the_mean_of_three_foretells_the_next():
    values = column(0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 9)
    found = of_the_period(values, np.zeros((15, 1)), 100)  # no year is whole hundreds of days
    assert found is not None
    means = [np.mean(values[place - 3 : place]) for place in range(3, 15)]
    distances = values[3:, 0] - means
    past = distances[:-1]
    assert found.difference == pytest.approx([9 - 4 / 3])
    assert found.expected == pytest.approx([past.mean()])
    assert found.z == pytest.approx([(9 - 4 / 3 - past.mean()) / (past.std(ddof=1) * np.sqrt(1 + 1 / 11))])
    assert found.freedom.tolist() == [10]


def test_with_few_periods_there_is_the_plain_step_and_with_fewer_nothing():
    found = of_the_period(column(0, 1, 3, 4, 6, 12), np.zeros((6, 1)), 30)
    step = of_the_step(days(6), column(0, 1, 3, 4, 6, 12), np.zeros((6, 1)), 30)
    assert found is not None
    assert step is not None
    assert (found.z, found.p, found.past) == (step.z, step.p, 4)
    assert of_the_period(column(1, 2, 1, 2, 9), np.zeros((5, 1)), 30) is None


@pytest.mark.parametrize("walks", [0.0, 0.5, 2.0])
def test_choosing_the_way_that_foretold_best_costs_few_false_alarms(walks):
    generator = np.random.default_rng(7)
    season = np.tile(generator.normal(0, 1, (12, 4000)), (4, 1))[:40]
    noise, walk = generator.normal(0, 1, (40, 4000)), walks * generator.normal(0, 1, (40, 4000)).cumsum(axis=0)
    found = of_the_period(season + walk + noise, np.full((40, 4000), 0.1), 30)
    assert found is not None
    assert (found.p <= 0.01).mean() < 0.02
    assert (found.p <= 0.001).mean() < 0.003


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
