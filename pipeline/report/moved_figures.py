"""Findings of the monitor -> rows of a table: what moved, its figure of today, what was to be expected, and a bar of both."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pipeline.config import Config
from pipeline.monitor.summaries import KNOWN, MEAN, PLACE
from pipeline.report.meanings import features
from pipeline.report.words import Words

EXPLAINED = 100 / 6  # per cent of a bar's width from its middle to an end of what the past explains
NEAREST_EDGE = 3.0  # per cent; what lies farther out is drawn there
OF_FEATURES = ("features", "features_since_training", "unseen")
OF_EXPECTED = ("rows", "sizes", "score", "score_since_training")  # logarithms, told as a share of what was to be expected


@dataclass(frozen=True)
class Bar:
    """Where what the past explains lies, and today, in per cent from the left."""

    low: float
    high: float
    today: float


@dataclass(frozen=True)
class Moved:
    """A finding as it is shown: its name, which figure of it, today, from what to what was to be expected, its weight."""

    name: str
    about: str
    today: str
    expected: str
    weight: str
    bar: Bar | None


def told(findings: Sequence[Mapping[str, Any]], config: Config, words: Words) -> tuple[Moved, ...]:
    """A row for each finding, in their order."""
    called = features([one["subject"] for one in findings], config, words)
    return tuple(
        Moved(
            name=_name(one, feature, words),
            about=_about(one, words),
            today=_figure(one, "today", words),
            expected=_expected(one, words),
            weight=words.percent(one["importance"]) if one["importance"] is not None else "",
            bar=_bar(one),
        )
        for one, feature in zip(findings, called, strict=True)
    )


def _name(one: Mapping[str, Any], feature: str, words: Words) -> str:
    if one["check"] in OF_FEATURES:  # outside English several are called alike, by their reason
        return feature if words.locale == "en" or feature == one["subject"] else f"{feature} ({one['subject']})"
    if one["check"] in ("rows", "sizes"):
        return words.named("kind", one["what"])
    if one["check"] in ("level", "calibration"):
        return words(f"fit.of_{one['subject']}", day=words.day(date.fromisoformat(one["what"])))
    return words("fit.riskiness" if one["what"] == MEAN else "fit.spread")


def _about(one: Mapping[str, Any], words: Words) -> str:
    """Which figure it is, and of calibration and places what being there means."""
    check, what, higher = one["check"], one["what"], one["today"] > one["usual"]
    if check == "calibration":
        return words("fit.about_narrow" if higher else "fit.about_extreme")
    if check in ("rows", "sizes", "level", "unseen"):
        return words(f"fit.about_{check}")
    if check.startswith("score"):
        return words("fit.about_score")
    if what == PLACE:
        return words("fit.about_higher" if higher else "fit.about_lower")
    if what == KNOWN:
        return words("fit.about_known")
    return words("fit.about_word", word=what)


def _figure(one: Mapping[str, Any], at: str, words: Words) -> str:
    value = one[at]
    if one["check"] in OF_EXPECTED:
        return words.percent(math.exp(value - one["usual"]))
    if one["check"] == "calibration":
        return words.decimal(value, 2)
    return words.percent(min(max(value, 0.0), 1.0), 0 if one["what"] == PLACE else 1)


def _expected(one: Mapping[str, Any], words: Words) -> str:
    """From what to what the past explains; where that is not known, the forecast."""
    if one["low"] is None:
        return _figure(one, "usual", words)
    ends = [_figure(one, end, words) for end in ("low", "high")]
    return words("trust.span", low=ends[0], high=ends[1])


def _bar(one: Mapping[str, Any]) -> Bar | None:
    if one["low"] is None or one["high"] <= one["low"]:
        return None
    middle, half = (one["low"] + one["high"]) / 2, (one["high"] - one["low"]) / 2
    today = 50 + EXPLAINED * (one["today"] - middle) / half
    return Bar(50 - EXPLAINED, 50 + EXPLAINED, min(max(today, NEAREST_EDGE), 100 - NEAREST_EDGE))
