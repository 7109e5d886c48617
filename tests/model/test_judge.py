from datetime import date

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from pipeline.engine import engine
from pipeline.errors import DataUnfitError
from pipeline.model.booster import fit
from pipeline.model.folds import Origin
from pipeline.model.judge import GIVEN, judge, measure
from pipeline.model.judged_rows import summary_before
from pipeline.model.plots import write_plots

DATES = (date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1))
ORIGIN = Origin(date(2024, 6, 1), DATES)
ABOUT = {
    "source": "shop",
    "definition": {},
    "first_day": "2022-07-02",
    "active_days": 365,
    "label_days": 60,
    "known_until": "2024-06-01",
    "as_of": "2024-08-01",
}


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
    judged = judge(ORIGIN, twin, train, test, history, catalog, configure())
    assert list(judged) == [*GIVEN, "recency", "rfm_logistic", "lightgbm_default", "bg_nbd"]
    assert judged["customer_id"].tolist() == test["customer_id"].tolist()
    assert judged["churn_probability"].tolist() == twin.churn_probability(test, date(2024, 6, 1)).tolist()
    for name in judged.columns[4:]:
        assert roc_auc_score(judged["y"], judged[name]) > 0.55, name
        assert judged[name].between(0, 1).all(), name


def test_the_given_rows_are_left_as_they_were(twin, train, test, history, catalog, configure):
    before = [frame.copy(deep=True) for frame in (train, test, history)]
    judge(ORIGIN, twin, train, test, history, catalog, configure())
    for frame, kept in zip((train, test, history), before, strict=True):
        pd.testing.assert_frame_equal(frame, kept)


def test_a_renewal_is_not_compared_with_a_model_of_free_buying(twin, train, test, history, catalog, configure):
    judged = judge(ORIGIN, twin, train, test, history, catalog, configure(definition={"kind": "renewal"}))
    assert "bg_nbd" not in judged


def test_baselines_whose_features_were_excluded_are_left_out(world, train, test, history, catalog, configure):
    kept = [feature for feature in catalog if feature["name"] != "purchases_recency_days"]
    fewer = [frame.drop(columns="purchases_recency_days") for frame in (train, test)]
    twin = fit(fewer[0], kept, {"num_leaves": 5}, rounds=5, seed=0, about=ABOUT)
    assert list(judge(ORIGIN, twin, *fewer, history, kept, configure()).columns[5:]) == ["lightgbm_default", "bg_nbd"]


# Two dates. On the later the model ranks all right and the rival three of four; on the earlier one of two, and the rival both.
LATER, EARLIER = Origin(date(2024, 6, 1), DATES), Origin(date(2024, 4, 1), DATES[:1])
JUDGED = pd.DataFrame(
    {
        "customer_id": ["ann", "bob", "cat", "dan", "ann", "bob", "eve"],
        "t": pd.to_datetime(["2024-06-01"] * 4 + ["2024-04-01"] * 3),
        "y": [1, 1, 0, 0, 1, 0, 0],
        "weight": [1.0] * 6 + [3.0],
        "churn_probability": [0.9, 0.7, 0.3, 0.1, 0.5, 0.8, 0.2],
        "rival": [0.9, 0.2, 0.3, 0.1, 0.9, 0.8, 0.2],
    }
)


@pytest.fixture(scope="module")
def metrics():
    from tests.conftest import config_of

    return measure(
        JUDGED, pd.DataFrame({"all": ["everybody"] * 7}), (LATER, EARLIER), None, config_of("evaluate.calibration_bins=2")
    )


def test_each_date_has_its_own_figures_and_the_latest_is_the_test(metrics):
    later, earlier = metrics["rolling"]
    assert (later["t"], later["trained_on"], later["customers"], later["churn_rate"]) == ("2024-06-01", 3, 4, 0.5)
    assert (earlier["t"], earlier["trained_on"], earlier["customers"], earlier["churn_rate"]) == ("2024-04-01", 1, 3, 0.2)
    assert (later["auc"], earlier["auc"]) == (1.0, 0.75)  # on the earlier date eve stands for three
    assert (later["baselines"]["rival"]["auc"], earlier["baselines"]["rival"]["auc"]) == (0.75, 1.0)
    assert later["predicted"] == pytest.approx(0.5)
    assert earlier["predicted"] == pytest.approx((0.5 + 0.8 + 3 * 0.2) / 5)
    assert metrics["test"] == {key: value for key, value in later.items() if key != "baselines"}
    assert metrics["baselines"] == later["baselines"]


def test_the_pooled_auc_compares_nobody_with_customers_of_another_date(metrics):
    pooled = metrics["pooled"]
    assert (pooled["customers"], pooled["dates"]) == (7, 2)
    assert pooled["churn_rate"] == pytest.approx(3 / 9)
    assert pooled["auc"] == pytest.approx((4 * 1.0 + 3 * 0.75) / 7)
    assert pooled["spread"]["auc"] == [0.75, 1.0]
    right = [0.9, 0.7, 0.7, 0.9, 0.5, 0.2, 0.8, 0.8, 0.8]  # the chance given to what happened
    assert pooled["log_loss"] == pytest.approx(-np.log(right).mean())


def test_a_lead_is_the_model_less_the_baseline_with_its_interval(metrics):
    loss = metrics["paired"]["rival"]["log_loss"]
    expected = metrics["pooled"]["log_loss"] - metrics["pooled_baselines"]["rival"]["log_loss"]
    assert loss["difference"] == pytest.approx(expected)
    assert loss["low"] < loss["difference"] < loss["high"]


def test_few_customers_are_no_slice(metrics):
    assert metrics["slices"] == []


@pytest.mark.parametrize("outcome", [0, 1])
def test_a_test_of_one_class_is_refused(twin, train, test, history, catalog, configure, outcome):
    with pytest.raises(DataUnfitError, match=r"the test snapshot 2024-06-01 has one class only \(800 rows\)"):
        judge(ORIGIN, twin, train, test.assign(y=outcome), history, catalog, configure())


def test_a_test_without_rows_is_refused(twin, train, test, history, catalog, configure):
    with pytest.raises(DataUnfitError, match=r"\(0 rows\)"):
        judge(ORIGIN, twin, train, test.head(0), history, catalog, configure())


def test_the_pictures_are_three_tables(twin, tmp_path):
    write_plots(tmp_path / "plots", JUDGED, twin.importance(), bins=2)
    tables = {path.stem: pd.read_csv(path) for path in (tmp_path / "plots").iterdir()}
    assert {name: list(table) for name, table in tables.items()} == {
        "reliability": ["predicted", "observed", "weight", "noise", "t"],
        "gain": ["contacted", "found"],
        "importance": ["feature", "share"],
    }
    assert tables["reliability"]["t"].tolist() == ["2024-04-01"] * 2 + ["2024-06-01"] * 2
    assert tables["reliability"].groupby("t")["weight"].sum().to_dict() == {"2024-04-01": 5, "2024-06-01": 4}
    assert tables["gain"]["found"].tolist()[50] == 1.0  # on the later date the upper half is who left
    assert tables["gain"].iloc[-1].tolist() == [1.0, 1.0]
    assert tables["importance"]["share"].sum() == pytest.approx(1, abs=1e-5)


def test_a_training_of_one_class_is_refused(twin, train, test, history, catalog, configure):
    with pytest.raises(DataUnfitError, match=r"training snapshots of the test 2024-06-01 have one class only"):
        judge(ORIGIN, twin, train.assign(y=1), test, history, catalog, configure())
