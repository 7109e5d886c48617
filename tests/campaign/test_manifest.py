"""The manifest of lists of five: what made them, how many are where, and which files there are."""

import json

import pandas as pd
import pytest

from pipeline.campaign.manifest import of_lists, text

CAMPAIGN = {"segments": ["critical", "high"], "allocation": {"budget": 100.0}}
CUSTOMERS = pd.DataFrame(
    [
        ("ann", "2024-06-01", "scored", "churn", "contact", None),
        ("bob", "2024-06-01", "scored", "churn", "holdout", None),
        ("cat", "2024-06-01", "scored", None, "none", "budget"),
        ("dan", "2024-06-01", "lapsed", "win_back", "contact", None),
        ("eve", "2024-06-01", "lapsed", None, "control", None),
    ],
    columns=["customer_id", "snapshot_date", "status", "list", "arm", "left_out_reason"],
)
LISTS = {
    "snapshot_date": "2024-06-01",
    "model_version": "v",
    "model_role": "champion",
    "status": {"lapsed": 2, "scored": 3},
    "lists": {"churn": 2, "win_back": 1},
    "arms": {"contact": 2, "control": 1, "holdout": 1, "none": 1},
    "left_out": {"budget": 1},
    "allocation": {"mode": "profit"},
    "campaign": CAMPAIGN,
    "test": {"auc": 0.75},
    "files": {"customers.csv": {"rows": 5, "sha256": "aa"}, "churn_email.csv": {"rows": 1, "sha256": "bb"}},
}


def made(customers: pd.DataFrame) -> dict:
    files = {"customers.csv": (5, "aa"), "churn_email.csv": (1, "bb")}
    model, plan = {"model_version": "v", "model_role": "champion"}, {"allocation": {"mode": "profit"}}
    return of_lists(customers, model, CAMPAIGN, plan, {"auc": 0.75}, files)


def test_fresh_lists_are_said_with_what_made_them():
    assert list(made(CUSTOMERS).items()) == list(LISTS.items())


def test_a_list_read_back_as_text_has_the_same_counts():
    assert made(CUSTOMERS.fillna("")) == LISTS


def test_every_customer_is_counted_once_by_status_and_by_arm():
    counts = made(CUSTOMERS)
    assert sum(counts["status"].values()) == sum(counts["arms"].values()) == len(CUSTOMERS)
    assert sum(counts["left_out"].values()) == counts["arms"]["none"]


@pytest.mark.parametrize("order", [[0, 1, 2, 3, 4], [4, 2, 0, 1, 3]])
def test_it_is_written_as_the_same_text_whatever_the_order_of_the_customers(order):
    written = text(made(CUSTOMERS.iloc[order]))
    assert written == json.dumps(LISTS, indent=2) + "\n"
