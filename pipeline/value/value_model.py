"""What a customer is worth if they stay: the expected margin after a snapshot, learned from customers who stayed.

What a customer's own purchases foretell is where the trees begin, so that they need not extrapolate to the largest customers; as
in the churn model they learn who is worth more than whom within a snapshot, and the level of a date is forecast.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd

from pipeline.arrays import Floats
from pipeline.errors import ConfigError, DataUnfitError
from pipeline.model.design_matrix import Columns
from pipeline.model.folds import YEAR_DAYS, season_between
from pipeline.model.sealed import booster_of, columns_of, of_this_version, read_sealed, said_columns, write_sealed
from pipeline.value.value_baselines import bought, bought_fit, history_of, own_spending, shrunken, shrunken_fit

POWER = 1.5  # between counts of purchases (1) and sizes of baskets (2)
FIXED = {
    "objective": "tweedie", "tweedie_variance_power": POWER, "deterministic": True, "force_col_wise": True, "verbosity": -1,
    "boost_from_average": False,
}  # fmt: skip


@dataclass(frozen=True)
class ValueModel:
    """Trees over what own purchases foretell, the columns they read, and the level of every snapshot they were trained on."""

    booster: lgb.Booster
    columns: Columns
    own: Mapping[str, float]
    levels: Mapping[date, float]
    about: Mapping[str, Any]

    def score(self, frame: pd.DataFrame) -> Floats:
        """Logarithm of a customer's value around the level."""
        raw = np.asarray(self.booster.predict(self.columns.matrix(frame), raw_score=True), dtype=np.float64)
        return raw + np.log(_start(self.own, frame, self.about))

    def expected_value(self, frame: pd.DataFrame, t: date) -> Floats:
        """Expected margin, in the currency, in the value window after `t` of each customer, given that they stay; above 0."""
        level = mean_with_season(self.levels, t, date.fromisoformat(self.about["comparable_from"]))
        return np.asarray(np.exp(self.score(frame) + level), dtype=np.float64)

    def own_value(self, frame: pd.DataFrame) -> Floats:
        """What a customer's own purchases alone foretell, without trees and level; above 0."""
        return _start(self.own, frame, self.about)

    def save(self, folder: Path, name: str) -> None:
        """Write `<name>.txt` (trees) and `<name>.json` (columns, own purchases, levels, about, checksum of both)."""
        body = {
            **said_columns(self.columns),
            "own": dict(self.own),
            "levels": {day.isoformat(): level for day, level in sorted(self.levels.items())},
            "about": dict(self.about),
        }
        write_sealed(folder, name, body, self.booster.model_to_string())

    @classmethod
    def load(cls, folder: Path, name: str) -> ValueModel:
        """Read what `save` wrote. Raises DataUnfitError when a file is missing, was changed, or is of another version."""
        body, trees = read_sealed(folder, name, trees=True, what="model of value")
        with of_this_version(folder, name):
            levels = {date.fromisoformat(day): level for day, level in body["levels"].items()}
            return cls(booster_of(trees, columns := columns_of(body)), columns, body["own"], levels, body["about"])


def stayed(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows a model of value learns from and is judged on: who stayed (y = 0), weighs something, and whose value is known."""
    return frame[(frame["y"] == 0) & (frame["weight"] > 0) & frame["value"].notna()]


def fit(
    frame: pd.DataFrame,
    catalog: list[dict[str, Any]],
    params: Mapping[str, Any],
    *,
    rounds: int,
    seed: int,
    about: Mapping[str, Any],
) -> ValueModel:
    """Train on the rows that `stayed`, with columns `t`, `y`, `weight`, `value` and the catalogue's features.

    Every value must have been known before the date that the model is for: t + gap + days ≤ that date. The rows of those who left
    tell only how often customers buy. `about` has `definition`, `days` (the value horizon), `margin_share`, `comparable_from` and
    `as_of`. A value below 0 counts as 0 for the trees and as it is for the levels, so that totals hold. Raises DataUnfitError
    when nobody stayed, or nobody who did was worth anything.
    """
    rows = stayed(frame)
    value, weight = rows["value"].to_numpy(np.float64), rows["weight"].to_numpy(np.float64)
    if len(rows) == 0:
        raise DataUnfitError(
            f"value: none of {len(frame):,} training rows stayed and has a known value; shorten the value horizon"
        )
    mean = float(np.average(value, weights=weight))
    if mean <= 0:
        raise DataUnfitError(
            f"value: the {len(rows):,} customers who stayed were worth {mean:g} on average; check amounts and margin"
        )
    own = _own(frame, rows, np.maximum(value, 0), weight, about)
    expected = _start(own, rows, about)
    before = _by_snapshot(rows, value, expected, weight, mean)
    columns = Columns.learn(rows, catalog)
    start = np.log(expected) + rows["t"].dt.date.map(before).to_numpy(np.float64)
    data = columns.dataset(columns.matrix(rows), np.maximum(value, 0), weight=weight, init_score=start)
    try:
        booster = lgb.train({**params, **FIXED, "seed": seed}, data, rounds)
    except lgb.basic.LightGBMError as error:
        raise ConfigError(f"model.params: LightGBM refuses them for values: {error}") from None
    unlevelled = ValueModel(booster, columns, own, {}, about)
    return replace(unlevelled, levels=_by_snapshot(rows, value, np.exp(unlevelled.score(rows)), weight, mean))


def _own(frame: pd.DataFrame, rows: pd.DataFrame, value: Floats, weight: Floats, about: Mapping[str, Any]) -> dict[str, float]:
    """What own purchases foretell: BG/NBD and Gamma-Gamma of all rows of the latest date where churn is not to purchase.

    Elsewhere, and where a feature of it is left out or no purchase earned anything, the shrunken own rate of who stayed.
    """
    latest = history_of(frame[(frame["t"] == frame["t"].max()) & (frame["weight"] > 0)], about["margin_share"])
    if about["definition"]["kind"] == "purchase" and latest is not None and (latest["mean"] > 0).any():
        return bought_fit(latest)
    return shrunken_fit(*own_spending(rows, about["margin_share"]), value, weight, about["days"])


def _start(own: Mapping[str, float], frame: pd.DataFrame, about: Mapping[str, Any]) -> Floats:
    """Margin of each row by its own purchases alone; above 0."""
    history = history_of(frame, about["margin_share"])
    if "gamma" not in own:
        return shrunken(own, *own_spending(frame, about["margin_share"]), about["days"])
    if history is None:
        raise DataUnfitError("features: the purchases that the model of value reads are missing; promote the fresh model")
    return bought(own, history, churn_days=about["definition"]["horizon_days"], days=about["days"])


def _by_snapshot(rows: pd.DataFrame, value: Floats, expected: Floats, weight: Floats, mean: float) -> dict[date, float]:
    """Logarithm of what customers were worth over what was expected, at each snapshot.

    A customer of mean value is added to either side, and returns cannot outweigh, so that a snapshot without money has a level.
    """
    days = rows["t"].dt.date.to_numpy()
    found = {}
    for day in sorted(set(days)):
        here = days == day
        earned, foretold = float(value[here] @ weight[here]), float(expected[here] @ weight[here])
        found[day] = float(np.log((max(earned, 0.0) + mean) / (foretold + mean)))
    return found


def mean_with_season(levels: Mapping[date, float], t: date, comparable_from: date) -> float:
    """Level at `t`: the mean of the latest level and that of the same season a year before `t`, where there is one.

    The season's level is that of the snapshot nearest to a year before `t`, if it lies within 20 days of it and not before
    `comparable_from`: snapshots near the beginning of the data cannot contain customers who have long been silent, so fewer of
    their customers leave and their levels do not compare with later ones.
    """
    latest = levels[max(levels)]
    seasons = [day for day in levels if day >= comparable_from and season_between(day, t)]
    if not seasons:
        return latest
    nearest = min(seasons, key=lambda day: (abs((t - day).days - YEAR_DAYS), day))
    return (latest + levels[nearest]) / 2
