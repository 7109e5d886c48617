"""Contributions add up, groups sum them, reasons are the largest, and what is unstable is called so."""

import math
from itertools import combinations

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest
from scipy.stats import pearsonr

from pipeline.errors import DataUnfitError
from pipeline.explanation.contributions import contributions, group_contributions, importance, reasons_of, top_reasons
from pipeline.explanation.stability import Agreement, agreement
from pipeline.model.booster import fit
from pipeline.model.design_matrix import Columns

ABOUT = {"first_day": "2022-07-02", "active_days": 365, "label_days": 60, "as_of": "2024-06-01"}
PARAMS = {"learning_rate": 0.2, "num_leaves": 4, "min_data_in_leaf": 20}
DATES = {"2024-01-01": 0.0, "2024-02-01": 0.0}
GROUPS = {
    "purchases_recency_days": "rhythm",
    "purchases_tenure_days": "rhythm",
    "purchases_count_all": "rhythm",
    "purchases_gap_days_mean_all": "rhythm",
    "tier": "loyalty",
}
GROUPED = pd.DataFrame({"money": [1.0, -2, 0, 0.5], "rhythm": [0.5, 3, 0, 0.5], "service": [2.0, 1, 0, -4]}, index=[7, 8, 9, 10])


@pytest.fixture(scope="module")
def rows(world):
    return world(DATES)


@pytest.fixture(scope="module")
def model(rows, catalog):
    return fit(rows, catalog, PARAMS, rounds=20, seed=0, about=ABOUT)


def shapley_of_one_tree(tree, names, row, path=()):
    """Shapley values of one tree by their definition: every order in which the columns could become known."""

    def expected(node, known):
        if "leaf_value" in node:
            return node["leaf_value"]
        name = names[node["split_feature"]]
        sides = node["left_child"], node["right_child"]
        if name in known:
            return expected(sides[0] if row[name] <= node["threshold"] else sides[1], known)
        counts = [side.get("internal_count", side.get("leaf_count")) for side in sides]
        return sum(count * expected(side, known) for count, side in zip(counts, sides, strict=True)) / sum(counts)

    found = dict.fromkeys(names, 0.0)
    for name in names:
        others = [other for other in names if other != name]
        for size in range(len(names)):
            share = math.factorial(size) * math.factorial(len(names) - size - 1) / math.factorial(len(names))
            for known in combinations(others, size):
                found[name] += share * (expected(tree, {*known, name}) - expected(tree, {*known}))
    return found


def test_contributions_are_shapley_values():
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(generator.normal(size=(300, 3)), columns=["a", "b", "c"])
    y = frame["a"] * frame["b"] + frame["c"].clip(0)
    columns = Columns(("a", "b", "c"), {})
    booster = lgb.train({"verbosity": -1, "num_leaves": 6, "seed": 0}, columns.dataset(columns.matrix(frame), y.to_numpy()), 3)
    trees = [tree["tree_structure"] for tree in booster.dump_model()["tree_info"]]
    (found,) = contributions(booster, columns, frame.head(5))
    for numbers, values in zip(columns.matrix(frame.head(5)), found, strict=True):
        row = dict(zip("abc", map(float, numbers), strict=True))
        by_tree = [shapley_of_one_tree(tree, ["a", "b", "c"], row) for tree in trees]
        assert values[:3] == pytest.approx([sum(tree[name] for tree in by_tree) for name in "abc"], abs=1e-9)


def test_contributions_and_the_expected_score_add_up_to_the_score(model, rows):
    (found,) = contributions(model.booster, model.columns, rows)
    assert found.sum(axis=1) == pytest.approx(model.score(rows), abs=1e-9)
    assert np.ptp(found[:, -1]) == 0


@pytest.mark.parametrize("chunk", [1, 7, 800, 10_000])
def test_chunks_change_nothing(model, rows, chunk):
    few = rows.head(40)
    whole = group_contributions(model.booster, model.columns, few, GROUPS)
    pd.testing.assert_frame_equal(group_contributions(model.booster, model.columns, few, GROUPS, chunk), whole, rtol=1e-12)
    pd.testing.assert_frame_equal(
        importance(model.booster, model.columns, few, GROUPS, chunk=chunk),
        importance(model.booster, model.columns, few, GROUPS),
        rtol=1e-9,
    )


def test_a_group_is_the_sum_of_its_columns(model, rows):
    (found,) = contributions(model.booster, model.columns, rows)
    grouped = group_contributions(model.booster, model.columns, rows, GROUPS)
    assert grouped.columns.tolist() == ["loyalty", "rhythm"]
    assert grouped["loyalty"].to_numpy() == pytest.approx(found[:, 4])
    assert grouped["rhythm"].to_numpy() == pytest.approx(found[:, :4].sum(axis=1))
    assert grouped.index.equals(rows.index)


def test_nobody_has_no_contributions(model, rows):
    grouped = group_contributions(model.booster, model.columns, rows.head(0), GROUPS)
    assert (len(grouped), grouped.columns.tolist()) == (0, ["loyalty", "rhythm"])
    assert top_reasons(grouped, 2).shape == (0, 2)


def test_reasons_are_those_of_the_catalogue(model):
    catalog = [{"name": name, "reason": reason} for name, reason in GROUPS.items()]
    assert reasons_of(model.columns, catalog) == GROUPS
    with pytest.raises(DataUnfitError, match="1 columns of the model have no reason"):
        reasons_of(model.columns, catalog[:-1])


def test_the_strongest_groups_that_raise_the_score():
    reasons = top_reasons(GROUPED, 2)
    assert reasons.tolist() == [["service", "money"], ["rhythm", "service"], [None, None], ["money", "rhythm"]]


def test_more_reasons_than_groups_are_all_groups():
    assert top_reasons(GROUPED, 9).shape == (4, 3)


def test_importance_names_what_drives_churn_and_which_way(model, rows):
    found = importance(model.booster, model.columns, rows, GROUPS).set_index("feature")
    assert found.index[:2].tolist() == ["purchases_recency_days", "tier"]
    assert found.loc["purchases_recency_days", "direction"] > 0.6
    assert np.isnan(found.loc["tier", "direction"])
    assert found.loc["tier", "group"] == "loyalty"


def test_importance_and_direction_are_weighted_means_and_correlations(model, rows):
    weight = np.random.default_rng(1).integers(0, 3, len(rows))
    found = importance(model.booster, model.columns, rows, GROUPS, weight.astype(float)).set_index("feature")
    (c,) = contributions(model.booster, model.columns, rows)
    whole = np.repeat(np.arange(len(rows)), weight)
    for place, name in enumerate(model.columns.names[:4]):
        x, known = rows[name].to_numpy(float)[whole], c[whole, place]
        assert found.loc[name, "contribution"] == pytest.approx(np.abs(known).mean())
        there = ~np.isnan(x)
        assert found.loc[name, "direction"] == pytest.approx(pearsonr(x[there], known[there])[0], abs=1e-9)


def test_what_never_varies_has_no_direction(model, rows):
    same = rows.assign(purchases_recency_days=30.0, purchases_gap_days_mean_all=np.nan)
    found = importance(model.booster, model.columns, same, GROUPS).set_index("feature")["direction"]
    assert found[["purchases_recency_days", "purchases_gap_days_mean_all"]].isna().all()


def test_a_column_that_is_missing_is_refused(model, rows):
    with pytest.raises(DataUnfitError, match="columns the model needs are missing"):
        group_contributions(model.booster, model.columns, rows.drop(columns="tier"), GROUPS)


def reasons(*rows):
    return np.array(rows, dtype=object)


def test_agreement_by_hand():
    usual = reasons(["a", "b", "c"], ["a", "b", "c"], ["a", None, None], [None, None, None])
    again = reasons(["a", "c", "b"], ["b", "a", "d"], ["b", "a", None], [None, None, None])
    assert agreement(usual, again) == Agreement(
        first=pytest.approx(1 / 3), all=pytest.approx(1 / 3), overlap=pytest.approx((1 + 2 / 3 + 1 / 2) / 3)
    )


def test_without_reasons_there_is_no_agreement():
    found = agreement(reasons([None] * 3), reasons([None] * 3))
    assert np.isnan([found.first, found.all, found.overlap]).all()
