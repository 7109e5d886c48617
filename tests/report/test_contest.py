"""The comparison: leads with their uncertainty, and a verdict that says what the numbers say."""

import numpy as np
import pandas as pd
import pytest

from pipeline.report.contest import Contestant, Lead, auc_lead, contestants, verdict

Y = np.array([1.0, 0.0, 1.0, 0.0, 1.0, 0.0])
MODEL = np.array([0.9, 0.1, 0.8, 0.3, 0.7, 0.7])
RIVAL = np.array([0.9, 0.9, 0.2, 0.3, 0.7, 0.1])
FIGURES = {"auc": 0.8, "log_loss": 0.5, "ece": 0.02, "lift_at_10": 1.5}


def test_the_lead_is_the_difference_of_the_aucs() -> None:
    # right pairs of 9: the model 8.5 (one tie), the rival 5.5 (0.9 ties 0.9; 0.2 beats 0.1; 0.7 beats two)
    lead = auc_lead(Y, MODEL, RIVAL, np.ones(6))
    assert lead.difference == pytest.approx((8.5 - 5.5) / 9)
    assert lead.low < lead.difference < lead.high


def test_a_weight_of_two_is_the_customer_twice() -> None:
    twice = [0, 0, 1, 2, 3, 4, 5]
    weighted = auc_lead(Y, MODEL, RIVAL, np.array([2.0, 1, 1, 1, 1, 1]))
    assert weighted.difference == pytest.approx(auc_lead(Y[twice], MODEL[twice], RIVAL[twice], np.ones(7)).difference)


def test_a_rival_with_the_same_order_is_led_by_nothing() -> None:
    assert auc_lead(Y, MODEL, MODEL**2, np.ones(6)) == Lead(0.0, 0.0, 0.0)


def test_the_model_comes_first_then_the_baselines_by_auc() -> None:
    judged = pd.DataFrame({"y": Y, "weight": 1.0, "churn_probability": MODEL, "recency": RIVAL, "rfm_logistic": MODEL})
    metrics = {
        "test": {**FIGURES, "auc": 0.75},
        "baselines": {"recency": {**FIGURES, "auc": 0.6, "log_loss": 0.4}, "rfm_logistic": {**FIGURES, "auc": 0.7}},
    }
    rows = contestants(metrics, judged)
    assert [row.key for row in rows] == ["churn_probability", "rfm_logistic", "recency"]
    assert rows[0].best == {"auc", "ece", "lift_at_10"}
    assert rows[2].best == {"log_loss", "ece", "lift_at_10"}


def two(lead: Lead, log_loss: float = 0.6) -> tuple[Contestant, ...]:
    return (
        Contestant("churn_probability", "This model", "", FIGURES, frozenset(), None),
        Contestant("recency", "Recency", "", {**FIGURES, "log_loss": log_loss}, frozenset(), lead),
    )


@pytest.mark.parametrize(
    ("lead", "begins"),
    [
        (Lead(0.02, 0.01, 0.03), "The model orders customers better than every baseline"),
        (Lead(0.01, -0.01, 0.03), "The model does not clearly beat the baselines"),
        (Lead(-0.02, -0.03, -0.01), "The model does not beat the baselines: Recency orders customers better, by 0.020 AUC"),
    ],
)
def test_the_verdict_follows_the_interval(lead: Lead, begins: str) -> None:
    assert verdict(two(lead)).startswith(begins)


def test_the_verdict_admits_worse_probabilities() -> None:
    assert verdict(two(Lead(0.02, 0.01, 0.03), log_loss=0.4)).endswith(
        "Its probabilities are no closer than those of Recency (log loss 0.500 against 0.400)."
    )
