"""The comparison: leads with their uncertainty, and a verdict that says what the numbers say."""

import pytest

from pipeline.report.contest import Contestant, Lead, contestants, dates, verdict
from pipeline.report.words import spoken

EN, IT = spoken("en"), spoken("it")
FIGURES = {"auc": 0.8, "log_loss": 0.5, "ece": 0.02, "lift_at_10": 1.5}
PAIRED = {
    "log_loss": {"difference": -0.04, "low": -0.05, "high": -0.01},
    "auc": {"difference": 0.03, "low": -0.01, "high": 0.06},
}


@pytest.mark.parametrize(("grade", "name"), [("A", "This model"), (None, "This rule")])
def test_the_model_comes_first_then_the_baselines_by_auc(grade: str | None, name: str) -> None:
    metrics = {
        "grade": grade,
        "pooled": {**FIGURES, "auc": 0.75},
        "pooled_baselines": {"recency": {**FIGURES, "auc": 0.6, "log_loss": 0.4}, "rfm_logistic": {**FIGURES, "auc": 0.7}},
        "paired": {"recency": PAIRED, "rfm_logistic": PAIRED},
    }
    rows = contestants(metrics, EN)
    assert rows[0].name == name
    assert [row.key for row in rows] == ["churn_probability", "rfm_logistic", "recency"]
    assert rows[0].best == {"auc", "ece", "lift_at_10"}
    assert rows[2].best == {"log_loss", "ece", "lift_at_10"}
    assert (rows[0].auc_lead, rows[0].log_loss_lead) == (None, None)
    assert rows[1].auc_lead == Lead(0.03, -0.01, 0.06)
    assert rows[1].log_loss_lead == Lead(0.04, 0.01, 0.05)  # less is better: a lead is how much lower the model's is


def test_each_date_names_the_closest_baseline() -> None:
    baselines = {"recency": {"log_loss": 0.6}, "bg_nbd": {"log_loss": 0.55}}
    metrics = {"rolling": [{"t": "2024-06-01", "baselines": baselines}, {"t": "2024-03-01", "baselines": {}}]}
    later, earlier = dates(metrics, EN)
    assert (later.day, later.rival, later.rival_log_loss) == ("1 June 2024", "BG/NBD", 0.55)
    assert (earlier.day, earlier.rival, earlier.rival_log_loss) == ("1 March 2024", "", None)


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
    assert verdict(two(order, AHEAD), EN).startswith(begins)


@pytest.mark.parametrize(
    ("loss", "word"), [(AHEAD, "are closer to"), (LEVEL, "are about as close to"), (BEHIND, "are further from")]
)
def test_the_verdict_on_the_probabilities_follows_the_interval(loss: Lead, word: str) -> None:
    assert f"Its probabilities {word} what happened" in verdict(two(AHEAD, loss), EN)


def test_the_verdict_is_given_in_italian_too() -> None:
    assert verdict(two(AHEAD, AHEAD), IT) == (
        "Il modello ordina i clienti meglio di ogni metodo di riferimento: la sua AUC supera quella del migliore, Recency, di "
        "0,020 (intervallo al 95 % del suo vantaggio da +0,010 a +0,030). Le sue probabilità sono più vicine a ciò che è "
        "successo di quelle di ogni metodo di riferimento (perdita logaritmica 0,500 contro 0,500 di Recency)."
    )
