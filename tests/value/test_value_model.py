"""The model of value: what it learns, what it forecasts, and what it refuses."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from pipeline.errors import DataUnfitError
from pipeline.value.value_baselines import history_of, last_year, own_spending, shrunken, shrunken_fit
from pipeline.value.value_figures import value_figures
from pipeline.value.value_model import ValueModel, fit, mean_with_season, stayed
from tests.damage import refused_when_changed

PARAMS = {"learning_rate": 0.1, "num_leaves": 7, "min_data_in_leaf": 20, "feature_fraction": 0.8, "bagging_fraction": 0.8}
PARAMS |= {"bagging_freq": 1, "lambda_l2": 10.0}
CHURN = {"kind": "purchase", "horizon_days": 90}
ABOUT = {"definition": CHURN, "days": 90, "margin_share": 0.5, "comparable_from": "2023-01-01", "as_of": "2024-06-01"}
LEVELS = {"2024-01-01": 0.0, "2024-02-01": 0.7, "2024-03-01": 0.2}
TEST = date(2024, 6, 1)
FIRST = date(2020, 1, 1)
CATALOG = [
    {"name": "purchases_amount_sum_365d", "type": "number"},
    {"name": "purchases_tenure_days", "type": "number"},
    {"name": "purchases_recency_days", "type": "number"},
    {"name": "tier", "type": "category"},
]


def world(levels, customers=400, seed=0):
    """Customers of a lasting rate, whom the tier triples; a date's level multiplies what everybody spends after it."""
    generator = np.random.default_rng(seed)
    made = []
    for day, level in levels.items():
        rate = generator.gamma(1.5, 60, customers)  # margin in 90 days
        tenure = generator.uniform(30, 900, customers)
        exposure = np.minimum(tenure, 365)
        tier = generator.choice(["gold", "silver"], customers)
        spent = generator.gamma(4 * exposure / 90, rate / 4)
        value = generator.gamma(4, rate / 4) * np.exp(level) * np.where(tier == "gold", 3, 1)
        rows = {
            "customer_id": [f"c{number:05d}" for number in range(customers)],
            "t": pd.Timestamp(day),
            "y": (generator.random(customers) < 0.4).astype(np.int8),
            "weight": np.ones(customers, np.float32),
            "value": value,
            "purchases_amount_sum_365d": (2 * spent).astype(np.float32),
            "purchases_tenure_days": tenure.astype(np.float32),
            "purchases_recency_days": generator.exponential(40, customers).astype(np.float32),
            "tier": pd.array(tier, dtype="str"),
            "truth": rate * np.exp(level) * np.where(tier == "gold", 3, 1),
        }
        made.append(pd.DataFrame(rows))
    return pd.concat(made, ignore_index=True).assign(value=lambda frame: frame["value"].where(frame["y"] == 0, 0.0))


def train(frame, *, rounds=60, seed=0, catalog=CATALOG, **params):
    return fit(frame, catalog, PARAMS | params, rounds=rounds, seed=seed, about=ABOUT)


@pytest.fixture(scope="module")
def model():
    return train(world(LEVELS))


@pytest.fixture(scope="module")
def later():
    return stayed(world({"2024-06-01": 0.2}, customers=3000, seed=7))


@pytest.fixture
def folder(model, tmp_path):
    model.save(tmp_path, "value")
    return tmp_path


def judged(value, predicted):
    return value_figures(value.to_numpy(), predicted, np.ones(len(value)))


def test_it_finds_who_is_worth_more_and_how_much(model, later):
    found = judged(later["value"], model.expected_value(later, TEST))
    best = judged(later["value"], later["truth"].to_numpy())
    naive = judged(later["value"], last_year(own_spending(later, 0.5)[0], 90))
    assert best["gini"] - 0.06 < found["gini"] < best["gini"]
    assert found["gini"] > naive["gini"] + 0.1
    assert found["mae"] < 1.25 * best["mae"] < naive["mae"]
    assert abs(found["bias"]) < 0.1
    assert found["decile_error"] < 0.15


BUYING = [{"name": name, "type": "number"} for name in ("purchases_days_all", "purchases_amount_sum_all")]


def buyers(levels, customers=500, seed=0):
    """Customers whose money comes in purchases, as the story of BG/NBD and Gamma-Gamma without leaving has it."""
    frame = world(levels, customers, seed)
    generator = np.random.default_rng(seed)
    rate, money = generator.gamma(2, 1 / 60, len(frame)), generator.gamma(4, 10, len(frame))
    tenure = frame["purchases_tenure_days"].to_numpy(float)
    repeats = generator.poisson(rate * tenure)
    last = tenure * generator.beta(np.maximum(repeats, 1), 1)
    later = generator.poisson(rate * 90)
    level = frame["t"].map({pd.Timestamp(day): np.exp(level) for day, level in levels.items()}).to_numpy()
    value = generator.gamma(4 * np.maximum(later, 1), money / 4) * level
    return frame.assign(
        y=(later == 0).astype(np.int8),
        value=np.where(later > 0, value, 0.0),
        purchases_days_all=repeats + 1.0,
        purchases_recency_days=np.where(repeats > 0, tenure - last, tenure),
        purchases_amount_sum_all=2 * generator.gamma(4 * (repeats + 1), money / 4),
        purchases_amount_sum_365d=0.0,
    )


def test_where_churn_is_not_to_purchase_own_purchases_are_where_the_trees_begin():
    rows, test = buyers(LEVELS), stayed(buyers({"2024-06-01": 0.2}, customers=2000, seed=3))
    with_purchases, without = (
        fit(rows, CATALOG + BUYING, PARAMS, rounds=60, seed=0, about=ABOUT | {"definition": CHURN | {"kind": kind}})
        for kind in ("purchase", "activity")
    )
    assert set(with_purchases.own) == {"r", "alpha", "a", "b", "p", "q", "gamma"}
    assert set(without.own) == {"money", "periods", "scale"}
    found, other = (judged(test["value"], model.expected_value(test, TEST)) for model in (with_purchases, without))
    assert found["gini"] > other["gini"] + 0.005
    assert found["mae"] < other["mae"]
    assert abs(found["bias"]) < 0.1
    with pytest.raises(DataUnfitError, match="missing"):
        with_purchases.expected_value(test.drop(columns="purchases_amount_sum_all"), TEST)


def test_ten_buyers_are_enough_to_say_something():
    few = buyers({"2024-01-01": 0.0}, customers=10)
    found = fit(few, CATALOG + BUYING, PARAMS, rounds=60, seed=0, about=ABOUT).expected_value(buyers(LEVELS), TEST)
    assert np.isfinite(found).all()
    assert (found > 0).all()


def test_purchases_that_never_earned_anything_tell_nothing():
    rows = buyers(LEVELS).assign(purchases_amount_sum_all=0.0)
    assert "gamma" not in fit(rows, CATALOG + BUYING, PARAMS, rounds=5, seed=0, about=ABOUT).own


def test_the_history_of_feature_rows():
    rows = pd.DataFrame(
        {
            "purchases_days_all": [3.0, 1, np.nan],
            "purchases_recency_days": [10.0, 40.25, np.nan],
            "purchases_tenure_days": [100.0, 40.5, np.nan],
            "purchases_amount_sum_all": [90.0, 20, np.nan],
        }
    )
    found = history_of(rows, 0.5)
    assert found.to_dict("list") == {"repeats": [2, 0, 0], "last": [90, 0, 0], "age": [100, 40.5, 0], "mean": [15, 10, 0]}
    assert history_of(rows.drop(columns="purchases_days_all"), 0.5) is None


def test_it_does_not_stop_at_the_largest_customer_it_has_seen(model, later):
    large = later.head(1).assign(purchases_amount_sum_365d=np.float32(1e6), purchases_tenure_days=np.float32(800), tier="silver")
    assert model.expected_value(large, TEST)[0] == pytest.approx(1e6 * 0.5 * 90 / 365 * np.exp(0.2), rel=0.5)


def test_levels_of_the_snapshots_are_learned_apart_and_forecast(model):
    levels = [model.levels[date.fromisoformat(day)] for day in LEVELS]
    assert np.diff(levels).tolist() == pytest.approx([0.7, -0.5], abs=0.15)
    rows = world({"2024-06-01": 0.0}, customers=20)
    a_year_on = date(2025, 2, 1)
    ratio = model.expected_value(rows, a_year_on) / model.expected_value(rows, TEST)
    assert ratio == pytest.approx(np.exp((levels[1] - levels[2]) / 2))


def test_totals_of_the_training_snapshots_hold(model):
    rows = stayed(world(LEVELS))
    for day, level in model.levels.items():
        here = rows[rows["t"].dt.date == day]
        assert np.exp(model.score(here) + level).sum() == pytest.approx(here["value"].sum(), rel=0.01)


def test_only_who_stayed_teaches():
    rows = world(LEVELS)
    gone = rows["y"] == 1
    nonsense = rows.assign(value=rows["value"].where(~gone, 1e6), weight=rows["weight"])
    unknown = pd.concat([rows, rows.head(50).assign(value=np.nan)], ignore_index=True)
    weightless = pd.concat([rows, rows.head(50).assign(value=1e6, weight=0, y=0)], ignore_index=True)
    text = train(rows).booster.model_to_string()
    assert all(train(other).booster.model_to_string() == text for other in (nonsense, unknown, weightless))


def test_returns_that_outweigh_lower_the_level_and_do_no_harm():
    rows = world(LEVELS)
    first = (rows["t"] == pd.Timestamp("2024-01-01")) & (rows["y"] == 0)
    some = rows.assign(value=rows["value"].mask(first & (rows.index % 5 == 0), -20.0))
    all_back = rows.assign(value=rows["value"].mask(first, -20.0))
    levels = [train(frame).levels[date(2024, 1, 1)] for frame in (rows, some, all_back)]
    assert levels[0] > levels[1] > levels[2] > -20
    assert (train(all_back).expected_value(rows, TEST) > 0).all()


def test_a_source_without_spending_features_is_learned_by_the_trees_alone(later):
    bare = [feature for feature in CATALOG if "amount" not in feature["name"]]
    drop = ["purchases_amount_sum_365d"]
    model = train(world(LEVELS).drop(columns=drop), catalog=bare)
    found = judged(later["value"], model.expected_value(later.drop(columns=drop), TEST))
    assert found["gini"] > 0.2
    assert abs(found["bias"]) < 0.15


def test_ten_customers_are_enough_to_say_something(later):
    few = world({"2024-01-01": 0.0}, customers=10)
    found = train(few).expected_value(later, TEST)
    assert np.isfinite(found).all()
    assert found.mean() == pytest.approx(stayed(few)["value"].mean(), rel=1)


@pytest.mark.parametrize(
    ("spoiled", "said"),
    [
        ({"y": 1}, "none of 1,200 training rows stayed"),
        ({"value": np.nan}, "none of 1,200 training rows stayed"),
        ({"weight": 0.0}, "none of 1,200 training rows stayed"),
        ({"value": 0.0}, "worth 0 on average"),
        ({"value": -3.0}, "worth -3 on average"),
    ],
)
def test_nothing_to_learn_from_is_refused(spoiled, said):
    with pytest.raises(DataUnfitError, match=said):
        train(world(LEVELS).assign(**spoiled))


def test_a_saved_model_predicts_the_same_numbers(model, folder, later):
    loaded = ValueModel.load(folder, "value")
    assert loaded.expected_value(later, TEST).tolist() == model.expected_value(later, TEST).tolist()
    assert (loaded.columns, loaded.levels, loaded.own, loaded.about) == (model.columns, model.levels, model.own, ABOUT)
    assert sorted(path.name for path in folder.iterdir()) == ["value.json", "value.txt"]


def test_training_and_saving_twice_gives_the_same_bytes(folder, tmp_path_factory):
    again = tmp_path_factory.mktemp("again")
    train(world(LEVELS), num_threads=1).save(again, "first")
    train(world(LEVELS), num_threads=1).save(again, "second")
    ValueModel.load(folder, "value").save(again, "value")
    assert (again / "first.txt").read_bytes() == (again / "second.txt").read_bytes()
    assert (again / "first.json").read_bytes() == (again / "second.json").read_bytes()
    assert (again / "value.json").read_bytes() == (folder / "value.json").read_bytes()


@pytest.mark.parametrize(
    ("name", "pattern", "instead"),
    [
        ("value.txt", r"leaf_value=", "leaf_value=9"),
        ("value.json", r'"money": ', '"money": 9'),
        ("value.json", r'"days": 90', '"days": 30'),
    ],
)
def test_a_changed_file_is_refused(folder, name, pattern, instead):
    refused_when_changed(folder / name, pattern, instead, lambda: ValueModel.load(folder, "value"))


def test_a_column_missing_at_scoring_is_refused(model, later):
    with pytest.raises(DataUnfitError, match="columns the model needs are missing"):
        model.expected_value(later.drop(columns="tier"), TEST)


def test_own_spending_takes_the_margin_of_the_longest_window_and_takes_returns_back():
    rows = pd.DataFrame(
        {
            "purchases_tenure_days": [400.0, 100, 0.2, np.nan],
            "purchases_amount_sum_365d": [200.0, 100, 20, np.nan],
            "purchases_amount_sum_30d": [20.0, 10, 2, np.nan],
            "returns_amount_sum_365d": [-40.0, np.nan, -30, np.nan],
        }
    )
    spent, days = own_spending(rows, 0.5)
    assert (spent.tolist(), days.tolist()) == ([80, 50, 0, 0], [365, 100, 1, 1])
    with_margin = rows.assign(purchases_margin_sum_90d=[7.0, 6, 5, 4])
    spent, days = own_spending(with_margin, 0.5)
    assert (spent.tolist(), days.tolist()) == ([7, 6, 5, 4], [90, 90, 1, 1])
    assert [part.tolist() for part in own_spending(rows[["purchases_tenure_days"]], 0.5)] == [[0] * 4, [0] * 4]


def test_the_shrunken_rate_by_hand():
    prior = {"money": 10.0, "periods": 1.0, "scale": 2.0}
    # 90 of 90 days: (10 + 30) / 2; nothing known: 10 / 1; four horizons: (10 + 30) / 5
    found = shrunken(prior, np.array([30.0, 0, 30]), np.array([90.0, 0, 360]), 90)
    assert found.tolist() == [40, 20, 16]


def test_the_shrunken_rate_recovers_the_prior_that_made_the_customers():
    generator = np.random.default_rng(4)
    rate, exposure = generator.gamma(2, 10, 20_000), generator.uniform(10, 365, 20_000)
    spent, value = rate * generator.poisson(5 * exposure / 90) / 5, rate * generator.poisson(5, 20_000) / 5
    found = shrunken_fit(spent, exposure, value, np.ones(20_000), 90)
    truth = shrunken_fit(spent, exposure, rate, np.ones(20_000), 90)
    assert found == pytest.approx(truth, rel=0.15)
    assert shrunken(found, spent, exposure, 90).mean() == pytest.approx(20, rel=0.02)


def test_without_a_season_a_year_ago_the_forecast_is_the_latest_level():
    levels = {date(2024, 1, 1): -1.0, date(2024, 3, 1): 0.5}
    assert mean_with_season(levels, date(2024, 6, 1), FIRST) == 0.5


def test_the_latest_level_is_that_of_the_latest_date_whatever_the_order():
    levels = {date(2024, 3, 1): 0.5, date(2024, 1, 1): -1.0}
    assert mean_with_season(levels, date(2024, 6, 1), FIRST) == 0.5


def test_with_the_season_a_year_ago_the_forecast_is_the_mean_of_both_levels():
    levels = {date(2023, 6, 2): 1.0, date(2024, 3, 1): 0.5}
    assert mean_with_season(levels, date(2024, 6, 1), FIRST) == 0.75


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2023, 5, 13), 0.75),  # 385 days before: the last that counts
        (date(2023, 5, 12), 0.5),  # 386 days
        (date(2023, 6, 21), 0.75),  # 346 days
        (date(2023, 6, 22), 0.5),  # 345 days, more than twenty from 365.25
    ],
)
def test_a_season_counts_up_to_twenty_days_from_a_year_ago(day, expected):
    assert mean_with_season({day: 1.0, date(2024, 3, 1): 0.5}, date(2024, 6, 1), FIRST) == expected


@pytest.mark.parametrize(("comparable_from", "expected"), [(date(2023, 6, 2), 0.75), (date(2023, 6, 3), 0.5)])
def test_a_season_too_early_to_compare_is_left_out(comparable_from, expected):
    levels = {date(2023, 6, 2): 1.0, date(2024, 3, 1): 0.5}
    assert mean_with_season(levels, date(2024, 6, 1), comparable_from) == expected


def test_of_two_seasons_the_one_nearer_to_a_year_ago_counts():
    levels = {date(2023, 5, 20): 9.0, date(2023, 6, 5): 1.0, date(2024, 3, 1): 0.5}
    assert mean_with_season(levels, date(2024, 6, 1), FIRST) == 0.75


def test_a_nearer_season_that_is_too_early_gives_way_to_the_next():
    levels = {date(2023, 6, 2): 9.0, date(2023, 6, 15): 1.0, date(2024, 3, 1): 0.5}
    assert mean_with_season(levels, date(2024, 6, 1), date(2023, 6, 10)) == 0.75
