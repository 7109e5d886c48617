"""What scores a small company, of whom trees would know less: BG/NBD, or a curve over recency (decision 0015)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import expit

from pipeline.arrays import Floats
from pipeline.errors import DataUnfitError
from pipeline.model import baselines
from pipeline.model.purchase_history import COUNTED, columns_of, history_of_features
from pipeline.model.sealed import of_this_version, read_sealed, write_sealed
from pipeline.model.snapshot_rows import NOBODY

UNKNOWN_DAYS = 1e4
RIDGE = 1e-3


@dataclass(frozen=True)
class SimpleModel:
    """BG/NBD with its four parameters, or log-odds that grow with the logarithm of recency; no level is forecast."""

    kind: Literal["bg_nbd", "recency"]
    parameters: Mapping[str, float]
    columns: tuple[str, ...]
    about: Mapping[str, Any]

    def churn_probability(self, frame: pd.DataFrame, t: date) -> Floats:
        """Probability of churning after `t` if nothing is done. Raises DataUnfitError for a column that is missing."""
        missing = [name for name in self.columns if name not in frame]
        if missing:
            raise DataUnfitError(
                f"features: the column {missing[0]} that the model needs is missing; take it out of features.exclude"
            )
        if self.kind == "bg_nbd":
            return baselines.bg_nbd_no_purchase(self.parameters, *_summary(frame, self.columns), days=self.about["horizon_days"])
        return np.asarray(expit(self.parameters["intercept"] + self.parameters["slope"] * _recency(frame, self.columns[0])))

    def level(self, t: date) -> None:
        """Nothing: the probabilities rest on no level of their date."""

    def importance(self) -> dict[str, float]:
        """Each column it reads, in equal shares: there is no gain to divide."""
        return dict.fromkeys(self.columns, 1 / len(self.columns))

    def save(self, folder: Path, name: str) -> None:
        """Write `<name>.json`: parameters, columns, what it was fitted on, checksum."""
        write_sealed(folder, name, asdict(self) | {"columns": list(self.columns), "category_levels": {}})

    @classmethod
    def load(cls, folder: Path, name: str) -> SimpleModel:
        """Read what `save` wrote. Raises DataUnfitError when the file is missing, was changed, or is of another version."""
        body, _ = read_sealed(folder, name, trees=False)
        with of_this_version(folder, name):
            if body["kind"] not in ("bg_nbd", "recency"):
                raise ValueError(f"a rule {body['kind']}")
            return cls(body["kind"], body["parameters"], tuple(body["columns"]), body["about"])


def too_few(customers: int, test: date, least: int) -> str:
    """Why no trees are trained, if `customers` at risk at the latest test date are too few; the same for all models of a run."""
    if customers >= least:
        return ""
    return (
        f"{customers:,} customers were at risk on {test}, trees need {least:,} (train.min_customers): the list is that of a "
        "simple rule"
    )


def fit_simple(frame: pd.DataFrame, about: Mapping[str, Any]) -> SimpleModel:
    """Fit on rows with `t`, `y`, `weight` and features; BG/NBD takes those of the latest date, the curve takes all.

    `about` has the definition and what `fit` of the booster has. Raises DataUnfitError without a row, without both outcomes where
    the curve is needed, or without the column of recency.
    """
    if frame.empty:
        raise DataUnfitError(NOBODY)
    definition = about["definition"]
    told = {**about, "horizon_days": definition["horizon_days"]}
    reads = COUNTED.get(definition["kind"], ())
    if reads and set(reads) <= set(frame):
        latest = frame[frame["t"] == frame["t"].max()]
        return SimpleModel("bg_nbd", baselines.bg_nbd_fit(*_summary(latest, reads)), reads, told)
    column = next(
        (name for name in ("activity_recency_days", "purchases_recency_days", "periods_recency_days") if name in frame), None
    )
    if column is None or frame["y"].min() == frame["y"].max():
        raise DataUnfitError(
            "too few customers for trees, and nothing simpler to fit: recency is excluded, or all had one outcome"
        )
    return SimpleModel("recency", _curve(frame, column), (column,), told)


def _summary(frame: pd.DataFrame, reads: tuple[str, ...]) -> tuple[Floats, Floats, Floats]:
    return columns_of(history_of_features(frame, reads))


def _recency(frame: pd.DataFrame, column: str) -> Floats:
    return np.asarray(np.log1p(frame[column].fillna(UNKNOWN_DAYS).to_numpy(np.float64)))


def _curve(frame: pd.DataFrame, column: str) -> dict[str, float]:
    """Logistic regression on the logarithm of recency, barely shrunk so that it ends also where classes are apart."""
    x, y, weight = _recency(frame, column), frame["y"].to_numpy(np.float64), frame["weight"].to_numpy(np.float64)

    def loss(at: Floats) -> float:
        odds = at[0] + at[1] * x
        return float(np.dot(weight, np.logaddexp(0, odds) - y * odds) / weight.sum() + RIDGE * at[1] ** 2)

    intercept, slope = minimize(loss, np.zeros(2), method="BFGS").x
    return {"intercept": float(intercept), "slope": float(slope)}
