"""What the screening of columns tells, on columns of which it is known."""

import numpy as np
import pandas as pd

from pipeline.features.screening import FEWEST, said, screen

N = 1_000
Y = pd.Series(np.arange(N) % 2)
T = pd.Series(np.where(np.arange(N) < N // 2, "2024-01-01", "2024-02-01"))


def of(**columns: object) -> dict[str, dict]:
    frame = pd.DataFrame(columns)
    return {told["name"]: told for told in screen(frame.assign(y=Y, t=T), list(frame))}


def test_a_column_without_two_values_is_constant():
    told = of(one=np.ones(N), none=np.full(N, np.nan), some=np.where(np.arange(N) == 3, 1.0, np.nan))
    assert {name: column["constant"] for name, column in told.items()} == {"one": True, "none": True, "some": False}
    assert (told["none"]["missing"], told["some"]["missing"]) == (1.0, 0.999)


def test_a_copy_names_its_original():
    values = np.arange(N, dtype="float64")
    told = of(first=values, copy=values.copy(), other=values + 1)
    assert {name: column["same_as"] for name, column in told.items()} == {"first": None, "copy": "first", "other": None}


def test_a_column_that_knows_the_outcome_is_leaky_in_either_direction():
    noise = np.random.default_rng(1).normal(size=N)
    told = of(outcome=Y + noise / 100, against=-Y + noise / 100, noise=noise, word=pd.Categorical(Y.map({0: "a", 1: "b"})))
    assert {name: column["leaky"] for name, column in told.items()} == {
        "outcome": True, "against": True, "noise": False, "word": False,
    }  # fmt: skip
    assert (told["outcome"]["auc"], told["against"]["auc"], told["word"]["auc"]) == (1.0, 1.0, None)
    assert told["noise"]["auc"] < 0.55


def test_few_values_have_no_auc():
    few = np.where(np.arange(N) < 2 * FEWEST - 2, Y, np.nan)
    assert of(few=few)["few"]["auc"] is None


def test_drift_is_the_largest_distance_from_all_snapshots():
    moved = np.where(np.arange(N) < N // 2, 0.0, 1.0)
    still = Y.to_numpy(dtype="float64")
    gone = np.where(np.arange(N) < N // 2, 5.0, np.nan)
    told = of(moved=moved, still=still, gone=gone)
    # moved: at the first snapshot all are 0, of all half are; gone: at the second all are missing, of all half are
    assert {name: column["drift"] for name, column in told.items()} == {"moved": 0.5, "still": 0.0, "gone": 0.5}


def test_the_line_names_what_is_too_good_and_counts_the_rest():
    values = np.arange(N, dtype="float64")
    told = screen(pd.DataFrame({"a": values, "b": values, "c": 1.0, "y": Y, "t": T}), ["a", "b", "c", "y"])
    assert said(told) == "1 constant; 1 twice; 1 suspiciously good alone: y 1.00"
    assert said(told[:1]) == ""
