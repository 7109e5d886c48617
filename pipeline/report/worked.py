"""Did it work? What became of earlier deliveries: the forecast beside what happened, and what contacting changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from markupsafe import Markup

from pipeline.report.words import NOTHING, Words

LATEST = 12


@dataclass(frozen=True)
class Span:
    """Where an interval, its middle and no effect lie on a scale that all deliveries share, in per cent from the left."""

    low: float
    high: float
    middle: float
    zero: float


@dataclass(frozen=True)
class Read:
    """A matured delivery in words and figures, as they are shown; `span` is None where no effect is measurable."""

    delivery: str
    sentence: str
    doubts: tuple[Markup, ...]
    expected: str
    left: str
    contacted: str
    held_out: str
    change: str
    interval: str
    saves: str
    saves_interval: str
    margin: str
    margin_interval: str
    cost: str
    cost_from: str
    profit: str
    profit_interval: str
    span: Span | None


@dataclass(frozen=True)
class Worked:
    """The matured deliveries, newest first, and a sentence on those whose window has not passed; `saved`: who can be."""

    read: tuple[Read, ...]
    waiting: str
    saved: str = ""


def worked(outcomes: Mapping[str, Any], words: Words, uplift: Mapping[str, Any] | None = None) -> Worked | None:
    """What the page says of `reports/outcomes.json` and `reports/uplift.json`; None before the first delivery."""
    found = outcomes.get("deliveries", [])
    if not found:
        return None
    matured = [one for one in reversed(found) if one["matured"]][:LATEST]
    running = [one for one in found if not one["matured"]]
    ends = [abs(one["effect"][end]) for one in matured if one["effect"] for end in ("low", "high")]
    widest = max(ends, default=0.0) or 1.0
    read = tuple(_read(one, widest, words) for one in matured)
    return Worked(read, _waiting(running, words), _saved(uplift, words) if uplift else "")


def _waiting(running: list[Mapping[str, Any]], words: Words) -> str:
    """How many deliveries are not known yet, and when the next will be, or that the data end before their windows did."""
    cut, rest = [one for one in running if one["data_end"]], [one for one in running if not one["data_end"]]
    said = []
    if cut:
        deliveries, day = words.counted(len(cut), "delivery"), _day(cut[-1]["data_end"], words)
        said.append(words("worked.data_end", deliveries=deliveries, day=day))
    if rest:
        deliveries, day = words.counted(len(rest), "delivery"), _day(rest[0]["matures_on"], words)
        said.append(words("worked.waiting", deliveries=deliveries, day=day))
    return " ".join(said)


def _saved(uplift: Mapping[str, Any], words: Words) -> str:
    """Whether the lists go by the effect that was learned, and why."""
    policy = uplift.get("policy")
    if policy is None:
        needed = words.number(uplift["needed"]) if uplift["needed"] else NOTHING
        return words(f"worked.saved_{uplift['verdict']}", rows=words.number(uplift["rows"]), needed=needed)
    digits = 2 if uplift["unit"] == "money" else 4
    brings = {name: words.signed(policy[name], digits) for name in ("difference", "low", "high")}
    return words(f"worked.saved_{uplift['verdict']}", alone=words.percent(policy["left_alone"], 1), **brings)


def _day(iso: str, words: Words) -> str:
    return words.day(date.fromisoformat(iso))


def _read(one: Mapping[str, Any], widest: float, words: Words) -> Read:
    effect = one["effect"]
    return Read(
        delivery=_day(one["as_of"], words),
        sentence=_sentence(one, words),
        doubts=tuple(words.foreign(doubt["sentence"]) for doubt in one["log"]["doubts"]),
        expected=words.percent(one["predicted"], 1),
        left=words.percent(one["realised"], 1),
        contacted=words.number(effect["contacted"]) if effect else NOTHING,
        held_out=words.number(effect["held_out"]) if effect else NOTHING,
        change=_points(effect["churn_difference"], words) if effect else NOTHING,
        interval=_ends([_points(effect[end], words) for end in ("low", "high")], words) if effect else "",
        **_money(one, "saves", words),
        **_money(one, "margin", words),
        cost=words.number(one["cost"]),
        cost_from="" if one["cost"] is None else words(f"worked.from_{one['cost_from']}"),
        **_money(one, "profit", words),
        span=_span(effect, widest) if effect else None,
    )


def _sentence(one: Mapping[str, Any], words: Words) -> str:
    effect, why_not = one["effect"], one["why_not"]
    money = words(f"worked.cost_{one['cost_from']}")
    if why_not:
        customers = words.counted(why_not["smaller_arm"], "customer")
        money = words(f"worked.why_{why_not['code']}", customers=customers, needed=why_not["needed"])
    if effect is None:
        return words("worked.unmeasured", why=money)
    said = words(f"worked.{'kept' if effect['high'] < 0 else 'drove_away' if effect['low'] > 0 else 'unsure'}")
    return " ".join(filter(None, (said, _doubt(one["suspect_lists"], words) if one["suspect"] else "", money)))


def _doubt(lists: list[str], words: Words) -> str:
    """That the arms have not the sizes that were drawn, and of which lists, where it is known."""
    if not lists:
        return words("worked.suspect")
    return words("worked.suspect_lists", lists=words.listed([words.named("list", name) for name in lists]))


def _points(share: float, words: Words) -> str:
    return words.signed(100 * share, 1)


def _ends(ends: list[str], words: Words) -> str:
    return words("trust.span", low=ends[0], high=ends[1])


def _money(one: Mapping[str, Any], name: str, words: Words) -> dict[str, str]:
    ends = one["intervals"][name]
    if not ends:
        return {name: NOTHING, f"{name}_interval": ""}
    return {name: words.number(one[name]), f"{name}_interval": _ends([words.number(end) for end in ends], words)}


def _span(effect: Mapping[str, float], widest: float) -> Span:
    low, high, middle = (50 + 50 * effect[name] / widest for name in ("low", "high", "churn_difference"))
    return Span(low, high, middle, 50.0)
