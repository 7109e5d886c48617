"""Rows by period -> whether as many came in as is usual, and whether their figures are as large; the season is taken off."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from pipeline.arrays import Floats
from pipeline.monitor.checks import Series, compared, together, weights_of
from pipeline.monitor.surprise import of_the_period

HALF_A_ROW = 0.5
FEWEST_SIZED = 5  # figures in a period below which their mean is not compared


def intake(volumes: pd.DataFrame, stride: int, rate: float) -> pd.DataFrame:
    """What came in otherwise than usual in the last of the periods that `volumes` (of `pipeline.monitor.volumes`) counts."""
    tables = []
    for check, series in (("rows", _rows(volumes)), ("sizes", _sizes(volumes))):
        if series is None or len(series.days) < 2:
            continue
        surprise = of_the_period(series.values, series.variances, stride)
        tables.append(compared(check, series, surprise, _weights(series), rate))
    return together(tables)


def _weights(series: Series) -> Floats:
    """Of sum 1: half evenly of the series, half of the tables, as orders are one series and engagements are many."""
    return (weights_of(series.names, {}) + 1 / len(series.names)) / 2


def _rows(volumes: pd.DataFrame) -> Series | None:
    """Logarithms of the numbers of rows, with the variance that they have if rows come independently of each other."""
    wide = _wide(volumes, "rows")
    return _series(volumes, np.log(wide + HALF_A_ROW), 1 / (wide + HALF_A_ROW))


def _sizes(volumes: pd.DataFrame) -> Series | None:
    """Mean logarithms of the figures, of kinds that have some in every period that is looked at."""
    enough = volumes.groupby(["source", "kind"])["sized"].transform("min") >= FEWEST_SIZED
    filled = volumes[enough]
    if filled.empty:
        return None
    typical, variance, sized = (_wide(filled, name) for name in ("typical", "variance", "sized"))
    return _series(filled, typical, np.maximum(variance, 1e-6) / sized)


def _wide(volumes: pd.DataFrame, figure: str) -> Floats:
    return volumes.pivot(index="t", columns=["source", "kind"], values=figure).to_numpy(np.float64)


def _series(volumes: pd.DataFrame, values: Floats, variances: Floats) -> Series:
    wide = volumes.pivot(index="t", columns=["source", "kind"], values="rows")
    days: tuple[date, ...] = tuple(pd.Timestamp(t).date() for t in wide.index)
    return Series(days, tuple((str(name[0]), str(name[1])) for name in wide.columns), values, variances)
