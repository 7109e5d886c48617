"""The people-facing list as the page reads it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from pipeline.campaign.list_columns import riskiest_first
from pipeline.contract.identity import renamed
from pipeline.spreadsheet import read_csv

NUMBERS = (
    "churn_probability", "risk_score", "recency_days", "orders_count", "revenue_total", "expected_value", "value_at_risk",
    "expected_profit", "expected_cost",
)  # fmt: skip


def listed(path: Path, identities: Mapping[str, str]) -> pd.DataFrame:
    """The people-facing list, back under pseudonyms where there are any: the page is sent around.

    Ids may read NA or 007, so only numbers have gaps, and only an empty cell is one.
    """
    read = read_csv(path)
    if identities:
        read = riskiest_first(renamed(read, {identity: name for name, identity in identities.items()}))
    return read.assign(**{name: pd.to_numeric(read[name].replace("", None)) for name in NUMBERS if name in read})
