"""What a decision on the challenger rests on, read from what the stages wrote and from the champion's folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipeline.artifacts import ARTIFACTS
from pipeline.check.sheet import verdict
from pipeline.config import Config
from pipeline.errors import ConfigError, DataUnfitError
from pipeline.model.champion import Champion, scoring_model
from pipeline.model.folds import Plan
from pipeline.model.level_now import with_levels_of_today
from pipeline.model.recipe import Record
from pipeline.model.saved import load, version_of
from pipeline.model.snapshot_rows import read_at, read_catalog, read_plan, read_rows
from pipeline.operate.registry import METRICS, intact, read_metrics
from pipeline.promotion.comparison import Comparison, compare
from pipeline.promotion.embargoed import beside, graded, kept_twins, lacking, refitted
from pipeline.promotion.gates import Evidence, Opponent
from pipeline.promotion.history import read_history, taken_back
from pipeline.promotion.shadow import Shadow, shadow

SAME_DATES = "its twins have no date in common with the challenger's"


@dataclass(frozen=True)
class Weighed:
    """The evidence, and both models side by side on those at risk today where both can score them."""

    evidence: Evidence
    shadow: Shadow | None


def weigh(root: Path, config: Config, champion: Champion) -> Weighed:
    """Gather what the gates ask for. `champion` is the one in charge, whose folder is whole unless it names none.

    Raises DataUnfitError when a file of the stages is missing or is not of this challenger.
    """
    place = {name: root / path for name, path in ARTIFACTS.items()}
    plan, catalog = read_plan(place["snapshots"]), read_catalog(place["features"])
    metrics = judged_metrics(root)
    today = read_at(place["features"], plan.score)
    challenger = load(place["challenger"], "ship")
    ours, wrong = _scores(challenger, today, plan)
    opponent, theirs = None, None
    if champion.version is not None and intact(place["registry"] / champion.version, champion.version):
        opponent = _opponent(root, config, champion.version, plan, catalog)
        if not opponent.unlike or opponent.unlike == SAME_DATES:
            model = scoring_model(champion, place["registry"], place["challenger"], config, plan.score)[0]
            theirs, _ = _scores(with_levels_of_today(model, place["features"], place["snapshots"], plan), today, plan)
    side_by_side = shadow(theirs, ours) if ours is not None and theirs is not None else None
    before = taken_back(read_history(place["history"]), metrics["model_version"])
    return Weighed(Evidence(plan.score, _fit(place["data_quality"], plan), wrong, metrics, opponent, before), side_by_side)


def judged_metrics(root: Path) -> dict[str, Any]:
    """The challenger's figures. Raises DataUnfitError when they are missing, or those of another model."""
    path, version = root / ARTIFACTS["metrics"], version_of(root / ARTIFACTS["challenger"])
    metrics = read_metrics(path)
    if metrics["model_version"] != version:
        raise DataUnfitError(f"{path} judges {metrics['model_version']}, not the challenger {version}; run `dvc repro` first")
    return metrics


def _fit(path: Path, plan: Plan) -> str:
    """What is wrong with the data, as the check of the same day found; empty where nothing is."""
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        of_today = report["today"] == plan.score.isoformat()
        return (verdict(report) if not report["fit"] else "") if of_today else f"the check was of {report['today']}"
    except (OSError, ValueError, KeyError):
        raise DataUnfitError(f"{path} is missing or not readable; run `dvc repro` first") from None


def _scores(model: Any, today: pd.DataFrame, plan: Plan) -> tuple[Any, str]:
    """The probabilities of everyone at risk today; or None, and why not."""
    if today.empty:
        return None, f"nobody is at risk as of {plan.score}"
    try:
        found = np.asarray(model.churn_probability(today, plan.score), dtype=np.float64)
    except DataUnfitError as error:
        return None, str(error)
    bad = int((~np.isfinite(found) | (found < 0) | (found > 1)).sum())
    return (None, f"{bad:,} of {len(found):,} probabilities are none") if bad else (found, "")


def _opponent(root: Path, config: Config, version: str, plan: Plan, catalog: list[dict[str, Any]]) -> Opponent:
    place = {name: root / path for name, path in ARTIFACTS.items()}
    folder = place["registry"] / version
    about, grade = load(folder, "ship").about, read_metrics(folder / METRICS)["grade"]
    as_of, unlike = date.fromisoformat(about["known_until"]), _unlike(folder, about, config, plan, catalog)
    if unlike:
        return Opponent(version, as_of, grade, unlike)
    rows = read_rows(place["features"], place["snapshots"])
    judged = pd.read_parquet(place["judged"] / "test.parquet")
    twins = kept_twins(folder, plan.origins, rows)
    theirs, mine = Record.load(folder), Record.load(place["challenger"])
    models = None if theirs.same_as(mine) else refitted(theirs, rows, catalog, plan, config)
    aged = None
    if twins:
        both = beside(judged, rows, twins)
        aged = _compared(both, config)
        grade = grade and graded(judged, both, plan.origins, config)
    recipe = _compared(beside(judged, rows, models), config) if models else None
    return Opponent(version, as_of, grade, "" if twins else SAME_DATES, aged, recipe)


def _compared(both: pd.DataFrame, config: Config) -> Comparison:
    return compare(both, config.evaluate.bootstrap_draws, config.seed, config.evaluate.calibration_bins)


def _unlike(folder: Path, about: Any, config: Config, plan: Plan, catalog: list[dict[str, Any]]) -> str:
    """Why a champion cannot be compared with the challenger, if so. Raises ConfigError when it knows the future."""
    if (about["source"], about["definition"]) != (config.source.name, config.definition.model_dump()):
        return "the champion was trained for another source or churn definition"
    if date.fromisoformat(about["known_until"]) > plan.score:
        raise ConfigError(
            f"the champion {folder.name} knows what happened until {about['known_until']}, after snapshots.as_of={plan.score}; "
            "nothing older can be compared with it: set a later as_of, or run `churn backfill` to replay the past"
        )
    gone = lacking(Record.load(folder).features, catalog)
    return f"the champion reads {gone[0]}, which is no feature any more" if gone else ""
