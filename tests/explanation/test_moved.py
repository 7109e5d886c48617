"""A score is asked again with the usual figures of one reason: by hand on a tree of one split."""

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest

from pipeline.explanation.moved import sign_agrees, usual
from pipeline.model.booster import ChurnModel
from pipeline.model.design_matrix import Columns


def test_usual_is_the_median_and_the_most_frequent_word():
    matrix = pd.DataFrame(
        {
            "a": np.array([1, 2, 30, np.nan], dtype=np.float32),
            "tier": np.array([0, 2, 2, np.nan], dtype=np.float32),  # codes of levels: their mean is none
            "even": np.array([2, 0, 0, 2], dtype=np.float32),
            "never": np.array([np.nan] * 4, dtype=np.float32),
        }
    )
    found = usual(matrix, {"tier", "even", "never"})
    assert (found["a"], found["tier"], found["even"]) == (2.0, 2.0, 0.0)
    assert np.isnan(found["never"])


@pytest.fixture(scope="module")
def model():
    """The score is 1 above 10 days of silence, else 0; visits say nothing."""
    generator = np.random.default_rng(0)
    frame = pd.DataFrame({"silent": generator.uniform(0, 20, 400), "visits": generator.uniform(0, 5, 400)}).astype(np.float32)
    params = {"objective": "l2", "num_leaves": 2, "learning_rate": 1.0, "min_data_in_leaf": 1, "verbosity": -1, "max_bin": 20}
    booster = lgb.train(params | {"boost_from_average": False}, lgb.Dataset(frame, (frame["silent"] > 10).astype(float)), 1)
    return ChurnModel(booster, Columns(("silent", "visits"), {}), (), {})


def test_the_score_moves_as_the_sign_says_or_not(model):
    shown = pd.DataFrame({"silent": [19.0, 1.0, 2.0, 18.0, 3.0], "visits": [1.0, 2.0, 3.0, 4.0, 3.0]})
    contributed = pd.DataFrame(
        {
            "silence": [0.5, -0.5, 0.5, 0.01, -0.5],  # usual: 3 days, a score of 0
            "visits": [0.1, -0.1, 0.1, 0.0, 0.2],  # usual: 3
        }
    )
    found = sign_agrees(model, shown, contributed, {"silent": "silence", "visits": "visits"})
    nan = np.nan
    np.testing.assert_array_equal(found["silence"], [1, 0, 0, nan, nan])  # the last is usual already, the one before no reason
    np.testing.assert_array_equal(found["visits"], [0, 0, nan, nan, nan])
