"""Rows of data/matured that an earlier version kept -> refused in one line, where they lack what is asked of them."""

from __future__ import annotations

import pandas as pd

from pipeline.artifacts import ARTIFACTS
from pipeline.errors import DataUnfitError


def refuse_earlier(rows: pd.DataFrame, column: str, said: str) -> None:
    """Raise DataUnfitError for rows without `column`, which says `said`."""
    if column not in rows:
        raise DataUnfitError(
            f"{ARTIFACTS['matured']} is of an earlier version: it does not say {said}; `dvc repro outcomes` makes it anew"
        )
