"""Figures as the JSON files of reports hold them: how they are written, and how they are read back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pipeline.errors import DataUnfitError

DIGITS = 8  # the last digits of a fit depend on the processor; so many are the same everywhere

# What brings a file back, by its name: `dvc repro` of the stage; without the last promotion's report the acts go on.
BROUGHT_BACK_BY = {
    "ingest.json": "dvc repro ingest",
    "data_quality.json": "dvc repro check",
    "kpis.json": "dvc repro kpis",
    "plan.json": "dvc repro snapshots",
    "ship.json": "dvc repro train",
    "metrics.json": "dvc repro evaluate",
    "outcomes.json": "dvc repro outcomes",
    "learned.json": "dvc repro outcomes",
    "uplift.json": "dvc repro uplift",
    "drift.json": "dvc repro monitor",
    "manifest.json": "dvc repro campaign",
    "promotion.json": "rm reports/promotion.json",
}


def rounded(figures: Any, digits: int = DIGITS) -> Any:
    """The same as plain values, numbers to so many digits behind the point, what is no number (NaN, infinity) None."""
    plain = json.dumps(figures, default=lambda value: value.item())
    return json.loads(plain, parse_float=lambda number: round(float(number), digits), parse_constant=lambda _: None)


def in_json(figures: Any) -> str:
    """The text of a report's JSON file."""
    return json.dumps(rounded(figures), indent=1) + "\n"


def read_figures(path: Path) -> dict[str, Any]:
    """What a stage or an act wrote; a key that is asked for and not there, however deep, is said with what to run.

    Raises DataUnfitError for that, and for a file that is missing, no JSON, or no object with names.
    """
    mend = f"run `{BROUGHT_BACK_BY.get(path.name, 'dvc repro')}`"

    class Named(dict[str, Any]):
        def __missing__(self, key: str) -> Any:
            raise DataUnfitError(f"{path} has no `{key}`, so it is not what this version writes; {mend}")

    try:
        found = json.loads(path.read_text(encoding="utf-8"), object_hook=Named)
    except (OSError, ValueError):
        raise DataUnfitError(f"{path} is missing or not readable; {mend} first") from None
    if not isinstance(found, Named):
        raise DataUnfitError(f"{path} holds no names and figures, so it is not what the pipeline writes; {mend}")
    return found
