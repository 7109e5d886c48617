"""data/matured -> its files by delivery; refused in one line, where they are not those that the stage outcomes writes."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd

from pipeline.artifacts import ARTIFACTS
from pipeline.errors import DataUnfitError


def matured_files(folder: Path) -> dict[date, Path]:
    """Rows of the matured deliveries by day, oldest first.

    Raises DataUnfitError for a file that is not named by a day: a copy would have its customers count twice.
    """
    found = {}
    for path in sorted(folder.glob("*.parquet")):
        try:
            day = date.fromisoformat(path.stem)
        except ValueError:
            raise DataUnfitError(
                f"{path} is not named by the day of a delivery; remove it, or `dvc repro outcomes` makes its folder anew"
            ) from None
        found[day] = path
    return found


def refuse_earlier(rows: pd.DataFrame, column: str, said: str) -> None:
    """Raise DataUnfitError for rows without `column`, which says `said`."""
    if column not in rows:
        raise DataUnfitError(
            f"{ARTIFACTS['matured']} is of an earlier version: it does not say {said}; `dvc repro outcomes` makes it anew"
        )
