"""Prior and measurement weighed: figures by hand, and the laws."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.learning.posterior import Normal, origin, posterior, share_measured

figures = st.floats(-1, 1)
variances = st.floats(1e-6, 10)


def test_equal_variances_meet_in_the_middle_with_half_the_variance():
    assert posterior(Normal(0.2, 0.01), Normal(0.4, 0.01)) == (pytest.approx(0.3), pytest.approx(0.005))


def test_a_measurement_three_times_as_sure_counts_three_quarters():
    prior, measured = Normal(0.2, 0.03), Normal(0.0, 0.01)
    assert share_measured(prior, measured) == pytest.approx(0.75)
    assert posterior(prior, measured) == (pytest.approx(0.05), pytest.approx(0.0075))


def test_the_interval_holds_95_per_cent_of_a_normal():
    assert Normal(0.1, 0.01).interval == (pytest.approx(0.1 - 0.1959964), pytest.approx(0.1 + 0.1959964))


def test_a_playbook_that_is_sure_is_not_moved():
    assert posterior(Normal(0.2, 0.0), Normal(0.9, 0.0)) == (0.2, 0.0)


@pytest.mark.parametrize(("share", "word"), [(0.0, "playbook"), (0.01, "both"), (0.94, "both"), (0.95, "measured")])
def test_where_an_estimate_comes_from(share, word):
    assert origin(share) == word


@given(figures, variances)
def test_without_a_measurement_the_prior_stays(mean, variance):
    assert posterior(Normal(mean, variance), None) == (mean, variance)
    assert share_measured(Normal(mean, variance), None) == 0


@given(figures, variances, figures)
def test_without_doubt_the_measurement_is_taken(mean, variance, measured):
    assert posterior(Normal(mean, variance), Normal(measured, 0.0)) == (pytest.approx(measured, abs=1e-12), 0)


@given(figures, variances, figures, variances, figures, variances)
def test_two_measurements_weigh_the_same_in_either_order_and_never_lie_outside(a, va, b, vb, c, vc):
    first = posterior(posterior(Normal(a, va), Normal(b, vb)), Normal(c, vc))
    second = posterior(posterior(Normal(a, va), Normal(c, vc)), Normal(b, vb))
    assert first == pytest.approx(second)
    assert min(a, b, c) - 1e-12 <= first.mean <= max(a, b, c) + 1e-12
    assert first.variance <= min(va, vb, vc) * (1 + 1e-12)
