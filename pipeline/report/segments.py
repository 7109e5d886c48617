"""Risk segments: who is in each today, and how often customers with such a probability really left on the test date."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.config.campaign_section import Bands
from pipeline.report.words import Words
from pipeline.statistics.intervals import effective_size, wilson

HIGH_RISK = ("critical", "high")


@dataclass(frozen=True)
class Measured:
    """Customers of a band on the test date: how many, what was predicted, what happened with its 95 % interval."""

    customers: int
    predicted: float
    rate: float
    low: float
    high: float


@dataclass(frozen=True)
class Segment:
    """One band of probability; None where nobody is in it or there is no money."""

    name: str
    bounds: str
    customers: int
    share: float
    expected: float
    mean_probability: float | None
    revenue: float | None
    revenue_share: float | None
    value_at_risk: float | None
    measured: Measured | None


def limits(bands: Bands) -> dict[str, tuple[float, float]]:
    """Lower bound (inside) and upper bound (outside) of each band, riskiest first; the highest holds a probability of 1."""
    infinite = float("inf")
    return {
        "critical": (bands.critical, infinite),
        "high": (bands.high, bands.critical),
        "medium": (bands.medium, bands.high),
        "low": (-infinite, bands.medium),
    }


def measured(judged: pd.DataFrame) -> Measured | None:
    """What happened to these judged rows; weighted rows count as many as their weights are worth."""
    weight = judged["weight"].to_numpy(np.float64)
    if weight.sum() <= 0:
        return None
    rate = float(np.average(judged["y"], weights=weight))
    low, high = wilson(rate * (n := effective_size(weight)), n)
    return Measured(len(judged), float(np.average(judged["churn_probability"], weights=weight)), rate, low, high)


def revenue_of(customers: pd.DataFrame) -> float | None:
    """Net revenue to date of these customers; None when no amount is known."""
    return float(customers["revenue_total"].sum()) if customers["revenue_total"].notna().any() else None


def value_at_risk_of(customers: pd.DataFrame) -> float | None:
    """What is lost of these customers on average if nothing is done; None when no value is expected of anybody."""
    return float(customers["value_at_risk"].sum()) if customers["value_at_risk"].notna().any() else None


def segments(scored: pd.DataFrame, judged: pd.DataFrame, bands: Bands, words: Words) -> tuple[Segment, ...]:
    """The four segments of the scored customers, by their `risk_segment`, beside the judged rows in the same bands."""
    money, at_risk = revenue_of(scored), value_at_risk_of(scored)
    made = []
    for name, (low, high) in limits(bands).items():
        inside = scored[scored["risk_segment"] == name]
        then = judged[(judged["churn_probability"] >= low) & (judged["churn_probability"] < high)]
        revenue = None if money is None else float(inside["revenue_total"].sum())
        made.append(
            Segment(
                name=name,
                bounds=_bounds(low, high, words),
                customers=len(inside),
                share=len(inside) / max(len(scored), 1),
                expected=float(inside["churn_probability"].sum()),
                mean_probability=float(inside["churn_probability"].mean()) if len(inside) else None,
                revenue=revenue,
                revenue_share=revenue / money if revenue is not None and money else None,
                value_at_risk=None if at_risk is None else float(inside["value_at_risk"].sum()),
                measured=measured(then),
            )
        )
    return tuple(made)


def _bounds(low: float, high: float, words: Words) -> str:
    if high == float("inf"):
        return words("segments.or_more", low=words.decimal(low, 2))
    if low == -float("inf"):
        return words("segments.below", high=words.decimal(high, 2))
    return words("segments.between", low=words.decimal(low, 2), high=words.decimal(high, 2))
