"""What a model says of itself: what it was trained for, on which snapshots, and until when they were known."""

from __future__ import annotations

from datetime import date
from typing import Any

from pipeline.config import Config
from pipeline.model.folds import Plan, label_days


def about_of(plan: Plan, days: tuple[date, ...], known_until: date, config: Config) -> dict[str, Any]:
    """Of a model that is trained on the snapshots `days`, with what was known at `known_until`."""
    return {
        "source": config.source.name,
        "definition": config.definition.model_dump(),
        "first_day": plan.first.isoformat(),
        "known_until": known_until.isoformat(),
        "active_days": config.definition.active_days,
        "label_days": label_days(config.definition),
        "as_of": plan.score.isoformat(),
        "snapshots": [day.isoformat() for day in days],
    }
