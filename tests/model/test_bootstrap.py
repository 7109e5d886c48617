"""Bootstrap over customers: literal figures, coverage, and that differences are paired."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from pipeline.model.bootstrap import bootstrap


def calibrated(seed, size, dates=1):
    """Rows of customers seen at several dates, with probabilities that are right."""
    generator = np.random.default_rng(seed)
    probability = generator.beta(2, 3, size * dates)
    return pd.DataFrame(
        {
            "customer_id": np.tile([f"c{who}" for who in range(size)], dates),
            "t": np.repeat(pd.date_range("2024-01-01", periods=dates, freq="90D"), size),
            "y": (generator.random(size * dates) < probability).astype(np.int8),
            "weight": 1.0,
            "p": probability,
        }
    )


def test_the_value_is_that_of_everybody_and_the_interval_narrows_with_more_customers():
    widths = []
    for size in (300, 3000):
        rows = calibrated(2, size)
        made = bootstrap(rows, ["p"], 200, 0)["p"]
        assert made.value["auc"] == pytest.approx(roc_auc_score(rows["y"], rows["p"]))
        low, high = made.interval("auc")
        assert low < made.value["auc"] < high
        widths.append(high - low)
    assert widths[1] < widths[0] / 2


def test_the_interval_holds_the_true_auc_about_ninety_five_times_in_a_hundred():
    truth = calibrated(99, size=100_000)
    expected, covered = roc_auc_score(truth["y"], truth["p"]), 0
    for seed in range(25):
        low, high = bootstrap(calibrated(seed, size=200), ["p"], 50, seed)["p"].interval("auc")
        covered += low <= expected <= high
    assert covered >= 20  # 95 % of 25 is 24; fewer than 20 is a chance of one in a thousand


def test_the_samples_are_those_of_the_seed():
    rows = calibrated(1, 100)
    first, again, other = (bootstrap(rows, ["p"], 20, seed)["p"].interval("auc") for seed in (1, 1, 2))
    assert first == again != other


def test_differences_are_paired_so_that_equal_probabilities_differ_by_nothing():
    rows = calibrated(1, 300, dates=2)
    made = bootstrap(rows.assign(same=rows["p"], worse=0.5), ["p", "same", "worse"], 50, 0)
    assert made["p"].minus(made["same"], "log_loss") == {"difference": 0.0, "low": 0.0, "high": 0.0}
    lead = made["p"].minus(made["worse"], "auc")
    assert 0.1 < lead["low"] < lead["difference"] < lead["high"] < 0.5


def test_a_customer_of_two_dates_is_drawn_with_both_rows():
    rows = calibrated(4, 200)
    copied = pd.concat([rows, rows.assign(t=rows["t"] + pd.Timedelta(days=90))])
    once, twice = (bootstrap(frame, ["p"], 200, 0)["p"] for frame in (rows, copied))
    assert twice.interval("log_loss") == pytest.approx(once.interval("log_loss"))  # a copy is no evidence
    assert twice.interval("auc") == pytest.approx(once.interval("auc"))


def test_samples_of_one_class_have_no_auc_and_do_not_count():
    rows = calibrated(0, 6).assign(y=[1, 0, 0, 0, 0, 0])
    made = bootstrap(rows, ["p"], 100, 0)["p"]
    assert np.isnan(made.samples["auc"]).any()
    assert not np.isnan(made.interval("auc")).any()
    assert np.isnan(bootstrap(rows.assign(y=0), ["p"], 5, 0)["p"].interval("auc")).all()
