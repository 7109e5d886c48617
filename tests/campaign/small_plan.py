"""A small company whose lists are planned: a playbook of four offers, and customers of whom only what matters is said."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import yaml

from pipeline.campaign.archive import Earlier, before
from pipeline.campaign.planning import SCORES, Planned, plan_lists
from pipeline.campaign.profile_columns import COLUMNS
from pipeline.config import Config, validate
from tests.conftest import DEFAULTS, ROOT

DAY = date(2024, 6, 1)
COMMITTED: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
FREE = DEFAULTS["campaign"]["allocation"] | {"holdout_share": 0.0, "control_share": 0.0, "hysteresis": 0.0}


def offer(serves: str, cost: float, kept: float, **channels: float) -> dict[str, Any]:
    """An offer on a list, taken by half of the stayers, with what a contact costs by channel."""
    words = {"en": f"{serves} offer", "it": f"offerta {serves}"}
    return {
        "list": serves,
        "name": words,
        "action": words,
        "cost": cost,
        "channels": {by: {"contact": contact} for by, contact in channels.items()},
        "eligibility": [],
        "kept": kept,
        "taken_by_lost": 0.0,
        "taken_by_stayers": 0.5,
        "driven_away": 0.0,
        "source": "made up",
    }


PLAYBOOK = {
    "keep": offer("churn", 10.0, 0.4, email=1.0, phone=6.0),
    "points": offer("churn", 2.0, 0.1, push=0.0),
    "back": offer("win_back", 5.0, 0.2, email=1.0),
    "hello": offer("onboarding", 2.0, 0.3, email=1.0),
}


def config(*, locale: str = "en", **rules: Any) -> Config:
    """The committed parameters with a horizon of 60 days, this playbook, and no rules but those given."""
    campaign = COMMITTED["campaign"] | {
        "bands": {"critical": 0.8, "high": 0.6, "medium": 0.4},
        "segments": ["critical", "high"],
        "offers": PLAYBOOK,
        "allocation": FREE | rules,
    }
    definition = COMMITTED["definition"] | {"kind": "purchase", "horizon_days": 60, "active_days": 365, "gap_days": 0}
    value = {"days": None, "margin_share": 0.3}
    changed = {"campaign": campaign, "definition": definition, "value": value, "seed": 7, "locale": locale}
    return validate(COMMITTED | changed, "test")


def customer(name: str, **own: Any) -> dict[str, Any]:
    """At risk with 0.7 and worth 100 in 60 days, active on ten days and 30 days ago, unless said otherwise."""
    plain: dict[str, Any] = dict.fromkeys((column.name for column in COLUMNS), None) | {
        "customer_id": name,
        "t": pd.Timestamp(DAY),
        "status": "scored",
        "recency_days": 30,
        "orders_count": 10,
        "known_days": 500,
        "activity_days": 10,
        "tenure_days": 500,
        "rhythm_days": 40.0,
        "margin_of_year": 365.0,
        "revenue_total": 800.0,
        "contacts_recent": 0,
        "suppressed": False,
        "churn_probability": 0.7,
        "expected_value": 100.0,
        "risk_score": 50.0,
        "model_version": "20240601-0123abcd",
    }
    return plain | own


def unscored(name: str, status: str, **own: Any) -> dict[str, Any]:
    """Without a score, for this reason."""
    gaps = dict.fromkeys(("churn_probability", "expected_value", "risk_score", "model_version"), None)
    return customer(name, status=status, **gaps | own)


def frames(people: list[dict[str, Any]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Profiles and scores of customers."""
    whole = pd.DataFrame(people)
    numbers = [column.name for column in COLUMNS if column.kind == "number"]
    flags = [column.name for column in COLUMNS if column.kind == "flag"]
    whole[[*numbers, "revenue_total"]] = whole[[*numbers, "revenue_total"]].astype(np.float64)
    whole[flags] = whole[flags].astype("boolean")
    of_score = [name for name in SCORES if name != "customer_id"]
    scored = whole.loc[whole["churn_probability"].notna(), list(SCORES)].reset_index(drop=True)
    numeric = dict.fromkeys(("churn_probability", "expected_value", "risk_score"), np.float64)
    return whole.drop(columns=of_score), scored.astype(numeric)


def planned(people: list[dict[str, Any]], settings: Config, earlier: Earlier | None = None, day: date = DAY) -> Planned:
    """The lists of a day, before any delivery unless one is given."""
    nothing = before(ROOT / "no such archive", day, {}, ROOT / "none.json")
    return plan_lists(*frames(people), earlier or nothing, settings, day, {"money"})
