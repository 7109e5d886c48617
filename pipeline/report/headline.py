"""The figures people quote, and whether the level of the probabilities was right when it could be checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from pipeline.config import Definition
from pipeline.config.campaign_section import Bands
from pipeline.report.meanings import window
from pipeline.report.segments import HIGH_RISK, Measured, revenue_of, value_at_risk_of
from pipeline.report.words import Words


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


def headline(
    customers: pd.DataFrame, manifest: Mapping[str, Any], source: str, definition: Definition, bands: Bands, words: Words
) -> Headline:
    """Sums and shares of the people-facing list; `expected` is the sum of all probabilities."""
    t = date.fromisoformat(manifest["snapshot_date"])
    scored = customers[customers["status"] == "scored"]
    risky = scored[scored["risk_segment"].isin(HIGH_RISK)]
    everything, at_risk = revenue_of(scored), value_at_risk_of(scored)
    money = None if everything is None else float(risky["revenue_total"].sum())
    return Headline(
        source=source,
        as_of=words.day(t),
        until=words.day(window(definition, t)[1]),
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
        model_role=words.named("role", manifest["model_role"]),
    )


def foreseen(today: Mapping[str, Any], words: Words) -> str:
    """What has to be said beforehand of how many will leave; nothing where the same season was seen a year before."""
    if "season_seen" not in today:
        return words("level.unseen")
    return "" if today["season_seen"] else words("level.unsure")


def level(test: Measured | None, words: Words) -> str:
    """Whether as many left as predicted: the part of the error that moves every probability the same way."""
    if test is None:
        return ""
    said = words("level.said", predicted=words.percent(test.predicted), rate=words.percent(test.rate))
    if test.low <= test.predicted <= test.high:
        return words("level.chance", said=said)
    off = test.predicted - test.rate
    return words("level.too_many" if off > 0 else "level.too_few", said=said, off=words.decimal(abs(100 * off), 1))


def learned(train: list[str], test: str, words: Words, *, judged: str, scoring: str) -> str:
    """What the judged model had seen, and how its version relates to the one that scores."""
    first, last, when = (words.day(date.fromisoformat(day)) for day in (min(train), max(train), test))
    said = words("trust.learned", snapshots=words.counted(len(train), "snapshot"), first=first, last=last, test=when)
    which = words("trust.refitted") if judged == scoring else words("trust.another", scoring=scoring, judged=judged)
    return f"{said} {which}"
