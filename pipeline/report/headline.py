"""The figures people quote, and whether the level of the probabilities was right when it could be checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from pipeline.config import Definition
from pipeline.config_campaign import Bands
from pipeline.report import words
from pipeline.report.segments import HIGH_RISK, Measured, revenue_of, value_at_risk_of

LEARNED = (
    "These figures were measured on a twin of the model: the same recipe, trained only on {snapshots} between {first} and "
    "{last}, whose outcomes were all known before {test}. "
)
REFITTED = "The model that scores today is that recipe, refitted on everything known since."
ANOTHER = (
    "Today's probabilities come from another model, {scoring}, promoted earlier: the figures judge {judged}, which this run "
    "trained and which could take its place."
)


@dataclass(frozen=True)
class Headline:
    """What stands at the top of the page; money is None when the source has none.

    `value_at_risk` is that of all scored customers, `value_at_risk_share` the part of it that is at high risk.
    """

    source: str
    as_of: str
    until: str
    known: int
    scored: int
    expected: float
    high_risk: int
    high_risk_share: float
    high_risk_from: float
    money: float | None
    money_share: float | None
    value_at_risk: float | None
    value_at_risk_share: float | None
    model_version: str
    model_role: str
    role_words: str


def headline(customers: pd.DataFrame, manifest: Mapping[str, Any], source: str, definition: Definition, bands: Bands) -> Headline:
    """Sums and shares of the people-facing list; `expected` is the sum of all probabilities."""
    t = date.fromisoformat(manifest["snapshot_date"])
    scored = customers[customers["status"] == "scored"]
    risky = scored[scored["risk_segment"].isin(HIGH_RISK)]
    everything, at_risk = revenue_of(scored), value_at_risk_of(scored)
    money = None if everything is None else float(risky["revenue_total"].sum())
    return Headline(
        source=source,
        as_of=words.day(t),
        until=words.day(words.window(definition, t)[1]),
        known=len(customers),
        scored=len(scored),
        expected=float(scored["churn_probability"].sum()),
        high_risk=len(risky),
        high_risk_share=len(risky) / max(len(scored), 1),
        high_risk_from=bands.high,
        money=money,
        money_share=money / everything if money is not None and everything else None,
        value_at_risk=at_risk,
        value_at_risk_share=float(risky["value_at_risk"].sum()) / at_risk if at_risk else None,
        model_version=str(manifest["model_version"]),
        model_role=str(manifest["model_role"]),
        role_words=words.ROLES.get(str(manifest["model_role"]), ""),
    )


def foreseen(today: Mapping[str, Any]) -> str:
    """What has to be said beforehand of how many will leave; nothing where the same season was seen a year before."""
    if "season_seen" not in today:
        return "How many leave is read off the past and not forecast: an unusual season is not foreseen."
    if today["season_seen"]:
        return ""
    return (
        "How many leave is less sure than who: the data shows no earlier year of the season to come, and an unusual one is not "
        "foreseen."
    )


def level(test: Measured | None) -> str:
    """Whether as many left as predicted: the part of the error that moves every probability the same way."""
    if test is None:
        return ""
    said = f"On that date the model expected {words.percent(test.predicted)} to leave; {words.percent(test.rate)} did"
    if test.low <= test.predicted <= test.high:
        return f"{said}, no further apart than chance explains."
    off = test.predicted - test.rate
    side = "too many" if off > 0 else "too few"
    return (
        f"{said}: it expected {side}, by {abs(100 * off):.1f} in 100. The level moves with the season and one date cannot "
        "settle it, so trust the order of customers more than the level."
    )


def learned(train: list[str], test: str, *, judged: str, scoring: str) -> str:
    """What the judged model had seen, and how its version relates to the one that scores."""
    first, last, when = (words.day(date.fromisoformat(day)) for day in (min(train), max(train), test))
    said = LEARNED.format(snapshots=words.counted(len(train), "snapshot", "snapshots"), first=first, last=last, test=when)
    return said + (REFITTED if judged == scoring else ANOTHER.format(judged=judged, scoring=scoring))
