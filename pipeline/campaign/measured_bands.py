"""Judged rows -> how often customers in each band of probability really left: what a band is worth, beside the lists."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pipeline.arrays import Floats
from pipeline.campaign.lists import SEGMENTS, risk_segment
from pipeline.config.campaign_section import Bands
from pipeline.statistics.intervals import effective_size, wilson


def measured_bands(judged: pd.DataFrame, bands: Bands) -> dict[str, dict[str, Any]]:
    """By band, riskiest first: `rows` and `customers` judged, mean `predicted`, churn `rate` with its 95 % interval, `dates`.

    `judged` has a row a customer and test date (t): `y`, `weight`, `churn_probability`. Figures are None where nothing
    was judged; `dates` are the rates of each test date, whose scatter the interval does not hold.
    """
    band = risk_segment(judged["churn_probability"], bands)
    return {name: _measured(judged[(band == name).to_numpy() & (judged["weight"] > 0)]) for name in SEGMENTS}


def _measured(rows: pd.DataFrame) -> dict[str, Any]:
    figures: dict[str, Any] = {"rows": len(rows), "customers": int(rows["customer_id"].nunique())}
    if rows.empty:
        return figures | {"predicted": None, "rate": None, "low": None, "high": None, "dates": {}}
    weight, y = rows["weight"].to_numpy(np.float64), rows["y"].to_numpy(np.float64)
    rate = float(np.average(y, weights=weight))
    low, high = wilson(rate * (n := _independent(rows["customer_id"], weight, y - rate)), n)
    day = rows["t"].dt.strftime("%Y-%m-%d")
    dates = {str(t): float(np.average(of["y"], weights=of["weight"])) for t, of in rows.groupby(day, sort=True)}
    told = {"predicted": float(np.average(rows["churn_probability"], weights=weight)), "rate": rate, "low": low, "high": high}
    return figures | {name: round(figure, 6) for name, figure in told.items()} | {"dates": _rounded(dates)}


def _independent(customers: pd.Series, weight: Floats, residual: Floats) -> float:
    """How many independent outcomes the rows are worth, as one customer's are not: n over the design effect (Kish 1965).

    Linearised: r (1 − r) over the variance of the rate between customers. All alike, a customer counts once.
    """
    sums = pd.DataFrame({"w": weight, "wr": weight * residual}).groupby(customers.to_numpy()).sum()
    spread, total = float(np.square(sums["wr"]).sum()), float(weight.sum())
    if spread <= 0:
        return effective_size(sums["w"].to_numpy(np.float64))
    return float(np.average(np.square(residual), weights=weight)) * total**2 / spread


def _rounded(figures: dict[str, float]) -> dict[str, float]:
    return {name: round(figure, 6) for name, figure in figures.items()}
