"""Feature rows -> the matrix a model sees: float32 numbers and categories whose levels were learned in training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pipeline.errors import DataUnfitError


@dataclass(frozen=True)
class Columns:
    """The columns of a matrix in order, and the levels of those that are categories; a level never seen reads as missing."""

    names: tuple[str, ...]
    levels: dict[str, tuple[str, ...]]

    @classmethod
    def learn(cls, frame: pd.DataFrame, catalog: list[dict[str, Any]]) -> Columns:
        """Columns of the catalogue, the levels being those of the training rows. Raises DataUnfitError for a missing column."""
        _refuse_missing([feature["name"] for feature in catalog], frame)
        levels = {
            feature["name"]: tuple(sorted(frame[feature["name"]].dropna().astype(str).unique()))
            for feature in catalog
            if feature["type"] == "category"
        }
        return cls(tuple(feature["name"] for feature in catalog), levels)

    def matrix(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows of `frame` as a matrix. Raises DataUnfitError for a column that is missing or holds infinity."""
        _refuse_missing(self.names, frame)
        made: dict[str, Any] = {}
        for name in self.names:
            if name in self.levels:
                read = frame[name].astype("str")
                made[name] = pd.Categorical(read.where(read.isin(self.levels[name])), categories=list(self.levels[name]))
                continue
            made[name] = frame[name].to_numpy(dtype=np.float32)
            if np.isinf(made[name]).any():
                raise DataUnfitError(
                    f"features: {int(np.isinf(made[name]).sum())} infinite values in {name}; its declaration divides by 0"
                )
        return pd.DataFrame(made, index=frame.index)


def _refuse_missing(names: Sequence[str], frame: pd.DataFrame) -> None:
    missing = [name for name in names if name not in frame]
    if missing:
        raise DataUnfitError(
            f"features: {len(missing)} columns the model needs are missing, e.g. {missing[0]}; "
            "restore features.windows and features.exclude as they were when it was trained, or promote the fresh model"
        )
