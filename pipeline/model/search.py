"""A search for better trees, on time-ordered splits behind the oldest test date: its choice has not seen what is reported."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import lightgbm as lgb
import numpy as np
import optuna
import pandas as pd

from pipeline.errors import ConfigError, DataUnfitError
from pipeline.model.booster import FIXED, directions
from pipeline.model.design_matrix import BINNED_BY, Columns
from pipeline.model.level import logit

SPLITS = 3
PATIENCE = 50  # rounds without a better log loss
MOST_ROUNDS = 2000
# Name, lowest and highest value, and whether values are tried evenly in their logarithm; whole numbers stay whole.
SPACE: tuple[tuple[str, float, float, bool], ...] = (
    ("num_leaves", 3, 31, True),
    ("min_data_in_leaf", 20, 400, True),
    ("learning_rate", 0.02, 0.1, True),
    ("feature_fraction", 0.2, 0.9, False),
    ("bagging_fraction", 0.5, 0.95, False),
    ("lambda_l2", 0.1, 100.0, True),
)


@dataclass(frozen=True)
class Recipe:
    """What LightGBM is told, and the number of trees."""

    params: Mapping[str, Any]
    rounds: int


@dataclass(frozen=True)
class Split:
    """Rows to learn from and rows of a later date to judge on, as LightGBM reads them, and the directions it must keep."""

    train: lgb.Dataset
    test: lgb.Dataset
    kept: Mapping[str, Any] = field(default_factory=dict)


def split_dates(days: tuple[date, ...], wait_days: int) -> list[tuple[tuple[date, ...], date]]:
    """Up to three pairs of training dates and a later test date among `days`, oldest first: d + wait ≤ test for each d.

    Raises DataUnfitError when there is no such pair.
    """
    pairs = [(tuple(d for d in days if d + timedelta(days=wait_days) <= test), test) for test in sorted(days)]
    found = [pair for pair in pairs if pair[0]][-SPLITS:]
    if not found:
        raise DataUnfitError(
            f"nothing can be searched for: of the {len(days)} snapshots behind the oldest test date none can judge what another "
            "taught; bring more history, ask for fewer snapshots.origins, or set train.search.trials to 0 and "
            "model.early_stopping_rounds to null"
        )
    return found


def splits(
    frame: pd.DataFrame,
    catalog: list[dict[str, Any]],
    days: tuple[date, ...],
    wait_days: int,
    params: Mapping[str, Any],
    *,
    monotone: bool = False,
) -> list[Split]:
    """The splits of `split_dates`, with each date's own churn rate as offset: they judge the order, not the level.

    Values are put into as many bins as `params` say. Raises ConfigError when that is no whole number.
    """
    max_bin = params.get("max_bin", 255)
    if not isinstance(max_bin, int):
        raise ConfigError(f"model.params.max_bin: give a whole number; given {max_bin!r}")
    made, day = [], frame["t"].dt.date
    for learned, test in split_dates(days, wait_days):
        rows, later = frame[day.isin(learned)], frame[day == test]
        columns = Columns.learn(rows, catalog)
        train = _dataset(rows, columns, max_bin)
        kept = directions(columns, catalog, monotone)
        made.append(Split(train, _dataset(later, columns, max_bin, reference=train), kept))
    return made


def _dataset(rows: pd.DataFrame, columns: Columns, max_bin: int, reference: lgb.Dataset | None = None) -> lgb.Dataset:
    total = rows.groupby("t")["weight"].transform("sum")
    left = (rows["y"] * rows["weight"]).groupby(rows["t"]).transform("sum")
    offset = ((left + 0.5) / (total + 1)).map(logit).to_numpy()
    return columns.dataset(
        columns.matrix(rows),
        rows["y"].to_numpy(),
        weight=rows["weight"].to_numpy(),
        init_score=offset,
        reference=reference,
        params={"feature_pre_filter": False, "verbosity": -1, "max_bin": max_bin, "bin_construct_sample_cnt": BINNED_BY},
        free_raw_data=False,
    )


def stopped(made: list[Split], start: Recipe, seed: int, patience: int) -> Recipe:
    """The recipe `start` with the median, over the splits, of the number of trees beyond which `patience` more do not help."""
    return Recipe(start.params, int(np.median([rounds for _, rounds in _judged(made, start.params, seed, patience)])))


def search(
    made: list[Split],
    start: Recipe,
    trials: int,
    seed: int,
    storage: str | None,
    tell: Callable[[int, int], None],
    patience: int = PATIENCE,
) -> tuple[Recipe, list[dict[str, Any]]]:
    """Try `trials` recipes, `start` first, and return the one of the lowest mean log loss, and all that were tried.

    A search that was stopped is taken up from `storage` (an Optuna storage) where it left off: the draws of a trial depend on its
    number and on the trials before it alone. Trials that look hopeless after a split are given up.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(
        study_name=_name(made, start, seed, patience),
        storage=storage,
        load_if_exists=True,
        pruner=optuna.pruners.MedianPruner(n_startup_trials=5),
    )
    # A process that was killed leaves its trial running for ever: if that was the first, it is tried again.
    if not any(trial.state.is_finished() or trial.state.name == "WAITING" for trial in study.trials):
        study.enqueue_trial({name: start.params[name] for name, *_ in SPACE if name in start.params})
    while (done := sum(trial.state.is_finished() for trial in study.trials)) < trials:
        study.sampler = optuna.samplers.TPESampler(seed=seed + done)
        study.optimize(lambda trial: _loss(trial, made, start, seed, patience), n_trials=1)
        tell(done + 1, trials)
    best = study.best_trial
    table = [_row(number, trial) for number, trial in enumerate(trial for trial in study.trials if trial.state.is_finished())]
    return Recipe({**start.params, **best.params}, best.user_attrs["rounds"]), table


def _loss(trial: optuna.Trial, made: list[Split], start: Recipe, seed: int, patience: int) -> float:
    """Mean log loss over the splits, each with the number of trees that suits it; their median is the recipe's."""
    drawn: dict[str, Any] = {}
    for name, low, high, log in SPACE:
        whole = isinstance(low, int)
        drawn[name] = (
            trial.suggest_int(name, int(low), int(high), log=log) if whole else trial.suggest_float(name, low, high, log=log)
        )
    losses, rounds = [], []
    for number, (loss, best) in enumerate(_judged(made, {**start.params, **drawn}, seed, patience)):
        losses.append(loss)
        rounds.append(best)
        trial.report(float(np.mean(losses)), number)
        if trial.should_prune():
            raise optuna.TrialPruned
    trial.set_user_attr("rounds", int(np.median(rounds)))
    return float(np.mean(losses))


def _judged(made: list[Split], params: Mapping[str, Any], seed: int, patience: int) -> Iterator[tuple[float, int]]:
    """The best log loss on the later date of each split, and the number of trees that had it."""
    told = {**params, **FIXED, "seed": seed, "metric": "binary_logloss", "feature_pre_filter": False}
    for split in made:
        stop = lgb.early_stopping(patience, verbose=False)
        try:
            booster = lgb.train({**told, **split.kept}, split.train, MOST_ROUNDS, valid_sets=[split.test], callbacks=[stop])
        except lgb.basic.LightGBMError as error:
            raise ConfigError(f"model.params: LightGBM refuses them: {error}") from None
        yield booster.best_score["valid_0"]["binary_logloss"], booster.best_iteration


def _name(made: list[Split], start: Recipe, seed: int, patience: int = PATIENCE) -> str:
    """A name that differs where the rows, the first recipe, the seed or the patience do."""
    digest = hashlib.sha256(repr((sorted(start.params.items()), start.rounds, seed, patience, SPACE)).encode())
    for split in made:
        digest.update(repr(sorted(split.kept.items())).encode())
        for data in (split.train, split.test):
            for part in (data.data, data.label):
                digest.update(np.asarray(part).T.tobytes())
    return digest.hexdigest()[:16]


def _row(number: int, trial: optuna.trial.FrozenTrial) -> dict[str, Any]:
    return {
        "trial": number,
        "state": trial.state.name.lower(),
        "log_loss": trial.value if trial.state.name == "COMPLETE" else None,
        "rounds": trial.user_attrs.get("rounds"),
        **trial.params,
    }
