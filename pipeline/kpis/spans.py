"""The periods that figures are given for: a grid over the data's days, whose incomplete ends are marked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

from pipeline.contract.facts import timestamp
from pipeline.errors import ConfigError

Period = Literal["week", "month", "quarter", "year"] | int
MONTHS = {"month": 1, "quarter": 3, "year": 12}
MOST_SPANS = 2_000


@dataclass(frozen=True)
class Span:
    """One period `[start, end)`.

    `until` is its end as far as it is known (today, in the last one). It is `partial` when the data does not cover all of it, and
    `truncated` when the days before it in which a customer counts as active begin before the data does.
    """

    number: int
    label: str
    start: date
    end: date
    until: date
    partial: bool
    truncated: bool

    @property
    def days(self) -> int:
        """Days that are over."""
        return (self.until - self.start).days


@dataclass(frozen=True)
class Grid:
    """Periods of one length without gaps, from the data's first day to today, `as_of`, which is not included."""

    period: Period
    first: date
    as_of: date
    spans: tuple[Span, ...]

    @property
    def origin(self) -> date:
        """Where the first period starts."""
        return self.spans[0].start

    def number(self, column: str) -> str:
        """SQL: the number of the period that a time lies in."""
        if isinstance(self.period, str) and self.period in MONTHS:
            return f"date_diff('{self.period}', {timestamp(self.origin)}, {column})"
        return f"(date_diff('day', {timestamp(self.origin)}, {column}) // {length(self.period)})"

    def day(self, column: str) -> str:
        """SQL: days from the start of its period to a time, the first day is 0."""
        if isinstance(self.period, str) and self.period in MONTHS:
            return f"date_diff('day', date_trunc('{self.period}', {column}), {column})"
        return f"(date_diff('day', {timestamp(self.origin)}, {column}) % {length(self.period)})"

    def boundaries(self) -> str:
        """SQL that creates the table `boundaries` (number, edge): the start of every period, and the end of the last."""
        days = [(span.number, span.start) for span in self.spans] + [(len(self.spans), self.spans[-1].until)]
        rows = ", ".join(f"({number}, {timestamp(day)})" for number, day in days)
        return f"CREATE OR REPLACE TABLE boundaries AS SELECT * FROM (VALUES {rows}) AS v(number, edge)"

    def seen(self, fact: str) -> str:
        """SQL predicate: a fact dated within the periods and known today."""
        today = timestamp(self.as_of)
        return f"{fact}.happened_at >= {timestamp(self.origin)} AND {fact}.happened_at < {today} AND {fact}.known_at < {today}"

    @property
    def shortest(self) -> int:
        """Days that every complete period of this length has, whatever the calendar."""
        return {"month": 28, "quarter": 90, "year": 365}.get(str(self.period)) or length(self.period)

    @property
    def complete(self) -> tuple[Span, ...]:
        """The periods that the data covers from their first day to their last."""
        return tuple(span for span in self.spans if not span.partial)


def length(period: Period) -> int:
    """Days of a period that has always as many."""
    return period if isinstance(period, int) else 7


def grid(period: Period, first: date, as_of: date, active_days: int) -> Grid:
    """Lay periods over the days `[first, as_of)`; weeks begin on Monday, a number of days ends today.

    Raises ConfigError when that makes too many of them.
    """
    start = _start(period, first, as_of)
    starts = [start]
    while starts[-1] < as_of:
        if len(starts) > MOST_SPANS:
            raise ConfigError(f"kpis.period={period} makes more than {MOST_SPANS:,} periods from {first}; choose a longer one")
        starts.append(_next(period, starts[-1]))
    spans = [
        Span(
            number=number,
            label=_label(period, start),
            start=start,
            end=end,
            until=min(end, as_of),
            partial=start < first or end > as_of,
            truncated=start - timedelta(days=active_days) < first,
        )
        for number, (start, end) in enumerate(pairwise(starts))
    ]
    return Grid(period, first, as_of, tuple(spans))


def _start(period: Period, first: date, as_of: date) -> date:
    if isinstance(period, int):
        return as_of - timedelta(days=-(-(as_of - first).days // period) * period)
    if period == "week":
        return first - timedelta(days=first.weekday())
    return first.replace(day=1, month=first.month - (first.month - 1) % MONTHS[period])


def _next(period: Period, start: date) -> date:
    if isinstance(period, str) and period in MONTHS:
        months = start.year * 12 + start.month - 1 + MONTHS[period]
        return date(months // 12, months % 12 + 1, 1)
    return start + timedelta(days=length(period))


def _label(period: Period, start: date) -> str:
    if period == "month":
        return f"{start:%Y-%m}"
    if period == "quarter":
        return f"{start.year}-Q{(start.month + 2) // 3}"
    if period == "year":
        return str(start.year)
    return f"{start:%G-W%V}" if period == "week" else start.isoformat()
