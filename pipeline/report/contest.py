"""The model against the baselines on the same customers: figures, leads with their uncertainty, and a verdict in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pipeline.report.words import Words

MEASURES = {"auc": max, "log_loss": min, "ece": min, "lift_at_10": max}
SIDES = {1: "ahead", 0: "level", -1: "behind"}


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


def contestants(metrics: Mapping[str, Any], words: Words) -> tuple[Contestant, ...]:
    """The model first, then the baselines there are, by AUC; figures are those of all test dates together."""
    all_figures = {"churn_probability": metrics["pooled"], **metrics["pooled_baselines"]}
    best = {measure: pick(figures[measure] for figures in all_figures.values()) for measure, pick in MEASURES.items()}
    rows = []
    for key in sorted(all_figures, key=lambda key: (key != "churn_probability", -all_figures[key]["auc"], key)):
        own = key == "churn_probability"
        name = words(f"trust.{'own_model' if metrics['grade'] else 'own_rule'}") if own else words.named("rivals", key)
        about = str(words.texts.get(f"rivals_about.{key}", ""))
        won = frozenset(measure for measure in MEASURES if all_figures[key][measure] == best[measure])
        rows.append(
            Contestant(key, name, about, all_figures[key], won, *((None, None) if own else _leads(metrics["paired"][key])))
        )
    return tuple(rows)


def _leads(paired: Mapping[str, Mapping[str, float]]) -> tuple[Lead, Lead]:
    """Of AUC, where more is better, and of log loss, where less is."""
    auc, loss = paired["auc"], paired["log_loss"]
    return Lead(auc["difference"], auc["low"], auc["high"]), Lead(-loss["difference"], -loss["high"], -loss["low"])


def dates(metrics: Mapping[str, Any], words: Words) -> tuple[AtDate, ...]:
    """The test dates, latest first."""
    made = []
    for at in metrics["rolling"]:
        rivals = {key: figures["log_loss"] for key, figures in at["baselines"].items()}
        closest = min(rivals, key=lambda key: (rivals[key], key), default=None)
        name = words.named("rivals", closest) if closest else ""
        made.append(AtDate(words.day(date.fromisoformat(at["t"])), at, name, rivals.get(closest) if closest else None))
    return tuple(made)


def verdict(rows: tuple[Contestant, ...], words: Words) -> str:
    """Whether the model beats the baselines: first its order of customers, then its probabilities."""
    model, *rivals = rows
    if not rivals:
        return words("trust.nothing")
    best, closest = rivals[0], min(rivals, key=lambda rival: rival.figures["log_loss"])
    order, level = best.auc_lead, closest.log_loss_lead
    if order is None or level is None:
        raise ValueError("only the first row may have no leads")
    difference = words.decimal(abs(order.difference))
    by = words("trust.by", difference=difference, low=words.signed(order.low), high=words.signed(order.high))
    own, theirs = (words.decimal(row.figures["log_loss"]) for row in (model, closest))
    figures = words("trust.figures", own=own, theirs=theirs, name=closest.name)
    ranks = words(f"trust.order_{SIDES[_side(order)]}", name=best.name, by=by)
    return f"{ranks} {words(f'trust.fits_{SIDES[_side(level)]}', figures=figures)}"


def _side(lead: Lead) -> int:
    """1 where the whole interval is a lead, -1 where all of it is a lag, 0 where chance can explain either."""
    return int(lead.low > 0) - int(lead.high < 0)
