from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from pipeline.model import level_forecast
from pipeline.model.level import Observed
from pipeline.model.level_forecast import Forecast, forecast

FIRST = date(2020, 1, 1)
AWAY = {30: 0.8, 60: 0.7, 90: 0.65}


def whole(levels, variance=0.001):
    """Complete levels of snapshots 30 days apart, the last of which ends at 2024-06-01."""
    last = date(2024, 6, 1) - timedelta(days=90)
    return [
        Observed(last - timedelta(days=30 * back), 90, AWAY[90], level, variance) for back, level in enumerate(reversed(levels))
    ]


def early(observed, days, above, variance=0.001):
    """The levels at `days`, `above` higher, of complete snapshots."""
    return [Observed(one.t, days, AWAY[days], one.level + above, variance) for one in observed if one.days == 90]


def at(observed, t=date(2024, 6, 1), first=FIRST):
    return forecast(observed, t, first, 365)


def test_a_single_level_is_its_own_forecast():
    assert at(whole([0.7])).level == pytest.approx(0.7, abs=1e-12)


def test_levels_that_never_moved_stay():
    assert at(whole([0.7] * 12)).level == pytest.approx(0.7, abs=1e-9)


def test_a_level_that_moved_counts_more_the_later_it_was_seen():
    rising, falling = at(whole([0.0, 1.0])).level, at(whole([1.0, 0.0])).level
    assert rising == pytest.approx(1 - falling, abs=1e-9)
    assert 0.5 < rising < 1


def test_what_repeats_every_year_is_expected_again():
    season = [
        float(np.cos(2 * np.pi * month * 30 / 365.25)) for month in range(-30, 4)
    ]  # the last is that of the forecast's date
    found = at(whole(season[:-3]))
    assert season[-4] == pytest.approx(1.0)
    assert season[-1] == pytest.approx(0.02, abs=0.01)
    assert found.level == pytest.approx(season[-1], abs=0.25)  # the latest level is off by 1
    assert found.season_seen


@pytest.mark.parametrize(("back", "seen"), [(344, False), (346, True), (385, True), (386, False)])
def test_a_season_is_seen_within_twenty_days_of_a_year_before(back, seen):
    observed = [Observed(date(2024, 6, 1) - timedelta(days=days), 90, 0.5, 0.0, 0.001) for days in (90, back)]
    assert at(observed).season_seen is seen


def test_an_early_level_is_no_sight_of_a_season():
    complete = whole([0.0, 0.0])
    year_ago = Observed(date(2023, 6, 1), 30, 0.8, 1.0, 0.001)
    assert not at([*complete, *early(complete, 30, 1.0), year_ago]).season_seen


@pytest.mark.parametrize(("surprise", "direction"), [(0.5, 1), (-0.5, -1)])
def test_early_returns_move_the_forecast_by_less_than_their_surprise(surprise, direction):
    complete = whole([0.2] * 12)
    usual = [*complete, *early(complete, 30, 1.0)]
    running = Observed(date(2024, 5, 2), 30, AWAY[30], 1.2 + surprise, 0.001)
    moved = at([*usual, running]).level - 0.2
    assert 0.1 < direction * moved < 0.5


def test_early_returns_as_usual_change_nothing():
    complete = whole([0.2] * 12)
    running = Observed(date(2024, 5, 2), 30, AWAY[30], 1.2, 0.001)
    assert at([*complete, *early(complete, 30, 1.0), running]).level == pytest.approx(0.2, abs=1e-3)


def test_an_age_without_a_complete_snapshot_is_left_out():
    complete = whole([0.2, 0.4, 0.1])
    assert at([*complete, Observed(date(2024, 5, 2), 30, 0.8, 9.0, 0.001)]) == at(complete)


def test_levels_near_the_first_day_are_not_taken_for_a_trend():
    """Of levels that rose while history grew to a full look-back, the last is what stays; later, a rise may go on or not."""
    rising = whole([float(level) for level in np.linspace(-1, 0, 9)])
    young, old = at(rising, first=min(one.t for one in rising) - timedelta(days=45)), at(rising)
    assert young.level > old.level


def test_levels_that_tell_little_are_trusted_little():
    calm = whole([0.0] * 11)
    last = Observed(date(2024, 6, 1) - timedelta(days=60), 90, 0.65, 1.0, 0.001)
    noisy = Observed(last.t, 90, 0.65, 1.0, 1.0)
    assert at([*calm, noisy]).level < 0.15 < 0.5 < at([*calm, last]).level


def test_further_ahead_is_less_certain():
    observed = whole([0.1, -0.2, 0.3, 0.0])
    deviations = [at(observed, date(2024, 6, 1) + timedelta(days=days)).deviation for days in (0, 60, 120)]
    assert all(sooner < later for sooner, later in pairwise(deviations))


def test_the_deviation_of_a_rate_is_that_of_the_level_times_the_slope():
    found = Forecast(0.0, 0.4, True).rate_deviation(np.array([0.5, 0.5, 0.1, 0.9]))
    assert found == pytest.approx(0.4 * 0.17)  # mean of p (1 − p)


def test_only_a_season_never_seen_calls_for_caution():
    assert Forecast(0.0, 0.4, True).caution == ""
    assert "an unusual one is not foreseen" in Forecast(0.0, 0.4, False).caution


LEVELS = st.lists(st.floats(-3, 3), min_size=1, max_size=8)


@given(LEVELS, st.floats(-5, 5))
def test_levels_moved_by_a_constant_move_the_forecast_by_it(levels, by):
    found, moved = at(whole(levels)), at(whole([level + by for level in levels]))
    assert moved.level == pytest.approx(found.level + by, abs=1e-6)
    assert moved.deviation == pytest.approx(found.deviation, abs=1e-6)


@given(LEVELS)
def test_levels_mirrored_mirror_the_forecast(levels):
    assert at(whole([-level for level in levels])).level == pytest.approx(-at(whole(levels)).level, abs=1e-9)


@given(LEVELS, st.integers(-2000, 2000))
def test_moving_every_date_moves_nothing(levels, days):
    by = timedelta(days=days)
    moved = [Observed(one.t + by, one.days, one.away, one.level, one.variance) for one in whole(levels)]
    assert at(moved, date(2024, 6, 1) + by, FIRST + by) == at(whole(levels))


@given(LEVELS, st.randoms())
def test_the_order_of_what_was_observed_is_irrelevant(levels, random):
    observed = [*whole(levels), *early(whole(levels), 30, 1.0)]
    shuffled = random.sample(observed, len(observed))
    assert at(shuffled).level == pytest.approx(at(observed).level, abs=1e-9)


def _covariance(one, other, q, s, parts):
    """Covariance of two windows (t, days), term by term, from the module's docstring."""
    total = 9.0 + (9.0 if one[1] == other[1] < 90 else 0.0)
    total += max(0.0, 1 - (one[0] - FIRST).days / 365) * max(0.0, 1 - (other[0] - FIRST).days / 365)
    for share, x in parts(one):
        for portion, z in parts(other):
            total += share * portion * (q * min(x, z) + s * s * np.exp(-2 * abs(np.sin(np.pi * (x - z)))))
    return total


def _parts(window):
    """Share of the returns and midpoint, in years after the first day, of each part of a window."""
    t, days = window
    gained = [(0, 30, 0.2), (30, 60, 0.1), (60, 90, 0.05)]
    inside = [(start, end, gain) for start, end, gain in gained if end <= days]
    everything = sum(gain for *_, gain in inside)
    return [(gain / everything, ((t - FIRST).days + (start + end) / 2) / 365.25) for start, end, gain in inside]


def test_the_forecast_is_that_of_the_process_written_out():
    complete = [
        Observed(date(2020, 2, 1) + timedelta(days=30 * n), 90, AWAY[90], lv, 0.01) for n, lv in enumerate([0, 0.4, 0.1, 0.6])
    ]
    observed = [*complete, *early(complete, 30, 1.1), *early(complete, 60, 0.3)]
    observed += [Observed(date(2020, 5, 31), 60, 0.7, 0.5, 0.01), Observed(date(2020, 6, 30), 30, 0.8, 2.0, 0.02)]
    target = (date(2020, 7, 30), 90)
    windows = [(one.t, one.days) for one in observed]
    middle = np.mean([one.level for one in complete])
    given_levels = np.array([one.level for one in observed]) - middle
    found = []
    for q in level_forecast.WALK:
        for s in level_forecast.SEASON:
            among = np.array([[_covariance(one, other, q, s, _parts) for other in windows] for one in windows])
            among += np.diag([one.variance + 0.06**2 for one in observed])
            across = np.array([_covariance(target, other, q, s, _parts) for other in windows])
            inverse = np.linalg.inv(among)
            spread = _covariance(target, target, q, s, _parts) + 0.06**2 - across @ inverse @ across
            likelihood = multivariate_normal(cov=among).pdf(given_levels)
            found.append((across @ inverse @ given_levels, spread, likelihood))
    mean, spread, likelihood = (np.array(column) for column in zip(*found, strict=True))
    expected = np.average(mean, weights=likelihood)
    deviation = np.sqrt(np.average(spread + mean**2, weights=likelihood) - expected**2)
    forecasted = at(observed, target[0])
    assert forecasted == Forecast(pytest.approx(middle + expected, abs=1e-8), pytest.approx(deviation, abs=1e-8), False)
