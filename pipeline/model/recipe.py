"""What LightGBM is told: the choices of the configuration, as many trees as help, or the best of a search."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.config import Config
from pipeline.model.folds import Plan, label_days
from pipeline.model.search import PATIENCE, Recipe, search, splits, stopped
from pipeline.model.snapshot_rows import twin_rows
from pipeline.progress import counter


def recipe_of(
    rows: pd.DataFrame, catalog: list[dict[str, Any]], plan: Plan, config: Config, *, storage: Path, challenger: Path
) -> Recipe:
    """The recipe of `model`, its number of trees, or the best of a search behind the oldest test date (its trials are kept)."""
    asked, wanted, oldest = config.model, config.train.search.trials, plan.origins[-1]
    given, patience = Recipe(asked.params, asked.rounds), asked.early_stopping_rounds
    if not wanted and patience is None:
        return given
    wait = label_days(config.definition)
    made = splits(twin_rows(rows, oldest), catalog, oldest.train, wait, asked.params, monotone=asked.monotone)
    if not wanted:
        return stopped(made, given, config.seed, patience or PATIENCE)
    with counter("search") as tell:
        best, tried = search(made, given, wanted, config.seed, f"sqlite:///{storage.resolve()}", tell, patience or PATIENCE)
    (challenger / "search.json").write_text(json.dumps(tried, indent=1) + "\n", encoding="utf-8")
    return best
