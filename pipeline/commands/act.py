"""The shape every command has: in the project's folder, a mistake one line and an exit code."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import typer

from pipeline.errors import ConfigError
from pipeline.stage import guarded, say


def act(name: str, action: Callable[[], None]) -> None:
    """Run an act in the project's folder, which is the current one or the nearest above it, as git does."""

    def in_project() -> None:
        os.chdir(_project_folder())
        action()

    raise typer.Exit(guarded(f"churn {name}", in_project))


def tell_of_experiment() -> None:
    """An act on the results of an experiment may be meant, but not unawares."""
    from pipeline.compose import composed
    from pipeline.config import PARAMS

    if PARAMS.exists() and PARAMS.read_text(encoding="utf-8") != composed(Path("configs")):
        say("note: params.yaml is an experiment's, not what configs/ compose; `churn compose && dvc repro` goes back")


def _project_folder() -> Path:
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "dvc.yaml").is_file() and (folder / "configs").is_dir():
            return folder
    raise ConfigError(f"{here} is not in a churn project (no dvc.yaml and configs/ here or above); go to the project's folder")
