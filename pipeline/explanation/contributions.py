"""Why a score is what it is: exact SHAP contributions of the trees, summed by group of features.

Contributions are in the model's own units (log-odds of churn, or the log of the expected value) and, with the expected score of
the training rows, add up to the score: Lundberg et al. 2020, as LightGBM computes them (`pred_contrib`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.arrays import Floats
from pipeline.errors import DataUnfitError
from pipeline.model.design_matrix import Columns

ROUNDING = 1e-12
GIVEN = 3  # reasons a customer is given
LEAST = 0.05  # of log-odds, a twentieth more or less of the odds: what moves a score less is no reason
CHUNK = 20_000  # rows at a time: 45 MB of contributions for 280 features


def contributions(booster: lgb.Booster, columns: Columns, frame: pd.DataFrame, chunk: int = CHUNK) -> Iterator[Floats]:
    """SHAP contributions of every column to every row's raw score, at most `chunk` rows at a time, in the order of `frame`.

    Each part has the columns of `columns` and one more, the expected score, which is the same in every row.
    """
    for start in range(0, len(frame), chunk):
        matrix = columns.matrix(frame.iloc[start : start + chunk])
        yield np.asarray(booster.predict(matrix, pred_contrib=True), dtype=np.float64)


def reasons_of(columns: Columns, catalog: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The reason of each column. Raises DataUnfitError for a column that the catalogue does not have."""
    known = {feature["name"]: feature["reason"] for feature in catalog}
    unknown = [name for name in columns.names if name not in known]
    if unknown:
        raise DataUnfitError(
            f"catalog.json: {len(unknown)} columns of the model have no reason, e.g. {unknown[0]}; "
            "restore features.windows and features.exclude as they were when it was trained, or promote the fresh model"
        )
    return {name: known[name] for name in columns.names}


def group_contributions(
    booster: lgb.Booster, columns: Columns, frame: pd.DataFrame, groups: Mapping[str, str], chunk: int = CHUNK
) -> pd.DataFrame:
    """Contribution of each group of features to every row's raw score: a column a group, by the alphabet, rows as in `frame`.

    The rows of the result add up to the raw score less the expected one. Memory is that of `chunk` rows of all columns.
    """
    names = sorted(set(groups.values()))
    member = np.array([[groups[column] == name for name in names] for column in columns.names], dtype=np.float64)
    member = member.reshape(len(columns.names), len(names))
    parts = [part[:, :-1] @ member for part in contributions(booster, columns, frame, chunk)]
    return pd.DataFrame(np.concatenate(parts) if parts else np.empty((0, len(names))), index=frame.index, columns=names)


def top_reasons(contributed: pd.DataFrame, k: int) -> NDArray[np.object_]:
    """The `k` groups that raise each row's score most, strongest first; None where there are fewer.

    Groups that lower it, or do nothing to it, are no reason. Of groups that raise it alike the first in the alphabet counts.
    """
    values = contributed.to_numpy(np.float64)
    order = np.argsort(-values, axis=1, kind="stable")[:, :k]
    names = contributed.columns.to_numpy(dtype=object)[order]
    return np.where(np.take_along_axis(values, order, axis=1) > 0, names, np.array(None))


def importance(
    booster: lgb.Booster,
    columns: Columns,
    frame: pd.DataFrame,
    groups: Mapping[str, str],
    weight: Floats | None = None,
    chunk: int = CHUNK,
) -> pd.DataFrame:
    """What each column does to the score over all rows: `feature`, `group`, `contribution`, `direction`, largest first.

    `contribution` is the weighted mean of the absolute contributions, in units of the raw score. `direction`, −1 … 1, is the
    weighted correlation of a number's contribution with its value over the rows that have one: above 0, more of it raises the
    score. It is NaN for categories and for what never varies.
    """
    weight = np.ones(len(frame)) if weight is None else weight
    centre, size, start = _centre(columns, frame), np.zeros(len(columns.names)), 0
    moments = np.zeros((6, len(columns.names)))
    for part in contributions(booster, columns, frame, chunk):
        rows = slice(start, start := start + len(part))
        size += weight[rows] @ np.abs(part[:, :-1])
        moments += _moments(_numbers(columns, frame.iloc[rows]) - centre, part[:, :-1], weight[rows])
    made = pd.DataFrame({"feature": columns.names, "group": [groups[name] for name in columns.names]})
    made["contribution"] = size / weight.sum() if weight.sum() > 0 else size
    made["direction"] = _correlation(moments)
    return made.sort_values(["contribution", "feature"], ascending=[False, True], ignore_index=True)


def _numbers(columns: Columns, frame: pd.DataFrame) -> Floats:
    """The numbers of a frame, categories as missing."""
    missing = np.full(len(frame), np.nan)
    found = [missing if name in columns.levels else frame[name].to_numpy(np.float64) for name in columns.names]
    return np.column_stack(found)


def _centre(columns: Columns, frame: pd.DataFrame) -> Floats:
    """A value in the middle of each number, so that squares of large ones keep their digits."""
    medians = [0.0 if name in columns.levels else frame[name].astype(np.float64).median() for name in columns.names]
    return np.nan_to_num(np.array(medians, dtype=np.float64))


def _moments(x: Floats, c: Floats, weight: Floats) -> Floats:
    """Weighted sums of 1, x, c, x², c² and x c, each over the rows where x is known."""
    known = ~np.isnan(x)
    x, w = np.where(known, x, 0.0), weight[:, None] * known
    return np.stack([(w * product).sum(axis=0) for product in (1.0, x, c, x * x, c * c, x * c)])


def _correlation(moments: Floats) -> Floats:
    """Correlation of x and c from `_moments`; NaN where either does not vary."""
    total = np.where(moments[0] > 0, moments[0], np.nan)
    x, c, xx, cc, xc = moments[1:] / total
    varied = (xx - x**2 > ROUNDING * xx) & (cc - c**2 > ROUNDING * cc)
    spread = np.sqrt(np.where(varied, (xx - x**2) * (cc - c**2), np.nan))
    return np.asarray(np.clip((xc - x * c) / spread, -1, 1))
