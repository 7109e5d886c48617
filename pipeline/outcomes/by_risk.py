"""Churn that came by risk: beside what was foreseen in each band, and of the riskier and the others by what was done."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pipeline.arrays import Bools
from pipeline.campaign.lists import SEGMENTS, risk_segment
from pipeline.config.campaign_section import Bands
from pipeline.counted import counted
from pipeline.statistics.intervals import effective_size, wilson

FEWEST_IN_A_GROUP = 30  # of the four groups; below, none of their rates is told


def by_band(alone: pd.DataFrame, bands: Bands) -> dict[str, Any]:
    """By band of the list: how many were left alone, how many of them were expected to leave, and how many did.

    `bands` are for customers of whom the list says none, as those of before there was the column.
    """
    band = _listed_band(alone, bands)
    return {name: _band(alone[(band == name).to_numpy()]) for name in SEGMENTS}


def _band(rows: pd.DataFrame) -> dict[str, Any]:
    weight = rows["weight"].to_numpy(np.float64)
    if not weight.sum() > 0:
        return {"customers": len(rows), "predicted": None, "realised": None, "low": None, "high": None}
    rate = float(np.average(rows["churned"].to_numpy(np.float64), weights=weight))
    low, high = wilson(rate * (n := effective_size(weight)), n)
    predicted = float(np.average(rows["churn_probability"], weights=weight))
    return {"customers": len(rows), "predicted": predicted, "realised": rate, "low": low, "high": high}


def four_groups(everybody: pd.DataFrame, alone: pd.DataFrame, bands: Bands) -> dict[str, Any]:
    """Churn of the riskier (critical, high) and the others, contacted and left alone: model is down, campaign across.

    `alone` are those of the bands, by their `weight`; the contacted count one each. Not measurable where a group has fewer than
    30 customers.
    """
    contacted = everybody[everybody["churn_probability"].notna() & (everybody["arm"] == "contact")].assign(weight=1.0)
    sides = {"contacted": contacted, "left_alone": alone}
    cells = {
        f"{risk}_{side}": rows[_risky(rows, bands) == (risk == "high")]
        for risk in ("high", "low")
        for side, rows in sides.items()
    }
    few = [name for name, rows in cells.items() if len(rows) < FEWEST_IN_A_GROUP]
    if few:
        return {
            "measurable": False,
            "why": f"{few[0]} has {counted(len(cells[few[0]]), 'customer')}, {FEWEST_IN_A_GROUP} are needed",
        }
    return {"measurable": True, "why": "", **{name: _band(rows) for name, rows in cells.items()}}


def _risky(rows: pd.DataFrame, bands: Bands) -> Bools:
    return _listed_band(rows, bands).isin(["critical", "high"]).to_numpy()


def _listed_band(rows: pd.DataFrame, bands: Bands) -> pd.Series:
    """The band that people read in the list: bounds may have been moved since, and a band is kept where it nearly holds."""
    listed = rows["risk_segment"]
    return listed.where(listed.isin(SEGMENTS), risk_segment(rows["churn_probability"], bands))
