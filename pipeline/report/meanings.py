"""What this company's definition of churn means, in words: leaving, being at risk, the days that count, statuses, features."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from pipeline.config import Config, Definition
from pipeline.features.catalog import catalog
from pipeline.reasons.declared import reasons
from pipeline.report.words import Words

AT_T = re.compile(r" at t\b")  # of whom the page speaks, the heading says


def features(names: list[str], config: Config, words: Words) -> list[str]:
    """What features are called: by their meaning, which is English, elsewhere by their reason.

    One that is not declared, as a model may be older than the configuration, keeps its name.
    """
    source = config.source
    declared = catalog(config.features, config.definition, source.reward_points, source.tier_spending)
    if words.locale == "en":
        called = {feature.name: words.title(AT_T.sub("", feature.meaning)) for feature in declared}
        return [called.get(name, words.title(name)) for name in names]
    title = reason_titles(config, words)
    called = {feature.name: title(feature.reason) for feature in declared if feature.reason}
    return [called.get(name, name) for name in names]


def reason_titles(config: Config, words: Words) -> Callable[[str], str]:
    """What a reason of this code is called; one that is not declared keeps its name."""
    declared = reasons(config.features.windows, config.definition.horizon_days, config.definition.kind)
    return lambda code: declared[code].title.text(words.locale) if code in declared else words.title(code)


def window(definition: Definition, t: date) -> tuple[date, date]:
    """First and last day on which a customer listed at `t` can show that they stay."""
    start = t + timedelta(days=definition.gap_days)
    return start, start + timedelta(days=definition.horizon_days - 1)


def leaving(definition: Definition, words: Words) -> str:
    """What a customer who churns does, in a clause that follows 'will'."""
    return words(f"leaving.{definition.kind}")


def churn(definition: Definition, words: Words) -> str:
    """What counts as leaving, in a sentence or two."""
    grace = words.counted(definition.grace_days, "day")
    return words(f"churn.{definition.kind}", horizon=definition.horizon_days, grace=grace)


def at_risk(definition: Definition, words: Words) -> str:
    """Who gets a probability."""
    said = words(f"at_risk.{definition.kind}", horizon=definition.horizon_days, active=definition.active_days)
    if definition.min_tenure_days:
        said += " " + words("at_risk.tenure", days=definition.min_tenure_days)
    return said


def gap(definition: Definition, words: Words) -> str:
    """How much time there is to act."""
    days = definition.gap_days
    return words("gap.some", days=words.counted(days, "day")) if days else words("gap.none")


def status(name: str, definition: Definition, words: Words) -> str:
    """Why customers of this status were scored or not."""
    if name == "lapsed":
        return words(f"status_why.lapsed_{definition.kind}", days=definition.active_days)
    if name == "too_new":
        young = words("status_why.too_young", days=definition.min_tenure_days) if definition.min_tenure_days else ""
        return words("status_why.too_new", young=young)
    if f"status_why.{name}" not in words.texts:
        return words("status_why.unknown")
    return words(f"status_why.{name}", horizon=definition.horizon_days)


def definitions(definition: Definition, t: date, words: Words) -> tuple[tuple[str, str], ...]:
    """The terms of the page, each with what it means in a list of this day."""
    start, end = (words.day(when) for when in window(definition, t))
    said = {
        "churn": churn(definition, words),
        "at_risk": at_risk(definition, words),
        "days": words("reading.days_about", days=definition.horizon_days, start=start, end=end),
        "gap": gap(definition, words),
    }
    terms = ("churn", "at_risk", "days", "gap", "score", "revenue", "value", "profit", "held_out")
    return tuple((words(f"reading.{term}"), said.get(term) or words(f"reading.{term}_about")) for term in terms)
