"""The model against the baselines on the same customers: figures, leads with their uncertainty, and a verdict in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.report.segments import Z95
from pipeline.report.words import RIVALS, title

Floats = NDArray[np.float64]
MEASURES = {"auc": max, "log_loss": min, "ece": min, "lift_at_10": max}


@dataclass(frozen=True)
class Lead:
    """How much the model's AUC exceeds another's on the same customers, with a 95 % interval."""

    difference: float
    low: float
    high: float


@dataclass(frozen=True)
class Contestant:
    """One row of the comparison; `best` names the measures in which nobody is better, the model has no lead over itself."""

    key: str
    name: str
    about: str
    figures: Mapping[str, float]
    best: frozenset[str]
    lead: Lead | None


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
        lead = None if own else auc_lead(y, model, judged[key].to_numpy(np.float64), weight)
        rows.append(Contestant(key, name, about, all_figures[key], won, lead))
    return tuple(rows)


def verdict(rows: tuple[Contestant, ...]) -> str:
    """Whether the model beats the baselines: first its order of customers, then its probabilities."""
    model, *rivals = rows
    if not rivals:
        return "There is nothing to compare the model with."
    strongest = rivals[0]
    lead = strongest.lead
    if lead is None:
        raise ValueError(f"{strongest.key} has no lead to judge")
    interval = f"{lead.low:+.3f} to {lead.high:+.3f}"
    if lead.low > 0:
        order = (
            f"The model orders customers better than every baseline: its AUC is {lead.difference:.3f} above that of the best, "
        )
        order += f"{strongest.name} (95 % interval {interval}), more than chance explains."
    elif lead.high < 0:
        order = f"The model does not beat the baselines: {strongest.name} orders customers better, by {-lead.difference:.3f} AUC "
        order += f"(95 % interval of the model's lead {interval})."
    else:
        order = f"The model does not clearly beat the baselines: its AUC differs from that of {strongest.name} by "
        order += f"{lead.difference:+.3f} (95 % interval {interval}), which chance can explain."
    exact = min(rivals, key=lambda rival: rival.figures["log_loss"])
    ours, theirs = model.figures["log_loss"], exact.figures["log_loss"]
    word = (
        "are closer to what happened than those of any baseline" if ours < theirs else f"are no closer than those of {exact.name}"
    )
    return f"{order} Its probabilities {word} (log loss {ours:.3f} against {theirs:.3f})."
