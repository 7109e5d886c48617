import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from pipeline.model.metrics import auc, auc_interval, ece, figures, gain, lift, losses, places, reliability, slope

# Ten customers, four of whom churned; the riskiest did.
Y = np.array([0, 0, 0, 1, 0, 0, 1, 0, 1, 1], dtype=float)
P = np.array([0.05, 0.1, 0.2, 0.25, 0.3, 0.45, 0.5, 0.6, 0.7, 0.9])
ONE = np.ones(10)


@st.composite
def judged(draw):
    """Outcomes of both kinds, probabilities with ties, and whole weights."""
    size = draw(st.integers(4, 25))
    y = draw(st.lists(st.sampled_from([0.0, 1.0]), min_size=size, max_size=size).filter(lambda rows: 0 < sum(rows) < len(rows)))
    p = draw(st.lists(st.sampled_from([0.05, 0.2, 0.4, 0.5, 0.8, 0.95]), min_size=size, max_size=size))
    weight = draw(st.lists(st.integers(1, 4), min_size=size, max_size=size))
    return np.array(y), np.array(p), np.array(weight)


def calibrated(seed, size=3000):
    """Probabilities and outcomes drawn from them: the perfect model."""
    generator = np.random.default_rng(seed)
    p = generator.beta(2, 3, size)
    return (generator.random(size) < p).astype(float), p


def test_figures_of_ten_customers():
    found = figures(Y, P, ONE, bins=5)
    assert found["auc"] == pytest.approx(20 / 24)  # of 4 · 6 pairs, the churner .25 loses to .3, .45, .6 and .5 to .6
    assert found["average_precision"] == pytest.approx((1 + 1 + 3 / 4 + 4 / 7) / 4)
    assert found["brier"] == pytest.approx(np.mean([0.0025, 0.01, 0.04, 0.5625, 0.09, 0.2025, 0.25, 0.36, 0.09, 0.01]))
    assert found["lift_at_10"] == pytest.approx(2.5)


@settings(max_examples=50)
@given(judged())
def test_figures_without_weights_are_those_of_scikit_learn(sample):
    y, p, _ = sample
    found = figures(y, p, np.ones(len(y)), bins=5)
    assert found["auc"] == pytest.approx(roc_auc_score(y, p))
    assert found["average_precision"] == pytest.approx(average_precision_score(y, p))
    assert found["log_loss"] == pytest.approx(log_loss(y, p))
    assert found["brier"] == pytest.approx(brier_score_loss(y, p))


@settings(max_examples=60)
@given(judged())
def test_a_whole_weight_counts_like_as_many_rows(sample):
    y, p, weight = sample
    weighted = figures(y, p, weight.astype(float), bins=5)
    repeated = figures(np.repeat(y, weight), np.repeat(p, weight), np.ones(weight.sum()), bins=5)
    for name in ("auc", "average_precision", "log_loss", "brier", "lift_at_10"):
        assert weighted[name] == pytest.approx(repeated[name]), name


@settings(max_examples=50)
@given(judged(), st.integers(0, 100))
def test_the_order_of_rows_does_not_matter(sample, seed):
    y, p, weight = sample
    order = np.random.default_rng(seed).permutation(len(y))
    straight = figures(y, p, weight.astype(float), bins=5)
    shuffled = figures(y[order], p[order], weight[order].astype(float), bins=5)
    for name in ("auc", "average_precision", "log_loss", "brier", "lift_at_10"):
        assert straight[name] == pytest.approx(shuffled[name]), name


def test_a_certainty_that_was_wrong_costs_a_finite_log_loss():
    assert figures(np.array([0.0, 1.0]), np.array([0.0, 0.0]), np.ones(2), 2)["log_loss"] == pytest.approx(
        -np.log(1e-6) / 2, rel=1e-5
    )


def test_the_order_of_near_certainties_counts():
    y, p = np.array([1.0, 1.0, 0.0, 0.0]), np.array([1 - 1e-9, 1 - 1e-8, 1 - 1e-7, 1e-9])
    assert figures(y, p, np.ones(4), 2)["auc"] == 1.0


def test_lift_is_the_rate_of_the_riskiest_over_the_rate_of_all():
    assert lift(Y, P, ONE, 0.1) == pytest.approx(1 / 0.4)
    assert lift(Y, P, ONE, 0.3) == pytest.approx((2 / 3) / 0.4)
    assert lift(Y, P, ONE, 0.5) == pytest.approx((3 / 5) / 0.4)
    assert lift(Y, P, ONE, 1.0) == pytest.approx(1.0)


def test_lift_of_a_rule_that_tells_nobody_apart_is_one():
    assert lift(Y[::-1].copy(), np.full(10, 0.4), ONE, 0.1) == pytest.approx(1.0)


def test_lift_counts_a_held_out_customer_as_those_it_stands_for():
    y, p, weight = np.array([1.0, 0.0, 0.0]), np.array([0.9, 0.5, 0.1]), np.array([1.0, 1.0, 8.0])
    assert lift(y, p, weight, 0.1) == pytest.approx(10.0)
    assert lift(y, p, weight, 0.2) == pytest.approx(5.0)


def test_reliability_of_ten_customers_in_two_bins():
    curve = reliability(Y, P, ONE, 2)
    assert curve["predicted"].tolist() == pytest.approx([0.18, 0.63])
    assert curve["observed"].tolist() == pytest.approx([0.2, 0.6])
    assert curve["weight"].tolist() == [5.0, 5.0]


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 100))
def test_bins_of_customers_that_weigh_the_same_have_equal_mass(bins, each, seed):
    generator = np.random.default_rng(seed)
    size = bins * each
    curve = reliability((generator.random(size) < 0.5).astype(float), generator.random(size), np.full(size, 2.0), bins)
    assert curve["weight"].tolist() == pytest.approx([2.0 * each] * bins)


@given(st.integers(20, 200), st.integers(2, 10), st.integers(0, 100))
def test_no_bin_is_off_its_mass_by_more_than_one_customer_at_each_end(size, bins, seed):
    generator = np.random.default_rng(seed)
    weight = generator.uniform(0.5, 3, size)
    curve = reliability((generator.random(size) < 0.5).astype(float), generator.random(size), weight, bins)
    assert curve["weight"].sum() == pytest.approx(weight.sum())
    assert (curve["weight"] - weight.sum() / bins).abs().max() <= weight.max() + 1e-9
    assert curve["predicted"].is_monotonic_increasing


def test_the_noise_of_a_bin_is_what_a_perfect_model_shows_on_average():
    generator = np.random.default_rng(5)
    p, weight = generator.uniform(0.1, 0.9, 300), generator.uniform(0.5, 2, 300)
    noise = reliability(np.zeros(300), p, weight, 3)["noise"].to_numpy()
    off = []
    for _ in range(2000):
        curve = reliability((generator.random(300) < p).astype(float), p, weight, 3)
        off.append((curve["observed"] - curve["predicted"]).abs().to_numpy())
    assert np.mean(off, axis=0) == pytest.approx(noise, rel=0.06)


def test_the_calibration_error_of_a_perfect_model_is_near_zero():
    found = [ece(y, p, np.ones(len(y)), 15) for y, p in map(calibrated, range(200))]
    assert np.mean(found) < 0.003  # without the correction it would be about .027
    assert np.mean([value == 0 for value in found]) == pytest.approx(0.5, abs=0.15)


def test_the_calibration_error_of_a_shifted_model_is_about_its_shift():
    y, p = calibrated(1, size=20_000)
    weight = np.ones(len(y))
    found = [ece(y, np.clip(p + shift, 0, 1), weight, 15) for shift in (0.0, 0.05, 0.1, 0.2)]
    assert found == sorted(found)
    assert found[0] < 0.004
    assert found[3] == pytest.approx(0.2, abs=0.02)


def test_the_gain_of_ten_customers():
    curve = gain(Y, P, ONE, points=11)
    assert curve["contacted"].tolist() == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1])
    assert curve["found"].tolist() == pytest.approx([0, 0.25, 0.5, 0.5, 0.75, 0.75, 0.75, 1, 1, 1, 1])


@given(judged())
def test_the_gain_rises_from_nobody_to_everybody(sample):
    y, p, weight = sample
    curve = gain(y, p, weight.astype(float))
    assert curve.iloc[0].tolist() == [0.0, 0.0]
    assert curve.iloc[-1].tolist() == pytest.approx([1.0, 1.0])
    assert (curve["found"].diff().iloc[1:] >= -1e-12).all()


@given(judged())
def test_the_gain_of_whole_weights_is_that_of_repeated_rows(sample):
    y, p, weight = sample
    weighted = gain(y, p, weight.astype(float))
    repeated = gain(np.repeat(y, weight), np.repeat(p, weight), np.ones(weight.sum()))
    assert weighted["found"].tolist() == pytest.approx(repeated["found"].tolist())


def test_a_tie_counts_half_in_the_auc():
    y, p = np.array([1.0, 0.0, 1.0, 0.0]), np.array([0.9, 0.9, 0.3, 0.1])
    assert auc(y, places(p), np.ones(4)) == (0.5 + 1 + 0 + 1) / 4
    assert np.isnan(auc(np.ones(4), places(p), np.ones(4)))


@given(judged())
def test_the_auc_is_that_of_scikit_learn(sample):
    y, p, weight = sample
    assert auc(y, places(p), weight.astype(float)) == pytest.approx(roc_auc_score(y, p, sample_weight=weight))


@given(judged())
def test_the_mean_of_the_losses_is_the_log_loss_of_scikit_learn(sample):
    y, p, weight = sample
    clipped = np.clip(p, 1e-6, 1 - 1e-6)
    assert np.average(losses(y, p), weights=weight) == pytest.approx(log_loss(y, clipped, sample_weight=weight))


def test_odds_that_are_twice_too_extreme_have_a_slope_of_a_half():
    y, p = calibrated(3, size=20_000)
    odds = np.log(p / (1 - p))
    assert slope(y, p, np.ones(len(y))) == pytest.approx(1, abs=0.05)
    assert slope(y, 1 / (1 + np.exp(-2 * odds)), np.ones(len(y))) == pytest.approx(0.5, abs=0.025)
    assert np.isnan(slope(y, np.full(len(y), 0.3), np.ones(len(y))))


def interval(y, p, weight=None, dates=1):
    rows = len(y) // dates
    customer, date = np.tile(np.arange(rows), dates), np.repeat(np.arange(dates), rows)
    return auc_interval(customer, y, p, np.ones(len(y)) if weight is None else weight, date)


def test_the_interval_is_that_of_delong_in_log_odds():
    # two left and two stayed: .9 beats both, .3 beats one; shares of right pairs are 1 and 1/2 in both classes
    y, p = np.array([1.0, 0.0, 1.0, 0.0]), np.array([0.9, 0.5, 0.3, 0.1])
    deviation = np.sqrt(2 * (0.25 / 2) ** 2 + 2 * (0.25 / 2) ** 2)
    half = 1.959964 * deviation / (0.75 * 0.25)
    assert interval(y, p) == pytest.approx([1 / (1 + np.exp(-np.log(3) + sign * half)) for sign in (1, -1)])


def test_the_interval_holds_the_true_auc_about_ninety_five_times_in_a_hundred():
    population, truth = calibrated(99, size=100_000)
    expected, covered = roc_auc_score(population, truth), 0
    for seed in range(200):
        low, high = interval(*calibrated(seed, size=200))
        covered += low <= expected <= high
    assert 180 <= covered <= 199  # 95 % of 200 is 190; outside these is a chance of one in a thousand


def test_the_same_customers_at_a_second_date_are_no_more_evidence():
    y, p = calibrated(4, size=400)
    assert interval(np.tile(y, 2), np.tile(p, 2), dates=2) == pytest.approx(interval(y, p))


def test_without_two_classes_there_is_no_interval():
    assert np.isnan(interval(np.ones(4), np.array([0.1, 0.2, 0.3, 0.4]))).all()


@settings(max_examples=20)
@given(judged())
def test_the_interval_of_a_sample_lies_around_its_auc(sample):
    y, p, weight = sample
    low, high = interval(y, p, weight.astype(float))
    assert 0 <= low <= roc_auc_score(y, p, sample_weight=weight) + 1e-12
    assert high <= 1
