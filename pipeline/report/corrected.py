"""What matured deliveries taught of the offers: assumed, measured and used side by side, with where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pipeline.config.campaign_section import PlaybookOffer
from pipeline.learning.reported_rates import FEWEST_REPORTED, Reported, reported
from pipeline.report.words import NOTHING, Words


@dataclass(frozen=True)
class Corrected:
    """An offer by a channel with its `segments`, or one of these, in words and figures; shares kept are in per cent."""

    name: str
    customers: str
    assumed: str
    measured: str
    measured_interval: str
    used: str
    interval: str
    origin: str
    drives_away: bool
    segments: tuple[Corrected, ...] = ()
    folded: str = ""


def corrected(manifest: Mapping[str, Any], playbook: Mapping[str, PlaybookOffer], words: Words) -> tuple[Corrected, ...]:
    """Each offer by each channel of which the lists use something measured, with its segments that are told."""
    offers: list[Corrected] = []
    for one in reported(manifest.get("learned", [])):
        row = _row(one, playbook, words)
        if one.row["segment"] is None:
            offers.append(row)
        else:
            offers[-1] = _with(offers[-1], row, words)
    return tuple(offers)


def _with(offer: Corrected, segment: Corrected, words: Words) -> Corrected:
    segments = (*offer.segments, segment)
    return replace(offer, segments=segments, folded=words.counted(len(segments), "segment"))


def rates_used(manifest: Mapping[str, Any], assumed: Mapping[str, float]) -> dict[str, float]:
    """The share that each offer keeps as the lists have it: learned (by its first channel) where it was, else as assumed."""
    rows = [row for row in manifest.get("learned", []) if row["segment"] is None]
    return dict(assumed) | {row["offer"]: row["kept"] for row in reversed(rows)}


def _row(one: Reported, playbook: Mapping[str, PlaybookOffer], words: Words) -> Corrected:
    row = one.row
    offer, by = playbook.get(row["offer"]), words.named("channel", row["channel"])
    called = offer.name.text(words.locale) if offer else str(row["offer"])
    inner = row["segment"] is not None
    measured, measured_interval = _measured(one, words)
    return Corrected(
        name=words.named("segment", row["segment"]) if inner else f"{called}, {by}",
        customers=words.number(row["contacted"] + row["held_out"]),
        assumed=words.percent(row["assumed"], 1),
        measured=measured,
        measured_interval=measured_interval,
        used=words.percent(row["used"], 1),
        interval=_span(row["low"], row["high"], words),
        origin=words(f"worked.{'inner' if inner else 'origin'}_{row['origin']}", share=words.percent(row["from_customers"], 0)),
        drives_away=row["used"] < 0,
    )


def _measured(one: Reported, words: Words) -> tuple[str, str]:
    """The share measured and its interval."""
    if not one.enough:
        return words("worked.too_few", n=words.number(one.smaller_arm), needed=words.number(FEWEST_REPORTED)), ""
    row = one.row
    if row["measured"] is None:
        return NOTHING, ""
    return words.percent(row["measured"], 1), _span(row["measured_low"], row["measured_high"], words)


def _span(low: float, high: float, words: Words) -> str:
    return words("trust.span", low=words.percent(low, 0), high=words.percent(high, 0))
