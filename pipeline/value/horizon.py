"""What a value is: over how many days, which part of an amount, and in which column of the labels it stands as known when."""

from __future__ import annotations

from datetime import date

from pipeline.config import Definition, Value
from pipeline.model.folds import label_days


def horizon_of(definition: Definition, value: Value) -> int:
    """Days of the value window: the configured ones, else those to the end of the churn label."""
    return value.days or label_days(definition) - definition.gap_days


def share_of(value: Value) -> float:
    """What of an amount counts where its line has no margin."""
    return value.margin_share or 0.0


def known_at(day: date) -> str:
    """Name of the column that has values as they were known at a test date."""
    return f"value_known_{day:%Y%m%d}"
