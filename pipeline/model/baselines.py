"""What people would use instead: a recency rule, RFM with logistic regression, BG/NBD, and LightGBM as it comes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import expit, gammaln
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, QuantileTransformer, StandardScaler

from pipeline.arrays import Floats, Ints
from pipeline.config import Definition
from pipeline.model.design_matrix import Columns

STARTS = ((0.0, 0.0, 0.0, 0.0), (-1.0, 2.0, -1.0, 0.5), (0.5, 4.0, 0.0, 1.0))


def rfm_columns(definition: Definition) -> tuple[str, ...]:
    """Recency, tenure, frequency, value and usual gap, in the sense of the churn definition; recency first."""
    if definition.kind == "activity":
        return ("activity_recency_days", "activity_tenure_days", "activity_days_all", "activity_count_90d")
    return (
        "purchases_recency_days",
        "purchases_tenure_days",
        "purchases_count_all",
        "purchases_amount_sum_all",
        "purchases_gap_days_mean_all",
    )


def recency(train: pd.DataFrame, test: pd.DataFrame, column: str) -> Floats:
    """Recency alone, turned into a probability by a logistic curve fitted on training rows."""
    model = Pipeline(
        [
            ("fill", SimpleImputer(strategy="constant", fill_value=1e4, keep_empty_features=True)),
            ("log", FunctionTransformer(np.log1p)),
            ("scale", StandardScaler()),
            ("fit", LogisticRegression()),
        ]
    )
    return _fitted(model, train, test, [column])


def rfm_logistic(train: pd.DataFrame, test: pd.DataFrame, columns: tuple[str, ...], seed: int) -> Floats:
    """Logistic regression on the normal scores of recency, frequency, value, tenure and gap."""
    present = [column for column in columns if column in train]
    model = Pipeline(
        [
            ("fill", SimpleImputer(strategy="median", keep_empty_features=True)),
            ("normal", QuantileTransformer(output_distribution="normal", n_quantiles=min(200, len(train)), random_state=seed)),
            ("fit", LogisticRegression()),
        ]
    )
    return _fitted(model, train, test, present)


def _fitted(model: Pipeline, train: pd.DataFrame, test: pd.DataFrame, columns: list[str]) -> Floats:
    model.fit(train[columns].to_numpy(float), train["y"], fit__sample_weight=train["weight"])
    return np.asarray(model.predict_proba(test[columns].to_numpy(float))[:, 1], dtype=np.float64)


def lightgbm_default(train: pd.DataFrame, test: pd.DataFrame, catalog: list[dict[str, Any]], seed: int) -> Floats:
    """LightGBM with its own defaults (100 trees of 31 leaves) on all features."""
    columns = Columns.learn(train, catalog)
    data = columns.dataset(columns.matrix(train), train["y"].to_numpy(), weight=train["weight"].to_numpy())
    # by rows: the same trees as by columns, sooner where all columns are looked at for many leaves
    params = {"objective": "binary", "verbosity": -1, "deterministic": True, "force_row_wise": True, "seed": seed}
    booster = lgb.train(params, data)
    return np.asarray(booster.predict(columns.matrix(test)), dtype=np.float64)


def bg_nbd_fit(repeats: Floats, last: Floats, age: Floats) -> dict[str, float]:
    """Maximum likelihood of BG/NBD (Fader, Hardie & Lee 2005, eq. 6): repeat days x, time of the last t_x and age T, in days.

    Returns r, alpha, a, b.
    """
    unique, count = np.unique(np.column_stack([repeats, np.round(last, 1), np.round(age, 1)]), axis=0, return_counts=True)
    x, t_x, total = unique.T
    repeated, of = np.unique(x, return_inverse=True)
    scale = total.max()

    def loss(logs: Floats) -> float:
        return -float(
            np.average(_log_likelihood(np.exp(np.clip(logs, -12, 12)), repeated, of, t_x / scale, total / scale), weights=count)
        )

    fits = [
        minimize(loss, start, method="Nelder-Mead", options={"maxiter": 3000, "xatol": 1e-5, "fatol": 1e-8}) for start in STARTS
    ]
    r, alpha, a, b = np.exp(np.clip(min(fits, key=lambda fit: float(fit.fun)).x, -12, 12))
    return {"r": float(r), "alpha": float(alpha * scale), "a": float(a), "b": float(b)}


def _log_likelihood(parameters: Floats, repeated: Floats, of: Ints, t_x: Floats, total: Floats) -> Floats:
    """Of customers whose repeat days are `repeated[of]`: what depends on those alone is computed once for each number of them."""
    r, alpha, a, b = parameters
    x = repeated
    first = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    second = gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
    left = np.log(a) - np.log(b + np.maximum(x, 1) - 1)
    bought = (r + x)[of]
    alive = -bought * np.log(alpha + total)
    gone = left[of] - bought * np.log(alpha + t_x)
    return np.asarray((first + second)[of] + np.where((x > 0)[of], np.logaddexp(alive, gone), alive))


def bg_nbd_no_purchase(parameters: Mapping[str, float], repeats: Floats, last: Floats, age: Floats, days: float) -> Floats:
    """P(no purchase in (T, T + days]): gone already, or alive with no purchase under the posterior gamma rate."""
    r, alpha, a, b = (parameters[name] for name in ("r", "alpha", "a", "b"))
    log_odds = np.log(a / (b + np.maximum(repeats, 1) - 1)) + (r + repeats) * np.log((alpha + age) / (alpha + last))
    alive = np.where(repeats > 0, expit(-log_odds), 1.0)
    return np.asarray(1 - alive + alive * ((alpha + age) / (alpha + age + days)) ** (r + repeats))
