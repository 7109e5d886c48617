"""Values in the flow: who is worth what when it was known, what is learned of it, and what stands in where nothing is."""

import json
import re
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from pipeline.config import Value
from pipeline.errors import ConfigError, DataUnfitError
from pipeline.model.folds import Origin, Plan
from pipeline.model.labels import dates_table
from pipeline.model.search import Recipe
from pipeline.value.expected import expected_value, learn_value, load_value
from pipeline.value.horizon import horizon_of, known_at
from pipeline.value.value_baselines import last_spending
from pipeline.value.value_judge import OFF, judge_value, measure_value
from pipeline.value.value_label import moneyless, valued
from tests.value.test_value_model import CATALOG, LEVELS, PARAMS, world
from tests.worlds import definition, facts

SHOP = definition(horizon_days=30, gap_days=7)
CLUB = definition(kind="renewal", horizon_days=30, gap_days=7, grace_days=14)
T = datetime(2020, 6, 1)
DAY = timedelta(days=1)
PLAN = Plan(date(2019, 1, 1), date(2020, 12, 1), (Origin(date(2020, 7, 8), ()), Origin(date(2020, 7, 7), ())), ())
VALUE = Value(days=None, margin_share=0.5)
RECIPE = Recipe(PARAMS, 30)


def sold(day: int, amount: float | None, *, late: int = 0, margin: float | None = None) -> dict[str, object]:
    when = T + day * DAY
    row = {"customer_id": "ann", "order_id": str(day), "ordered_at": when, "amount": amount, "recorded_at": when + late * DAY}
    return row | {"margin": margin}


def test_the_horizon_is_that_of_churn_unless_given():
    assert horizon_of(SHOP, VALUE) == 30
    assert horizon_of(SHOP, Value(days=180, margin_share=None)) == 180
    assert horizon_of(CLUB, VALUE) == 44, "a renewal may come as late as the grace period"


def test_a_value_is_there_as_it_was_known_at_each_test_date():
    rows = [sold(7, 10), sold(20, 4, late=17), sold(36, 2, late=60), sold(37, 100)]
    with facts({"transactions": rows}, SHOP) as (connection, _):
        connection.execute(dates_table((T.date(),)))
        connection.execute("CREATE TABLE chosen AS SELECT 'ann' AS customer_id, t, 0 AS y FROM dates")
        found = connection.execute(valued(SHOP, VALUE, PLAN, "chosen", money=True)).df()
        without = connection.execute(valued(SHOP, VALUE, PLAN, "chosen", money=False)).df()
    names = ["customer_id", "t", "y", "value", "value_known_20200708", "value_known_20200707"]
    assert list(found) == list(without) == names
    # the window ended with 7 July: the day after, the order recorded on that day counts, the one recorded in September does not
    assert found.iloc[0, 3:5].tolist() == [8.0, 5.0]
    assert found.iloc[0, 5:].isna().all(), "on 7 July the window was not over"
    assert without.iloc[0, 3:].isna().all()
    assert names[4] == known_at(date(2020, 7, 8))


@pytest.mark.parametrize(
    ("row", "share", "expected"),
    [
        (sold(1, 10), 0.5, False),
        (sold(1, 10), None, True),
        (sold(1, 10, margin=3), None, False),
        (sold(1, None), 0.5, True),
        (sold(1, None, margin=3), None, False),
    ],
)
def test_a_source_has_values_where_it_has_margins_or_amounts_that_count(row, share, expected):
    with facts({"transactions": [row]}, SHOP) as (connection, _):
        (found,) = connection.execute(moneyless(SHOP, Value(days=None, margin_share=share))).fetchone() or ()
    assert bool(found) is expected


def plan_of(first: str = "2022-01-01") -> Plan:
    return Plan(date.fromisoformat(first), date(2024, 6, 1), (Origin(date(2024, 6, 1), ()),), ())


@pytest.fixture(scope="module")
def config():
    from tests.conftest import config_of

    return config_of("value.margin_share=0.5")


@pytest.fixture(scope="module")
def model(config):
    made = learn_value(world(LEVELS), CATALOG, RECIPE, config, plan_of())
    assert made is not None
    return made


def test_a_model_of_value_knows_what_it_was_trained_for(model):
    assert (model.about["days"], model.about["margin_share"], model.about["as_of"]) == (90, 0.5, "2024-06-01")
    assert model.about["comparable_from"] == "2022-07-02", "half of active_days after the first day"


def test_nothing_is_learned_of_values_that_are_unknown_or_nothing(config):
    frame = world({"2024-01-01": 0.0})
    for value in (np.nan, 0.0, -1.0):
        assert learn_value(frame.assign(value=value), CATALOG, RECIPE, config, plan_of()) is None
    assert learn_value(frame.assign(y=1), CATALOG, RECIPE, config, plan_of()) is None, "who left teaches nothing"


def test_the_model_is_read_again_unless_it_was_changed_or_is_of_another_value(model, config, tmp_path):
    assert load_value(tmp_path, "ship", config) is None
    model.save(tmp_path, "ship-value")
    read = load_value(tmp_path, "ship", config)
    assert read is not None
    assert read.about == model.about
    other = config.model_copy(update={"value": Value(days=30, margin_share=0.5)})
    with pytest.raises(ConfigError, match=re.escape("was trained for value.days 90 and value.margin_share 0.5")):
        load_value(tmp_path, "ship", other)
    (tmp_path / "ship-value.txt").unlink()
    with pytest.raises(DataUnfitError, match="not a complete model of value"):
        load_value(tmp_path, "ship", config)


SPENT = pd.DataFrame(
    {
        "purchases_amount_sum_30d": [1.0, 0.0, 0.0],
        "purchases_amount_sum_365d": [730.0, 0.0, np.nan],
        "returns_amount_sum_365d": [-365.0, -5.0, np.nan],
        "purchases_tenure_days": [10.0, 800.0, 1.0],
    }
)


def test_without_a_model_the_margin_of_the_last_year_counts_scaled():
    assert last_spending(SPENT, 0.5, 90).tolist() == [0.5 * 90, 0.0, 0.0]
    with_margin = SPENT.assign(purchases_margin_sum_365d=[73.0, 0.0, 0.0]).drop(columns="returns_amount_sum_365d")
    assert last_spending(with_margin, None, 90).tolist() == [18.0, 0.0, 0.0]
    shorter = SPENT[["purchases_amount_sum_30d"]]
    assert last_spending(shorter, 0.5, 90).tolist() == [1.5, 0.0, 0.0], "of the longest window there is"


def test_what_nobody_can_know_is_unknown(config):
    assert np.isnan(last_spending(SPENT, None, 90)).all(), "amounts, and nothing of them is known to be margin"
    assert np.isnan(last_spending(SPENT[["purchases_tenure_days"]], 0.5, 90)).all()
    renewal = config.model_copy(update={"definition": config.definition.model_copy(update={"kind": "renewal"})})
    assert np.isnan(expected_value(None, SPENT, pd.Timestamp("2024-06-01"), renewal)).all()


def test_the_values_of_a_test_date_stand_beside_those_of_the_baselines(model, config):
    test = world({"2024-06-01": 0.2}, seed=5)
    found = judge_value(model, test, Origin(date(2024, 6, 1), ()), config)
    assert list(found) == ["value", "expected_value", "last_year", "own_purchases"]
    assert found["expected_value"].tolist() == model.expected_value(test, date(2024, 6, 1)).tolist()
    assert found["last_year"].tolist() == last_spending(test, 0.5, 90).tolist()
    alone = judge_value(None, test, Origin(date(2024, 6, 1), ()), config)
    assert alone["expected_value"].tolist() == alone["last_year"].tolist()
    assert alone["own_purchases"].isna().all()


# Two dates: on the later ann and bob stayed and cat left; on the earlier only ann stayed, and stands for two.
JUDGED = pd.DataFrame(
    {
        "t": pd.to_datetime(["2024-06-01"] * 3 + ["2024-03-01"] * 2),
        "y": [0, 0, 1, 0, 1],
        "weight": [1.0, 1.0, 1.0, 2.0, 1.0],
        "value": [30.0, 10.0, 0.0, 20.0, 0.0],
        "expected_value": [24.0, 12.0, 99.0, 25.0, 99.0],
        "last_year": [10.0, 30.0, 99.0, 20.0, 99.0],
        "own_purchases": [np.nan, 1.0, 1.0, 1.0, 1.0],
    }
)


def test_figures_of_value_are_of_those_who_stayed(config):
    found = measure_value(JUDGED, config)
    later, earlier = found["rolling"]
    assert (found["days"], found["margin_share"]) == (90, 0.5)
    assert (later["t"], later["customers"], later["mean"], later["mae"]) == ("2024-06-01", 2, 20.0, 4.0)
    assert later["bias"] == pytest.approx(36 / 40 - 1)
    assert (later["gini"], later["baselines"]["last_year"]["gini"]) == (pytest.approx(1), pytest.approx(-1))
    assert list(later["baselines"]) == ["last_year"], "a baseline that knows not everybody is left out"
    assert (earlier["t"], earlier["customers"], earlier["mae"]) == ("2024-03-01", 1, 5.0)
    assert np.isnan(earlier["gini"]), "of one customer nothing can be put in order"
    pooled = found["pooled"]
    assert (pooled["dates"], pooled["customers"], pooled["mean"]) == (2, 3, 20.0)
    assert pooled["bias"] == pytest.approx((24 + 12 + 2 * 25) / 80 - 1)
    assert [(one["predicted"], one["actual"], one["weight"]) for one in pooled["deciles"]] == [
        (12.0, 10.0, 1.0),
        (24.0, 30.0, 1.0),
        (25.0, 20.0, 2.0),
    ]


@pytest.mark.parametrize("unknown", [{"value": np.nan}, {"value": 0.0}, {"expected_value": np.nan}, {"y": 1}])
def test_without_a_known_value_only_a_sentence_is_said(config, unknown):
    assert measure_value(JUDGED.assign(**unknown), config) == {"off": OFF}
    assert json.dumps(OFF)
