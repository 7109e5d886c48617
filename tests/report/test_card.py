"""The model card says what the figures say."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.report.card import card
from tests.conftest import config_of

AT = {
    "t": "2024-01-01",
    "customers": 400,
    "churn_rate": 0.5,
    "predicted": 0.45,
    "auc": 0.8,
    "log_loss": 0.5,
    "ece": 0.01,
    "lift_at_10": 2.0,
}
RIVAL = {**AT, "auc": 0.7, "log_loss": 0.6}
LEAD = {"difference": -0.1, "low": -0.12, "high": -0.08}
PLAN = {"score": "2024-07-01", "origins": [{"test": "2024-01-01", "train": ["2023-07-01", "2023-08-01"]}]}
SHIPPED = {
    "about": {"source": "corner_shop", "rows": 1234, "snapshots": ["2023-09-01", "2024-01-01"]},
    "columns": ["purchases_recency_days", "tier", "purchases_count_all"],
}
UNSEEN = {"t": "2024-07-01", "season_seen": False}
INGEST = {
    "transactions": {
        "accepted": 5000,
        "quarantined": {"amount_unreadable": 2, "customer_id_missing": 5},
        "first": "2022-01-02 07:45:00",
        "last": "2024-06-30 12:50:00",
    },
}


def told(
    shipped: dict[str, Any] = SHIPPED, today: dict[str, Any] = UNSEEN, ingest: dict[str, Any] = INGEST, **group: float | str
) -> str:
    metrics: dict[str, Any] = {
        "model_version": "20240701-abc",
        "grade": "B",
        "grade_reason": "Because.",
        "rolling": [AT | {"baselines": {"recency": RIVAL}}],
        "level": {"today": today},
        "pooled": AT,
        "pooled_baselines": {"recency": RIVAL},
        "paired": {"recency": {"log_loss": LEAD, "auc": {"difference": 0.1, "low": 0.08, "high": 0.12}}},
        "slices": [{"slice": "country", "group": "IT", **AT, **group}],
    }
    return card(metrics, PLAN, shipped, ingest, {"purchases_recency_days": 0.7, "tier": 0.3}, config_of())


@pytest.mark.parametrize(
    "line",
    [
        "# Model card: Corner shop, 20240701-abc",
        "**Grade B.** Because.",
        "| transactions | 5,000 | 7 | 2 January 2022 to 30 June 2024 |",
        "| 1 January 2024 | 2 snapshots from 1 July 2023 to 1 August 2023 | 400 | 45.0% | 50.0% | 0.800 | 0.500 | 0.010 |",
        "| Recency | 0.700 | 0.600 | 0.010 | 2.000 |",
        "| country | IT | 400 | 45.0% | 50.0% | 0.800 | 0.500 | 0.010 |",
        "- AUC: the chance that someone who left was ranked above someone who stayed; 0.5 is a coin, 1 is perfect.",
    ],
)
def test_the_card_has_its_lines(line: str) -> None:
    assert line in told().splitlines()


def test_it_says_what_the_probability_is_and_what_it_was_learned_from() -> None:
    said = told()
    assert "For each customer at risk on 1 July 2024, the probability that they will not buy between 1 July 2024 and" in said
    assert "28 September 2024 if nothing is done." in said
    assert "At risk: Customers who bought at least once in the 365 days before the list." in said
    assert "1,234 rows of 2 snapshots from 1 September 2023 to 1 January 2024; LightGBM over 3 features" in said


def test_a_season_never_seen_is_said_beforehand() -> None:
    assert "the data shows no earlier year of the season to come" in told()


def test_groups_that_are_off_are_named() -> None:
    assert "No group is more than 5 points off on average." in told()
    assert "Groups more than 5 points off on average: country IT." in told(predicted=0.44)


def test_customers_unseen_in_training_are_explained_where_there_are_any() -> None:
    note = "Unseen in training are above all customers who came after it"
    assert note not in told()
    assert note in told(group="unseen in training")


def test_what_contacts_do_to_the_rows_is_said_where_there_are_contacts() -> None:
    note = "Rows of customers whom a campaign contacted while their outcome was awaited count nothing"
    assert note not in told()
    assert note in told(ingest=INGEST | {"contacts": {"accepted": 9, "quarantined": {}}})


def test_a_simple_rule_is_not_called_trees_and_foresees_no_level() -> None:
    said = told(SHIPPED | {"kind": "bg_nbd"}, {"t": "2024-07-01"})
    assert "BG/NBD, fitted on the latest of them, which reads: Days since the latest purchase; Tier. A snapshot is" in said
    assert "LightGBM over" not in said
    assert "How many leave is read off the past and not forecast" in said
    assert "the season to come a year before" not in said
