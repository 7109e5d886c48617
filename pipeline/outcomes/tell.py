"""Figures of deliveries -> what is written of those that have not matured, and tables that a spreadsheet opens."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from pipeline.outcomes.archived import Delivered

PARTS = (
    "list", "segment", "intended_offer", "contacted", "held_out", "churn_contacted", "churn_held_out", "churn_difference", "low",
    "high", "saves", "saves_low", "saves_high", "revenue", "revenue_low", "revenue_high", "margin", "margin_low", "margin_high",
    "cost", "profit", "profit_low", "profit_high",
)  # fmt: skip
OF_EFFECT = ("contacted", "held_out", "churn_difference", "low", "high")
DELIVERIES = (
    "delivery", "matured", "matures_on", "customers", "predicted", "realised", "auc", "log_loss", "ece", "contacted", "held_out",
    "churn_difference", "low", "high", "saves", "margin", "cost", "cost_from", "profit",
)  # fmt: skip


def waiting(one: Delivered, complete: date, ended: date | None = None) -> dict[str, Any]:
    """What is written of a delivery whose window has not passed yet, or has, but the data had `ended` before."""
    arms = one.customers["arm"].value_counts()
    return {
        "as_of": one.t.isoformat(),
        "matured": False,
        "matures_on": complete.isoformat(),
        "data_end": ended.isoformat() if ended else None,
        "customers": len(one.customers),
        "arms": {name: {"customers": int(arms.get(name, 0)), "churn_rate": None} for name in ("contact", "holdout", "control")},
    }


def parts_table(read: dict[str, Any]) -> pd.DataFrame:
    """A row for the whole delivery, each list, each segment and each offer of a list; empty cells where nothing is measurable."""
    whole = {"list": "all", "segment": None, "intended_offer": None} | read
    rows = pd.DataFrame([_row(part) for part in (whole, *read["parts"])], columns=list(PARTS))
    return rows.astype({"contacted": "Int64", "held_out": "Int64"})


def deliveries_table(found: list[dict[str, Any]]) -> pd.DataFrame:
    """A row for each delivery, oldest first; of a matured one the arms are those that the effect compares."""
    rows = []
    for one in found:
        effect, arms = one.get("effect") or {}, one["arms"]
        row = {name: one.get(name) for name in DELIVERIES} | {"delivery": one["as_of"]}
        if not one["matured"]:
            row |= {"contacted": arms["contact"]["customers"], "held_out": arms["holdout"]["customers"]}
        rows.append(row | {name: effect[name] for name in OF_EFFECT if name in effect})
    short = ({name: round(cell, 6) if isinstance(cell, float) else cell for name, cell in row.items()} for row in rows)
    return pd.DataFrame(list(short), columns=list(DELIVERIES))


def _row(part: dict[str, Any]) -> dict[str, Any]:
    effect = part["effect"] or {}
    row = {name: part[name] for name in ("list", "segment", "intended_offer", "cost")}
    row |= {"contacted": effect.get("contacted"), "held_out": effect.get("held_out")}
    row |= {"churn_contacted": effect.get("contacted_mean"), "churn_held_out": effect.get("held_out_mean")}
    row |= {name: effect.get(name) for name in ("churn_difference", "low", "high")}
    for name in ("saves", "revenue", "margin", "profit"):
        low, high = part["intervals"][name] or (None, None)
        row |= {name: part[name], f"{name}_low": low, f"{name}_high": high}
    return {name: round(figure, 6) + 0.0 if isinstance(figure, float) else figure for name, figure in row.items()}  # no -0.0
