"""The comparison: leads with their uncertainty, and a verdict that says what the numbers say."""

import numpy as np
import pandas as pd
import pytest

from pipeline.report.contest import Contestant, Lead, auc_lead, contestants, log_loss_lead, verdict

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


def test_the_lead_in_log_loss_is_paired_by_customer() -> None:
    y, model, rival = np.array([1.0, 0.0]), np.array([0.5, 0.5]), np.array([0.25, 0.5])
    lead = log_loss_lead(y, model, rival, np.ones(2))
    half = 1.959964 * np.log(2) / 2 / np.sqrt(2)  # the differences are log 2 and 0
    assert lead.difference == pytest.approx(np.log(2) / 2)
    assert (lead.low, lead.high) == (pytest.approx(lead.difference - half), pytest.approx(lead.difference + half))


AHEAD, LEVEL, BEHIND = Lead(0.02, 0.01, 0.03), Lead(0.01, -0.01, 0.03), Lead(-0.02, -0.03, -0.01)


def two(order: Lead, loss: Lead) -> tuple[Contestant, ...]:
    return (
        Contestant("churn_probability", "This model", "", FIGURES, frozenset(), None, None),
        Contestant("recency", "Recency", "", FIGURES, frozenset(), order, loss),
    )


@pytest.mark.parametrize(
    ("order", "begins"),
    [
        (
            AHEAD,
            "The model orders customers better than every baseline: its AUC is above that of the best, Recency, by 0.020 (95",
        ),
        (
            LEVEL,
            "The model is not clearly better at ordering customers than the best baseline, Recency: their AUC differs by 0.010",
        ),
        (BEHIND, "The model does not beat the baselines: Recency orders customers better, by 0.020"),
    ],
)
def test_the_verdict_on_the_order_follows_the_interval(order: Lead, begins: str) -> None:
    assert verdict(two(order, AHEAD)).startswith(begins)


@pytest.mark.parametrize(
    ("loss", "word"), [(AHEAD, "are closer to"), (LEVEL, "are about as close to"), (BEHIND, "are further from")]
)
def test_the_verdict_on_the_probabilities_follows_the_interval(loss: Lead, word: str) -> None:
    assert f"Its probabilities {word} what happened" in verdict(two(AHEAD, loss))
