"""What the page is made of, in the small: literal frames and figures of four customers, and lists of nine."""

from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest

from pipeline.config import Config
from pipeline.report.page import Material

HOSTILE = "<script>alert('x')</script>"
FIGURES = {"auc": 1.0, "log_loss": 0.3, "ece": 0.01, "lift_at_10": 2.0}
SAMPLE = {"t": "2024-01-01", "customers": 4, "churn_rate": 0.5, "predicted": 0.5}
AT = {**SAMPLE, **FIGURES, "auc_low": 0.9, "auc_high": 1.0}
BASELINES = {"recency": {**SAMPLE, **FIGURES, "auc": 0.875}, "bg_nbd": {**SAMPLE, **FIGURES, "auc": 0.625}}
PAIRED = {
    "log_loss": {"difference": -0.04, "low": -0.05, "high": -0.01},
    "auc": {"difference": 0.03, "low": -0.01, "high": 0.06},
}
CUT = {"share": 0.5, "share_low": 0.4, "share_high": 0.6, "profit": 1.5, "profit_low": 1.2, "profit_high": 1.8}
CAMPAIGN = {
    "everybody": -1.0,
    "break_even": {"of_mean_value": 0.31, "never": 0.08},
    "rule": {"share": 0.25, "profit": 1.25, "promised": 1.5},
    "best_cut": {"expected_profit": CUT, "churn_probability": CUT},
}
EXPLANATION = {
    "reasons": [
        {"reason": "silence", "contribution": 0.6, "raises": 0.4, "feature": "purchases_recency_days", "direction": 0.9},
        {"reason": "tier", "contribution": 0.2, "raises": 0.75, "feature": "tier", "direction": None},
    ],
    "stability": {"rows": 2000, "models": 3, "reasons": 3, "first": 0.83, "all": 0.5, "overlap": 0.81},
}
SLICE = {**AT, "slice": "country", "group": "<b>IT</b>"}


@pytest.fixture
def report_config(configure: Callable[..., Config]) -> Config:
    return configure(
        source={"name": "tiny"},
        definition={"horizon_days": 90, "active_days": 365, "gap_days": 0},
        features={"windows": [30, 90], "attributes": []},
        evaluate={"calibration_bins": 2, "bootstrap_draws": 50},
        campaign={"segments": ["critical"]},
    )


@pytest.fixture
def material() -> Material:
    return Material(
        customers=pd.DataFrame(
            {
                "customer_id": [HOSTILE, "007", "NA", "d"],
                "status": ["scored", "scored", "scored", "lapsed"],
                "churn_probability": [0.9, 0.5, 0.1, None],
                "risk_score": [100.0, 50.0, 0.0, None],
                "risk_segment": ["critical", "medium", "low", ""],
                "recency_days": [200.0, 30.0, None, 400.0],
                "orders_count": [1, 2, 30, 1],
                "revenue_total": [25.0, 75.0, 900.0, 5.0],
                "expected_value": [10.0, 20.0, 50.0, None],
                "value_at_risk": [9.0, 10.0, 5.0, None],
            }
        ),
        judged=pd.DataFrame(
            {
                "t": pd.Timestamp(SAMPLE["t"]),
                "y": [1, 1, 0, 0],
                "weight": [1.0] * 4,
                "churn_probability": [0.9, 0.7, 0.3, 0.1],
            }
        ),
        gain=pd.DataFrame({"contacted": [0.0, 0.5, 1.0], "found": [0.0, 1.0, 1.0]}),
        reliability=pd.DataFrame(
            {"predicted": [0.2, 0.8], "observed": [0.0, 1.0], "weight": [2.0, 2.0], "noise": [0.1, 0.3], "t": SAMPLE["t"]}
        ),
        importance=pd.DataFrame({"feature": ["purchases_recency_days", "tier"], "share": [0.8, 0.2]}),
        profit=pd.DataFrame(
            {"contacted": [0.0, 0.5, 1.0], "expected_profit": [0.0, 1.5, -1.0], "churn_probability": [0.0, 1.0, -1.0]}
        ),
        manifest={
            "snapshot_date": "2024-06-01",
            "model_version": "20240601-abc",
            "model_role": "challenger",
            "status": {"lapsed": 1, "scored": 3},
            "files": {"customers.csv": {"sha256": "0123456789abcdef0123"}},
        },
        metrics={
            "model_version": "20240601-abc",
            "test": AT,
            "rolling": [AT | {"baselines": BASELINES}],
            "pooled": AT,
            "pooled_baselines": BASELINES,
            "paired": dict.fromkeys(BASELINES, PAIRED),
            "slices": [SLICE],
            "level": {"today": {"t": "2024-06-01", "season_seen": True}},
            "value": {"off": "No values."},
            "profit": {"campaign": CAMPAIGN},
            "explanation": EXPLANATION,
            "grade": "B",
            "grade_reason": "Because.",
        },
        ingest={
            "transactions": {
                "rows_in": 100,
                "accepted": 90,
                "merged": 3,
                "left_out": 0,
                "forgotten": 0,
                "quarantined": {"amount_unreadable": 2, "customer_id_missing": 5},
                "first": "2022-01-02 07:45:00",
                "last": "2024-05-31 12:50:00",
            }
        },
        kpis={},
        outcomes={"as_of": "2024-06-01", "deliveries": []},
        plan={"origins": [{"test": SAMPLE["t"], "train": ["2023-07-01", "2023-08-01"]}]},
        source="tiny",
    )


LISTED = (
    # customer, status, probability, value at risk, list, arm, left out, offer, channel, profit, cost, segment, lifecycle
    ("a1", "scored", 0.9, 40.0, "churn", "contact", "", "points", "email", 8.0, 2.0, "best_leaving", "at_risk"),
    ("a2", "scored", 0.8, 30.0, "churn", "contact", "", "points", "sms", 6.0, 1.0, "leaving", "at_risk"),
    ("a3", "scored", 0.7, 20.0, "churn", "holdout", "", "points", "email", 5.0, 1.0, "leaving", "cooling"),
    ("b1", "lapsed", None, None, "win_back", "contact", "", "return", "email", 3.0, 3.0, "lapsed", "lapsed"),
    ("c1", "scored", 0.6, 10.0, "", "none", "budget", "points", "email", 2.0, 4.0, "leaving", "cooling"),
    ("c2", "scored", 0.5, 10.0, "", "none", "capacity", "points", "phone", 4.0, 1.0, "steady", "active"),
    ("c3", "scored", 0.4, 5.0, "", "none", "not_profitable", "", "", None, None, "steady", "active"),
    ("c4", "scored", 0.3, 5.0, "", "control", "", "", "", None, None, "steady", "active"),
    ("c5", "no_profiling_consent", None, None, "", "none", "no_profiling_consent", "", "", None, None, "unprofiled", ""),
)
COLUMNS = (
    "customer_id", "status", "churn_probability", "value_at_risk", "list", "arm", "left_out_reason", "offer", "channel",
    "expected_profit", "expected_cost", "segment", "lifecycle",
)  # fmt: skip
SAID = {
    "a1": (("No order for 94 days", "silence", "raises"), ("1 complaint", "complaints", "raises"), ("", "", "")),
    "a2": (("Opened 1 of 12 e-mails", "email", "raises"), ("Long a customer", "history", "lowers"), ("", "", "")),
    "a3": (("No order for 60 days", "silence", "raises"), ("", "", ""), ("", "", "")),
}


def listed_customers() -> pd.DataFrame:
    """Customers of whom it is decided who is contacted, held out, control or left out, and why."""
    frame = pd.DataFrame(LISTED, columns=list(COLUMNS))
    for at, suffix in enumerate(("", "_code", "_direction")):
        for n in (1, 2, 3):
            frame[f"reason_{n}{suffix}"] = [SAID.get(name, (("", "", ""),) * 3)[n - 1][at] for name in frame["customer_id"]]
    known = frame["churn_probability"].notna()
    return frame.assign(
        risk_score=frame["churn_probability"] * 100,
        risk_segment=["critical", "critical", "high", "", "high", "medium", "medium", "low", ""],
        recency_days=[94.0, 50.0, 60.0, 400.0, 20.0, 10.0, 5.0, 3.0, None],
        orders_count=[3, 2, 4, 1, 5, 6, 7, 8, 1],
        revenue_total=[90.0, 80.0, 70.0, 60.0, 50.0, 40.0, 30.0, 20.0, 10.0],
        expected_value=frame["value_at_risk"].where(known),
        recommended_action=["Give points"] * 3 + ["Offer a discount"] + ["Leave alone"] * 5,
    )


@pytest.fixture
def listed_material(material: Material) -> Material:
    manifest = {
        **material.manifest,
        "allocation": {"mode": "profit", "objective": 17.0, "upper_bound": 20.0, "budget": 10.0, "spent_at_most": 6.0},
        "turnover": {"entered": 1, "left": 2, "stayed": 3, "of": 5},
        "left_out": {"budget": 1, "capacity": 1, "not_profitable": 1, "no_profiling_consent": 1, "suppressed": 0},
        "forecast": [
            {"segment": "lapsed", "list": "win_back", "intended": 1, "contact": 1, "holdout": 0, "expected_profit": 3.0},
            {"segment": "leaving", "list": "churn", "intended": 3, "contact": 2, "holdout": 1, "expected_profit": 11.0},
            {"segment": "all", "list": "all", "intended": 4, "contact": 3, "holdout": 1, "expected_profit": 14.0},
        ],
    }
    return replace(material, customers=listed_customers(), manifest=manifest, kept={"points": 0.2, "return": 0.1})
