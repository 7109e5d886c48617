"""Early returns: of a snapshot whose label is not complete, the customers who already came back tell where the level is going.

How many have come back within u days compares only with how many came back within u days of other snapshots, so the level at u
is observed for the running snapshot and for every complete one, each as it was known u days after it.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from pipeline.arrays import Floats
from pipeline.model.level import Observed, observe


def early_levels(complete: pd.DataFrame, running: pd.DataFrame, known_until: date) -> tuple[Observed, ...]:
    """Levels of the `running` snapshots as they are known at `known_until`, and of the `complete` ones at the same ages.

    Rows of both have `t`, `weight`, `kept_known_at` (when it became known that the customer stayed, null if never) and `raw`, the
    score in log-odds. An age at which nobody of the complete snapshots had come back tells nothing and is left out.
    """
    trained, recent = _by_day(complete), _by_day(running)
    found: list[Observed] = []
    for age in sorted((known_until - day).days for day in recent):
        if any((_known_after(day, rows) < age).any() for day, rows in trained.items()):
            found += [_level(day, rows, age) for day, rows in trained.items()]
            found += [_level(day, rows, age) for day, rows in recent.items() if (known_until - day).days == age]
    return tuple(found)


def _by_day(rows: pd.DataFrame) -> dict[date, pd.DataFrame]:
    return {pd.Timestamp(str(t)).date(): at for t, at in rows.groupby("t")}


def _known_after(day: date, rows: pd.DataFrame) -> Floats:
    """Days from the snapshot until it became known that a customer stayed; infinite if never."""
    waited = (rows["kept_known_at"] - pd.Timestamp(day)) / pd.Timedelta(days=1)
    return np.asarray(waited.fillna(np.inf), dtype=np.float64)


def _level(day: date, rows: pd.DataFrame, age: int) -> Observed:
    away = (_known_after(day, rows) >= age).astype(np.float64)
    return observe(day, age, rows["raw"].to_numpy(np.float64), away, rows["weight"].to_numpy(np.float64))
