"""What BG/NBD reads of a customer: repeat days, time of the last and age, of feature rows or of a history of the facts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.arrays import Floats

# Days with activity, tenure and recency, in the sense of the churn definition; renewals have no free buying to model.
COUNTED = {
    "purchase": ("purchases_days_all", "purchases_tenure_days", "purchases_recency_days"),
    "activity": ("activity_days_all", "activity_tenure_days", "activity_recency_days"),
}


def columns_of(history: pd.DataFrame) -> tuple[Floats, Floats, Floats]:
    """Repeat days, time of the last and age, in days, as arrays."""
    repeats, last, age = (history[name].to_numpy(np.float64) for name in ("repeats", "last", "age"))
    return repeats, last, age


def history_of_features(frame: pd.DataFrame, reads: tuple[str, ...]) -> pd.DataFrame:
    """`repeats`, `last` and `age` of feature rows, of their columns of days with activity, tenure and recency.

    What is missing is 0: who was never active is as new as can be.
    """
    days, age, recency = (np.nan_to_num(frame[name].to_numpy(np.float64)) for name in reads)
    last = np.where(days > 1, np.maximum(age - recency, 0.0), 0.0)
    return pd.DataFrame({"repeats": np.maximum(days - 1, 0.0), "last": last, "age": age})
