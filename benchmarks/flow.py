"""Stages run one after another in a folder of their own, with composed choices, in this process."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterable
from pathlib import Path

import yaml

from pipeline.compose import composed
from pipeline.config import Config, validate

ROOT = Path(__file__).parents[1]


def choices(*overrides: str) -> Config:
    """The committed choices with some of them changed."""
    return validate(yaml.safe_load(composed(ROOT / "configs", list(overrides))), "benchmark")


def run(config: Config, root: Path, stages: Iterable[str]) -> None:
    """Run stages below `root`, with an MLflow store of its own there."""
    os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{root}/mlflow.db"
    for name in stages:
        stage = getattr(importlib.import_module(f"pipeline.stages.{name}"), name)
        print(f"{root.name}: {name}: {stage.run(config, root)}", flush=True)
