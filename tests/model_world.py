"""A small world with a known truth: customers looked at on several dates, some numbers and a category."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import settings

from pipeline.config import Config, validate
from tests.conftest import DEFAULTS, SOURCE

settings.register_profile("shared-machine", deadline=None)
settings.load_profile("shared-machine")

CHOICES: dict[str, Any] = {
    "seed": 0,
    "locale": "en",
    "source": SOURCE
    | {
        "name": "shop",
        "path": "data/raw",
        "sector": None,
        "simulate": {},
        "static_attributes": [],
        "tables": {"transactions": {"path": "orders.csv", "columns": {"customer_id": "c", "order_id": "o", "ordered_at": "d"}}},
    },
    "definition": {
        "kind": "purchase",
        "horizon_days": 60,
        "active_days": 365,
        "gap_days": 0,
        "grace_days": 14,
        "min_tenure_days": 0,
    },
    "snapshots": {
        "as_of": None,
        "count": 6,
        "origins": 2,
        "stride_days": 30,
        "min_history_days": 45,
        "max_stale_days": 7,
        "max_rows": 1_000_000,
    },
    "features": {"windows": [30, 60, 90], "attributes": ["country", "tier"], "include": [], "exclude": []},
    "model": {
        "name": "lightgbm",
        "rounds": 40,
        "early_stopping_rounds": None,
        "monotone": False,
        "params": {"learning_rate": 0.1, "num_leaves": 7, "min_data_in_leaf": 20},
    },
    "train": {"min_customers": 1, "half_life_days": None, "search": {"trials": 0}},
    "evaluate": {"calibration_bins": 10, "bootstrap_draws": 20, "slices": []},
    "campaign": {
        "bands": {"critical": 0.8, "high": 0.6, "medium": 0.4},
        "costs": {
            "offer": 10.0,
            "contact": 1.0,
            "kept": 0.3,
            "taken_by_lost": 0.0,
            "taken_by_stayers": 1.0,
            "driven_away": 0.0,
        },
        "segments": ["critical", "high"],
        "allocation": DEFAULTS["campaign"]["allocation"],
    },
    "value": {"days": None, "margin_share": 0.3},
    "promotion": {"margin": 0.005, "max_age_days": 180},
    "monitor": {"false_alarms": 0.05},
    "retrain": {"on_success": None, "on_failure": None},
    "tracking": {"experiment": "tests"},
    "kpis": {"period": "month", "dimensions": [], "point_value": None, "targets": {}},
}


@pytest.fixture
def configure() -> Callable[..., Config]:
    """Make a config; keyword arguments replace keys of a section: `configure(definition={"kind": "activity"})`."""

    def make(**sections: dict[str, Any]) -> Config:
        return validate(CHOICES | {name: CHOICES[name] | keys for name, keys in sections.items()}, "test")

    return make


@pytest.fixture(scope="session")
def catalog() -> list[dict[str, Any]]:
    """Features of `world`, as the features stage writes them."""
    return [
        {"name": "purchases_recency_days", "type": "number"},
        {"name": "purchases_tenure_days", "type": "number"},
        {"name": "purchases_count_all", "type": "number"},
        {"name": "purchases_gap_days_mean_all", "type": "number"},
        {"name": "tier", "type": "category"},
    ]


@pytest.fixture(scope="session")
def world() -> Callable[..., pd.DataFrame]:
    """Make rows at each date of `shifts`, whose log-odds of churn are those of recency and tier plus the date's shift."""

    def make(shifts: dict[str, float], customers: int = 400, seed: int = 0) -> pd.DataFrame:
        generator = np.random.default_rng(seed)
        made = []
        for day, shift in shifts.items():
            recency = generator.exponential(60, customers).astype(np.float32)
            tier = generator.choice(["gold", "silver", None], customers, p=[0.3, 0.5, 0.2])
            gap = np.where(generator.random(customers) < 0.3, np.nan, generator.exponential(30, customers)).astype(np.float32)
            odds = shift + np.log1p(recency) - 3.5 - 1.5 * (tier == "gold")
            rows = {
                "customer_id": [f"c{number:05d}" for number in range(customers)],
                "t": pd.Timestamp(day),
                "y": (generator.random(customers) < 1 / (1 + np.exp(-odds.astype(float)))).astype(np.int8),
                "weight": np.ones(customers, dtype=np.float32),
                "purchases_recency_days": recency,
                "purchases_tenure_days": recency + generator.exponential(100, customers).astype(np.float32),
                "purchases_count_all": generator.poisson(3, customers).astype(np.float32) + 1,
                "purchases_gap_days_mean_all": gap,
                "tier": pd.array(tier, dtype="str"),
                "odds": odds.astype(float),
            }
            made.append(pd.DataFrame(rows))
        return pd.concat(made, ignore_index=True)

    return make
