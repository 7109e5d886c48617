"""Feature rows -> the matrix a model sees: float32 numbers and categories whose levels were learned in training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.errors import DataUnfitError

# Values by which LightGBM places its bins; it holds 12 bytes of each while it does, more than the matrix where all rows count.
BINNED_BY = 50_000


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

    def matrix(self, frame: pd.DataFrame) -> NDArray[np.float32]:
        """The rows of `frame` as a matrix: numbers, and of categories the place of their level; NaN where nothing is known.

        Raises DataUnfitError for a column that is missing, holds infinity, or is of another kind than in training.
        """
        _refuse_missing(self.names, frame)
        # LightGBM reads columns without a copy; a frame it would copy, and as float64 if a category is missing.
        made = np.empty((len(frame), len(self.names)), dtype=np.float32, order="F")
        for place, name in enumerate(self.names):
            if name in self.levels:
                code = pd.Index(self.levels[name], dtype="str").get_indexer(pd.Index(frame[name].astype("str")))
                if len(self.levels[name]) and (code < 0).all() and not pd.api.types.is_string_dtype(frame[name]):
                    _refuse_kind(frame[name], "words")
                made[:, place] = np.where(code < 0, np.nan, code)
                continue
            if not pd.api.types.is_any_real_numeric_dtype(frame[name]):
                _refuse_kind(frame[name], "numbers")
            made[:, place] = frame[name].to_numpy(dtype=np.float32)
            infinite = int(np.isinf(made[:, place]).sum())
            if infinite:
                raise DataUnfitError(f"features: {infinite} infinite values in {name}; its declaration divides by 0")
        return made

    def dataset(self, matrix: NDArray[np.float32], y: NDArray[Any], **given: Any) -> lgb.Dataset:
        """What LightGBM learns from: a `matrix` of these columns with the outcomes `y`; `given` as of `lightgbm.Dataset`."""
        data = lgb.Dataset(matrix, y, feature_name=list(self.names), categorical_feature=list(self.levels), **given)
        data.pandas_categorical = [
            list(self.levels[name]) for name in self.names if name in self.levels
        ]  # told in the trees' text
        return data


def _refuse_kind(column: pd.Series, meant: str) -> None:
    """Raise DataUnfitError for a column of something else than it was in training; one without any value is of no kind."""
    known = column.dropna()
    if len(known):
        raise DataUnfitError(
            f"features: {column.name} held {meant} when the model was trained, now {known.tolist()[0]!r} and {len(known) - 1:,} "
            f"more ({column.dtype}); bring the column as it was, or run `dvc repro` and promote the fresh model"
        )


def _refuse_missing(names: Sequence[str], frame: pd.DataFrame) -> None:
    missing = [name for name in names if name not in frame]
    if missing:
        raise DataUnfitError(
            f"features: {len(missing)} columns the model needs are missing, e.g. {missing[0]}; "
            "restore features.windows and features.exclude as they were when it was trained, or promote the fresh model"
        )
