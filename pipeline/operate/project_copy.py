"""A project of its own: the same code and choices, but no data, no champion and an empty archive."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from pipeline.artifacts import ARTIFACTS
from pipeline.compose import choose
from pipeline.disk import write_text
from pipeline.model.champion import Champion, write_champion

PARTS = ("pipeline", "configs", "dvc.yaml", ".dvcignore")
# Of the environment: what leads back to the project or to a server, where the copy must not be told of.
LEADING_AWAY = ("DVC_ROOT", "MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI")


def copy_project(root: Path, place: Path, cache: Path | None = None) -> None:
    """Make the copy in `place`; with `cache`, a DVC cache, stages that ran there with the same inputs are not run again."""
    for file in files_of(root):
        target = place / file.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    lines = ["[core]", "    analytics = false", "    no_scm = true", *(["[cache]", f"    dir = {cache}"] if cache else [])]
    write_text(place / ".dvc/config", "\n".join(lines) + "\n")
    write_champion(place / ARTIFACTS["champion"], Champion())  # DVC asks for both files
    write_text(place / ARTIFACTS["delivered"], json.dumps({"deliveries": []}, indent=2) + "\n")
    choose([], place)


def files_of(root: Path) -> Iterator[Path]:
    """The files of code and choices that are copied."""
    for part in PARTS:
        place = root / part
        found = sorted(place.rglob("*")) if place.is_dir() else [place]
        yield from (file for file in found if file.is_file() and "__pycache__" not in file.parts)
