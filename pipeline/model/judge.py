"""The test: one snapshot whose outcome no model has seen, scored by the twin and by every baseline."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from pipeline.config import Config
from pipeline.contract.facts import seen_at, timestamp
from pipeline.errors import DataUnfitError
from pipeline.model import baselines
from pipeline.model.booster import ChurnModel
from pipeline.model.folds import Plan
from pipeline.model.labels import refused
from pipeline.model.level import Floats
from pipeline.model.metrics import auc_interval, figures, gain, reliability

HISTORY = """SELECT customer_id, CAST(count(DISTINCT CAST(happened_at AS DATE)) - 1 AS DOUBLE) AS repeats,
    date_diff('second', min(happened_at), max(happened_at)) / CAST(86400 AS DOUBLE) AS last,
    date_diff('second', min(happened_at), {t}) / CAST(86400 AS DOUBLE) AS age
FROM activity WHERE {seen} AND customer_id NOT IN (SELECT customer_id FROM ({refused}) WHERE name = 'consent_profiling')
GROUP BY customer_id ORDER BY customer_id"""


def summary_before(connection: duckdb.DuckDBPyConnection, t: date, as_of: date) -> pd.DataFrame:
    """Repeat days, time of the last and age of every customer with activity before `t`, as BG/NBD reads them.

    Who refuses profiling as of `as_of`, today, is left out.
    """
    query = HISTORY.format(t=timestamp(t), seen=seen_at(timestamp(t), "activity"), refused=refused(as_of))
    return connection.execute(query).df()


def judge(
    twin: ChurnModel,
    train: pd.DataFrame,
    test: pd.DataFrame,
    history: pd.DataFrame,
    catalog: list[dict[str, Any]],
    plan: Plan,
    config: Config,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Probabilities of the twin and every baseline on the test rows, and their figures as `reports/metrics.json` has them."""
    y, weight = test["y"].to_numpy(np.float64), test["weight"].to_numpy(np.float64)
    if len(y) == 0 or y.min() == y.max():
        raise DataUnfitError(
            f"the test snapshot {plan.test} has one class only ({len(y):,} rows); choose another as_of or horizon_days"
        )
    judged = test[["customer_id", "t", "y", "weight"]].copy()
    judged["churn_probability"] = twin.churn_probability(test, plan.test)
    rivals = _rivals(train, test, history, catalog, config)
    bins = config.evaluate.calibration_bins
    low, high = auc_interval(y, judged["churn_probability"].to_numpy(), weight, config.evaluate.bootstrap_draws, config.seed)
    sample = {"t": plan.test.isoformat(), "customers": len(y), "churn_rate": float(np.average(y, weights=weight))}
    metrics: dict[str, Any] = {
        "test": {**sample, **figures(y, judged["churn_probability"].to_numpy(), weight, bins), "auc_low": low, "auc_high": high},
        "baselines": {},
    }
    for name, probability in rivals.items():
        judged[name] = probability
        metrics["baselines"][name] = {**sample, **figures(y, probability, weight, bins)}
    return judged, metrics


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
    parameters = baselines.bg_nbd_fit(*_summary(history))
    known = test[["customer_id"]].merge(history, on="customer_id", how="left", validate="1:1")
    return baselines.bg_nbd_no_purchase(parameters, *_summary(known), days=horizon_days)


def _summary(history: pd.DataFrame) -> tuple[Floats, Floats, Floats]:
    return history["repeats"].to_numpy(), history["last"].to_numpy(), history["age"].to_numpy()


def write_plots(folder: Path, judged: pd.DataFrame, twin: ChurnModel, bins: int) -> None:
    """CSV files for `dvc plots`: reliability, gain and importance."""
    folder.mkdir()
    y, weight = judged["y"].to_numpy(np.float64), judged["weight"].to_numpy(np.float64)
    probability = judged["churn_probability"].to_numpy()
    reliability(y, probability, weight, bins).round(6).to_csv(folder / "reliability.csv", index=False)
    gain(y, probability, weight).round(6).to_csv(folder / "gain.csv", index=False)
    shares = pd.Series(twin.importance(), name="share").rename_axis("feature").head(25)
    shares.round(6).to_csv(folder / "importance.csv")
