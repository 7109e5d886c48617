from datetime import date

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from pipeline.engine import engine
from pipeline.errors import DataUnfitError
from pipeline.model.booster import fit
from pipeline.model.folds import Plan
from pipeline.model.judge import judge, summary_before, write_plots

DATES = (date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1))
PLAN = Plan(date(2023, 1, 1), date(2024, 8, 1), date(2024, 6, 1), DATES, DATES)
ABOUT = {"source": "shop", "definition": {}, "comparable_from": "2023-01-01", "as_of": "2024-08-01"}


@pytest.fixture(scope="module")
def train(world):
    return world({day.isoformat(): 0.0 for day in DATES}, customers=800)


@pytest.fixture(scope="module")
def test(world):
    return world({"2024-06-01": 0.0}, customers=800, seed=7)


@pytest.fixture(scope="module")
def history(test):
    """What BG/NBD sees of the customers of the test, and of one more who is not in it."""
    age = test["purchases_tenure_days"].to_numpy(float)
    last = age - test["purchases_recency_days"].to_numpy(float)
    repeats = np.where(last > 1, test["purchases_count_all"] - 1, 0.0)
    known = pd.DataFrame({"customer_id": test["customer_id"], "repeats": repeats, "last": last, "age": age})
    return pd.concat([known, pd.DataFrame([["stranger", 3.0, 40.0, 90.0]], columns=list(known))], ignore_index=True)


@pytest.fixture(scope="module")
def twin(train, catalog):
    return fit(train, catalog, {"num_leaves": 5, "learning_rate": 0.1}, rounds=40, seed=0, about=ABOUT)


def test_the_summary_counts_days_of_activity_known_before_t():
    with engine() as connection:
        connection.execute("""CREATE TABLE activity AS SELECT * FROM (VALUES
            ('ann', TIMESTAMP '2024-01-01 12:00', TIMESTAMP '2024-01-01 12:00'),
            ('ann', TIMESTAMP '2024-01-01 18:00', TIMESTAMP '2024-01-01 18:00'),
            ('ann', TIMESTAMP '2024-01-05 00:00', TIMESTAMP '2024-01-05 00:00'),
            ('ann', TIMESTAMP '2024-01-10 23:59:59', TIMESTAMP '2024-01-20 00:00'),
            ('ann', TIMESTAMP '2024-01-11 00:00', TIMESTAMP '2024-01-11 00:00'),
            ('bob', TIMESTAMP '2024-01-10 00:00', TIMESTAMP '2024-01-10 00:00'),
            ('eve', TIMESTAMP '2024-01-12 00:00', TIMESTAMP '2024-01-12 00:00'),
            ('dan', TIMESTAMP '2024-01-02 00:00', TIMESTAMP '2024-01-02 00:00')
            ) AS v(customer_id, happened_at, known_at)""")
        connection.execute("""CREATE TABLE attributes AS SELECT 'dan' AS customer_id, 'consent_profiling' AS name, 'no' AS value,
            TIMESTAMP '2024-02-01' AS valid_from""")
        found = summary_before(connection, date(2024, 1, 11), date(2024, 6, 1))
    assert found.to_dict("list") == {"customer_id": ["ann", "bob"], "repeats": [1.0, 0.0], "last": [3.5, 0.0], "age": [9.5, 1.0]}
    assert "dan" not in found["customer_id"].tolist(), "who refuses profiling is in no baseline either"


def test_the_twin_and_every_baseline_are_judged_on_the_same_rows(twin, train, test, history, catalog, configure):
    judged, metrics = judge(twin, train, test, history, catalog, PLAN, configure())
    assert list(metrics["baselines"]) == list(judged.columns[5:])
    assert set(metrics["baselines"]) == {"recency", "rfm_logistic", "lightgbm_default", "bg_nbd"}
    assert judged["customer_id"].tolist() == test["customer_id"].tolist()
    assert judged["churn_probability"].tolist() == twin.churn_probability(test, date(2024, 6, 1)).tolist()
    assert metrics["test"]["t"] == "2024-06-01"
    assert metrics["test"]["customers"] == 800
    assert metrics["test"]["churn_rate"] == pytest.approx(test["y"].mean())
    assert metrics["test"]["auc_low"] < metrics["test"]["auc"] < metrics["test"]["auc_high"]
    for name, figures in metrics["baselines"].items():
        assert figures["auc"] == pytest.approx(roc_auc_score(test["y"], judged[name])), name
        assert figures["auc"] > 0.55, name
        assert judged[name].between(0, 1).all(), name


def test_the_given_rows_are_left_as_they_were(twin, train, test, history, catalog, configure):
    before = [frame.copy(deep=True) for frame in (train, test, history)]
    judge(twin, train, test, history, catalog, PLAN, configure())
    for frame, kept in zip((train, test, history), before, strict=True):
        pd.testing.assert_frame_equal(frame, kept)


def test_weights_stand_for_the_customers_who_are_missing(twin, train, test, history, catalog, configure):
    heavy = test.assign(weight=np.where(test["y"] == 1, 3.0, 1.0))
    _, metrics = judge(twin, train, heavy, history, catalog, PLAN, configure())
    churned = test["y"].sum()
    assert metrics["test"]["churn_rate"] == pytest.approx(3 * churned / (3 * churned + len(test) - churned))


def test_a_renewal_is_not_compared_with_a_model_of_free_buying(twin, train, test, history, catalog, configure):
    _, metrics = judge(twin, train, test, history, catalog, PLAN, configure(definition={"kind": "renewal"}))
    assert "bg_nbd" not in metrics["baselines"]


def test_baselines_whose_features_were_excluded_are_left_out(world, train, test, history, catalog, configure):
    kept = [feature for feature in catalog if feature["name"] != "purchases_recency_days"]
    fewer = [frame.drop(columns="purchases_recency_days") for frame in (train, test)]
    twin = fit(fewer[0], kept, {"num_leaves": 5}, rounds=5, seed=0, about=ABOUT)
    _, metrics = judge(twin, *fewer, history, kept, PLAN, configure())
    assert set(metrics["baselines"]) == {"lightgbm_default", "bg_nbd"}


@pytest.mark.parametrize("outcome", [0, 1])
def test_a_test_of_one_class_is_refused(twin, train, test, history, catalog, configure, outcome):
    with pytest.raises(DataUnfitError, match=r"the test snapshot 2024-06-01 has one class only \(800 rows\)"):
        judge(twin, train, test.assign(y=outcome), history, catalog, PLAN, configure())


def test_a_test_without_rows_is_refused(twin, train, test, history, catalog, configure):
    with pytest.raises(DataUnfitError, match=r"\(0 rows\)"):
        judge(twin, train, test.head(0), history, catalog, PLAN, configure())


def test_the_pictures_are_three_tables(twin, train, test, history, catalog, configure, tmp_path):
    judged, _ = judge(twin, train, test, history, catalog, PLAN, configure())
    write_plots(tmp_path / "plots", judged, twin, bins=8)
    tables = {path.stem: pd.read_csv(path) for path in (tmp_path / "plots").iterdir()}
    assert {name: list(table) for name, table in tables.items()} == {
        "reliability": ["predicted", "observed", "weight", "noise"],
        "gain": ["contacted", "found"],
        "importance": ["feature", "share"],
    }
    assert len(tables["reliability"]) == 8
    assert tables["reliability"]["weight"].sum() == 800
    assert tables["gain"].iloc[-1].tolist() == [1.0, 1.0]
    assert tables["importance"]["share"].sum() == pytest.approx(1, abs=1e-5)
