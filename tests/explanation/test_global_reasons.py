"""What the shipped model looks at, by reason: the features that decide are named, with what more of them does."""

import pandas as pd
import pytest

from pipeline.explanation.contributions import contributions
from pipeline.explanation.global_reasons import by_hash, explain
from pipeline.model.booster import fit
from pipeline.model.simple import SimpleModel

REASON = {"purchases_recency_days": "silence", "purchases_tenure_days": "history", "purchases_count_all": "order_frequency"}
REASON |= {"purchases_gap_days_mean_all": "order_rhythm", "tier": "tier"}
ABOUT = {"first_day": "2022-07-02", "active_days": 365, "label_days": 60, "known_until": "2024-06-01", "as_of": "2024-08-01"}


@pytest.fixture(scope="module")
def told(catalog):
    return [feature | {"group": "any", "reason": REASON[feature["name"]]} for feature in catalog]


@pytest.fixture(scope="module")
def models(world, catalog):
    params = {"num_leaves": 5, "learning_rate": 0.1}
    return [
        fit(world({"2024-03-01": 0.0}, customers=800, seed=seed), catalog, params, rounds=30, seed=0, about=ABOUT)
        for seed in (1, 2, 3)
    ]


@pytest.fixture(scope="module")
def test(world):
    return world({"2024-06-01": 0.0}, customers=300, seed=9)


def test_the_reasons_are_in_the_order_of_what_they_do(models, test, told):
    found = explain(models, test, told)
    assert (found["t"], found["rows"]) == ("2024-06-01", 300)
    first, second = found["reasons"][:2]
    assert (first["reason"], first["feature"]) == ("silence", "purchases_recency_days")
    assert first["direction"] > 0.5, "the longer ago, the riskier"
    assert (second["reason"], second["feature"], pd.isna(second["direction"])) == ("tier", "tier", True)
    assert sorted(one["reason"] for one in found["reasons"]) == sorted(REASON.values())
    sizes = [one["contribution"] for one in found["reasons"]]
    assert sizes == sorted(sizes, reverse=True)


def test_a_reason_of_one_feature_moves_as_much_as_that_feature(models, test, told):
    (moved,) = contributions(models[0].booster, models[0].columns, test)
    recency = moved[:, models[0].columns.names.index("purchases_recency_days")]
    weight = test["weight"].to_numpy() / test["weight"].sum()
    first = explain(models, test, told)["reasons"][0]
    assert first["contribution"] == pytest.approx(float(abs(recency) @ weight))
    assert first["raises"] == pytest.approx(float((recency > 0) @ weight))


def test_the_share_of_signs_that_agree_is_that_of_moving_a_feature_by_hand(models, test, told):
    found = explain(models, test, told)
    assert (found["agrees"]["rows"], found["agrees"]["reasons"]) == (300, 3)
    of = {one["reason"]: one["agrees"] for one in found["reasons"]}
    (moved,) = contributions(models[0].booster, models[0].columns, test)
    silence = moved[:, models[0].columns.names.index("purchases_recency_days")]
    usual = test.assign(purchases_recency_days=test["purchases_recency_days"].median())
    fall = models[0].score(test) - models[0].score(usual)
    counts = abs(silence) >= 0.05
    assert of["silence"] == pytest.approx(float((fall * silence > 0)[counts].mean()))
    assert of["silence"] > 0.75
    assert 0.4 < found["agrees"]["share"] < 0.8, "without a tier risk is raised, and the most frequent one does not lower it"


def test_models_that_are_one_agree_and_others_less(models, test, told):
    same = explain([models[0]] * 2, test, told)["stability"]
    assert same == {"rows": 300, "reasons": 3, "models": 2, "first": 1.0, "all": 1.0, "overlap": 1.0}
    others = explain(models, test, told)["stability"]
    assert others["models"] == 3
    assert 0.5 < others["overlap"] < 1.0


def test_the_sample_is_the_same_whatever_the_order(test):
    sample = by_hash(test, 20)
    assert len(sample) == 20
    assert sample["customer_id"].is_monotonic_increasing
    assert set(by_hash(test[::-1], 20)["customer_id"]) == set(sample["customer_id"])


def test_a_simple_rule_is_not_explained_by_contributions(test, told):
    rule = SimpleModel("recency", {"intercept": 0.0, "slope": 1.0}, ("purchases_recency_days",), {})
    assert explain([rule, rule], test, told) == {}
