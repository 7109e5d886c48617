"""`churn check`: bring the check up to date, show what it found, and leave with the code for data that cannot carry a model."""

from __future__ import annotations

import sys
from pathlib import Path

from pipeline import config
from pipeline.artifacts import ARTIFACTS
from pipeline.check.sheet import show, verdict
from pipeline.compose import composed
from pipeline.config import PARAMS
from pipeline.config.source_section import Source
from pipeline.errors import DataUnfitError
from pipeline.operate.table_console import table_console
from pipeline.operate.up_to_date import up_to_date
from pipeline.stage import say


def preflight(*, as_json: bool) -> None:
    """Run the stages up to the check, then print its report. Raises DataUnfitError when no model can be trained."""
    _tell_of_edits()
    inputs_are_there(config.load().source)
    report = up_to_date("check", "data_quality", as_json=as_json)
    if not as_json:
        show(report, table_console())
    if not report["fit"]:
        raise DataUnfitError(verdict(report))
    if not as_json:
        say(f"\n{verdict(report)}")


def inputs_are_there(source: Source) -> None:
    """Raise DataUnfitError for a missing input that no stage makes; DVC would stop before the stage that can say so."""
    for path in (ARTIFACTS["forgotten"], *([] if source.simulate else [Path(source.path)])):
        if not path.exists():
            raise DataUnfitError(f"{path} is missing; bring that file or folder, or correct source.path")


def _tell_of_edits() -> None:
    """Edits of configs/ count only when params.yaml has them; told on stderr, where the stages speak, so that JSON stays JSON."""
    if PARAMS.exists() and PARAMS.read_text(encoding="utf-8") != composed(Path("configs")):
        words = "note: params.yaml is not what configs/ compose; run `churn compose` to take your edits over"
        print(words, file=sys.stderr, flush=True)
