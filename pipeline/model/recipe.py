"""What LightGBM is told: the choices of the configuration, as many trees as help, or the best of a search; and its record."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.config import Config
from pipeline.errors import DataUnfitError
from pipeline.model.folds import Plan, label_days
from pipeline.model.search import PATIENCE, Recipe, search, splits, stopped
from pipeline.model.snapshot_rows import twin_rows
from pipeline.progress import counter

RECIPE = "recipe.json"


@dataclass(frozen=True)
class Record:
    """A recipe as it was used, so that it can be used again: what was found, and of what choices (`chosen`) it came.

    Without `trees` the model is a simple rule. Two recipes are one where trees, features and choices are: a search that finds
    other parameters on newer data, or trees that stop elsewhere, are still the same recipe.
    """

    trees: bool
    features: tuple[str, ...]
    params: Mapping[str, Any]
    rounds: int
    half_life_days: int | None
    monotone: bool
    chosen: Mapping[str, Any]

    def same_as(self, other: Record) -> bool:
        """Whether both are the same recipe, whatever it found."""
        mine, theirs = ((one.trees, sorted(one.features), one.chosen) for one in (self, other))
        return mine == theirs

    def save(self, folder: Path) -> None:
        """Write `recipe.json`."""
        (folder / RECIPE).write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Record:
        """Read what `save` wrote. Raises DataUnfitError when it cannot be read."""
        try:
            raw = json.loads((folder / RECIPE).read_text(encoding="utf-8"))
            return cls(**raw | {"features": tuple(raw["features"])})
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise DataUnfitError(f"{folder / RECIPE}: no recipe ({error}); train or promote again") from None


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


def record_of(recipe: Recipe, catalog: list[dict[str, Any]], config: Config, *, trees: bool) -> Record:
    """What is kept of a recipe beside the models it made."""
    return Record(
        trees,
        tuple(feature["name"] for feature in catalog),
        dict(recipe.params),
        recipe.rounds,
        config.train.half_life_days,
        config.model.monotone,
        {"model": config.model.model_dump(), "train": config.train.model_dump(exclude={"min_customers"}), "seed": config.seed},
    )
