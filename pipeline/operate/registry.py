"""`models/registry`: every model that was ever promoted, whole, with the figures it was promoted on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.disk import partial, remove, replace, write_text
from pipeline.errors import DataUnfitError
from pipeline.figure_files import read_figures
from pipeline.model.saved import load, version_of

METRICS = "metrics.json"


def intact(place: Path, version: str) -> bool:
    """Whether a folder of the registry holds the files of this version, whole."""
    try:
        load(place, "ship")
        read_metrics(place / METRICS)
    except DataUnfitError:
        return False
    return version_of(place) == version


def keep(challenger: Path, metrics: Mapping[str, Any], place: Path) -> None:
    """Copy a model and its figures to their place, in one step, unless they are there."""
    if intact(place, place.name):
        return
    growing = partial(place)
    remove(growing)
    shutil.copytree(challenger, growing)
    write_text(growing / METRICS, json.dumps(dict(metrics), indent=2) + "\n")
    replace(place, growing)


def read_metrics(path: Path) -> dict[str, Any]:
    """The figures of an evaluation. Raises DataUnfitError when the file is missing or damaged."""
    metrics = read_figures(path)
    metrics["model_version"], metrics["pooled"], metrics["grade"]  # what lacks is said now, and not in the middle of an act
    return metrics


def versions(registry: Path) -> list[str]:
    """The versions that can be gone back to, oldest first by the date of their data."""
    return sorted(place.name for place in registry.glob("[0-9]*-*/") if intact(place, place.name))
