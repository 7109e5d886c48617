"""Simulated histories that several tests look at: the frozen default world and a small one."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from pipeline.simulator import Settings, World, write_history


@dataclass(frozen=True)
class Demo:
    """A written history: its settings, its two folders, the world at its end."""

    settings: Settings
    raw: Path
    truth: Path
    world: World

    def csv(self, name: str) -> pd.DataFrame:
        """A raw CSV file, every column as text."""
        return pd.read_csv(self.raw / f"{name}.csv", dtype="str")

    def parquet(self, name: str) -> pd.DataFrame:
        """A raw Parquet file."""
        return pd.read_parquet(self.raw / f"{name}.parquet")

    def snapshots(self) -> pd.DataFrame:
        """The truth at the last month boundaries."""
        return pd.read_parquet(self.truth / "snapshots.parquet")


def written(settings: Settings, folder: Path) -> Demo:
    """Write a history below a folder."""
    world = write_history(settings, folder / "raw", folder / "truth")
    return Demo(settings, folder / "raw", folder / "truth", world)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The frozen default world."""
    return written(Settings(seed=42), tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="session")
def small() -> Settings:
    """A world small enough to be run many times, with campaigns in months 2, 4 and 6."""
    return Settings(seed=3, customers=600, months=8, truth_boundaries=4)
