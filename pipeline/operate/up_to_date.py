"""The figures of a stage for an act that shows them: brought up to date, and printed as they are where that was asked for."""

from __future__ import annotations

from typing import Any

from pipeline.artifacts import ARTIFACTS
from pipeline.figure_files import read_figures
from pipeline.operate.reproduce import reproduce


def up_to_date(stage: str, report: str, *, as_json: bool) -> dict[str, Any]:
    """Run the stages up to this one and read the artifact that is its report; `as_json` prints that file, byte for byte.

    Raises what a stage that fails raises, and DataUnfitError for a report that does not hold what is asked of it.
    """
    reproduce(stage)
    path = ARTIFACTS[report]
    figures = read_figures(path)
    if as_json:
        print(path.read_text(encoding="utf-8"), end="", flush=True)
    return figures
