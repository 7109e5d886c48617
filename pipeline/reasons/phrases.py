"""What reasons are made of: phrases in two languages, with windows and placeholders in them.

Texts hold windows as `<90>`, the configured one nearest to 90 days; `<180-90>` is a difference of two, `<long>` the longest,
`<horizon>` that of the churn definition. Placeholders are those of `sentences.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Locale = Literal["en", "it"]
When = Literal["raises", "lowers", "either"]
Compared = Literal["own rhythm", "own past", "other customers"]


@dataclass(frozen=True)
class Phrase:
    """What may be said where all its placeholders have values: of what raises the risk, of what lowers it, or of either."""

    en: str
    it: str
    when: When = "either"

    def text(self, locale: Locale) -> str:
        """In one language."""
        return self.en if locale == "en" else self.it


@dataclass(frozen=True)
class Reason:
    """A group of features that people understand as one thing.

    `title` names it and is always true; of `phrases`, longest first, the first that has its figures is said. `compared` tells
    with what a customer's figures are compared, `actionable` whether a campaign can change them.
    """

    code: str
    title: Phrase
    compared: Compared
    actionable: bool
    phrases: tuple[Phrase, ...]


def before(rows: str, column: str, noun: str, short: int, long: int, *, of_en: str = "", of_it: str = "") -> Phrase:
    """A figure of the latest days and that of the days before them."""
    now, then = f"{rows}_{column}_<{short}>d", f"{rows}_{column}_<{long}>d"
    return Phrase(
        f"{{{now}:{noun}}}{of_en} in the last <{short}> days; {{{then}-{now}:number}} in the <{long}-{short}> before",
        f"{{{now}:{noun}}}{of_it} negli ultimi <{short}> giorni; {{{then}-{now}:number}} nei <{long}-{short}> precedenti",
    )


def within(rows: str, column: str, noun: str, days: str, when: When = "either") -> Phrase:
    """A figure of the latest days; of what raises the risk only where there is any."""
    figure = f"{{{rows}_{column}_<{days}>d:{'+' if when == 'raises' else ''}{noun}}}"
    return Phrase(f"{figure} in the last <{days}> days", f"{figure} negli ultimi <{days}> giorni", when)


def latest(rows: str, one: str, una: str, when: When = "either") -> Phrase:
    """How long ago the latest was."""
    since = f"{{{rows}_recency_days:days}}"
    return Phrase(f"Latest {one} {since} ago", f"{una} {since} fa", when)
