"""What each customer is expected to be worth if they stay: by the model of value, else by last year's spending.

The model is saved beside the churn model whose name it shares. Where there is none (a small company, or values not known in time)
the margin of the last year counts, scaled; without money, and for renewals without a model, nothing is known, which is NaN.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipeline.arrays import Floats
from pipeline.config import Config
from pipeline.errors import ConfigError
from pipeline.model.folds import Plan
from pipeline.model.search import Recipe
from pipeline.value.horizon import horizon_of, share_of
from pipeline.value.value_baselines import last_spending
from pipeline.value.value_model import ValueModel, fit, stayed

# Half as many trees of twice the rate: Gini of the demo's test dates .002 less, of Online Retail II the same (decision 0014).
COARSER = 2
LIGHTGBM_LEARNING_RATE = 0.1  # its own, where the recipe names none


def of_value(name: str) -> str:
    """Name of the model of value that is saved beside a churn model."""
    return f"{name}-value"


def learn_value(
    frame: pd.DataFrame, catalog: list[dict[str, Any]], recipe: Recipe, config: Config, plan: Plan
) -> ValueModel | None:
    """The model of value of the rows that a churn model learned from; None where no value is known, or all add up to nothing."""
    rows = stayed(frame[["y", "weight", "value"]])
    if not (rows["value"] * rows["weight"]).sum() > 0:
        return None
    comparable = plan.first + timedelta(days=config.definition.active_days // 2)
    about = {
        "definition": config.definition.model_dump(),
        "days": horizon_of(config.definition, config.value),
        "margin_share": share_of(config.value),
        "comparable_from": comparable.isoformat(),
        "as_of": plan.score.isoformat(),
    }
    coarse = {**recipe.params, "learning_rate": COARSER * recipe.params.get("learning_rate", LIGHTGBM_LEARNING_RATE)}
    return fit(frame, catalog, coarse, rounds=max(1, recipe.rounds // COARSER), seed=config.seed, about=about)


def load_value(folder: Path, name: str, config: Config) -> ValueModel | None:
    """The model of value beside the churn model `name`, if there is one.

    Raises DataUnfitError when its files were changed, ConfigError when it was trained for another horizon or margin.
    """
    if not any((folder / f"{of_value(name)}.{kind}").exists() for kind in ("json", "txt")):
        return None
    model = ValueModel.load(folder, of_value(name))
    theirs = {"days": model.about["days"], "margin_share": model.about["margin_share"]}
    ours = {"days": horizon_of(config.definition, config.value), "margin_share": share_of(config.value)}
    if theirs != ours:
        raise ConfigError(
            f"the model of value in {folder} was trained for {_said(theirs)}, params.yaml says {_said(ours)}; run `dvc repro`, "
            "`churn promote --clear` to score with the fresh model, or set value as it was"
        )
    return model


def _said(about: Mapping[str, float]) -> str:
    return f"value.days {about['days']} and value.margin_share {about['margin_share']:g}"


def expected_value(model: ValueModel | None, frame: pd.DataFrame, t: pd.Timestamp, config: Config) -> Floats:
    """Expected margin, in the currency, in the value window after `t` of each customer, given that they stay; NaN if unknown."""
    if model is not None:
        return model.expected_value(frame, t.date())
    if config.definition.kind == "renewal":  # there the value is the price of a period, which no spending tells
        return np.full(len(frame), np.nan)
    return last_spending(frame, config.value.margin_share, horizon_of(config.definition, config.value))
