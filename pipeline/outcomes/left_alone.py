"""Rows of everybody of a matured delivery -> those on whom its forecast is judged."""

from __future__ import annotations

import pandas as pd

from pipeline.outcomes.earlier import refuse_earlier


def left_alone(everybody: pd.DataFrame) -> pd.DataFrame:
    """The scored customers who were not contacted in the window, each with the `weight` by which they stand for others.

    Raises DataUnfitError for rows without a weight, as a version kept them that did not know of later deliveries.
    """
    refuse_earlier(everybody, "weight", "for how many each customer stands who was left alone")
    return everybody[everybody["churn_probability"].notna() & (everybody["weight"] > 0)]
