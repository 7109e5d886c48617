"""The grade follows the figures: literal cases on both sides of every bound."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.model.grade import grade


def lead(difference: float, half: float = 0.002) -> dict[str, float]:
    return {"difference": difference, "low": difference - half, "high": difference + half}


def metrics(ece: float = 0.01, worst: float = 0.02, loss: float = -0.01, auc: float = 0.01) -> dict[str, Any]:
    at = {"t": "2024-06-01", "ece": worst, "predicted": 0.40, "churn_rate": 0.47}
    return {
        "rolling": [at, {**at, "t": "2024-03-01", "ece": 0.0}],
        "pooled": {"ece": ece},
        "paired": {
            "recency": {"log_loss": lead(-0.1), "auc": lead(0.1)},
            "lightgbm_default": {"log_loss": lead(loss), "auc": lead(auc)},
        },
    }


def test_better_than_all_beyond_chance_and_calibrated_is_an_a() -> None:
    assert grade(metrics()) == (
        "A",
        "Calibrated, and closer to what happened than every baseline, beyond chance, over 2 test dates.",
    )


@pytest.mark.parametrize("changed", [{"loss": -0.001}, {"loss": 0.01}, {"auc": 0.0}, {"auc": -0.002}])
def test_no_worse_than_all_is_a_b(changed: dict[str, float]) -> None:
    letter, why = grade(metrics(**changed))
    assert letter == "B"
    assert "lightgbm_default may be as good" in why


def test_what_may_rank_worse_by_half_a_point_is_a_c() -> None:
    assert grade(metrics(auc=-0.002))[0] == "B"  # its interval reaches -.004
    assert grade(metrics(auc=-0.003)) == ("C", "The model may rank worse than lightgbm_default over 2 test dates.")


def test_probabilities_that_are_off_are_a_c_whatever_they_beat() -> None:
    assert grade(metrics(ece=0.03, worst=0.06))[0] == "A"
    assert grade(metrics(ece=0.0301)) == (
        "C",
        "The probabilities cannot be taken at their word: they are off by 3.0 in 100 on average (ECE), 3 are allowed.",
    )
    letter, why = grade(metrics(worst=0.071))
    assert letter == "C"
    assert "at 2024-06-01 they were off by 7.1 in 100 (ECE), 6 are allowed: 40 % were expected to leave, 47 % did" in why


def test_one_date_is_said_to_be_one() -> None:
    alone = metrics()
    alone["rolling"] = alone["rolling"][:1]
    letter, why = grade(alone)
    assert letter == "B"
    assert why.endswith("at the one test date there is; one date is not enough for an A.")


def test_without_baselines_only_calibration_counts() -> None:
    assert grade(metrics() | {"paired": {}})[0] == "A"
