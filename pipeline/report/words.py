"""Plain words for what the page shows: numbers, dates, the churn definition, statuses, baselines and rules."""

from __future__ import annotations

import math
from datetime import date, timedelta

from pipeline.config import Config, Definition
from pipeline.features.catalog import catalog

NOTHING = "–"
THIN = "\N{NARROW NO-BREAK SPACE}"

RIVALS: dict[str, tuple[str, str]] = {
    "recency": ("Recency", "the longer ago the last activity, the riskier"),
    "rfm_logistic": ("RFM + logistic regression", "recency, frequency and money, weighed by a regression"),
    "bg_nbd": ("BG/NBD", "the classic model of repeat buying"),
    "lightgbm_default": ("Default LightGBM", "the same features, settings as they come"),
}
ROLES = {
    "challenger": "trained in this run, not promoted",
    "champion": "the promoted model",
}


def number(value: float | None) -> str:
    """A whole number with thousands separated; a dash for none."""
    return NOTHING if value is None or math.isnan(value) else f"{value:,.0f}"


def percent(value: float | None, digits: int = 0) -> str:
    """A share as a percentage, a small one as less than the last digit shown; a dash for none."""
    if value is None or math.isnan(value):
        return NOTHING
    smallest = 10.0 ** -(digits + 2)
    below = 0 < value < smallest / 2
    return f"{'<' + THIN if below else ''}{100 * (smallest if below else value):.{digits}f}{THIN}%"


def decimal(value: float | None, digits: int = 3) -> str:
    """A fixed number of digits; a dash for none."""
    return NOTHING if value is None or math.isnan(value) else f"{value:.{digits}f}"


def signed(value: float) -> str:
    """A difference with its sign, three digits."""
    return f"{value:+.3f}".replace("-", "\N{MINUS SIGN}")


def short(value: float) -> str:
    """A sum of money in at most three digits: 950, 12.4 k, 2.26 M."""
    rounded = float(f"{value:.3g}")  # before the unit is chosen, so that 999,700 is 1 M and not 1,000 k
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(rounded) >= size:
            return f"{rounded / size:.3g}{THIN}{letter}"
    return f"{value:.0f}"


def day(value: date) -> str:
    """A date as people write it."""
    return f"{value.day} {value:%B %Y}"


def counted(count: float, one: str, many: str) -> str:
    """A count with its noun."""
    return f"{number(count)} {one if count == 1 else many}"


def title(name: str) -> str:
    """A name of the code as words: underscores become spaces, the first letter is large."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def features(names: list[str], config: Config) -> list[str]:
    """What features are called; a model may be older than the configuration, and what is no longer declared keeps its name."""
    source = config.source
    declared = catalog(config.features, config.definition, source.reward_points, source.tier_spending)
    meanings = {feature.name: feature.meaning for feature in declared}
    return [title(meanings.get(name, name)) for name in names]


def window(definition: Definition, t: date) -> tuple[date, date]:
    """First and last day on which a customer listed at `t` can show that they stay."""
    start = t + timedelta(days=definition.gap_days)
    return start, start + timedelta(days=definition.horizon_days - 1)


def leaving(definition: Definition) -> str:
    """What a customer who churns does, in a clause that follows 'will'."""
    return {"purchase": "not buy", "activity": "show no activity", "renewal": "not renew"}[definition.kind]


def churn(definition: Definition) -> str:
    """What counts as leaving, in a sentence or two."""
    horizon = definition.horizon_days
    return {
        "purchase": f"A customer has left when they buy nothing for {horizon} days. "
        "Returns and orders without a positive value are not purchases.",
        "activity": f"A customer has left when for {horizon} days they neither buy nor do anything else, such as a visit, "
        "a chat or opening an e-mail. What the company sends does not count.",
        "renewal": f"A customer whose subscription ends within the {horizon} days has left when it is not renewed, "
        f"at the latest {counted(definition.grace_days, 'day', 'days')} after it ended.",
    }[definition.kind]


def at_risk(definition: Definition) -> str:
    """Who gets a probability."""
    if definition.kind == "renewal":
        words = f"Customers whose running subscription ends within the {definition.horizon_days} days."
    else:
        did = "bought" if definition.kind == "purchase" else "bought or did something"
        words = f"Customers who {did} at least once in the {definition.active_days} days before the list."
    if definition.min_tenure_days:
        words += f" They must have been customers for {definition.min_tenure_days} days."
    return words


def gap(definition: Definition) -> str:
    """How much time there is to act."""
    if not definition.gap_days:
        return "None: the days in which a customer may leave begin on the date of the list."
    return f"{counted(definition.gap_days, 'day', 'days')} between the date of the list and the first day that counts."


def status(name: str, definition: Definition) -> str:
    """Why customers of this status were scored or not."""
    lapsed = {
        "purchase": f"Their last purchase is more than {definition.active_days} days ago. They have already left: win them back "
        "rather than retain them.",
        "activity": f"Their last activity is more than {definition.active_days} days ago. They have already left: win them back "
        "rather than retain them.",
        "renewal": "Their subscription has already ended. They have left: win them back rather than retain them.",
    }
    known = {
        "scored": "At risk on the date of the list: they have a probability.",
        "lapsed": lapsed[definition.kind],
        "too_new": "There is no history to judge them by yet: nothing on record counts as activity"
        + (f", or the first is less than {definition.min_tenure_days} days old." if definition.min_tenure_days else "."),
        "not_due": f"Their subscription does not end within the {definition.horizon_days} days: it is not time to decide.",
        "no_profiling_consent": "They do not agree to profiling, so nothing was computed about them. Do not add them by hand.",
    }
    return known.get(name, "Not scored.")
