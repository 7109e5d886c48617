"""What the model looks at: features by gain, reasons by contribution, and whether a model trained again would say the same."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipeline.config import Config
from pipeline.reasons.declared import reasons
from pipeline.report.meanings import features
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
    named = features([one["feature"] for one in found], config, words)
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


def reason_titles(config: Config, words: Words) -> Callable[[str], str]:
    """What a reason of this code is called; one that is not declared keeps its name."""
    declared = reasons(config.features.windows, config.definition.horizon_days, config.definition.kind)
    return lambda code: declared[code].title.text(words.locale) if code in declared else words.title(code)
