"""Snapshots and deliveries whose outcome the model did not know -> the newest of each that may judge it; why others may not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit

from pipeline.model.booster import ChurnModel
from pipeline.model.level_now import standing_at
from pipeline.monitor.hindsight import FEWEST, Hindsight, hindsight, newest
from pipeline.outcomes.earlier import refuse_earlier
from pipeline.outcomes.left_alone import left_alone

# Why a delivery does not judge the model, by what is asked of it in this order.
WHY_NOT = {
    "unknown_model": "the list does not say which model scored it",
    "other_model": "another model scored it",
    "suspect": "the arms have not the sizes that were drawn, so that nobody knows for whom those left alone stand",
    "too_few": f"fewer than {FEWEST} of those left alone left, or stayed",
}
NAMED = 3


def of_snapshot(model: ChurnModel, scored: pd.DataFrame, today: date) -> Hindsight | None:
    """The newest snapshot whose outcome the model did not know; `scored` are the rows of all, by `scored_once`."""
    days, known_until = int(model.about["label_days"]), date.fromisoformat(model.about["known_until"])
    rows = scored[(scored["weight"] > 0) & scored["y"].notna()]
    t = newest(sorted(set(rows["t"].dt.date)), known_until, days, today)
    if t is None:
        return None
    level = standing_at(model, scored, t).level(t)
    raw, y, weight = (rows.loc[rows["t"].dt.date == t, name].to_numpy(np.float64) for name in ("raw", "y", "weight"))
    return hindsight(t, "snapshot", expit(raw + level.level), y, weight, level, days)


def of_delivery(
    model: ChurnModel, version: str, scored: pd.DataFrame, matured: Sequence[date], read: Callable[[date], pd.DataFrame]
) -> tuple[Hindsight | None, list[dict[str, Any]]]:
    """The newest delivery that may judge this version of the model, and why those after it may not (`left_out`).

    `matured` are the days of all deliveries whose outcome is known; `read` gives the rows of one. A list that another model made
    says nothing of this one. Trees have a version, the level does not: it is observed anew every day.
    """
    passed_over: dict[str, list[date]] = {}
    for day in sorted((day for day in matured if day >= date.fromisoformat(model.about["known_until"])), reverse=True):
        rows = read(day)
        why, judged = _why_not(rows, version), None
        if why is None:
            judged = _judged(model, scored, day, rows)
        if judged is not None:
            return judged, left_out(passed_over)
        passed_over.setdefault(why or "too_few", []).append(day)
    none = {"code": "none_matured", "deliveries": [], "sentence": "no delivery of this model has matured yet, so none judges it"}
    return None, left_out(passed_over) or [none]


def left_out(passed_over: Mapping[str, Sequence[date]]) -> list[dict[str, Any]]:
    """`code`, `deliveries`, newest first, and `sentence`, of the deliveries that do not judge the model."""
    return [
        {
            "code": code,
            "deliveries": [day.isoformat() for day in passed_over[code]],
            "sentence": _sentence(passed_over[code], why),
        }
        for code, why in WHY_NOT.items()
        if code in passed_over
    ]


def _sentence(days: Sequence[date], why: str) -> str:
    more = f" and {len(days) - NAMED} more" if len(days) > NAMED else ""
    named = ", ".join(day.isoformat() for day in days[:NAMED])
    return f"{'delivery' if len(days) == 1 else 'deliveries'} of {named}{more} not judged: {why}"


def _why_not(rows: pd.DataFrame, version: str) -> str | None:
    """The code of WHY_NOT for which the delivery may not judge this version; None where it may."""
    refuse_earlier(rows, "model_version", "which model scored a delivery")
    refuse_earlier(rows, "suspect", "which deliveries are suspect")
    versions = set(rows["model_version"].dropna()) - {""}  # who was not scored has none
    if len(versions) != 1:
        return "unknown_model"
    if versions != {version}:
        return "other_model"
    return "suspect" if rows["suspect"].any() else None


def _judged(model: ChurnModel, scored: pd.DataFrame, day: date, rows: pd.DataFrame) -> Hindsight | None:
    alone, level = left_alone(rows), standing_at(model, scored, day).level(day)
    p, y, weight = (alone[name].to_numpy(np.float64) for name in ("churn_probability", "churned", "weight"))
    return hindsight(day, "delivery", p, y, weight, level, int(model.about["label_days"]))
