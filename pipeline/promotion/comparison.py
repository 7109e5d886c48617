"""Challenger against champion on the same later rows: the difference of their log losses, with its interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.model.bootstrap import bootstrap
from pipeline.model.metrics import ece


@dataclass(frozen=True)
class Comparison:
    """`difference`, `low`, `high`: log loss of the challenger less that of the champion, and its paired 95 % interval.

    Below 0 the challenger is better. `auc` is the same difference of AUC, above 0 where the challenger is better; `ece` are the
    debiased calibration errors of both, over all `dates` together.
    """

    difference: float
    low: float
    high: float
    auc: float
    ece: dict[str, float]
    customers: int
    dates: list[str]


def compare(both: pd.DataFrame, samples: int, seed: int, bins: int) -> Comparison:
    """Compare on rows with `customer_id`, `t`, `y`, `weight` and both probabilities; customers are drawn with all their rows."""
    sampled = bootstrap(both, ["challenger", "champion"], samples, seed)
    lead = sampled["challenger"].minus(sampled["champion"], "log_loss")
    y, weight = both["y"].to_numpy(np.float64), both["weight"].to_numpy(np.float64)
    errors = {name: ece(y, both[name].to_numpy(np.float64), weight, bins) for name in ("challenger", "champion")}
    return Comparison(
        lead["difference"],
        lead["low"],
        lead["high"],
        sampled["challenger"].minus(sampled["champion"], "auc")["difference"],
        errors,
        len(both),
        sorted({pd.Timestamp(t).date().isoformat() for t in both["t"].unique()}),
    )
