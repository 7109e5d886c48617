"""Randomised lists with a known effect, as frames of data/matured."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from pipeline.arrays import Floats

Effect = Callable[[pd.DataFrame], Floats]


def nothing(rows: pd.DataFrame) -> Floats:
    """A contact changes nothing."""
    return np.zeros(len(rows))


def planted(rows: pd.DataFrame) -> Floats:
    """A contact keeps three in ten of those who ordered often, and drives away as many of the others."""
    return np.where(rows["orders_count"] >= 10, 0.3, -0.3)


def trial(customers: int, seed: int, effect: Effect, *, since: str = "2024-03-01", held_out: float = 0.2) -> pd.DataFrame:
    """One delivery: everybody on the churn list, half of them leave if left alone, worth 100 each for a contact of 1."""
    generator = np.random.default_rng(seed)
    rows = pd.DataFrame({
        "customer_id": [f"{seed}-{number:05d}" for number in range(customers)],
        "churn_probability": 0.5,
        "risk_score": generator.uniform(0, 100, customers).round(1),
        "recency_days": generator.integers(0, 200, customers).astype(float),
        "orders_count": generator.integers(1, 20, customers).astype(float),
        "revenue_total": generator.uniform(10, 500, customers).round(2),
        "expected_value": 100.0,
        "value_at_risk": 50.0,
        "expected_cost": 1.0,
        "lifecycle": generator.choice(["active", "cooling"], customers),
        "value_tier": "middle",
        "channel": "email",
        "offer": "reward",
        "list": "churn",
        "drawn": True,
        "suspect": False,
        "since": since,
        "assignment_probability": 1 - held_out,
        "delivery": pd.Timestamp(since),
    })  # fmt: skip
    contacted = generator.random(customers) >= held_out
    stays = generator.random(customers) < 0.5 + np.where(contacted, effect(rows), 0)
    return rows.assign(arm=np.where(contacted, "contact", "holdout"), churned=~stays)
