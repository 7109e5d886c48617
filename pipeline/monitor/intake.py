"""Rows by period -> whether as many came in as is usual, and whether their figures are as large; the season is taken off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from pipeline.arrays import Floats
from pipeline.monitor.checks import Series, compared, together, weights_of
from pipeline.monitor.surprise import of_the_period
from pipeline.monitor.volumes import PRICES

HALF_A_ROW = 0.5
FEWEST_SIZED = 5  # figures in a period below which their mean is not compared
# Prices of the same products may stand still for years, and then move by a per cent, which matters to no model. From period to
# period they are taken to scatter by two per cent at least: a judgement, by which changes beyond some eight per cent alarm.
PRICES_SCATTER = 0.02


def intake(volumes: pd.DataFrame, stride: int, rate: float) -> pd.DataFrame:
    """What came in otherwise than usual in the last of the periods that `volumes` (of `pipeline.monitor.volumes`) counts."""
    tables = []
    for check, several in (("rows", [_rows(volumes[volumes["source"] != PRICES])]), ("sizes", _sizes(volumes))):
        weights = _weights([name for series in several for name in series.names])
        for series in several:
            if len(series.days) < 2:
                continue
            surprise = of_the_period(series.values, series.variances, stride)
            weight = np.array([weights[name] for name in series.names])
            tables.append(compared(check, series, surprise, weight, rate))
    return together(tables)


def _weights(names: Sequence[tuple[str, str]]) -> dict[tuple[str, str], float]:
    """Of sum 1: half evenly of the series, half of the tables, as orders are one series and engagements are many."""
    even = 1 / max(len(names), 1)
    return dict(zip(names, (weights_of(names, {}) + even) / 2, strict=True))


def _rows(volumes: pd.DataFrame) -> Series:
    """Logarithms of the numbers of rows, with the variance that they have if rows come independently of each other."""
    wide = _wide(volumes, "rows")
    return _series(volumes, np.log(wide + HALF_A_ROW), 1 / (wide + HALF_A_ROW))


def _sizes(volumes: pd.DataFrame) -> list[Series]:
    """Mean logarithms of the figures, of kinds that have enough of them now: those together that have had since one period."""
    kind = ["source", "kind"]
    few = volumes.loc[volumes["sized"] < FEWEST_SIZED].groupby(kind)["t"].max().rename("few")
    since = volumes.join(few, on=kind)
    since = since[(since["t"] > since["few"]) | since["few"].isna()]
    return [_size(those) for _, those in since.groupby("few", dropna=False, sort=True)]


def _size(volumes: pd.DataFrame) -> Series:
    typical, variance, sized = (_wide(volumes, name) for name in ("typical", "variance", "sized"))
    series = _series(volumes, typical, np.maximum(variance, 1e-6) / sized)
    least = np.array([PRICES_SCATTER**2 / 2 if source == PRICES else 0.0 for source, _ in series.names])
    return replace(series, variances=np.maximum(series.variances, least))


def _wide(volumes: pd.DataFrame, figure: str) -> Floats:
    return volumes.pivot(index="t", columns=["source", "kind"], values=figure).to_numpy(np.float64)


def _series(volumes: pd.DataFrame, values: Floats, variances: Floats) -> Series:
    wide = volumes.pivot(index="t", columns=["source", "kind"], values="rows")
    days: tuple[date, ...] = tuple(pd.Timestamp(t).date() for t in wide.index)
    return Series(days, tuple((str(name[0]), str(name[1])) for name in wide.columns), values, variances)
