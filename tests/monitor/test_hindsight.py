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


def test_few_outcomes_are_not_judged():
    p, y = drawn(customers=40)
    assert hindsight(T, "snapshot", p, y, np.ones(40), FORECAST, 90) is None


def test_the_newest_date_that_the_model_did_not_know_and_that_is_complete():
    dates = [date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1), date(2024, 4, 1)]
    assert newest(dates, date(2024, 4, 1), 90, date(2024, 6, 1)) == date(2024, 3, 1)
    assert newest(dates, date(2024, 6, 1), 90, date(2024, 6, 1)) is None
