"""What the model looks at: features by gain, reasons by contribution, and whether a model trained again would say the same."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipeline.config import Config
from pipeline.report.meanings import features, reason_titles
from pipeline.report.words import Words

IMPORTANT = 15
CLEAR = 0.3  # a correlation of feature and contribution below which neither direction is claimed


@dataclass(frozen=True)
class Driver:
    """A feature in words, its name, its share of the gain, and the width of its bar: the largest is 1."""

    words: str
    name: str
    share: float
    width: float


@dataclass(frozen=True)
class Driving:
    """A reason in words, its share of all contributions and its bar, what raises the risk, and whose risk it raises."""

    words: str
    share: float
    width: float
    direction: str
    raises: float


def drivers(importance: pd.DataFrame, config: Config, words: Words) -> tuple[Driver, ...]:
    """The features that brought most of the gain, largest first."""
    listed = importance.head(IMPORTANT)
    widths = listed["share"] / (listed["share"].max() or 1)
    said = features(list(listed["feature"]), config, words)
    return tuple(Driver(*row) for row in zip(said, listed["feature"], listed["share"], widths, strict=True))


def driving(explanation: Mapping[str, Any], config: Config, words: Words) -> tuple[Driving, ...]:
    """The reasons that move probabilities most, largest first; nothing where no trees were trained."""
    found = explanation.get("reasons", [])
    title = reason_titles(config, words)
    total, largest = sum(one["contribution"] for one in found), max((one["contribution"] for one in found), default=0.0)
    if not total:
        return ()
    strongest = [one["feature"] for one in found]
    named = features(strongest, config, words)
    if words.locale != "en":  # there features are called like their reason, which the row is called already
        named = [f"{said} ({name})" if said != name else name for said, name in zip(named, strongest, strict=True)]
    return tuple(
        Driving(
            title(one["reason"]),
            one["contribution"] / total,
            one["contribution"] / largest,
            _direction(name, one["direction"], words),
            one["raises"],
        )
        for one, name in zip(found[:IMPORTANT], named, strict=False)
    )


def _direction(feature: str, direction: float | None, words: Words) -> str:
    """What more of the strongest feature does; a category, and a number that goes both ways, have no direction."""
    if direction is None or math.isnan(direction) or abs(direction) < CLEAR:
        return words("drivers.either", feature=feature)
    return words("drivers.more_raises" if direction > 0 else "drivers.more_lowers", feature=feature)


def repeated(explanation: Mapping[str, Any], words: Words) -> str:
    """How far the reasons of customers outlive a new training, in a sentence; nothing where it is not known."""
    stability = explanation.get("stability", {})
    if stability.get("models", 0) < 2 or stability.get("overlap") is None:
        return ""
    return words(
        "drivers.repeated",
        first=words.percent(stability["first"]),
        given=stability["reasons"],
        overlap=words.percent(stability["overlap"]),
        rows=words.number(stability["rows"]),
        models=stability["models"],
    )
