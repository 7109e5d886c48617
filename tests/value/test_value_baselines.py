"""Baselines of value against published figures, integrals over the models' stories, and simulated customers."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, gamma

from pipeline.errors import DataUnfitError
from pipeline.model.baselines import bg_nbd_fit
from pipeline.value.value_baselines import (
    bg_nbd_purchases,
    bought,
    bought_fit,
    gamma_gamma_fit,
    gamma_gamma_mean,
    last_year,
    purchases_of_who_stays,
)
from pipeline.value.value_figures import value_figures
from tests.model.test_baselines import CDNOW, FADER_2005, arrays, histories

STORY = {"r": 0.6, "alpha": 20.0, "a": 0.8, "b": 2.4}
FADER_2013 = {"p": 6.25, "q": 3.74, "gamma": 15.44}  # CDNOW 1/10 sample, dollars of repeat purchases
GRID = 1500


def over_customers(history, count):
    """The mean of `count(rate, leaving)` over the customers of the story who have this history and are still there.

    Rates and chances of leaving are taken at the middle of equally likely parts; `count` is what such a customer does later. The
    second figure is the share of who is gone already among all who have the history.
    """
    x, t_x, age = history
    middle = (np.arange(GRID) + 0.5) / GRID
    rate = gamma(STORY["r"], scale=1 / STORY["alpha"]).ppf(middle)[:, None]
    leaving = beta(STORY["a"], STORY["b"]).ppf(middle)[None, :]
    here = (1 - leaving) ** x * rate**x * np.exp(-rate * age)
    gone = leaving * (1 - leaving) ** (x - 1) * rate**x * np.exp(-rate * t_x) if x > 0 else 0 * here
    return (here * count(rate, leaving)).sum() / (here.sum() + gone.sum()), gone.sum() / (here.sum() + gone.sum())


def purchases(rate, leaving, days):
    return (1 - np.exp(-rate * leaving * days)) / leaving


def test_parameters_at_their_bounds_give_a_number_and_no_days_give_nothing():
    wild = {"r": 160_000.0, "alpha": 160_000.0, "a": 160_000.0, "b": 1e-5}
    assert np.isfinite(bg_nbd_purchases(wild, *arrays((400, 300, 310)), 90.0)).all()
    assert bg_nbd_purchases(STORY, *arrays((4, 60, 90)), 0.0).tolist() == [0.0]


@pytest.mark.parametrize(
    "history", [(0.0, 0.0, 100.0), (1.0, 3.0, 100.0), (1.0, 97.0, 100.0), (4.0, 60.0, 90.0), (12.0, 240.0, 250.0)]
)
@pytest.mark.parametrize("days", [30.0, 365.0])
def test_expected_purchases_are_those_of_the_models_story(history, days):
    expected, _ = over_customers(history, lambda rate, leaving: purchases(rate, leaving, days))
    assert bg_nbd_purchases(STORY, *arrays(history), days)[0] == pytest.approx(expected, rel=5e-3)


@pytest.mark.parametrize("history", [(0.0, 0.0, 100.0), (1.0, 97.0, 100.0), (4.0, 60.0, 90.0), (12.0, 240.0, 250.0)])
@pytest.mark.parametrize("days", [90.0, 365.0])
def test_purchases_of_who_stays_are_those_of_customers_who_buy_at_least_once(history, days):
    whole, gone = over_customers(history, lambda rate, leaving: purchases(rate, leaving, days))
    late, _ = over_customers(history, lambda rate, leaving: np.exp(-90 * rate) * purchases(rate, leaving, days - 90))
    quiet, _ = over_customers(history, lambda rate, _leaving: np.exp(-90 * rate))
    found = purchases_of_who_stays(STORY, *arrays(history), churn_days=90, days=days)[0]
    assert found == pytest.approx((whole - late) / (1 - quiet - gone), rel=5e-3)


def test_the_published_expectation_of_a_customer():
    # customer 0001 of Fader, Hardie & Lee's spreadsheet note: two repeats, the last in week 30.43 of 38.86; 39 weeks ahead
    assert bg_nbd_purchases(FADER_2005, *arrays((2, 7 * 30.43, 7 * 38.86)), 7 * 39)[0] == pytest.approx(1.226, abs=2e-3)


@given(histories, st.floats(0, 700), st.floats(0, 700))
def test_expected_purchases_grow_with_time_and_who_stays_buys(history, days, more):
    near, far = (bg_nbd_purchases(FADER_2005, *arrays(history), length)[0] for length in (days, days + more))
    assert -1e-9 <= near <= far + 1e-9
    assert 1 <= purchases_of_who_stays(FADER_2005, *arrays(history), churn_days=days, days=days + more)[0] < np.inf


def test_a_mean_dropout_of_exactly_one_is_no_hole():
    near = [bg_nbd_purchases(STORY | {"a": a}, *arrays((4, 60, 90)), 90.0)[0] for a in (0.999, 1.0, 1.001)]
    assert near[0] > near[1] > near[2] > near[0] - 0.01


def test_last_years_spend_is_scaled_to_the_horizon_and_never_below_nothing():
    assert last_year(np.array([365.0, 0.0, -20.0]), 90).tolist() == [90, 0, 0]


def test_the_fit_recovers_the_parameters_that_made_the_data():
    generator = np.random.default_rng(2)
    x = generator.integers(1, 12, 8000).astype(float)
    scale = generator.gamma(3.7, 1 / 15.0, 8000)
    mean = generator.gamma(6 * x, 1 / scale) / x
    found = gamma_gamma_fit(x, mean)
    assert found == pytest.approx({"p": 6, "q": 3.7, "gamma": 15}, rel=0.15)
    # E[next purchase] of those with a mean near 40 and three purchases, by the customers themselves: p / nu
    near = (x == 3) & (abs(mean - 40) < 8)
    assert near.sum() > 40
    truth = {"p": 6.0, "q": 3.7, "gamma": 15.0}
    assert gamma_gamma_mean(truth, x[near], mean[near]).mean() == pytest.approx((6 / scale[near]).mean(), rel=0.05)


def test_the_fit_does_not_depend_on_the_currency():
    generator = np.random.default_rng(2)
    x, mean = generator.integers(1, 5, 500).astype(float), generator.gamma(2, 10, 500)
    euro, lira = gamma_gamma_fit(x, mean), gamma_gamma_fit(x, 2000 * mean)
    assert lira == pytest.approx(euro | {"gamma": 2000 * euro["gamma"]}, rel=1e-6)


def test_the_expected_mean_lies_between_the_own_and_everybodys_and_comes_to_the_own():
    everybody = 15.44 * 6.25 / 2.74
    one, ten = gamma_gamma_mean(FADER_2013, np.array([1.0, 10.0]), np.array([100.0, 100.0]))
    assert everybody < one < ten < 100
    assert gamma_gamma_mean(FADER_2013, np.array([0.0]), np.array([0.0]))[0] == pytest.approx(everybody)
    assert gamma_gamma_mean(FADER_2013, np.array([1e6]), np.array([100.0]))[0] == pytest.approx(100, rel=1e-4)


def test_customers_whose_purchases_earned_nothing_tell_nothing():
    x, mean = np.array([1.0, 2, 3, 1, 2, 0]), np.array([10.0, 20, 30, 0, -5, 0])
    assert gamma_gamma_fit(x, mean) == gamma_gamma_fit(x[:3], mean[:3])
    with pytest.raises(DataUnfitError, match="none of 3 customers"):
        gamma_gamma_fit(x[3:], mean[3:])


def test_cdnow_is_fitted_near_the_published_sample():
    if not CDNOW.exists():
        pytest.skip("the CDNOW master file is not here: put it into cdnow/ of the folder that CHURN_SHARED_DATA names")
    rows = pd.read_csv(CDNOW, sep=r"\s+", skiprows=1, names=["customer", "day", "items", "value"], dtype=str)
    rows = rows.assign(value=rows["value"].astype(float), day=pd.to_datetime(rows["day"]))
    daily = rows[rows["day"] < "1997-10-01"].groupby(["customer", "day"])["value"].sum().reset_index()
    repeat = daily[daily["day"] > daily.groupby("customer")["day"].transform("min")].groupby("customer")["value"]
    found = gamma_gamma_fit(repeat.size().to_numpy(float), repeat.mean().to_numpy(float))
    assert found["gamma"] * found["p"] / (found["q"] - 1) == pytest.approx(15.44 * 6.25 / 2.74, rel=0.1)
    assert found["q"] == pytest.approx(FADER_2013["q"], rel=0.15)


def test_cdnow_customers_who_stay_are_worth_about_what_is_foretold():
    if not CDNOW.exists():
        pytest.skip("the CDNOW master file is not here: put it into cdnow/ of the folder that CHURN_SHARED_DATA names")
    rows = pd.read_csv(CDNOW, sep=r"\s+", skiprows=1, names=["customer_id", "day", "items", "value"], dtype=str)
    rows = rows.assign(value=rows["value"].astype(float), day=pd.to_datetime(rows["day"]))
    t = pd.Timestamp("1997-10-01")
    past, later = rows[rows["day"] < t], rows[(rows["day"] >= t) & (rows["day"] < t + pd.Timedelta(days=90))]
    by = past.groupby("customer_id")
    history = pd.DataFrame(
        {
            "repeats": by["day"].nunique() - 1.0,
            "last": (by["day"].max() - by["day"].min()).dt.days.astype(float),
            "age": (t - by["day"].min()).dt.days.astype(float),
            "mean": by["value"].sum() / by["day"].nunique(),
        }
    ).reset_index()
    actual = later.groupby("customer_id")["value"].sum().rename("value").reset_index()
    actual = actual[actual["value"] > 0].reset_index(drop=True)
    known = actual.merge(history, on="customer_id", validate="1:1")
    foretold = bought(bought_fit(history), known, churn_days=90, days=90)
    found = value_figures(known["value"].to_numpy(), foretold, np.ones(len(known)))
    assert found["gini"] > 0.6
    assert abs(found["bias"]) < 0.15


def test_value_is_purchases_times_money_and_a_customer_without_history_is_new():
    columns = ["repeats", "last", "age", "mean"]
    history = pd.DataFrame([(0, 0, 50, 10), (3, 40, 60, 30), (1, 9, 70, 20), (6, 60, 70, 12)], columns=columns, dtype=float)
    parameters = bought_fit(history)
    assert parameters == bg_nbd_fit(*(history[name].to_numpy() for name in columns[:3])) | gamma_gamma_fit(
        history["repeats"].to_numpy() + 1, history["mean"].to_numpy()
    )
    asked = pd.DataFrame([(6, 60, 70, 12), (np.nan,) * 4], columns=columns, dtype=float)
    purchases = purchases_of_who_stays(parameters, *arrays((6, 60, 70), (0, 0, 0)), churn_days=30, days=30)
    money = gamma_gamma_mean(parameters, np.array([7.0, 0.0]), np.array([12.0, 0.0]))
    assert bought(parameters, asked, churn_days=30, days=30).tolist() == pytest.approx(purchases * money)
    assert bought(parameters, asked, churn_days=90, days=30).tolist() == pytest.approx(purchases * money)
