"""How good predicted values are: error, order, total and deciles, all weighted."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.arrays import Floats
from pipeline.errors import DataUnfitError
from pipeline.profit.expected_profit import steps

DECILES = 10
ALIKE = 1e-12  # a Gini coefficient that is nothing but rounding


def value_figures(value: Floats, predicted: Floats, weight: Floats) -> dict[str, float]:
    """MAE and RMSE in the currency, normalised Gini, bias of the total, and decile error.

    `gini` is the Gini coefficient of the values ordered by prediction over that of the values ordered by themselves: 1 perfect,
    0 random, NaN where everybody is worth the same. `bias` is total predicted over total actual less 1. `decile_error` is the sum
    over deciles of the prediction of |predicted − actual| over the actual total. Raises DataUnfitError when no row weighs
    anything, and when the values add up to nothing, which leaves the last three without a meaning.
    """
    mean_predicted, actual, _, share = deciles(value, predicted, weight).to_numpy(np.float64).T
    total = actual @ share
    error = value - predicted
    perfect = _concentration(value, value, weight)
    return {
        "mae": float(np.average(np.abs(error), weights=weight)),
        "rmse": float(np.sqrt(np.average(error**2, weights=weight))),
        "gini": _concentration(value, predicted, weight) / perfect if perfect > ALIKE else float("nan"),
        "bias": float(mean_predicted @ share / total - 1),
        "decile_error": float(np.abs(mean_predicted - actual) @ share / total),
    }


def deciles(value: Floats, predicted: Floats, weight: Floats, bins: int = DECILES) -> pd.DataFrame:
    """Bins of equal weight by rising prediction: mean `predicted` and `actual`, their `ratio`, and `weight`."""
    rows, earned, step = steps(value, predicted, weight)
    if earned.sum() <= 0:
        raise DataUnfitError(
            f"value: the values of {int((weight > 0).sum()):,} rows add up to {earned.sum():g}; nothing to compare with"
        )
    mass = np.cumsum(rows) - rows / 2
    bin_of = bins - 1 - np.minimum((mass / rows.sum() * bins).astype(int), bins - 1)
    promised = np.bincount(step, (weight * predicted)[weight > 0])
    made = pd.DataFrame({"weight": rows, "predicted": promised, "actual": earned}).groupby(bin_of).sum()
    made[["predicted", "actual"]] = made[["predicted", "actual"]].div(made["weight"], axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        made["ratio"] = made["predicted"] / made["actual"]
    return made.reset_index(drop=True)[["predicted", "actual", "ratio", "weight"]]


def _concentration(value: Floats, ranking: Floats, weight: Floats) -> float:
    """Twice the area between the share of value found from the highest ranking down and the diagonal; ties count alike."""
    rows, earned, _ = steps(value, ranking, weight)
    share, found = (np.concatenate([[0.0], np.cumsum(part) / part.sum()]) for part in (rows, earned))
    return float(2 * np.trapezoid(found, share) - 1)
