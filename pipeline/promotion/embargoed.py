"""What the champion would have said at the dates at which the challenger is judged, by models that had not seen the outcomes.

The champion itself has usually seen them. Two stand for it. Its *kept twins*, saved when it was trained: the one of its latest
test date stands at the challenger's latest, the one before at the one before, so that the trees of each are as old there as the
champion's are today. And its recipe *refitted* behind the challenger's own embargo: then both know the same, and only the recipes
differ.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipeline.config import Config
from pipeline.model.about import about_of
from pipeline.model.booster import ChurnModel, fit
from pipeline.model.folds import Origin, Plan
from pipeline.model.judge import MODEL, measure
from pipeline.model.level_now import with_levels_of
from pipeline.model.recipe import Record
from pipeline.model.saved import load
from pipeline.model.simple import SimpleModel, fit_simple
from pipeline.model.snapshot_rows import rows_of_test, running_rows, twin_rows

KEYS = ["customer_id", "t"]
VALUES = ("value", "expected_value")  # of judged rows; all other columns that are not the model's are baselines
Pairs = list[tuple[Origin, ChurnModel | SimpleModel]]


def kept_twins(folder: Path, origins: tuple[Origin, ...], rows: pd.DataFrame) -> Pairs:
    """The twins in a champion's folder, each with the origin it stands at, newest first; none that saw what came after it.

    Each forecasts from the levels that were known at its origin, as a champion that scores does. Raises DataUnfitError when one
    is damaged.
    """
    found = sorted((path.stem for path in folder.glob("twin-????-??-??.json")), reverse=True)
    pairs = zip(origins, found, strict=False)
    return [
        (origin, _brought_up_to(load(folder, name), origin, rows))
        for origin, name in pairs
        if date.fromisoformat(name.removeprefix("twin-")) <= origin.test
    ]


def _brought_up_to(twin: ChurnModel | SimpleModel, origin: Origin, rows: pd.DataFrame) -> ChurnModel | SimpleModel:
    if isinstance(twin, SimpleModel):
        return twin
    return with_levels_of(twin, rows, origin.test, origin.train, origin.running)


def refitted(record: Record, rows: pd.DataFrame, catalog: list[dict[str, Any]], plan: Plan, config: Config) -> Pairs:
    """A recipe of the past on what the challenger's twins learned from, a model an origin, newest first."""
    wanted = [feature for feature in catalog if feature["name"] in record.features]
    made: Pairs = []
    for origin in plan.origins:
        frame, about = twin_rows(rows, origin), about_of(plan, origin.train, origin.test, config)
        if not record.trees:
            made.append((origin, fit_simple(frame, about)))
            continue
        model = fit(
            frame,
            wanted,
            record.params,
            rounds=record.rounds,
            seed=config.seed,
            about=about,
            half_life_days=record.half_life_days,
            running=running_rows(rows, origin.running, origin.test),
            monotone=record.monotone,
        )
        made.append((origin, model))
    return made


def beside(judged: pd.DataFrame, rows: pd.DataFrame, models: Pairs) -> pd.DataFrame:
    """The judged rows of the models' dates: `customer_id`, `t`, `y`, `weight`, and of both the probability.

    `judged` has the challenger's as `churn_probability`. Raises DataUnfitError for a column that a model needs and `rows` lacks.
    """
    theirs = pd.concat([_said(model, rows, origin) for origin, model in models], ignore_index=True)
    ours = judged[[*KEYS, "y", "weight", "churn_probability"]].rename(columns={"churn_probability": "challenger"})
    return ours.merge(theirs, on=KEYS, how="inner", validate="1:1")


def graded(judged: pd.DataFrame, both: pd.DataFrame, origins: tuple[Origin, ...], config: Config) -> str | None:
    """The champion's grade on the very rows that the challenger is graded on, beside the same baselines.

    That of its promotion was earned at other dates: a date at which everyone's level was off must not count against one of them.
    """
    beside_it = judged.drop(columns=[MODEL, *(name for name in VALUES if name in judged)])
    theirs = both[[*KEYS, "champion"]].rename(columns={"champion": MODEL}).merge(beside_it, on=KEYS, validate="1:1")
    asked = tuple(origin for origin in origins if pd.Timestamp(origin.test) in set(theirs["t"]))
    letter: str | None = measure(theirs, pd.DataFrame(), asked, None, config)["grade"]
    return letter


def _said(model: ChurnModel | SimpleModel, rows: pd.DataFrame, origin: Origin) -> pd.DataFrame:
    test = rows_of_test(rows, origin)
    return test[KEYS].assign(champion=np.asarray(model.churn_probability(test, origin.test)))


def lacking(columns: Iterable[str], catalog: list[dict[str, Any]]) -> list[str]:
    """Columns of a model that are no features any more."""
    known = {feature["name"] for feature in catalog}
    return sorted(set(columns) - known)
