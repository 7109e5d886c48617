"""The model against the baselines on the same customers: figures, leads with their uncertainty, and a verdict in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.report.segments import Z95
from pipeline.report.words import RIVALS, signed, title

Floats = NDArray[np.float64]
SMALLEST = 1e-6  # as the log loss of reports/metrics.json is clipped
MEASURES = {"auc": max, "log_loss": min, "ece": min, "lift_at_10": max}


@dataclass(frozen=True)
class Lead:
    """How much better the model is than another on the same customers, with a 95 % interval; negative is worse."""

    difference: float
    low: float
    high: float


@dataclass(frozen=True)
class Contestant:
    """One row of the comparison; `best` names the measures in which nobody is better; the model has no leads over itself."""

    key: str
    name: str
    about: str
    figures: Mapping[str, float]
    best: frozenset[str]
    auc_lead: Lead | None
    log_loss_lead: Lead | None


def auc_lead(y: Floats, model: Floats, rival: Floats, weight: Floats) -> Lead:
    """Paired difference of two AUCs and its normal 95 % interval (DeLong, DeLong & Clarke-Pearson 1988, with weights)."""
    difference = _wins(y, model, weight) - _wins(y, rival, weight)
    mean, variance = 0.0, 0.0
    for label in (1, 0):
        of, w = difference[y == label], weight[y == label] / weight[y == label].sum()
        mean = float(np.dot(w, of))
        variance += float(np.sum((w * (of - mean)) ** 2))
    half = Z95 * float(np.sqrt(variance))
    return Lead(mean, mean - half, mean + half)


def log_loss_lead(y: Floats, model: Floats, rival: Floats, weight: Floats) -> Lead:
    """How much lower the model's log loss is, paired by customer, and its normal 95 % interval."""
    difference, w = _losses(y, rival) - _losses(y, model), weight / weight.sum()
    mean = float(np.dot(w, difference))
    half = Z95 * float(np.sqrt(np.sum((w * (difference - mean)) ** 2)))
    return Lead(mean, mean - half, mean + half)


def _losses(y: Floats, probability: Floats) -> Floats:
    return -np.log(np.clip(np.where(y == 1, probability, 1 - probability), SMALLEST, 1))


def _wins(y: Floats, score: Floats, weight: Floats) -> Floats:
    """For each customer, the share of the other class they are ranked rightly against; equal scores count half."""
    place = np.unique(score, return_inverse=True)[1]
    left, stayed = (np.bincount(place, weights=weight * (y == label)) for label in (1, 0))
    against_stayed = (np.cumsum(stayed) - stayed / 2) / stayed.sum()
    against_left = 1 - (np.cumsum(left) - left / 2) / left.sum()
    return np.where(y == 1, against_stayed[place], against_left[place])


def contestants(metrics: Mapping[str, Any], judged: pd.DataFrame) -> tuple[Contestant, ...]:
    """The model first, then the baselines there are, by AUC."""
    all_figures = {"churn_probability": metrics["test"], **metrics["baselines"]}
    best = {measure: pick(figures[measure] for figures in all_figures.values()) for measure, pick in MEASURES.items()}
    y, weight, model = (judged[name].to_numpy(np.float64) for name in ("y", "weight", "churn_probability"))
    rows = []
    for key in sorted(all_figures, key=lambda key: (key != "churn_probability", -all_figures[key]["auc"], key)):
        own = key == "churn_probability"
        name, about = ("This model", "") if own else RIVALS.get(key, (title(key), ""))
        won = frozenset(measure for measure in MEASURES if all_figures[key][measure] == best[measure])
        leads = (
            [None, None] if own else [of(y, model, judged[key].to_numpy(np.float64), weight) for of in (auc_lead, log_loss_lead)]
        )
        rows.append(Contestant(key, name, about, all_figures[key], won, *leads))
    return tuple(rows)


def verdict(rows: tuple[Contestant, ...]) -> str:
    """Whether the model beats the baselines: first its order of customers, then its probabilities."""
    model, *rivals = rows
    if not rivals:
        return "There is nothing to compare the model with."
    best, closest = rivals[0], min(rivals, key=lambda rival: rival.figures["log_loss"])
    order, level = best.auc_lead, closest.log_loss_lead
    if order is None or level is None:
        raise ValueError("only the first row may have no leads")
    by = f"{abs(order.difference):.3f} (95 % interval of its lead {signed(order.low)} to {signed(order.high)})"
    ranks = {
        1: f"The model orders customers better than every baseline: its AUC is above that of the best, {best.name}, by {by}.",
        0: f"The model is not clearly better at ordering customers than the best baseline, {best.name}: their AUC "
        f"differs by {by}, which chance can explain.",
        -1: f"The model does not beat the baselines: {best.name} orders customers better, by {by} of AUC.",
    }
    figures = f"(log loss {model.figures['log_loss']:.3f} against {closest.figures['log_loss']:.3f} of {closest.name})"
    fits = {
        1: f"Its probabilities are closer to what happened than those of any baseline {figures}.",
        0: f"Its probabilities are about as close to what happened as the best of theirs {figures}.",
        -1: f"Its probabilities are further from what happened than the best of theirs {figures}.",
    }
    return f"{ranks[_side(order)]} {fits[_side(level)]}"


def _side(lead: Lead) -> int:
    """1 where the whole interval is a lead, -1 where all of it is a lag, 0 where chance can explain either."""
    return int(lead.low > 0) - int(lead.high < 0)
