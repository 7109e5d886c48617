"""The words of the page in one language: a catalogue of texts, and numbers and dates as people there write them.

A catalogue is `words.<locale>.toml`, one text a line; what stands in braces is filled in. Segments and reasons for
being in no list are called as they are declared. Texts of other stages, which write English, are turned over by its table
`[[written]]`: patterns in English and in the language, the first that fits counts, and `{word}` is one word.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from pipeline.allocation.left_out_reasons import LEFT_OUT
from pipeline.campaign.named_segments import NAMED_SEGMENTS
from pipeline.reasons.phrases import Locale

NOTHING = "–"
MINUS = "\N{MINUS SIGN}"
THIN = "\N{NARROW NO-BREAK SPACE}"
PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
WORD = r"\w+"
NUMBER = re.compile(r"\d+(,\d{3})*(\.\d+)?")
SWAPPED = str.maketrans(",.", ".,")


class Words:
    """One language. Numbers that are None or not a number are a dash."""

    def __init__(self, locale: Locale) -> None:
        self.locale: Locale = locale
        read = tomllib.loads((Path(__file__).parent / f"words.{locale}.toml").read_text(encoding="utf-8"))
        self._written: list[dict[str, str]] = read.pop("written", [])
        self.texts: Mapping[str, Any] = dict(_flat(read))
        self._declared = {
            **{f"segment.{one.code}": one.name(locale) for one in NAMED_SEGMENTS},
            **{f"left_out.{one.code}": one.name(locale) for one in LEFT_OUT},
            **{f"left_out_why.{one.code}": self.title(f"{one.text(locale)}.") for one in LEFT_OUT},
        }

    def __call__(self, key: str, **values: object) -> str:
        """The text of a key with its values filled in; a KeyError where either is missing."""
        return str(self.texts[key]).format(**values)

    def markup(self, key: str, **values: object) -> Markup:
        """The text for the page: everything escaped but values that are markup already."""
        return Markup(escape(self.texts[key])).format(**values)  # noqa: S704 (escaped here)

    def named(self, section: str, code: object) -> str:
        """What a code is called, by its declaration or by the catalogue; one that neither has is its own name."""
        return self.said(section, code) or self.title(str(code))

    def said(self, section: str, code: object) -> str:
        """What its declaration or the catalogue says of a code, empty where they say nothing."""
        key = f"{section}.{code}"
        return str(self._declared.get(key, self.texts.get(key, "")))

    def metric(self, name: str) -> str:
        """What a retention figure is called; one that has no words here is its name in kpis.csv, in English made readable."""
        return str(self.texts.get(f"kpi.{name}", self.title(name) if self.locale == "en" else name))

    def title(self, name: str) -> str:
        """A name of the code as words: underscores become spaces, the first letter is large."""
        words = name.replace("_", " ").strip()
        return words[:1].upper() + words[1:]

    def counted(self, count: float, noun: str) -> str:
        """A count with its noun, one of the section `counts`."""
        one, many = self.texts[f"counts.{noun}"]
        return f"{self.number(count)} {one if count == 1 else many}"

    def listed(self, names: list[str]) -> str:
        """Names one after the other."""
        return f" {self('dates.and')} ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else "".join(names)

    def local(self, number: str) -> str:
        """A number written in the English way, as it is written here: with a minus sign and no hyphen."""
        return (number if self.locale == "en" else number.translate(SWAPPED)).replace("-", MINUS)

    def number(self, value: float | None) -> str:
        """A whole number with thousands separated."""
        return NOTHING if _none(value) else self.local(f"{value:z,.0f}")

    def decimal(self, value: float | None, digits: int = 3) -> str:
        """A fixed number of digits."""
        return NOTHING if _none(value) else self.local(f"{value:z,.{digits}f}")

    def percent(self, value: float | None, digits: int = 0) -> str:
        """A share as a percentage, a small one as less than the last digit shown."""
        if value is None or math.isnan(value):
            return NOTHING
        smallest = 10.0 ** -(digits + 2)
        below = 0 < value < smallest / 2
        return f"{'<' + THIN if below else ''}{self.decimal(100 * (smallest if below else value), digits)}{THIN}%"

    def signed(self, value: float, digits: int = 3) -> str:
        """A difference with its sign."""
        return self.local(f"{value:+.{digits}f}")

    def short(self, value: float) -> str:
        """A sum of money in at most three digits: 950, 12.4 k, 2.26 M."""
        rounded = float(f"{value:.3g}")  # before the unit is chosen, so that 999,700 is 1 M and not 1,000 k
        for size, unit in ((1e9, "billion"), (1e6, "million"), (1e3, "thousand")):
            if abs(rounded) >= size:
                return f"{self.local(f'{rounded / size:.3g}')}{THIN}{self(f'units.{unit}')}"
        return self.number(value)

    def day(self, value: date) -> str:
        """A date as people write it."""
        return f"{value.day} {self.texts['dates.months'][value.month - 1]} {value.year}"

    def tick(self, value: float, _: object = None) -> str:
        """A number at an axis."""
        return self.local(f"{value:,.6g}")

    def written(self, text: str) -> str:
        """What another stage wrote in English, in this language; as it is where the catalogue does not have it."""
        for pattern, said in self._patterns:
            if found := pattern.fullmatch(text):
                return said.format(**{name: self.written(value) for name, value in found.groupdict().items()})
        return self.local(text) if NUMBER.fullmatch(text) else text

    def foreign(self, text: str) -> Markup:
        """The same for the page: what stays English is marked as such, for who has it read aloud."""
        said = self.written(text)
        left = self.locale != "en" and said == text and re.search(r"[a-z]{2} [a-z]{2}", text)
        return Markup('<span lang="en">{}</span>').format(said) if left else Markup(escape(said))  # noqa: S704 (escaped)

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], str]]:
        return [(re.compile(_pattern(pair["en"]), re.DOTALL), pair[self.locale]) for pair in self._written]


@cache
def spoken(locale: Locale) -> Words:
    """The words of a language, read once."""
    return Words(locale)


def _flat(section: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in section.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def _none(value: float | None) -> bool:
    return value is None or math.isnan(value)


def _pattern(text: str) -> str:
    parts = PLACEHOLDER.split(text)
    return "".join(
        f"(?P<{part}>{WORD if part == 'word' else '.+?'})" if at % 2 else re.escape(part) for at, part in enumerate(parts)
    )
