"""A condition of an offer, in a closed vocabulary: one column of the profile, one operator, one value.

`points_to_reward <= 50`, `lifecycle in [active, cooling]`, `nps_last is known`, `survey_recency_days >= 180 or unknown`. Of a
customer whose column is unknown nothing is true but `is unknown` and what ends in `or unknown`.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from pipeline.campaign.profile_columns import VOCABULARY, ProfileColumn

Value = float | bool | tuple[str, ...] | None
ORDERED = ("<", "<=", ">", ">=", "=", "!=")
OPERATORS = {
    "number": (*ORDERED, "is known", "is unknown"),
    "word": ("=", "!=", "in", "not in", "is known", "is unknown"),
    "flag": ("=", "is known", "is unknown"),
}
WRITTEN = re.compile(r"(\w+)\s*(<=|>=|!=|<|>|=|not in\b|in\b|is known|is unknown)\s*(.*?)(\s+or unknown)?")


@dataclass(frozen=True)
class Predicate:
    """One condition; `or_unknown`: it also holds where the column is unknown."""

    column: str
    operator: str
    value: Value
    or_unknown: bool = False

    @property
    def needs(self) -> tuple[str, ...]:
        """What a source must have for the condition to hold of anybody."""
        lenient = self.or_unknown or self.operator == "is unknown"
        return () if lenient else VOCABULARY[self.column].needs


def parse(text: str) -> Predicate:
    """Read one condition. Raises ValueError, one line, for what is no condition, an unknown column, operator or word."""
    found = WRITTEN.fullmatch(text.strip())
    if not found:
        raise ValueError(f"{text!r} is no condition; write COLUMN OPERATOR VALUE, e.g. points_to_reward <= 50")
    name, operator, value, lenient = found.groups()
    column = VOCABULARY.get(name)
    if column is None or column.kind == "moment":
        named = ", ".join(name for name, one in VOCABULARY.items() if one.kind != "moment")
        raise ValueError(f"{text!r}: there is no column {name!r}; there are {named}")
    if operator not in OPERATORS[column.kind]:
        raise ValueError(f"{text!r}: {name} is a {column.kind}, and takes {', '.join(OPERATORS[column.kind])}")
    return Predicate(name, operator, _value(text, column, operator, value), bool(lenient))


def _value(text: str, column: ProfileColumn, operator: str, value: str) -> Value:
    if operator.startswith("is "):
        if value:
            raise ValueError(f"{text!r}: nothing follows {operator!r}")
        return None
    if column.kind == "number":
        return _number(text, value)
    if column.kind == "flag":
        if value not in ("true", "false"):
            raise ValueError(f"{text!r}: {column.name} is true or false")
        return value == "true"
    listed = re.fullmatch(r"\[(.*)\]", value)
    if (listed is None) == (operator in ("in", "not in")):
        raise ValueError(f"{text!r}: write `= word`, `!= word`, `in [one, two]` or `not in [one, two]`")
    words = tuple(word.strip() for word in (listed[1].split(",") if listed else [value]))
    for word in words:
        if not word or (column.words and word not in column.words):
            raise ValueError(f"{text!r}: {column.name} is never {word!r}; {', '.join(column.words) or 'give a word'}")
    return words


def _number(text: str, value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"{text!r}: {value!r} is no number")
    return number
