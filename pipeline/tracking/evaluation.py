"""What a run of MLflow holds: params, metrics, plots, the model, the data it saw, where it came from, the trials of a search."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipeline.config import Config
from pipeline.tracking.keeping import keep
from pipeline.tracking.transfer import PARENT

PACKAGE = Path(__file__).parents[1]
MODEL_VERSION = "model_version"
REQUIREMENTS = ("lightgbm", "mlflow", "numpy", "pandas", "pydantic", "scikit-learn", "scipy", "pyyaml")


def log_run(
    config: Config, metrics: dict[str, Any], plots: Path, challenger: Path, features: Path, snapshots: Path
) -> str | None:
    """Log one finished evaluation; a sentence where it is not where it should be: no store ever fails a stage."""
    tags = _lineage(features, snapshots) | {MODEL_VERSION: str(metrics["model_version"])}

    def write(mlflow: Any, experiment: str) -> str:
        with mlflow.start_run(experiment_id=experiment, run_name=os.environ.get("DVC_EXP_NAME"), tags=tags) as run:
            params = config.model_dump(mode="json", exclude={"source": {"tables"}, "campaign": {"offers"}})
            mlflow.log_params(dict(_flat(params)))
            mlflow.log_metrics({key: value for key, value in _flat(metrics) if isinstance(value, (int, float))})
            mlflow.log_artifacts(str(plots), "plots")
            mlflow.log_dict(metrics, "metrics.json")
            _log_data(mlflow, features, snapshots)
            log_model(mlflow, challenger)
        _log_trials(mlflow, run.info, challenger / "search.json")
        return str(run.info.run_id)

    return keep(config.tracking.experiment, write)


def _log_trials(mlflow: Any, parent: Any, path: Path) -> None:
    """A run below its parent for each trial of a search, if there was one."""
    for trial in json.loads(path.read_text(encoding="utf-8")) if path.exists() else ():
        tags, name = {"state": trial["state"], PARENT: parent.run_id}, f"trial {trial['trial']}"
        with mlflow.start_run(experiment_id=parent.experiment_id, run_name=name, tags=tags):
            mlflow.log_params({key: value for key, value in trial.items() if key not in ("trial", "state", "log_loss")})
            if trial["log_loss"] is not None:
                mlflow.log_metric("log_loss", trial["log_loss"])


def _flat(tree: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _lineage(features: Path, snapshots: Path) -> dict[str, str]:
    """Git commit, DVC experiment, and the MD5 sums under which DVC keeps the data."""
    tags = {"dvc.features": md5(features / "features.parquet"), "dvc.labels": md5(snapshots / "labelled.parquet")}
    for name in ("DVC_EXP_NAME", "DVC_EXP_BASELINE_REV"):
        if name in os.environ:
            tags[name.lower().replace("_", ".", 1)] = os.environ[name]
    commit = _git("rev-parse", "HEAD")
    if commit:
        tags |= {"git.commit": commit, "git.dirty": str(bool(_git("status", "--porcelain", "--untracked-files=no"))).lower()}
    return tags


def _git(*words: str) -> str:
    """Output of a git command, empty outside a repository or where git is not installed."""
    try:
        return subprocess.run(["git", *words], capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def md5(path: Path) -> str:
    """MD5 sum of a file, as DVC writes it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _log_data(mlflow: Any, features: Path, snapshots: Path) -> None:
    from mlflow.data.dataset_source_registry import resolve_dataset_source
    from mlflow.data.meta_dataset import MetaDataset

    warnings.filterwarnings("ignore", message="The specified dataset source can be interpreted in multiple ways")
    for path, context in ((features / "features.parquet", "features"), (snapshots / "labelled.parquet", "labels")):
        source = resolve_dataset_source(str(path))
        mlflow.log_input(MetaDataset(source, name=path.stem, digest=md5(path)), context=context)


def log_model(mlflow: Any, challenger: Path) -> None:
    """The shipped model as a models-from-code pyfunc, with a signature of its columns and the parameter `t`, and an example."""
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema

    warnings.filterwarnings("ignore", message="Operation with range is deprecated")  # MLflow's own look at the example
    body = json.loads((challenger / "ship.json").read_text(encoding="utf-8"))
    kinds = {True: DataType.string, False: DataType.float}
    inputs = [ColSpec(kinds[name in body["category_levels"]], name, required=False) for name in body["columns"]]
    params = ParamSchema([ParamSpec("t", DataType.string, body["about"]["as_of"])])
    mlflow.pyfunc.log_model(
        name="model",
        python_model=str(PACKAGE / "model" / "pyfunc.py"),
        artifacts={"challenger": str(challenger)},
        code_paths=[str(PACKAGE)],
        signature=ModelSignature(Schema(inputs), Schema([ColSpec(DataType.double)]), params),
        input_example=(_example(body), {"t": body["about"]["as_of"]}),
        pip_requirements=[f"{name}=={_version(name)}" for name in REQUIREMENTS],
    )


def _example(body: dict[str, Any]) -> pd.DataFrame:
    """One row as the model reads it, of nobody: every number is 0, every category the first of its levels, or missing."""
    levels: dict[str, list[str]] = body["category_levels"]
    return pd.DataFrame(
        {
            name: pd.Series([next(iter(levels[name]), None)], dtype=object) if name in levels else np.zeros(1, np.float32)
            for name in body["columns"]
        }
    )


def _version(package: str) -> str:
    from importlib.metadata import version

    return version(package)
