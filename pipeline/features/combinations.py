"""The words for features that are computed from other features of the same row."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from pipeline.features.spec import Feature, Rows


def trend(numerator: Feature, short: int, denominator: Feature, long: int, reason: str = "") -> Feature:
    """Rate in a short window over the rate in a longer one that contains it: 1 is steady; null when the longer one is empty."""
    sql = f"({numerator.name} / CAST({short} AS DOUBLE)) / nullif({denominator.name} / CAST({long} AS DOUBLE), 0)"
    name = f"{numerator.name.removesuffix(f'_{short}d')}_trend_{short}v{long}d"
    meaning = f"{numerator.meaning}, against the rate of {long} days"
    return Feature(name, numerator.group, "ratio", meaning, None, sql, numerator.needs, reason=reason or numerator.reason)


def trends(features: list[Feature], windows: tuple[int, ...], reason: str = "") -> list[Feature]:
    """Each of the same feature in growing windows, against the one in the next."""
    pairs = pairwise(zip(features, windows, strict=True))
    return [trend(feature, short, longer, long, reason) for (feature, short), (longer, long) in pairs]


def combined(name: str, rows: Rows, sql: str, unit: str, meaning: str) -> Feature:
    """What is computed from other features of the same rows."""
    return Feature(name, rows.group, unit, meaning, None, sql, rows.needs, reason=rows.reason)


def missing(name: str, value: Feature, started: Feature, steps: tuple[int, ...], meaning: str) -> Feature:
    """How much another feature lacks to the next of some steps; 0 from the last on, null where nothing has `started`."""
    held = value.name if value.fact else f"({value.sql})"
    cases = " ".join(f"WHEN {held} < {step} THEN {step} - {held}" for step in sorted(steps))
    sql = f"CASE WHEN {started.name} > 0 THEN CASE {cases} ELSE 0 END END"
    return replace(value, name=name, meaning=meaning, fact=None, sql=sql, where="true", days=None, zero=False)


def ratio(name: str, numerator: Feature, denominator: Feature, meaning: str) -> Feature:
    """One feature over another; null where the other is 0."""
    needs = tuple(dict.fromkeys(numerator.needs + denominator.needs))
    sql = f"{numerator.name} / nullif({denominator.name}, 0)"
    return Feature(name, numerator.group, "ratio", meaning, None, sql, needs, reason=numerator.reason)
