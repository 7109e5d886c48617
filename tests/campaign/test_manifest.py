"""The manifest of a list of four, delivered, and followed when one of them is forgotten."""

import pandas as pd
import pytest

from pipeline.campaign.manifest import of_delivery, of_fewer, of_lists, text

CAMPAIGN = {"segments": ["critical", "high"], "channel": "email"}
CUSTOMERS = pd.DataFrame(
    [
        ("ann", "2024-06-01", "scored", "critical"),
        ("bob", "2024-06-01", "scored", "high"),
        ("cat", "2024-06-01", "scored", "high"),
        ("dan", "2024-06-01", "lapsed", None),
    ],
    columns=["customer_id", "snapshot_date", "status", "risk_segment"],
)
ARMS = pd.DataFrame([("ann", "contact"), ("bob", "holdout")], columns=["customer_id", "arm"])
LISTS = {
    "snapshot_date": "2024-06-01",
    "model_version": "v",
    "model_role": "champion",
    "campaign": CAMPAIGN,
    "status": {"lapsed": 1, "scored": 3},
    "test": {"auc": 0.75},
    "files": {"customers.csv": {"rows": 4, "sha256": "aa"}, "high.csv": {"rows": 2, "sha256": "bb"}},
}


@pytest.fixture
def fresh():
    model = {"model_version": "v", "model_role": "champion"}
    return of_lists(CUSTOMERS, model, CAMPAIGN, {"auc": 0.75}, {"customers.csv": (4, "aa"), "high.csv": (2, "bb")})


@pytest.fixture
def delivered(fresh):
    return of_delivery(fresh, "2024-06-01", CUSTOMERS, ARMS, {"customers.csv": (4, "cc"), "assignments.csv": (2, "dd")})


def test_fresh_lists_are_said_with_what_made_them(fresh):
    assert list(fresh.items()) == list(LISTS.items())


def test_a_delivery_adds_its_counts_and_what_changed(fresh, delivered):
    files = LISTS["files"] | {"customers.csv": {"rows": 4, "sha256": "cc"}, "assignments.csv": {"rows": 2, "sha256": "dd"}}
    added = {"delivery_id": "2024-06-01", "arms": {"contact": 1, "holdout": 1}, "left_out": {"refused_email": 1}}
    assert list(delivered.items()) == list((LISTS | {"files": files} | added).items())
    assert fresh == LISTS, "what was given is left as it was"


def test_every_count_follows_who_leaves(delivered):
    fewer = of_fewer(delivered, CUSTOMERS.iloc[1:], ARMS.iloc[1:], {"customers.csv": (3, "ee")})
    files = delivered["files"] | {"customers.csv": {"rows": 3, "sha256": "ee"}}
    counts = {"status": {"lapsed": 1, "scored": 2}, "arms": {"holdout": 1}, "left_out": {"refused_email": 1}}
    assert text(fewer) == text(delivered | {"files": files} | counts)


def test_lists_that_are_not_there_and_counts_that_were_not_given_stay_so(fresh, delivered):
    assert of_fewer(delivered, None, None, {}) == delivered
    assert of_fewer(fresh, CUSTOMERS, ARMS, {}) == fresh
