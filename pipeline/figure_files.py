"""JSON files of figures: sealed with a checksum as they are written, checked against it as they are read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.errors import DataUnfitError
from pipeline.rounded import rounded

SEAL = "checksum"  # of all else in the file

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
    "verdict.json": "dvc repro uplift",
    "drift.json": "dvc repro monitor",
    "manifest.json": "dvc repro campaign",
    "promotion.json": "rm reports/promotion.json",
}


def sealed(figures: Mapping[str, Any], *, metrics: bool = False) -> str:
    """The text of a file of figures; its last key, `checksum`, is that of all else, by which `read_figures` knows it.

    Of `metrics` it is a list of one: DVC shows numbers and text, and each difference of metrics would have a row of it.
    """
    plain = rounded(figures)
    checksum = _checksum(plain)
    return json.dumps(plain | {SEAL: [checksum] if metrics else checksum}, indent=1) + "\n"


def _checksum(plain: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(plain).encode()).hexdigest()


def read_figures(path: Path) -> dict[str, Any]:
    """What a stage or an act wrote, but its checksum; a key that is asked for and lacks, however deep, is said with what to run.

    Raises DataUnfitError for that, for a file that is missing, no JSON, or no object with names, and for one that says another
    thing than its checksum, if it has one: who reads it need not ask of each figure whether it is one.
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
    if SEAL in found and found.pop(SEAL) not in (checksum := _checksum(found), [checksum]):
        raise DataUnfitError(f"{path} was changed since it was written, as its checksum says; {mend}, which writes it anew")
    return found
