"""What a band of probability was worth: literal rows of two test dates, and the width of the interval against a simulation."""

import numpy as np
import pandas as pd
import pytest

from pipeline.campaign.measured_bands import measured_bands
from pipeline.config.campaign_section import Bands
from pipeline.statistics.intervals import wilson

BANDS = Bands(critical=0.8, high=0.6, medium=0.4)
COLUMNS = ["customer_id", "t", "y", "weight", "churn_probability"]
FIRST, SECOND = pd.Timestamp("2024-03-01"), pd.Timestamp("2024-06-01")


def judged(rows: list[tuple[str, pd.Timestamp, int, float, float]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=COLUMNS)


def test_rates_are_weighted_by_band_and_date_and_a_bound_belongs_to_the_higher_band():
    rows = [
        ("ann", FIRST, 1, 1.0, 0.8),
        ("bob", FIRST, 0, 3.0, 0.9),
        ("cat", SECOND, 1, 4.0, 0.9),
        ("dan", SECOND, 1, 0.0, 0.9),
        ("eve", SECOND, 0, 1.0, 0.3999),
    ]
    found = measured_bands(judged(rows), BANDS)
    assert list(found) == ["critical", "high", "medium", "low"]
    critical = found["critical"]
    assert {name: critical[name] for name in ("rows", "customers", "predicted", "rate", "dates")} == {
        "rows": 3,
        "customers": 3,
        "predicted": 0.8875,
        "rate": 0.625,
        "dates": {"2024-03-01": 0.25, "2024-06-01": 1.0},
    }
    assert found["high"] == {"rows": 0, "customers": 0, "predicted": None, "rate": None, "low": None, "high": None, "dates": {}}
    assert found["low"]["rate"] == 0.0
    assert (found["low"]["low"], found["low"]["high"]) == pytest.approx(wilson(0, 1), abs=1e-6)


def test_of_independent_customers_the_interval_is_that_of_wilson():
    rows = [(f"c{number}", FIRST, int(number < 30), 1.0, 0.5) for number in range(100)]
    medium = measured_bands(judged(rows), BANDS)["medium"]
    assert (medium["low"], medium["high"]) == pytest.approx((0.218949, 0.395849), abs=1e-6)  # 30 of 100, Wilson 1927


def test_a_customer_judged_twice_with_one_outcome_is_one_piece_of_evidence():
    once = [(f"c{number}", FIRST, int(number < 30), 1.0, 0.5) for number in range(100)]
    twice = [*once, *((name, SECOND, y, weight, p) for name, _, y, weight, p in once)]
    one, two = (measured_bands(judged(rows), BANDS)["medium"] for rows in (once, twice))
    assert (two["rate"], two["low"], two["high"]) == (one["rate"], one["low"], one["high"])
    assert (two["rows"], two["customers"]) == (200, 100)


def test_the_interval_holds_the_truth_as_often_as_it_says():
    draw = np.random.default_rng(0)
    held = 0
    for _ in range(300):
        own = draw.beta(2, 2, 150)  # customers differ, and each is seen three times: rows are not independent
        y = (draw.random((3, 150)) < own).astype(int)
        rows = pd.DataFrame(
            {
                "customer_id": np.tile([f"c{number}" for number in range(150)], 3),
                "t": np.repeat(pd.to_datetime(["2024-03-01", "2024-06-01", "2024-09-01"]), 150),
                "y": y.ravel(),
                "weight": 1.0,
                "churn_probability": 0.5,
            }
        )
        medium = measured_bands(rows, BANDS)["medium"]
        held += medium["low"] <= 0.5 <= medium["high"]
    assert 0.92 < held / 300 < 0.98
