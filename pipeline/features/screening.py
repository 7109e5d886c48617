"""What is worth knowing of every column before a model sees it: nothing in it, the same as another, too good, or moving."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

LEAKY_AUC = 0.95  # no honest single column of any source seen so far comes near
FEWEST = 100  # rows with a value, of both outcomes, for an AUC
CUTS = np.arange(0.05, 1.0, 0.05)


def screen(rows: pd.DataFrame, names: list[str]) -> list[dict[str, Any]]:
    """One dictionary per column of those named, in order; `rows` also have the outcome `y`, 0 or 1, and the snapshot `t`.

    `missing` is the share of rows without a value; `constant` whether no two rows differ; `same_as` an earlier column with equal
    values, or None; `auc` how well the column alone ranks the outcome, in whichever direction is better, .5 is
    nothing, None for categories and few values; `leaky` whether that is above `LEAKY_AUC`; `drift` the largest distance between
    the distribution at one snapshot and that of all (Kolmogorov-Smirnov, at twentieths; 0 none, 1 apart).
    """
    seen: dict[str, str] = {}
    y, t = rows["y"].to_numpy(), rows["t"].to_numpy()
    told = []
    for name in names:
        column = rows[name]
        codes = _numbers(column)
        mark = hashlib.sha256(codes.tobytes()).hexdigest()
        auc = None if column.dtype.kind not in "fiub" else _auc(codes, y)
        told.append(
            {
                "name": name,
                "missing": float(np.isnan(codes).mean()) if len(codes) else 1.0,
                "constant": len(codes) > 1 and len(pd.unique(codes)) == 1,
                "same_as": seen.get(mark) if len(codes) > 1 else None,
                "auc": auc,
                "leaky": auc is not None and auc > LEAKY_AUC,
                "drift": _drift(codes, t),
            }
        )
        seen.setdefault(mark, name)
    return told


def said(told: list[dict[str, Any]]) -> str:
    """What a user should look at, in one line; empty when there is nothing."""
    constant = [column["name"] for column in told if column["constant"]]
    same = [f"{column['name']} = {column['same_as']}" for column in told if column["same_as"] and not column["constant"]]
    leaky = [f"{column['name']} {column['auc']:.2f}" for column in told if column["leaky"]]
    parts = [
        f"{len(named)} {what}{': ' if shown else ''}{', '.join(shown)}"
        for named, what, shown in (
            (constant, "constant", []),
            (same, "twice", []),
            (leaky, "suspiciously good alone", leaky[:3]),
        )
        if named
    ]
    return "; ".join(parts)


def _numbers(column: pd.Series) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Values as numbers, categories as codes; NaN where there is none."""
    if column.dtype.kind in "fiub":
        return column.to_numpy(dtype="float64")
    codes = pd.Categorical(column).codes.astype("float64")
    codes[codes < 0] = np.nan
    return codes


def _auc(values: np.ndarray[Any, Any], y: np.ndarray[Any, Any]) -> float | None:
    known = ~np.isnan(values)
    outcomes = y[known]
    if min((outcomes == 1).sum(), (outcomes == 0).sum()) < FEWEST:
        return None
    auc = float(roc_auc_score(outcomes, values[known]))
    return max(auc, 1 - auc)


def _drift(values: np.ndarray[Any, Any], t: np.ndarray[Any, Any]) -> float:
    known = ~np.isnan(values)
    if not known.any():
        return 0.0
    cuts = np.unique(np.quantile(values[known], CUTS))
    whole = _below(values, cuts)
    return max(float(np.abs(_below(values[t == day], cuts) - whole).max()) for day in np.unique(t))


def _below(values: np.ndarray[Any, Any], cuts: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Shares of rows without a value, and with one not above each cut."""
    known = np.sort(values[~np.isnan(values)])
    shares: np.ndarray[Any, Any] = np.append(np.searchsorted(known, cuts, side="right"), len(values) - len(known)) / max(
        len(values), 1
    )
    return shares
