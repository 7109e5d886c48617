"""Feature rows of past snapshots and of today -> series of features, of the score, and of words never seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from pipeline.arrays import Floats
from pipeline.model.booster import ChurnModel
from pipeline.monitor.checks import COLUMNS, Series
from pipeline.monitor.summaries import MEAN, SPREAD, UNSEEN, Yardstick
from pipeline.statistics.intervals import effective_size

Snapshot = tuple[date, pd.DataFrame, Floats]
UNSEEN_SHARE = 0.005  # of customers; fixed, as that training never saw a word is no luck of who is drawn


def of_features(snapshots: Sequence[Snapshot], yardstick: Yardstick) -> Series:
    """A row for each snapshot (day, rows, weight), today last."""
    summaries = [yardstick.summary(rows, weight) for _, rows, weight in snapshots]
    names = tuple(zip(summaries[0]["feature"], summaries[0]["what"], strict=True))
    values, variances = (np.stack([one[name].to_numpy(np.float64) for one in summaries]) for name in ("value", "variance"))
    return Series(tuple(day for day, _, _ in snapshots), names, values, variances)


def of_score(snapshots: Sequence[Snapshot]) -> Series:
    """Mean of the model's scores `raw`, in log-odds around the level, and the logarithm of their standard deviation."""
    values, variances = [], []
    for _, rows, weight in snapshots:
        raw = rows["raw"].to_numpy(np.float64)
        customers = effective_size(weight)
        mean = float(np.average(raw, weights=weight))
        variance = max(float(np.average(np.square(raw - mean), weights=weight)), 1e-12)
        values.append((mean, 0.5 * np.log(variance)))
        variances.append((variance / customers, 0.5 / customers))
    names = (("score", MEAN), ("score", SPREAD))
    return Series(tuple(day for day, _, _ in snapshots), names, np.array(values), np.array(variances))


def unseen(series: Series) -> pd.DataFrame:
    """Features with words that training never saw; an alarm of more than UNSEEN_SHARE, and twice as many as at any snapshot."""
    rows = []
    for place, (subject, what) in enumerate(series.names):
        if what != UNSEEN:
            continue
        share, before = float(series.values[-1, place]), float(series.values[:-1, place].max(initial=0.0))
        most = max(UNSEEN_SHARE, 2 * before)
        rows.append(("unseen", subject, what, share, before, 0.0, most, np.nan, np.nan, np.nan, np.nan, share > most))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def shares(model: Any) -> Mapping[str, float]:
    """What share of its gain each feature brought a model; nothing of one without trees."""
    return model.importance() if isinstance(model, ChurnModel) else {}
