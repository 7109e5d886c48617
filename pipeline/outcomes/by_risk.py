"""Churn that came by risk: beside what was foreseen in each band, and of the riskier and the others by what was done."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pipeline.campaign.lists import SEGMENTS, risk_segment
from pipeline.config_campaign import Bands
from pipeline.kpis.intervals import effective_size, wilson

FEWEST_IN_A_GROUP = 30  # of the four groups; below, none of their rates is told


def by_band(alone: pd.DataFrame, bands: Bands) -> dict[str, Any]:
    """By band: how many were left alone, how many of them were expected to leave, and how many did."""
    band = risk_segment(alone["churn_probability"], bands)
    return {name: _band(alone[(band == name).to_numpy()]) for name in SEGMENTS}


def _band(rows: pd.DataFrame) -> dict[str, Any]:
    weight = rows["weight"].to_numpy(np.float64)
    if not weight.sum() > 0:
        return {"customers": len(rows), "predicted": None, "realised": None, "low": None, "high": None}
    rate = float(np.average(rows["churned"].to_numpy(np.float64), weights=weight))
    low, high = wilson(rate * (n := effective_size(weight)), n)
    predicted = float(np.average(rows["churn_probability"], weights=weight))
    return {"customers": len(rows), "predicted": predicted, "realised": rate, "low": low, "high": high}


def four_groups(everybody: pd.DataFrame, bands: Bands) -> dict[str, Any]:
    """Churn of the riskier (critical, high) and the others, contacted and not: model is down, campaign across.

    Not measurable where a group has fewer than 30 customers; the control is what fills those left alone.
    """
    scored = everybody[everybody["churn_probability"].notna()]
    risky = risk_segment(scored["churn_probability"], bands).isin(["critical", "high"]).to_numpy()
    contacted = (scored["arm"] == "contact").to_numpy()
    left = scored["arm"].isin(["holdout", "control"]).to_numpy()
    cells = {
        f"{risk}_{side}": scored[rows & which]
        for risk, rows in (("high", risky), ("low", ~risky))
        for side, which in (("contacted", contacted), ("left_alone", left))
    }
    few = [name for name, rows in cells.items() if len(rows) < FEWEST_IN_A_GROUP]
    if few:
        return {"measurable": False, "why": f"{few[0]} has {len(cells[few[0]])} customers, {FEWEST_IN_A_GROUP} are needed"}
    rates = {name: _band(rows.assign(weight=1.0)) for name, rows in cells.items()}
    return {"measurable": True, "why": "", **rates}
