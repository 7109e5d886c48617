"""The test of values: customers who stayed after a test date, by the model of value of its twin and by what people would use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipeline.config import Config
from pipeline.model.folds import Origin, Plan
from pipeline.model.snapshot_rows import rows_of_test
from pipeline.value.expected import expected_value, load_value
from pipeline.value.horizon import horizon_of, share_of
from pipeline.value.value_baselines import last_spending
from pipeline.value.value_figures import deciles, value_figures
from pipeline.value.value_model import ValueModel, stayed

MODEL = "expected_value"
RIVALS = ("last_year", "own_purchases")
OFF = "No value of a customer is known whose outcome a model had not seen: the source has no amounts, or value.days is too long."


def judge_value(twin: ValueModel | None, test: pd.DataFrame, origin: Origin, config: Config) -> pd.DataFrame:
    """A row for each of `test`: `value` (NaN if unknown), `expected_value`, and what the baselines say, in the same order.

    `last_year` is the margin of the last year, scaled; `own_purchases` is where the trees of the twin begin: BG/NBD and
    Gamma-Gamma where churn is not to purchase, elsewhere the shrunken own rate.
    """
    unknown = np.full(len(test), np.nan)
    days = horizon_of(config.definition, config.value)
    return pd.DataFrame(
        {
            "value": test["value"].to_numpy(np.float64),
            MODEL: expected_value(twin, test, pd.Timestamp(origin.test), config),
            "last_year": last_spending(test, config.value.margin_share, days),
            "own_purchases": unknown if twin is None else twin.own_value(test),
        },
        index=test.index,
    )


def judge_values(folder: Path, rows: pd.DataFrame, plan: Plan, config: Config) -> pd.DataFrame:
    """`judge_value` of the twins in `folder` at every test date, in the order of the judged rows."""
    parts = [
        judge_value(load_value(folder, origin.twin, config), rows_of_test(rows, origin), origin, config)
        for origin in plan.origins
    ]
    return pd.concat(parts, ignore_index=True)


def measure_value(judged: pd.DataFrame, config: Config) -> dict[str, Any]:
    """Figures of `expected_value` and of the baselines among who stayed: at each date (latest first), and pooled.

    `judged` has the columns of `judge_value` beside `t`, `y` and `weight`. Dates at which nobody is known to have been worth
    anything are left out; without any there is only the sentence `off`.
    """
    rows = stayed(judged)
    rows = rows[rows[MODEL].notna()]
    by_date = {f"{t:%Y-%m-%d}": rows[rows["t"] == t] for t in sorted(rows["t"].unique(), reverse=True)}
    by_date = {t: at for t, at in by_date.items() if _earned(at)}
    if not by_date:
        return {"off": OFF}
    together = pd.concat(list(by_date.values()))
    return {
        "days": horizon_of(config.definition, config.value),
        "margin_share": share_of(config.value),
        "rolling": [{"t": t, **_figures(at)} for t, at in by_date.items()],
        "pooled": {"dates": len(by_date), **_figures(together), "deciles": _deciles(together)},
    }


def _earned(rows: pd.DataFrame) -> bool:
    return bool((rows["value"] * rows["weight"]).sum() > 0)


def _figures(rows: pd.DataFrame) -> dict[str, Any]:
    """Those of the model, and of every baseline that knows all of these customers."""
    rivals = [name for name in RIVALS if rows[name].notna().all()]
    size = {"customers": len(rows), "mean": float(np.average(rows["value"], weights=rows["weight"]))}
    return {**size, **_of(rows, MODEL), "baselines": {name: _of(rows, name) for name in rivals}}


def _of(rows: pd.DataFrame, name: str) -> dict[str, float]:
    value, predicted, weight = (rows[column].to_numpy(np.float64) for column in ("value", name, "weight"))
    return value_figures(value, predicted, weight)


def _deciles(rows: pd.DataFrame) -> list[dict[str, float]]:
    """Mean prediction and mean value in tenths by rising prediction."""
    value, predicted, weight = (rows[column].to_numpy(np.float64) for column in ("value", MODEL, "weight"))
    return [
        {name: float(one[name]) for name in ("predicted", "actual", "weight")}
        for one in deciles(value, predicted, weight).to_dict("records")
    ]
