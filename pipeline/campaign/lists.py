"""Scores + customers -> the people-facing list: one row per known customer, riskiest first, with a band on the probability."""

from __future__ import annotations

import pandas as pd

from pipeline.config_campaign import Bands

SEGMENTS = ("critical", "high", "medium", "low")
COLUMNS = (
    "customer_id",
    "snapshot_date",
    "status",
    "churn_probability",
    "risk_score",
    "risk_segment",
    "recency_days",
    "orders_count",
    "revenue_total",
    "model_version",
    "expected_value",
    "value_at_risk",
)


SCORED = ("customer_id", "churn_probability", "risk_score", "model_version", "expected_value")
RANK = ("churn_probability", "risk_score", "customer_id")


def risk_segment(probability: pd.Series, bands: Bands) -> pd.Series:
    """The band of each probability: critical, high, medium or low; a probability on a bound belongs to the higher band."""
    bounds = [-float("inf"), bands.medium, bands.high, bands.critical, float("inf")]
    cut = pd.cut(probability, bounds, right=False, labels=list(reversed(SEGMENTS)))
    return cut.astype(object)


def customer_list(customers: pd.DataFrame, scores: pd.DataFrame, bands: Bands) -> pd.DataFrame:
    """Every known customer with the columns of `customers.csv`; those without a score come last, by id."""
    joined = customers.merge(scores[list(SCORED)], on="customer_id", how="left", validate="1:1")
    joined["snapshot_date"] = pd.to_datetime(joined["t"]).dt.strftime("%Y-%m-%d")
    joined["churn_probability"] = joined["churn_probability"].round(4)  # before the bands: a list never contradicts itself
    joined["expected_value"] = joined["expected_value"].round(2)
    joined["value_at_risk"] = (joined["churn_probability"] * joined["expected_value"]).round(2)  # of what the list shows
    joined["risk_segment"] = risk_segment(joined["churn_probability"], bands)
    joined["recency_days"] = joined["recency_days"].astype("Int64")
    return riskiest_first(joined[list(COLUMNS)])


def riskiest_first(listed: pd.DataFrame) -> pd.DataFrame:
    """The order of every list; numbers may be text. Customers without a score come last, by id."""

    def comparable(column: pd.Series) -> pd.Series:
        return column if column.name == "customer_id" else pd.to_numeric(column.replace("", None))

    return listed.sort_values(list(RANK), ascending=[False, False, True], na_position="last", ignore_index=True, key=comparable)
