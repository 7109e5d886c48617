"""The test: snapshots whose outcome no model had seen, scored by the twins of their date and by every baseline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from pipeline.arrays import Floats
from pipeline.config import Config
from pipeline.errors import DataUnfitError
from pipeline.model import baselines
from pipeline.model.booster import ChurnModel
from pipeline.model.bootstrap import bootstrap
from pipeline.model.folds import Origin
from pipeline.model.grade import grade
from pipeline.model.metrics import figures
from pipeline.model.purchase_history import columns_of
from pipeline.model.simple import SimpleModel
from pipeline.model.slices import auc_ends, slices

MODEL = "churn_probability"
GIVEN = ("customer_id", "t", "y", "weight", MODEL)
# Those that compare customers of one date with each other are averages over the dates, all others are of all rows together.
WITHIN_A_DATE = ("auc", "average_precision", "lift_at_10")


def judge(
    origin: Origin,
    twin: ChurnModel | SimpleModel,
    train: pd.DataFrame,
    test: pd.DataFrame,
    history: pd.DataFrame,
    catalog: list[dict[str, Any]],
    config: Config,
) -> pd.DataFrame:
    """The rows of `test` with the probabilities of the twin (`churn_probability`) and of every baseline, a column each.

    Raises DataUnfitError when the test or the training has no rows or one class only.
    """
    if len(test) == 0 or test["y"].min() == test["y"].max():
        raise DataUnfitError(
            f"the test snapshot {origin.test} has one class only ({len(test):,} rows); choose another as_of or horizon_days, "
            "or fewer snapshots.origins"
        )
    if len(train) == 0 or train["y"].min() == train["y"].max():
        raise DataUnfitError(
            f"the training snapshots of the test {origin.test} have one class only ({len(train):,} rows), so no baseline can "
            "learn; choose another as_of or horizon_days"
        )
    judged = test[["customer_id", "t", "y", "weight"]].copy()
    judged[MODEL] = twin.churn_probability(test, origin.test)
    return judged.assign(**_rivals(train, test, history, catalog, config))


def measure(
    judged: pd.DataFrame, grouped: pd.DataFrame, origins: tuple[Origin, ...], ungraded: str | None, config: Config
) -> dict[str, Any]:
    """The figures of `reports/metrics.json`, from the judged rows of all origins and their groups (docs/definitions.md).

    `ungraded` says why there is no grade, if so.
    """
    bins, samples, seed = config.evaluate.calibration_bins, config.evaluate.bootstrap_draws, config.seed
    rivals = [str(name) for name in judged if name not in GIVEN]
    rolling = [_at(judged[judged["t"] == pd.Timestamp(origin.test)], origin, rivals, config) for origin in origins]
    sampled = bootstrap(judged, [MODEL, *rivals], samples, seed)
    metrics: dict[str, Any] = {
        "test": {key: figure for key, figure in rolling[0].items() if key != "baselines"},
        "baselines": rolling[0]["baselines"],
        "rolling": rolling,
        "pooled": _pooled(judged, MODEL, rolling, bins) | auc_ends(judged),
        "pooled_baselines": {name: _pooled(judged, name, [at["baselines"][name] for at in rolling], bins) for name in rivals},
        "paired": {
            name: {measure: sampled[MODEL].minus(sampled[name], measure) for measure in ("log_loss", "auc")} for name in rivals
        },
        "slices": slices(judged, grouped, bins),
    }
    letter, reason = (None, f"{ungraded}.") if ungraded else grade(metrics)
    return metrics | {"grade": letter, "grade_reason": reason}


def _at(rows: pd.DataFrame, origin: Origin, rivals: list[str], config: Config) -> dict[str, Any]:
    """The figures of one date: of the model, with the interval of its AUC, and of the baselines."""
    bins = config.evaluate.calibration_bins
    sample = {"t": origin.test.isoformat(), "trained_on": len(origin.train)} | _size(rows)
    of = {name: figures(*_columns(rows, name), bins) for name in (MODEL, *rivals)}
    return {**sample, **of[MODEL], **auc_ends(rows), "baselines": {name: {**sample, **of[name]} for name in rivals}}


def _pooled(judged: pd.DataFrame, name: str, by_date: list[dict[str, Any]], bins: int) -> dict[str, Any]:
    """The figures of all dates together, and between which values those of the dates lie (`spread`)."""
    together = figures(*_columns(judged, name), bins)
    share = [at["customers"] for at in by_date]
    together |= {measure: float(np.average([at[measure] for at in by_date], weights=share)) for measure in WITHIN_A_DATE}
    spread = {measure: [min(at[measure] for at in by_date), max(at[measure] for at in by_date)] for measure in together}
    return _size(judged) | together | {"dates": len(by_date), "spread": spread}


def _size(rows: pd.DataFrame) -> dict[str, Any]:
    return {"customers": len(rows), "churn_rate": float(np.average(rows["y"], weights=rows["weight"]))}


def _columns(rows: pd.DataFrame, name: str) -> tuple[Floats, Floats, Floats]:
    y, probability, weight = (rows[column].to_numpy(np.float64) for column in ("y", name, "weight"))
    return y, probability, weight


def _rivals(
    train: pd.DataFrame, test: pd.DataFrame, history: pd.DataFrame, catalog: list[dict[str, Any]], config: Config
) -> dict[str, Floats]:
    columns = baselines.rfm_columns(config.definition)
    rivals: dict[str, Floats] = {}
    if columns[0] in train:  # unless features.exclude names it
        rivals["recency"] = baselines.recency(train, test, columns[0])
        rivals["rfm_logistic"] = baselines.rfm_logistic(train, test, columns, config.seed)
    rivals["lightgbm_default"] = baselines.lightgbm_default(train, test, catalog, config.seed)
    if config.definition.kind != "renewal":  # BG/NBD is a model of non-contractual buying
        rivals["bg_nbd"] = _bg_nbd(test, history, config.definition.horizon_days)
    return rivals


def _bg_nbd(test: pd.DataFrame, history: pd.DataFrame, horizon_days: int) -> Floats:
    """P(no purchase in the horizon) as if it began at t: BG/NBD is stationary for whoever is alive, so a gap only moves it."""
    parameters = baselines.bg_nbd_fit(*columns_of(history))
    known = test[["customer_id"]].merge(history, on="customer_id", how="left", validate="1:1")
    return baselines.bg_nbd_no_purchase(parameters, *columns_of(known), days=horizon_days)


def verdict(metrics: Mapping[str, Any]) -> str:
    """The figures in one line."""
    test, pooled = metrics["test"], metrics["pooled"]
    return (
        f"test {test['t']}: {test['customers']:,} customers, churn {test['churn_rate']:.3f}, AUC {test['auc']:.3f}, "
        f"log loss {test['log_loss']:.3f}, ECE {test['ece']:.3f}; all test dates ({pooled['dates']}): AUC {pooled['auc']:.3f}, "
        f"log loss {pooled['log_loss']:.3f}, ECE {pooled['ece']:.3f}; grade {metrics['grade'] or 'none'}"
    )
