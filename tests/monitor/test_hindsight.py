"""Forecasts beside what happened, drawn from a truth that is known."""

from datetime import date

import numpy as np
import pytest
from scipy.special import expit

from pipeline.model.level_forecast import Forecast
from pipeline.monitor.hindsight import hindsight, newest

T, FORECAST = date(2024, 6, 1), Forecast(0.0, 0.1, season_seen=True)


def drawn(shift: float = 0.0, stretch: float = 1.0, customers: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities, and outcomes of customers whose log-odds are others."""
    generator = np.random.default_rng(7)
    odds = generator.normal(-0.5, 1.2, customers)
    return expit(odds), (generator.random(customers) < expit(shift + stretch * odds)).astype(float)


CASES = [(0, 1, False, False), (0.8, 1, True, False), (-0.05, 1, False, False), (0, 0.3, False, True)]


@pytest.mark.parametrize(("shift", "stretch", "level", "slope"), CASES)
def test_a_wrong_level_and_wrong_odds_are_told_apart(shift, stretch, level, slope):
    p, y = drawn(shift, stretch)
    found = hindsight(T, "snapshot", p, y, np.ones(len(y)), FORECAST, 90)
    assert found is not None
    assert found.slope == pytest.approx(stretch, abs=0.05)
    assert (found.level_p < 0.01, found.slope_p < 0.01) == (level, slope)


def test_the_level_is_held_against_the_uncertainty_of_the_forecast_and_of_the_rate():
    """60 of 100 left where 50 were to: with half a customer on each side 60.5 of 101, of variance 101² / (100 · 60.5 · 40.5)."""
    found = hindsight(T, "snapshot", np.full(100, 0.5), np.arange(100) < 60.0, np.ones(100), FORECAST, 90)
    assert found is not None
    assert found.level_z == pytest.approx(np.log(60.5 / 40.5) / np.sqrt(0.1**2 + 101**2 / (100 * 60.5 * 40.5)))
    assert found.level_z == pytest.approx(1.767, abs=0.001)


@pytest.mark.parametrize("weight", [1.0, 10.0])
def test_the_slope_has_the_luck_of_as_many_as_there_are_whatever_they_stand_for_and_what_dates_differ_by(weight):
    """30 of 100 at log-odds of -1 and 70 of 100 at 1: slope ln(7 / 3), of variance (1 / 21 + 1 / 21) / 4, and .1² by dates."""
    p = expit(np.repeat([-1.0, 1.0], 100))
    y = np.concatenate([np.arange(100) < 30, np.arange(100) < 70]).astype(float)
    found = hindsight(T, "snapshot", p, y, np.full(200, weight), FORECAST, 90)
    assert found is not None
    assert found.slope == pytest.approx(np.log(7 / 3))
    assert found.slope_deviation == pytest.approx(np.sqrt(1 / 42 + 0.1**2))
    assert found.slope_z == pytest.approx((0.8473 - 1) / 0.18387, abs=0.001)


def test_few_outcomes_are_not_judged():
    p, y = drawn(customers=40)
    assert hindsight(T, "snapshot", p, y, np.ones(40), FORECAST, 90) is None


def test_the_newest_date_that_the_model_did_not_know_and_that_is_complete():
    dates = [date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1), date(2024, 4, 1)]
    assert newest(dates, date(2024, 4, 1), 90, date(2024, 6, 1)) == date(2024, 3, 1)
    assert newest(dates, date(2024, 6, 1), 90, date(2024, 6, 1)) is None
