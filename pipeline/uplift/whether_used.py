"""Randomised customers -> who can be saved: a model of the effect, how well it ranks, and whether lists may go by it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipeline.arrays import Floats
from pipeline.config.allocation_section import Detectable
from pipeline.counted import counted
from pipeline.figure_files import read_figures, sealed
from pipeline.profit.maximum_profit import mpu
from pipeline.profit.profit_figures import LIFETIME_VALUE, LITERATURE
from pipeline.uplift.cross_fitted import FOLDS, cross_fitted, fit
from pipeline.uplift.effect_model import EffectModel
from pipeline.uplift.policy_gate import FEWEST_LEFT_ALONE, Comparison, Look, compared, fewest, lacking, latest_look
from pipeline.uplift.qini import areas_with_intervals
from pipeline.uplift.randomised import Randomised

LEARNER = "doubly robust: outcomes by LightGBM, effects by ridge regression, judged on later folds of customers"
AREA_SAMPLES, GATE_SAMPLES = 400, 4_000  # an end of an interval at a late look lies far out

VERDICT = "verdict.json"
KEPT_FIGURES = ("used", "verdict", "why", "rows", "needed")

Figures = dict[str, Any]


def judged(found: Randomised, asked: Detectable, seed: int) -> tuple[Figures, EffectModel | None]:
    """What `reports/uplift.json` says, and the model of all rows; None before the first look.

    `verdict` is `nobody` (nobody randomised has matured), `few` (before the first look), `one_sided` (an arm in which nearly
    everybody stayed or left), `not_better`, `handful` (better, of too few left alone), or `used`; `why` says it in a sentence.
    The decision is that of the look's rows; the model, once there is a look, is of all rows, as more of them know it better.
    """
    least = fewest(found, asked)
    look = latest_look(found, least)
    told: Figures = {
        "used": False,
        "verdict": "nobody" if not len(found) else "few",
        "why": _why_not_yet(found, least),
        "rows": len(found),
        "customers": len(np.unique(found.customer)),
        "needed": least,
        "draws": _draws(found),
        "learner": LEARNER,
        "folds": FOLDS,
        "unit": "money" if found.with_money else "saves",
        "look": None,
    }
    if look is None:
        return told, None
    seen = found.taken(np.arange(look.rows))
    missing = lacking(seen)
    if missing:
        return told | {"verdict": "one_sided", "why": missing}, None
    return told | _compared(seen, look, seed), fit(found, seed)


def _compared(seen: Randomised, look: Look, seed: int) -> Figures:
    """What is told from the first look on: the areas, the effect, and the comparison of both policies."""
    cross = cross_fitted(seen, seed)
    later = cross.fold > 0  # nobody's model judges the first fold
    fold, score, effect = cross.fold[later], cross.score[later], cross.effect[later]
    comparison = compared(seen.taken(later), score, effect, cross.spoken_of[later], look, samples=GATE_SAMPLES, seed=seed)
    areas = areas_with_intervals(score, effect, seen.customer[later], fold, samples=AREA_SAMPLES, seed=seed)
    return {
        "used": comparison.better,
        "verdict": "used" if comparison.better else "handful" if comparison.handful else "not_better",
        "why": _why(comparison),
        "look": {"number": look.number, "rows": look.rows, "level": look.level, "until": str(seen.rows["since"].iloc[-1])},
        **{name: asdict(area) for name, area in areas.items()},
        "effect": {"mean": float(score.mean()), "below_0": float((effect < 0).mean())},
        "policy": asdict(comparison),
        "maximum_profit": _maximum_profit(seen.taken(later), effect),
    }


def _maximum_profit(found: Randomised, effect: Floats) -> Figures:
    """MPU at the costs of the literature, as the EMPC of `reports/metrics.json`, so that companies can be compared."""
    weight = np.where(found.contacted, 1 / found.chance, 1 / (1 - found.chance))
    best = mpu(effect, 1 - found.stayed, found.contacted, weight, LIFETIME_VALUE, LITERATURE)
    return {"mpu": best.profit, "mpu_share": best.share}


def keep(folder: Path, told: Figures, model: EffectModel | None) -> None:
    """Write `verdict.json`, what the manifest of lists says of it, and the model where there is one."""
    (folder / VERDICT).write_text(sealed({name: told[name] for name in KEPT_FIGURES}), encoding="utf-8")
    if model is not None:
        model.save(folder)


def read_effects(folder: Path) -> tuple[EffectModel | None, Figures]:
    """The effect model, where lists go by it, and the verdict as `keep` wrote both.

    Raises DataUnfitError where one of them is missing or was changed.
    """
    verdict = read_figures(folder / VERDICT)
    return EffectModel.load(folder) if verdict["used"] else None, {name: verdict[name] for name in KEPT_FIGURES}


def _why_not_yet(found: Randomised, least: int | None) -> str:
    if not len(found):
        return "nobody who was drawn for contact or hold-out by a churn list has matured"
    if not least:
        return "no hold-out"
    return f"{counted(len(found), 'draw')} for contact or hold-out matured, {least:,} are needed"


def _why(found: Comparison) -> str:
    said = f"leaving {found.left_alone:.1%} alone brings {found.difference:.4g} a customer ({found.low:.4g} to {found.high:.4g})"
    if found.handful:
        return f"{said}, but in an arm only {found.fewest_left_alone} of them stayed or left, {FEWEST_LEFT_ALONE} are needed"
    return f"{said}, which {'is' if found.better else 'cannot be told to be'} more than contacting all who pay by risk and value"


def _draws(found: Randomised) -> list[Figures]:
    """By day of the draw, how many were drawn into either arm."""
    by = pd.crosstab(found.rows["since"].to_numpy(dtype=object), found.contacted)
    return [
        {"since": str(day), "contact": int(arms.get(True, 0)), "holdout": int(arms.get(False, 0))} for day, arms in by.iterrows()
    ]
