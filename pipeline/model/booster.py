"""The churn model: small regularised LightGBM trees for the rank, a forecast level for the probability."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
from lightgbm.basic import _ConfigAliases  # its own list, which it reads from its library; there is no public name for it
from scipy.special import expit

from pipeline.arrays import Floats
from pipeline.errors import ConfigError, DataUnfitError
from pipeline.model.design_matrix import BINNED_BY, Columns
from pipeline.model.early_returns import early_levels
from pipeline.model.level import Observed, logit, observe, smoothed_rate
from pipeline.model.level_forecast import Forecast, forecast
from pipeline.model.sealed import booster_of, columns_of, of_this_version, read_sealed, said_columns, write_sealed
from pipeline.model.snapshot_rows import NOBODY

FIXED = {
    "objective": "binary", "deterministic": True, "force_col_wise": True, "verbosity": -1, "boost_from_average": False,
    "bin_construct_sample_cnt": BINNED_BY,
}  # fmt: skip
# Names under which LightGBM would take what has its own key here, or what the level and the probabilities rest on.
OURS = (
    "seed", "random_state", "random_seed", "num_iterations", "num_iteration", "n_iter", "num_tree", "num_trees", "num_round",
    "num_rounds", "nrounds", "num_boost_round", "n_estimators", "max_iter", "application", "app", "loss", "objective_type",
    "verbose", "subsample_for_bin", "early_stopping_round", "early_stopping_rounds", "early_stopping", "n_iter_no_change",
    # Columns are chosen by what a source has: directions by their place would move, and on a category LightGBM ends the process.
    "monotone_constraints", "mc", "monotone_constraint", "monotonic_cst",
    # There are no contributions of trees whose leaves hold lines, so nobody could be told a reason.
    "linear_tree", "linear_trees",
)  # fmt: skip
OBSERVED_BY = ("customer_id", "t", "y", "weight", "kept_known_at", "first_contact_at")


@dataclass(frozen=True)
class ChurnModel:
    """Trees, the columns they read, and the levels observed when they were trained: whole and early ones."""

    booster: lgb.Booster
    columns: Columns
    observed: tuple[Observed, ...]
    about: Mapping[str, Any]

    @property
    def levels(self) -> dict[date, float]:
        """The level of every snapshot it was trained on."""
        return {one.t: one.level for one in self.observed if one.days == self.about["label_days"]}

    def score(self, frame: pd.DataFrame) -> Floats:
        """Rank in log-odds around the level; higher is likelier to churn."""
        return np.asarray(self.booster.predict(self.columns.matrix(frame), raw_score=True), dtype=np.float64)

    def churn_probability(self, frame: pd.DataFrame, t: date) -> Floats:
        """Probability of churning after `t` if nothing is done."""
        return np.asarray(expit(self.score(frame) + self.level(t).level), dtype=np.float64)

    def level(self, t: date) -> Forecast:
        """How many leave after `t`, forecast from what was known when the model was trained."""
        return forecast(self.observed, t, date.fromisoformat(self.about["first_day"]), self.about["active_days"])

    def scored(self, rows: pd.DataFrame) -> pd.DataFrame:
        """What a level is observed by, of rows as `fit` has them: OBSERVED_BY of their columns, and `raw`, the rank."""
        return _scored(rows, self.score(rows))

    def brought_up_to(self, day: date, complete: pd.DataFrame, running: pd.DataFrame) -> ChurnModel:
        """The same trees with the levels as they are known at `day`, by `scored` rows of snapshots complete and `running` then.

        Without a complete one the levels stay as they were.
        """
        if complete.empty:
            return self
        about = {**self.about, "known_until": day.isoformat()}
        return replace(self, about=about, observed=_observed(about, complete, running))

    def importance(self) -> dict[str, float]:
        """Share of the total gain each feature brought, largest first."""
        gains = self.booster.feature_importance("gain")
        total = float(gains.sum()) or 1.0
        shares = {name: float(gain) / total for name, gain in zip(self.columns.names, gains, strict=True)}
        return dict(sorted(shares.items(), key=lambda item: (-item[1], item[0])))

    def save(self, folder: Path, name: str) -> None:
        """Write `<name>.txt` (trees) and `<name>.json` (columns, levels, what it was trained on, checksum of both)."""
        body = {
            **said_columns(self.columns),
            "levels": [asdict(one) | {"t": one.t.isoformat()} for one in self.observed],
            "about": dict(self.about),
        }
        write_sealed(folder, name, body, self.booster.model_to_string())

    @classmethod
    def load(cls, folder: Path, name: str) -> ChurnModel:
        """Read what `save` wrote. Raises DataUnfitError when a file is missing, was changed, or is of another version."""
        body, trees = read_sealed(folder, name, trees=True)
        with of_this_version(folder, name):
            observed = tuple(Observed(**one | {"t": date.fromisoformat(one["t"])}) for one in body["levels"])
            return cls(booster_of(trees, columns := columns_of(body)), columns, observed, body["about"])


def fit(
    frame: pd.DataFrame,
    catalog: list[dict[str, Any]],
    params: Mapping[str, Any],
    *,
    rounds: int,
    seed: int,
    about: Mapping[str, Any],
    half_life_days: int | None = None,
    running: pd.DataFrame | None = None,
    monotone: bool = False,
) -> ChurnModel:
    """Train on rows with columns `t`, `y`, `weight` and the catalogue's features; with `half_life_days` older ones teach less.

    `about` names what the level rests on: `first_day`, `active_days`, `label_days`, `known_until`. Rows of snapshots `running` at
    the last, whose labels are not complete, tell early returns; they and the rows to train on need `kept_known_at` then. With
    `monotone` the trees keep the directions that the catalogue declares.

    Raises DataUnfitError when there are no rows, or only one class is present.
    """
    check_params(params)
    y, weight = frame["y"].to_numpy(dtype=np.float64), frame["weight"].to_numpy(dtype=np.float64)
    _refuse_one_class(y)
    days = frame["t"].dt.date.to_numpy()
    rates = {day: smoothed_rate(y[days == day], weight[days == day]) for day in set(days)}
    offset = np.array([logit(rates[day]) for day in days])
    columns = Columns.learn(frame, catalog)
    matrix = columns.matrix(frame)
    data = columns.dataset(matrix, y, weight=weight * _freshness(frame["t"], half_life_days), init_score=offset)
    try:
        booster = lgb.train({**params, **FIXED, **directions(columns, catalog, monotone), "seed": seed}, data, rounds)
    except lgb.basic.LightGBMError as error:
        raise ConfigError(f"model.params: LightGBM refuses them: {error}") from None
    raw = np.asarray(booster.predict(matrix, raw_score=True), dtype=np.float64)
    if not np.isfinite(raw).all():
        raise ConfigError("model.params: the scores grow beyond all bounds; lower learning_rate or raise lambda_l2")
    model = ChurnModel(booster, columns, (), about)
    early = None if running is None else model.scored(running)
    return replace(model, observed=_observed(about, _scored(frame, raw), early))


def _refuse_one_class(y: Floats) -> None:
    if len(y) == 0:
        raise DataUnfitError(NOBODY)
    if y.min() == y.max():
        what = "churned" if y.min() == 1 else "stayed"
        raise DataUnfitError(
            f"all {len(y):,} training rows {what}; there is nothing to learn: check definition.horizon_days and kind"
        )


def _observed(about: Mapping[str, Any], complete: pd.DataFrame, running: pd.DataFrame | None) -> tuple[Observed, ...]:
    """The level of every complete snapshot and, where there are running ones, the early levels."""
    observed = []
    for t, rows in complete.groupby("t"):
        y, weight, raw = (rows[name].to_numpy(np.float64) for name in ("y", "weight", "raw"))
        observed.append(observe(pd.Timestamp(str(t)).date(), about["label_days"], raw, y, weight))
    if running is None or running.empty:
        return tuple(observed)
    return (*observed, *early_levels(complete, running, date.fromisoformat(about["known_until"])))


def _scored(rows: pd.DataFrame, raw: Floats) -> pd.DataFrame:
    return rows[[name for name in OBSERVED_BY if name in rows]].assign(raw=raw)


def _freshness(t: pd.Series, half_life_days: int | None) -> Floats:
    """What a row counts by its age: 1 on the latest date, half as much `half_life_days` before; 1 everywhere without."""
    if half_life_days is None:
        return np.ones(len(t))
    return np.asarray(0.5 ** ((t.max() - t).dt.days / half_life_days), dtype=np.float64)


def directions(columns: Columns, catalog: list[dict[str, Any]], monotone: bool) -> dict[str, list[int]]:
    """What LightGBM is told of directions: for each column 1, -1, or 0 where none is declared; nothing unless `monotone`."""
    if not monotone:
        return {}
    signs = {"raises": 1, "lowers": -1}
    numbers = [feature for feature in catalog if feature["type"] == "number"]  # LightGBM ends the process on a category with one
    declared = {feature["name"]: signs.get(feature.get("monotone", ""), 0) for feature in numbers}
    return {"monotone_constraints": [declared.get(name, 0) for name in columns.names]}


def check_params(params: Mapping[str, Any]) -> None:
    """Raise ConfigError for a parameter that LightGBM does not know, or that is not the user's to set."""
    known = {name for both in _ConfigAliases._get_all_param_aliases().items() for name in (both[0], *both[1])}
    unknown = sorted(set(params) - known)
    if unknown:
        near = get_close_matches(unknown[0], sorted(known), 1, cutoff=0)[0]
        raise ConfigError(f"model.params.{unknown[0]}: LightGBM has no such parameter; did you mean {near}?")
    taken = sorted(set(params) & (set(FIXED) | set(OURS)))
    if taken:
        raise ConfigError(
            f"model.params.{taken[0]}: set by the pipeline itself; remove it (model.rounds and seed have their own keys)"
        )
