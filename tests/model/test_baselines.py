import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import beta, gamma
from sklearn.metrics import roc_auc_score

from pipeline.features.catalog import catalog as declared
from pipeline.model.baselines import (
    _log_likelihood,
    bg_nbd_fit,
    bg_nbd_no_purchase,
    lightgbm_default,
    recency,
    rfm_columns,
    rfm_logistic,
)

FADER_2005 = {"r": 0.243, "alpha": 7 * 4.414, "a": 0.793, "b": 2.426}  # CDNOW 1/10 sample, 39 weeks; alpha here in days
SHARED = Path(os.environ.get("CHURN_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
CDNOW = SHARED / "cdnow" / "CDNOW_master.txt"
SUMMARIES = [(0.0, 0.0, 100.0), (1.0, 3.0, 100.0), (1.0, 97.0, 100.0), (4.0, 60.0, 250.0), (12.0, 240.0, 250.0)]


def arrays(*rows):
    return tuple(np.array(column, dtype=float) for column in zip(*rows, strict=True))


def likelihood_by_integration(parameters, x, t_x, age, quiet_days=0.0):
    """The probability of a history, and of it with `quiet_days` without purchase after it, from the story of the model:

    purchases arrive at a gamma-distributed rate, and after each of them a customer may leave with a beta-distributed chance.
    """
    r, alpha, a, b = (parameters[name] for name in ("r", "alpha", "a", "b"))
    rates, leaving = gamma(r, scale=1 / alpha), beta(a, b)

    def over_rates(until):
        top = rates.ppf(1 - 1e-13)
        head, tail = (
            quad(lambda rate: rate**x * np.exp(-rate * until) * rates.pdf(rate), *bounds, limit=500, epsabs=0)[0]
            for bounds in ((0, top / 1e3), (top / 1e3, top))
        )
        return head + tail

    stays = quad(lambda p: (1 - p) ** x * leaving.pdf(p), 0, 1, epsabs=0)[0]
    leaves = quad(lambda p: p * (1 - p) ** (x - 1) * leaving.pdf(p), 0, 1, epsabs=0)[0] if x > 0 else 0.0
    gone = leaves * over_rates(t_x) if x > 0 else 0.0
    return stays * over_rates(age + quiet_days) + gone


def simulate(parameters, customers, days, seed):
    """Purchase histories told by the model's story; what follows `days` within 90 days stands beside."""
    generator = np.random.default_rng(seed)
    rows = []
    for rate, leaving in zip(
        generator.gamma(parameters["r"], 1 / parameters["alpha"], customers),
        generator.beta(parameters["a"], parameters["b"], customers),
        strict=True,
    ):
        age = generator.uniform(0.5, 1) * days
        now, count, last, later = 0.0, 0, 0.0, False
        while True:
            now += generator.exponential(1 / rate) if rate > 1e-12 else np.inf
            if now > age:
                later = now <= age + 90
                break
            count, last = count + 1, now
            if generator.random() < leaving:
                break
        rows.append((count, last, age, later))
    return arrays(*rows)


@pytest.mark.parametrize("history", SUMMARIES)
def test_the_likelihood_is_that_of_the_models_story(history):
    x, t_x, age = history
    found = _log_likelihood(np.array([0.6, 20.0, 0.8, 2.4]), arrays(history)[0], np.array([0]), *arrays(history)[1:])[0]
    expected = likelihood_by_integration({"r": 0.6, "alpha": 20.0, "a": 0.8, "b": 2.4}, x, t_x, age)
    assert found == pytest.approx(np.log(expected), abs=1e-5)


@pytest.mark.parametrize("history", SUMMARIES)
@pytest.mark.parametrize("days", [1.0, 30.0, 365.0])
def test_the_chance_of_no_purchase_is_that_of_the_models_story(history, days):
    parameters = {"r": 0.6, "alpha": 20.0, "a": 0.8, "b": 2.4}
    x, t_x, age = history
    found = bg_nbd_no_purchase(parameters, *arrays(history), days)[0]
    quiet = likelihood_by_integration(parameters, x, t_x, age, quiet_days=days)
    assert found == pytest.approx(quiet / likelihood_by_integration(parameters, x, t_x, age), abs=1e-5)


def test_the_fit_recovers_the_parameters_that_made_the_data():
    truth = {"r": 0.6, "alpha": 20.0, "a": 0.8, "b": 2.4}
    repeats, last, age, later = simulate(truth, 5000, days=400, seed=3)
    found = bg_nbd_fit(repeats, last, age)
    assert found["r"] == pytest.approx(0.6, rel=0.1)
    assert found["alpha"] == pytest.approx(20.0, rel=0.15)
    assert found["a"] / (found["a"] + found["b"]) == pytest.approx(0.25, abs=0.04)
    assert found["a"] == pytest.approx(0.8, rel=0.3)
    quiet = bg_nbd_no_purchase(found, repeats, last, age, 90)
    assert quiet.mean() == pytest.approx(1 - later.mean(), abs=0.02)
    assert roc_auc_score(1 - later, quiet) > 0.8


def test_the_fit_is_at_least_as_likely_as_the_truth():
    truth = {"r": 0.6, "alpha": 20.0, "a": 0.8, "b": 2.4}
    repeats, last, age, _ = simulate(truth, 1500, days=400, seed=4)
    fitted, true = (
        _log_likelihood(np.array(list(values.values())), *np.unique(repeats, return_inverse=True), last, age).sum()
        for values in (bg_nbd_fit(repeats, last, age), truth)
    )
    assert true - 0.5 < fitted < true + 15  # half the difference is chi-squared with four degrees of freedom


def test_the_fit_does_not_depend_on_the_unit_of_the_data():
    repeats, last, age, _ = simulate({"r": 0.6, "alpha": 20.0, "a": 0.8, "b": 2.4}, 800, days=400, seed=5)
    days, tens = bg_nbd_fit(repeats, last, age), bg_nbd_fit(repeats, last * 10, age * 10)
    assert tens["alpha"] == pytest.approx(10 * days["alpha"], rel=0.05)
    assert tens["r"] == pytest.approx(days["r"], rel=0.05)


def test_a_few_weeks_of_a_lively_business_are_fitted_as_well_as_years():
    truth = {"r": 0.8, "alpha": 1.5, "a": 0.8, "b": 2.4}
    repeats, last, age, _ = simulate(truth, 3000, days=30, seed=6)
    found = bg_nbd_fit(repeats, last, age)
    assert found["alpha"] == pytest.approx(1.5, rel=0.15)
    assert found["r"] == pytest.approx(0.8, rel=0.1)


histories = st.tuples(st.integers(0, 300), st.floats(0, 1), st.floats(1, 4000)).map(
    lambda row: (float(row[0]), row[1] * row[2] if row[0] else 0.0, row[2])
)


@given(histories, st.floats(0, 1000), st.floats(0, 1000))
def test_the_chance_of_no_purchase_is_a_chance_and_falls_with_the_horizon(history, shorter, more):
    near, far = (bg_nbd_no_purchase(FADER_2005, *arrays(history), days)[0] for days in (shorter, shorter + more))
    assert 0 <= far <= near <= 1


@given(histories)
def test_within_no_time_nobody_buys(history):
    assert bg_nbd_no_purchase(FADER_2005, *arrays(history), 0.0)[0] == pytest.approx(1.0)


@given(st.integers(1, 100), st.floats(0.1, 0.8), st.floats(100, 4000))
def test_of_two_customers_who_bought_as_often_the_longer_silent_is_likelier_to_stay_away(count, share, age):
    history = arrays((count, share * age, age), (count, (share + 0.1) * age, age))
    silent, recent = bg_nbd_no_purchase(FADER_2005, *history, 90.0)
    assert silent >= recent


def test_a_frequent_buyer_long_silent_is_gone_and_one_who_just_bought_is_not():
    gone, here = bg_nbd_no_purchase(FADER_2005, *arrays((20, 100, 1000), (20, 999, 1000)), 90.0)
    assert gone > 0.999
    assert here < 0.35


def test_a_customer_who_bought_every_day_and_stopped_years_ago_is_gone():
    assert bg_nbd_no_purchase(FADER_2005, *arrays((300, 300, 4000)), 90.0)[0] == 1.0


@pytest.fixture(scope="module")
def cdnow():
    if not CDNOW.exists():
        pytest.skip("the CDNOW master file is not here: put it into cdnow/ of the folder that CHURN_SHARED_DATA names")
    rows = pd.read_csv(CDNOW, sep=r"\s+", skiprows=1, names=["customer", "day", "items", "value"], dtype=str)
    return rows.assign(day=pd.to_datetime(rows["day"]))


def summary(rows, t):
    days = rows[rows["day"] < t].groupby("customer")["day"]
    first, last = days.min(), days.max()
    return (days.nunique() - 1).to_numpy(float), (last - first).dt.days.to_numpy(float), (t - first).dt.days.to_numpy(float)


def test_cdnow_is_fitted_near_the_published_sample_and_its_halves_agree(cdnow):
    t = pd.Timestamp("1997-10-01")
    whole = bg_nbd_fit(*summary(cdnow, t))
    assert whole["r"] == pytest.approx(FADER_2005["r"], abs=0.02)
    assert whole["alpha"] == pytest.approx(FADER_2005["alpha"], abs=5)
    assert whole["a"] == pytest.approx(FADER_2005["a"], abs=0.2)
    assert whole["b"] == pytest.approx(FADER_2005["b"], abs=0.6)
    odd = cdnow["customer"].astype(int) % 2 == 1
    for half in (cdnow[odd], cdnow[~odd]):
        found = bg_nbd_fit(*summary(half, t))
        assert [found[name] for name in whole] == pytest.approx(list(whole.values()), rel=0.1)


def test_cdnow_buyers_come_back_about_as_often_as_foretold(cdnow):
    t = pd.Timestamp("1997-10-01")
    parameters = bg_nbd_fit(*summary(cdnow, t))
    for days in (30, 90, 180):
        back = cdnow[(cdnow["day"] >= t) & (cdnow["day"] < t + pd.Timedelta(days=days))]["customer"].nunique()
        foretold = bg_nbd_no_purchase(parameters, *summary(cdnow, t), days).mean()
        assert foretold == pytest.approx(1 - back / cdnow["customer"].nunique(), abs=0.045)


@pytest.fixture(scope="module")
def rows(world):
    return world({"2024-01-01": 0.0, "2024-02-01": 0.0}, customers=600), world({"2024-06-01": 0.0}, customers=600, seed=7)


def test_recency_keeps_the_order_of_recency_and_is_a_chance(rows):
    train, test = rows
    found = recency(train, test, "purchases_recency_days")
    assert roc_auc_score(test["y"], found) == roc_auc_score(test["y"], test["purchases_recency_days"])
    assert found.mean() == pytest.approx(test["y"].mean(), abs=0.05)


def test_where_no_recency_was_ever_known_everybody_is_as_likely(rows):
    train, test = rows
    unknown = train.assign(purchases_recency_days=np.float32(np.nan))
    assert recency(unknown, test, "purchases_recency_days") == pytest.approx(train["y"].mean(), abs=1e-3)


def test_a_customer_without_any_purchase_is_the_least_recent(rows):
    train, test = rows
    blank = test.assign(purchases_recency_days=test["purchases_recency_days"].where(test.index > 0))
    found = recency(train, blank, "purchases_recency_days")
    assert found.argmax() == 0


@pytest.mark.parametrize("windows", [[7, 14, 30, 60, 90, 180, 365], [30, 60, 90], [7, 30], [365, 90]])
@pytest.mark.parametrize("kind", ["purchase", "activity", "renewal"])
def test_the_columns_of_rfm_are_features_whatever_the_windows_and_recency_comes_first(configure, kind, windows):
    config = configure(definition={"kind": kind}, features={"windows": windows})
    columns = rfm_columns(config.definition)
    assert columns[0].endswith("_recency_days")
    assert set(columns) <= {feature.name for feature in declared(config.features, config.definition) if feature.in_matrix}


def test_rfm_runs_with_missing_values_and_columns_that_are_not_there(rows, configure):
    train, test = rows
    columns = rfm_columns(configure().definition)
    assert train["purchases_gap_days_mean_all"].isna().any()
    assert "purchases_amount_sum_all" not in train
    found = rfm_logistic(train, test, columns, seed=0)
    assert roc_auc_score(test["y"], found) > 0.65
    assert ((found > 0) & (found < 1)).all()


def test_rfm_runs_with_a_column_that_is_always_missing(rows, configure):
    train, test = rows
    columns = rfm_columns(configure().definition)
    found = rfm_logistic(train.assign(purchases_gap_days_mean_all=np.nan), test, columns, seed=0)
    assert roc_auc_score(test["y"], found) > 0.65


def test_rfm_runs_with_a_handful_of_rows(rows, configure):
    train, test = rows
    found = rfm_logistic(train.head(15), test, rfm_columns(configure().definition), seed=0)
    assert np.isfinite(found).all()


def test_a_customer_who_weighs_nothing_teaches_nothing(rows, configure):
    train, test = rows
    columns = rfm_columns(configure().definition)
    first = train.index < 300
    upside_down = train.assign(y=np.where(first, 1 - train["y"], train["y"]), weight=np.where(first, 0.0, 1.0))
    straight = train.assign(weight=np.where(first, 0.0, 1.0))
    assert rfm_logistic(upside_down, test, columns, seed=0) == pytest.approx(rfm_logistic(straight, test, columns, seed=0))


def test_lightgbm_as_it_comes_is_deterministic_and_learns(rows, catalog):
    train, test = rows
    found = lightgbm_default(train, test, catalog, seed=0)
    assert found.tolist() == lightgbm_default(train, test, catalog, seed=0).tolist()
    assert roc_auc_score(test["y"], found) > 0.6
