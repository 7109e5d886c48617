"""Weekly rows -> sudden and lasting changes of their level."""

from __future__ import annotations

from bisect import bisect_left
from datetime import date, timedelta
from itertools import pairwise
from math import exp, log
from statistics import median

from pipeline.check.findings import Evidence

SIDE_WEEKS, EDGE_WEEKS = 8, 2
SHIFT, SHIFT_NOISE, ABRUPT = log(1.5), 2.0, 0.7
YEAR = timedelta(weeks=52)
SEASON = 0.5
MAD_TO_SD = 1.4826


def shifts(weeks: list[tuple[date, int]]) -> list[Evidence]:
    """Where the level of weeks, given by their first day, changes, by what factor, and whether it does so every year.

    Between two weeks the level shifts when the median of the 8 weeks after differs from that of the 8 before by a factor of 1.5
    and by twice the usual weekly change (1.4826 × MAD of the changes of log rows), and the two weeks on either side already
    differ by 70 % of it: growth and decline that take their time are no shift. Of neighbouring ones the sharpest is given.
    """
    level = [log(max(rows, 0.5)) for _, rows in weeks]
    if len(level) < 2 * SIDE_WEEKS:
        return []
    changes = [after - before for before, after in pairwise(level)]
    noise = MAD_TO_SD * median(abs(change - median(changes)) for change in changes)
    bound = max(SHIFT, SHIFT_NOISE * noise)
    inner = range(SIDE_WEEKS, len(level) - SIDE_WEEKS + 1)
    steps = [(k, _step(level, k, SIDE_WEEKS), _step(level, k, EDGE_WEEKS)) for k in inner]
    sharp = [(k, step, edge) for k, step, edge in steps if abs(step) >= bound and edge / step >= ABRUPT]
    chosen: list[tuple[int, float]] = []
    for k, step, _ in sorted(sharp, key=lambda one: (-abs(one[2]), one[0])):
        if all(abs(k - other) > SIDE_WEEKS for other, _ in chosen):
            chosen.append((k, step))
    days = [day for day, _ in weeks]
    return [
        {"week": days[k].isoformat(), "factor": exp(step), "every_year": _repeats(days, level, k, step)}
        for k, step in sorted(chosen)
    ]


def _step(level: list[float], k: int, width: int) -> float:
    """Median of the weeks from k on, less that of the weeks before."""
    return median(level[k : k + width]) - median(level[max(k - width, 0) : k])


def _repeats(days: list[date], level: list[float], k: int, step: float) -> bool:
    """A year before or after, give or take a week, the level made at least half of the same step: a season."""
    others = [bisect_left(days, day) + near for day in (days[k] - YEAR, days[k] + YEAR) for near in (-1, 0, 1)]
    inside = [other for other in others if EDGE_WEEKS <= other <= len(level) - EDGE_WEEKS]
    return any(_step(level, other, SIDE_WEEKS) / step >= SEASON for other in inside)
