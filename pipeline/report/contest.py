"""The model against the baselines on the same customers: figures, leads with their uncertainty, and a verdict in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pipeline.report.words import RIVALS, day, signed, title

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
    figures: Mapping[str, Any]
    best: frozenset[str]
    auc_lead: Lead | None
    log_loss_lead: Lead | None


@dataclass(frozen=True)
class AtDate:
    """What the model said and what happened at one test date; `rival` is the baseline with the lowest log loss there."""

    day: str
    figures: Mapping[str, Any]
    rival: str
    rival_log_loss: float | None


def contestants(metrics: Mapping[str, Any]) -> tuple[Contestant, ...]:
    """The model first, then the baselines there are, by AUC; figures are those of all test dates together."""
    all_figures = {"churn_probability": metrics["pooled"], **metrics["pooled_baselines"]}
    best = {measure: pick(figures[measure] for figures in all_figures.values()) for measure, pick in MEASURES.items()}
    rows = []
    for key in sorted(all_figures, key=lambda key: (key != "churn_probability", -all_figures[key]["auc"], key)):
        own = key == "churn_probability"
        name, about = ("This model" if metrics["grade"] else "This rule", "") if own else RIVALS.get(key, (title(key), ""))
        won = frozenset(measure for measure in MEASURES if all_figures[key][measure] == best[measure])
        rows.append(
            Contestant(key, name, about, all_figures[key], won, *((None, None) if own else _leads(metrics["paired"][key])))
        )
    return tuple(rows)


def _leads(paired: Mapping[str, Mapping[str, float]]) -> tuple[Lead, Lead]:
    """Of AUC, where more is better, and of log loss, where less is."""
    auc, loss = paired["auc"], paired["log_loss"]
    return Lead(auc["difference"], auc["low"], auc["high"]), Lead(-loss["difference"], -loss["high"], -loss["low"])


def dates(metrics: Mapping[str, Any]) -> tuple[AtDate, ...]:
    """The test dates, latest first."""
    made = []
    for at in metrics["rolling"]:
        rivals = {key: figures["log_loss"] for key, figures in at["baselines"].items()}
        closest = min(rivals, key=lambda key: (rivals[key], key), default=None)
        name = RIVALS.get(closest, (title(closest), ""))[0] if closest else ""
        made.append(AtDate(day(date.fromisoformat(at["t"])), at, name, rivals.get(closest) if closest else None))
    return tuple(made)


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
