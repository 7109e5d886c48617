"""A small simulated shop, run once through every stage, for all tests that look at what the pipeline writes."""

import os
import shutil
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pandas as pd
import pytest
import yaml

from pipeline import config as configuration
from pipeline.compose import composed
from pipeline.config import Config
from pipeline.operate.deliver import deliver
from pipeline.process import die_with_parent
from tests.once import once

if "PYTEST_XDIST_WORKER" in os.environ:  # workers that wait for each other's threads take many times as long
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    die_with_parent()  # else a worker goes on with its tests, and its servers with it, when the run was ended by a signal

pytest_plugins = ("tests.model_world", "tests.order", "tests.report_world", "tests.services")
ROOT = Path(__file__).parents[1]
FLOW = (
    "simulate", "ingest", "check", "kpis", "snapshots", "features", "train", "evaluate", "score", "outcomes", "uplift", "monitor",
    "campaign", "report",
)  # fmt: skip
DEFAULTS = yaml.safe_load((ROOT / "configs" / "defaults.yaml").read_text(encoding="utf-8"))
SOURCE = DEFAULTS["source"]
SMALL = (
    "source.simulate.demo.customers=1500",
    "source.simulate.demo.months=20",
    "experiment=fast",
    "train.min_customers=100",
    "campaign.bands={critical: 0.7, high: 0.5, medium: 0.3}",
)
LATER = ("source.simulate.demo.later_months=4",)


@cache  # it is frozen, and to compose takes a quarter of a second
def config_of(*overrides: str) -> Config:
    """The committed choices with Hydra overrides on top."""
    return configuration.validate(yaml.safe_load(composed(ROOT / "configs", list(overrides))), "test")


def run_stages(config: Config, root: Path, stages: tuple[str, ...] = FLOW) -> dict[str, str]:
    """Run stages in order below `root`; what each said."""
    return {name: getattr(import_module(f"pipeline.stages.{name}"), name).run(config, root) for name in stages}


def write_identities(root: Path, identities: dict[str, str]) -> None:
    """The map from pseudonyms to real ids, unless it is there."""
    path = root / "data/identities/identities.parquet"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        pd.DataFrame({"customer_id": list(identities), "identity": list(identities.values())}, dtype="str").to_parquet(path)


@pytest.fixture(scope="session", autouse=True)
def _own_tracking_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Runs of the tests never land in the project's tracking store."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path_factory.mktemp('tracking') / 'mlflow.db'}")
        yield


@pytest.fixture(scope="session")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Config, Path]:
    """The small world, run through every stage: its configuration, and this worker's own folder of what the stages wrote."""
    made = once(tmp_path_factory, "small", lambda root: run_stages(_small(root), root))
    root = tmp_path_factory.mktemp("small") / "run"
    shutil.copytree(made, root)
    return _small(made), root


@pytest.fixture(scope="session")
def later_run(tmp_path_factory: pytest.TempPathFactory, small_run: tuple[Config, Path]) -> tuple[Config, Path]:
    """The small world four months after its lists were delivered, with the contacts made, read back; not to be written."""

    def make(root: Path) -> None:
        shutil.copytree(small_run[1], root, dirs_exist_ok=True)
        deliver(_small(root), root, refresh=False)
        run_stages(_small(root, *LATER), root, ("simulate", "ingest", "snapshots", "outcomes"))

    made = once(tmp_path_factory, "later", make)
    return _small(made, *LATER), made


def _small(root: Path, *more: str) -> Config:
    return config_of(*SMALL, f"source.path={root / 'data' / 'raw'}", *more)
