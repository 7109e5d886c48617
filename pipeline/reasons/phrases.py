"""What reasons are made of: phrases in two languages, with windows and placeholders in them.

Texts hold windows as `<90>`, the configured one nearest to 90 days; `<180-90>` is a difference of two, `<long>` the longest,
`<horizon>` that of the churn definition. Placeholders are those of `sentences.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

Locale = Literal["en", "it"]
When = Literal["raises", "lowers", "either"]
SAME = 1e-4  # a figure is a float of 32 bits
Compared = Literal["own rhythm", "own past", "other customers"]


@dataclass(frozen=True)
class Holds:
    """That a figure is from `least` to `most`; one that is missing holds nothing.

    With `than` it is the figure less `part`, one over the other, of that other figure. With `missing` the condition is that the
    feature is there and the customer has no figure.
    """

    feature: str
    least: float = -math.inf
    most: float = math.inf
    than: str = ""
    part: tuple[str, str] = ("1", "1")
    missing: bool = False


@dataclass(frozen=True)
class Phrase:
    """What may be said where all its placeholders have values: of what raises the risk, of what lowers it, or of either.

    Besides, whatever is in `holds` must be so.
    """

    en: str
    it: str
    when: When = "either"
    holds: tuple[Holds, ...] = ()

    def text(self, locale: Locale) -> str:
        """In one language."""
        return self.en if locale == "en" else self.it


@dataclass(frozen=True)
class Reason:
    """A group of features that people understand as one thing.

    `title` names it and is always true; of `phrases`, longest first, the first that has its figures is said. `compared` tells
    with what a customer's figures are compared, `actionable` whether a campaign can change them. Of reasons with one `theme` a
    customer is given one: their sentences tell the same story.
    """

    code: str
    title: Phrase
    compared: Compared
    actionable: bool
    phrases: tuple[Phrase, ...]
    theme: str = ""


def before(rows: str, column: str, noun: str, short: int, long: int, *, of_en: str = "", of_it: str = "") -> tuple[Phrase, ...]:
    """A figure of the latest days and that of the days before them: of a risk that is raised where it fell, else where not.

    Where there is none in all of these days, that is what raises it.
    """
    now, then = f"{rows}_{column}_<{short}>d", f"{rows}_{column}_<{long}>d"
    en = f"{{{now}:{noun}}}{of_en} in the last <{short}> days; {{{then}-{now}:number}} in the <{long}-{short}> before"
    it = f"{{{now}:{noun}}}{of_it} negli ultimi <{short}> giorni; {{{then}-{now}:number}} nei <{long}-{short}> precedenti"
    return (
        Phrase(
            f"{{{then}:{noun}}} in the last <{long}> days",
            f"{{{then}:{noun}}} negli ultimi <{long}> giorni",
            "raises",
            (none(then),),
        ),
        Phrase(en, it, "raises", (fell(now, short, then, long),)),
        Phrase(en, it, "lowers", (rose(now, short, then, long), some(now))),
    )


def none(figure: str) -> Holds:
    """That there is none."""
    return Holds(figure, most=0.0)


def some(figure: str) -> Holds:
    """That there is any; without it nothing speaks for a customer."""
    return Holds(figure, least=SAME)


def sided(phrase: Phrase, figure: str) -> tuple[Phrase, Phrase]:
    """A phrase of what raises the risk, and of what lowers it only where there is any of a figure."""
    return replace(phrase, when="raises"), replace(phrase, when="lowers", holds=(*phrase.holds, some(figure)))


def fell(now: str, short: int, then: str, long: int) -> Holds:
    """That a sum of the latest days is less than their part of one over longer days."""
    return Holds(now, most=-SAME, than=then, part=(f"<{short}>", f"<{long}>"))


def rose(now: str, short: int, then: str, long: int) -> Holds:
    """That a sum of the latest days is at least their part of one over longer days."""
    return Holds(now, least=-SAME, than=then, part=(f"<{short}>", f"<{long}>"))


def either(rows: str, column: str, noun: str, days: str) -> tuple[Phrase, Phrase]:
    """A figure of the latest days, whichever way it moves the risk."""
    return sided(within(rows, column, noun, days), f"{rows}_{column}_<{days}>d")


def within(rows: str, column: str, noun: str, days: str, when: When = "either") -> Phrase:
    """A figure of the latest days; of what raises the risk only where there is any."""
    figure = f"{{{rows}_{column}_<{days}>d:{'+' if when == 'raises' else ''}{noun}}}"
    return Phrase(f"{figure} in the last <{days}> days", f"{figure} negli ultimi <{days}> giorni", when)


def latest(rows: str, one: str, una: str, when: When = "either") -> Phrase:
    """How long ago the latest was."""
    since = f"{{{rows}_recency_days:past}}"
    return Phrase(f"Latest {one} {since} ago", f"{una} {since} fa", when)


NEVER_PAID = Phrase(
    "No paid subscription so far",
    "Nessun abbonamento a pagamento finora",
    "raises",
    (Holds("days_to_expiry", missing=True), none("renewals_count_all")),
)
