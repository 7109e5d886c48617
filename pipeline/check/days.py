"""Rows per day -> holes in the calendar, sudden lasting changes, days that stand apart, last days that are not complete.

Everything is judged against the usual week, the median of the weeks that are not empty; where it is so thin that chance alone
explains a silence, nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from statistics import median

from pipeline.check.findings import Check, Evidence, listed, percent
from pipeline.check.shifts import shifts
from pipeline.counted import counted

Days = list[tuple[date, int]]  # a day and its rows, only days that have some, ascending

EXPECTED = 20  # a silence in which so many rows were to be expected is no chance (Poisson: e^-20)
CLOSED_DAYS, HOLE_DAYS = 7, 21
FEW = 0.01
LARGE = 2.0  # factor from which a change of level is more than many a season
THIN, THIN_DAYS, WEEKDAYS = 0.5, 14, 8
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)


@dataclass(frozen=True)
class Gap:
    """The days from `first` to `last` have no rows."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many."""
        return (self.last - self.first).days + 1


def calendar(days: Days) -> Evidence:
    """All that can be seen in one series of rows per day."""
    usual = usual_week(days)
    body, strays = without_strays(days, usual)
    holes = gaps(body, usual)
    whole = [(day, rows) for day, rows in weeks(body) if not any(gap.first < day + WEEK and gap.last >= day for gap in holes)]
    return {
        "usual_week": usual,
        "strays": [(day.isoformat(), rows) for day, rows in strays],
        "gaps": [{"first": gap.first.isoformat(), "last": gap.last.isoformat(), "days": gap.days} for gap in holes],
        "shifts": shifts(whole) if usual >= EXPECTED else [],
        "thin_last": [(day.isoformat(), rows, expected) for day, rows, expected in thin_last(body)],
        "last_usual": body[-1][0].isoformat() if body else None,
    }


def weeks(days: Days) -> Days:
    """First day and rows of whole weeks, oldest first, counted back from the last day so that the end cuts none short."""
    if not days:
        return []
    last, number = days[-1][0], ((days[-1][0] - days[0][0]).days + 1) // 7
    rows = [0] * number
    for day, count in days:
        ago = (last - day).days // 7
        if ago < number:
            rows[number - 1 - ago] += count
    return [(last + DAY - timedelta(weeks=number - place), count) for place, count in enumerate(rows)]


def usual_week(days: Days) -> float:
    """Median of the weeks that have rows; 0 for less than a week."""
    return float(median([rows for _, rows in weeks(days) if rows] or [0]))


def _expected(usual: float, number: int) -> float:
    return usual * number / 7


def _between(day: date, following: date) -> Gap:
    return Gap(day + DAY, following - DAY)


def without_strays(days: Days, usual: float) -> tuple[Days, Days]:
    """The series without the few rows that lie beyond a long silence at its beginning or end, and those rows.

    Few: less than 1 % of all and less than half of what their own days would usually hold, so that a shop that has just opened
    again after a holiday is not meant.
    """
    everything = sum(rows for _, rows in days)
    cuts = [number for number, (a, b) in enumerate(pairwise(days), start=1) if _is_silence(_between(a[0], b[0]), usual)]
    start, end = 0, len(days)
    for cut in cuts:
        start = cut if _is_few(days[:cut], usual, everything) else start
    for cut in reversed(cuts):
        end = cut if cut > start and _is_few(days[cut:], usual, everything) else end
    return days[start:end], days[:start] + days[end:]


def _is_silence(gap: Gap, usual: float) -> bool:
    return gap.days >= CLOSED_DAYS and _expected(usual, gap.days) >= EXPECTED


def _is_few(part: Days, usual: float, everything: int) -> bool:
    rows, span = sum(rows for _, rows in part), (part[-1][0] - part[0][0]).days + 1
    return rows < FEW * everything and rows < THIN * _expected(usual, span)


def gaps(days: Days, usual: float) -> list[Gap]:
    """Runs of 7 days or more without any row, in which at least 20 were to be expected."""
    return [gap for gap in (_between(a[0], b[0]) for a, b in pairwise(days)) if _is_silence(gap, usual)]


def thin_last(days: Days) -> list[tuple[date, int, float]]:
    """The last days with less than half of the rows that the same weekday had in the 8 weeks before (median, at least 20)."""
    rows = dict(days)
    found: list[tuple[date, int, float]] = []
    day = days[-1][0] if days else date.max
    while rows and len(found) < THIN_DAYS:
        expected = median(rows.get(day - timedelta(weeks=ago), 0) for ago in range(1, WEEKDAYS + 1))
        if expected < EXPECTED or rows.get(day, 0) >= THIN * expected:
            break
        found.append((day, rows.get(day, 0), float(expected)))
        day -= DAY
    return found[::-1]


def _calendars(evidence: Evidence) -> Iterator[tuple[str, Evidence]]:
    yield from ((name, evidence["calendar"][name]) for name in ("orders", "engagements") if name in evidence["calendar"])


def _silences(evidence: Evidence, hole: bool) -> Iterator[str]:
    for name, found in _calendars(evidence):
        told = [gap for gap in found["gaps"] if (gap["days"] >= HOLE_DAYS) == hole]
        if told:
            runs = listed(f"{gap['first']} to {gap['last']} ({gap['days']} days)" for gap in told)
            yield f"no {name} from {runs}, where a usual week has {found['usual_week']:,.0f}"


def _shifted(evidence: Evidence, large: bool) -> Iterator[str]:
    for shift in evidence["calendar"]["orders"]["shifts"]:
        factor = shift["factor"]
        if not shift["every_year"] and (max(factor, 1 / factor) >= LARGE) == large:
            moved = "fell" if factor < 1 else "rose"
            yield (
                f"orders {moved} to {factor * 100:,.0f} % of their weekly level from one week to the next, on {shift['week']}, "
                "and stayed there for two months"
            )


def _strays(evidence: Evidence) -> Iterator[tuple[str, str]]:
    found, last = evidence["calendar"]["activity"]["strays"], evidence["calendar"]["activity"]["last_usual"]
    if found:
        moved = found[-1][0] > last
        today = f", or set snapshots.as_of={date.fromisoformat(last) + DAY}" if moved else ""
        yield (
            f"{counted(sum(rows for _, rows in found), 'row')} of activity apart from all others, on "
            f"{listed(day for day, _ in found)}: mistyped dates? The first and the last one say where history begins and what "
            "today is",
            f"correct those dates, leave the rows out with source.tables.<table>.where{today}",
        )


def _thin(evidence: Evidence) -> Iterator[tuple[str, str]]:
    found = evidence["calendar"]["activity"]["thin_last"]
    if found:
        told = listed(f"{day} has {rows:,} where that weekday usually has {expected:,.0f}" for day, rows, expected in found)
        remedy = f"nothing, if it was a holiday; if the export ended early, snapshots.as_of={found[0][0]}"
        yield f"the last days may be incomplete, by their rows of activity: {told}", remedy


CHECKS = (
    Check(
        "stray_days",
        "warning",
        f"less than {percent(FEW)} of the activity lies beyond a silence in which at least {EXPECTED} rows were to be expected "
        "(a silence of more than 60 days is an error, `no_plan`)",
        "correct those dates, leave the rows out with source.tables.<table>.where, or set snapshots.as_of",
        _strays,
    ),
    Check(
        "calendar_hole",
        "warning",
        f"{HOLE_DAYS} days or more without any order, or any engagement by customers, where {EXPECTED} or more would be usual",
        "bring the missing files; if it was a closure, know that everybody looks silent in it, to features and to labels",
        lambda evidence: _silences(evidence, hole=True),
    ),
    Check(
        "level_shift",
        "warning",
        f"weekly orders change suddenly (the two weeks on either side show 70 % of it) and lastingly (the medians of the 8 weeks "
        f"before and after differ) by a factor of {LARGE:g} or more and by twice the usual weekly change, and not so a year "
        "earlier or later; weeks with days of a hole in the calendar are left out",
        "find out what happened (a shop or channel added or gone, a lost file): if it is the data, mend it; if it is the "
        "company, the months before may be no guide to those after",
        lambda evidence: _shifted(evidence, large=True),
    ),
    Check(
        "level_change",
        "advice",
        f"the same by a factor of 1.5 to {LARGE:g}, which a season explains where the data have only seen one",
        "nothing, if it was the season; otherwise find out what happened",
        lambda evidence: _shifted(evidence, large=False),
    ),
    Check(
        "calendar_closed",
        "advice",
        f"{CLOSED_DAYS} to {HOLE_DAYS - 1} days without any order, or any engagement by customers, where {EXPECTED} or more "
        "would be usual",
        "nothing, if the company was closed; otherwise bring the missing days",
        lambda evidence: _silences(evidence, hole=False),
    ),
    Check(
        "last_days_thin",
        "advice",
        f"the last days hold less than half of the activity that the same weekday had in the {WEEKDAYS} weeks before (median, at "
        f"least {EXPECTED} rows)",
        "set snapshots.as_of to the first incomplete day",
        _thin,
    ),
)
