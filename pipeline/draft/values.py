"""What the values of a column look like: times and how they are written, numbers and their decimals, keys."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import product

ENOUGH = 0.98  # share of values that must fit; exports have dirt
LOOKED_AT = 3000  # distinct values
ISO = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d+)?)?)? ?(Z|[+-]\d\d(:?\d\d)?)?")
DAYS: tuple[str, ...] = (
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y%m%d",
    "%d.%m.%y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d-%m-%y",
    "%d %b %Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%b %d, %Y",
    "%b %d %Y",
    "%d %B %Y",
    "%B %d, %Y",
    "%Y-%m-%d",
)
HOURS = ("", " %H:%M", " %H:%M:%S", "T%H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p", ", %H:%M", ", %H:%M:%S")
SWAPPED = {day: day.replace("%d", "%_").replace("%m", "%d").replace("%_", "%m") for day in DAYS if re.match(r"%[dm].%[dm]", day)}
NUMBERS = {
    ".": re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?([eE][+-]?\d+)?-?"),
    ",": re.compile(r"[+-]?(\d{1,3}([. ']\d{3})+|\d+)?(,\d+)?-?"),
}
TELLING = {".": re.compile(r".*\.(\d{1,2}|\d{4,})-?"), ",": re.compile(r".*,(\d{1,2}|\d{4,})-?")}
SIGN = re.compile(r"\s*(€|\$|£|CHF|EUR|USD|GBP|\u00a0)\s*")


@dataclass(frozen=True)
class Values:
    """What is known of a column from a sample of its rows."""

    rows: int
    filled: int
    distinct: int
    examples: tuple[str, ...]
    time: str | None = None  # strptime format, "iso", "seconds" or "milliseconds"
    ambiguous: bool = False  # day and month could be swapped
    decimal: str | None = None  # of numbers; None is no number
    certain: bool = False  # a number shows which sign is the decimal one
    sign: str | None = None  # of a currency
    whole_as_float: bool = False  # 17850.0

    @property
    def repeats(self) -> float:
        """Rows to one value."""
        return self.filled / max(self.distinct, 1)


def look(texts: Iterable[str | None]) -> Values:
    """Look at the values of a column."""
    cells = [text.strip() if text else "" for text in texts]
    filled = [cell for cell in cells if cell]
    known = dict.fromkeys(filled)
    examples = tuple(known)[:LOOKED_AT]
    time, ambiguous = _time(examples)
    bare = tuple(SIGN.sub("", one) for one in examples)
    signs = {match[1] for one in examples if (match := SIGN.search(one)) and match[1].strip()}
    decimal, certain = (None, False) if time and time not in ("seconds", "milliseconds", "%Y%m%d") else _decimal(bare)
    return Values(
        rows=len(cells),
        filled=len(filled),
        distinct=len(known),
        examples=examples,
        time=time,
        ambiguous=ambiguous,
        decimal=decimal,
        certain=certain,
        sign=signs.pop() if decimal and len(signs) == 1 else None,
        whole_as_float=_most(re.compile(r"\d+\.0+"), examples),
    )


def _most(pattern: re.Pattern[str], examples: tuple[str, ...], share: float = 0.6) -> bool:
    return bool(examples) and sum(bool(pattern.fullmatch(one)) for one in examples) >= share * len(examples)


def _time(examples: tuple[str, ...]) -> tuple[str | None, bool]:
    """How times are written, and whether day and month could be swapped."""
    if _most(ISO, examples, ENOUGH):
        return "iso", False
    for digits, unit in ((10, "seconds"), (13, "milliseconds")):
        if _most(re.compile(rf"1\d{{{digits - 1}}}(\.0)?"), examples, ENOUGH):
            return unit, False
    for day, hour in product(DAYS, HOURS):
        if _parses(examples, day + hour):
            other = SWAPPED.get(day)
            return _preferred(day, other, hour, examples) if other and _parses(examples, other + hour) else (day + hour, False)
    return None, False


def _preferred(day: str, other: str, hour: str, examples: tuple[str, ...]) -> tuple[str, bool]:
    """Of two orders of day and month, the day first, unless clocks have AM and PM; no doubt where only dirt fits one of them."""
    first, second = (sum(bool(_read(one, form + hour)) for one in examples) for form in (day, other))
    if first != second:
        return (day if first > second else other) + hour, False
    american = day if day.startswith("%m") else other
    return (american if "%p" in hour else day) + hour, True


def _read(text: str, form: str) -> datetime | None:
    if "%Y%m%d" in form and not re.match(r"\d{8}(\D|$)", text):
        return None
    try:
        read = datetime.strptime(text, form)
    except ValueError:
        return None
    return read if 1900 <= read.year <= 2100 else None


def _parses(examples: tuple[str, ...], form: str) -> bool:
    allowed = (1 - ENOUGH) * len(examples)
    failed = 0
    for one in examples:
        failed += _read(one, form) is None
        if failed > allowed:
            return False
    return bool(examples)


def _decimal(bare: tuple[str, ...]) -> tuple[str | None, bool]:
    """The decimal sign of numbers, and whether a value shows it; (None, False) where they are none."""
    fitting = [
        sign for sign, pattern in NUMBERS.items() if _most(pattern, bare, ENOUGH) and any(re.search(r"\d", o) for o in bare)
    ]
    telling = {sign: sum(bool(TELLING[sign].fullmatch(one)) for one in bare) for sign in fitting}
    if not fitting:
        return None, False
    best = max(fitting, key=lambda sign: telling[sign])
    return best, telling[best] > 0
