"""The fold planner: which snapshots exist, which may train what, and at which dates models are judged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from pipeline.config import Definition, Snapshots
from pipeline.errors import DataUnfitError

# An earlier date is worth judging a model at when it could have learned from as many snapshots.
LEARNED_FROM = 3
# A date before a full year of history tells of a young model: it is one only where others are too few (decision 0012).
ENOUGH_ORIGINS = 3
YEAR_DAYS = 365.25
# Of the snapshots running at a date some tell nearly as much as all, and each costs its features.
MOST_RUNNING = 4
SEASON_TOLERANCE_DAYS = 20


@dataclass(frozen=True)
class Origin:
    """A date at which a model is judged, and the snapshots it was trained on: d + label_days ≤ test for each d of `train`.

    `running` are snapshots before it whose labels were not yet complete then: as far as they were known, they tell early returns.
    """

    test: date
    train: tuple[date, ...]
    running: tuple[date, ...] = ()

    @property
    def twin(self) -> str:
        """Name of the model that is judged here: made like the one that is shipped, but blind for everything from `test` on."""
        return f"twin-{self.test}"

    @property
    def season_seen(self) -> bool:
        """Whether a snapshot that it was trained on lies a year before."""
        return any(season_between(t, self.test) for t in self.train)


@dataclass(frozen=True)
class Plan:
    """Snapshot dates, each a midnight UTC; `first` is the first day of activity, `score` is today.

    Twins are judged at the `origins`, newest first, whose outcomes do not overlap; the model that is shipped is trained on
    `ship`: d + label_days ≤ score for each d of it. The labels of `running` snapshots are not yet complete today.
    """

    first: date
    score: date
    origins: tuple[Origin, ...]
    ship: tuple[date, ...]
    running: tuple[date, ...] = ()

    @property
    def test(self) -> date:
        """The latest date with a complete outcome."""
        return self.origins[0].test

    @property
    def train(self) -> tuple[date, ...]:
        """What the twin of the latest origin was trained on."""
        return self.origins[0].train

    @property
    def labelled(self) -> tuple[date, ...]:
        """Every snapshot whose label is needed, oldest first."""
        return tuple(sorted({*self.ship, *(t for origin in self.origins for t in (origin.test, *origin.train))}))

    @property
    def early(self) -> tuple[tuple[date, tuple[date, ...]], ...]:
        """Each date at which a model is trained, those of the origins and today, and the snapshots that are running then."""
        return (*((origin.test, origin.running) for origin in self.origins), (self.score, self.running))

    @property
    def dates(self) -> tuple[date, ...]:
        """Every snapshot at which customers are looked at, oldest first."""
        return tuple(sorted({*self.labelled, *(t for _, running in self.early for t in running)}))


def season_between(earlier: date, later: date) -> bool:
    """Whether a date shows the season of a later one: a year before it, within 20 days."""
    return abs((later - earlier).days - YEAR_DAYS) <= SEASON_TOLERANCE_DAYS


def label_days(definition: Definition) -> int:
    """Days from a snapshot until its label is complete: gap + horizon, and the grace period of a renewal."""
    grace = definition.grace_days if definition.kind == "renewal" else 0
    return definition.gap_days + definition.horizon_days + grace


def plan(first: date, last: date, definition: Definition, snapshots: Snapshots) -> Plan:
    """Plan the folds of data whose activity spans the days `first` … `last`.

    Snapshots lie on one grid, `stride_days` apart, whose latest complete date is the last one with a complete label. Origins lie
    as far apart as a label is long, and an earlier one has at least three snapshots to learn from, and has seen its season if the
    latest has, unless fewer than three would remain. Of the snapshots of the grid that are running at a date and older than the
    gap, at most four count: the first, the last, and others evenly between them. Raises DataUnfitError when `as_of` lies outside
    the data or there is too little history for one training and one test snapshot.
    """
    today = snapshots.as_of or last + timedelta(days=1)
    _check_as_of(today, first, last, snapshots)
    wait = timedelta(days=label_days(definition))
    test = today - wait
    earliest = first + timedelta(days=snapshots.min_history_days)
    stride = timedelta(days=snapshots.stride_days)
    grid = [test - number * stride for number in range((test - earliest).days // stride.days + 1 if test >= earliest else 0)]
    step = -(-wait.days // stride.days)
    gap = timedelta(days=definition.gap_days)
    behind = [
        Origin(t, tuple(sorted(grid[place + step :][: snapshots.count])), running_among(grid[place + 1 : place + step], t - gap))
        for place, t in enumerate(grid)
        if not place % step
    ]
    origins = [origin for origin in behind if len(origin.train) >= (1 if origin.test == test else LEARNED_FROM)]
    if not origins:
        between = step * stride.days
        needed = snapshots.min_history_days + between + wait.days
        raise DataUnfitError(
            f"too little history: {(today - first).days} days of activity before {today}, but {needed} are needed for one "
            f"training and one test snapshot ({snapshots.min_history_days} days of history, {between} from the one to the other, "
            f"as labels take {wait.days} days and snapshots lie {stride.days} apart, and {wait.days} for the label of the test); "
            "bring more history or shorten definition.horizon_days or snapshots.min_history_days"
        )
    running = running_among([test + number * stride for number in range(1, step + 1)], today - gap)
    return Plan(first, today, _comparable(origins[: snapshots.origins]), tuple(sorted(grid[: snapshots.count])), running)


def running_among(days: list[date], before: date) -> tuple[date, ...]:
    """Of snapshots whose labels are not complete those before a date, oldest first.

    Of more than four the first, the last and others evenly between them.
    """
    open_ones = sorted(t for t in days if t < before)
    if len(open_ones) <= MOST_RUNNING:
        return tuple(open_ones)
    return tuple(open_ones[round(number * (len(open_ones) - 1) / (MOST_RUNNING - 1))] for number in range(MOST_RUNNING))


def _comparable(origins: list[Origin]) -> tuple[Origin, ...]:
    """Without the earliest ones that had not seen their season, where the latest has and enough others remain."""
    kept = list(origins)
    while len(kept) > ENOUGH_ORIGINS and kept[0].season_seen and not kept[-1].season_seen:
        kept.pop()
    return tuple(kept)


def _check_as_of(today: date, first: date, last: date, snapshots: Snapshots) -> None:
    if today <= first:
        raise DataUnfitError(f"snapshots.as_of={today} lies before the data, which begins on {first}; choose a later date")
    late = (today - last).days - 1
    if late > snapshots.max_stale_days:
        raise DataUnfitError(
            f"the data ends on {last}, {late} days before snapshots.as_of={today}; customers would look lost who are only "
            "missing from the data: bring newer data, set an earlier as_of, or raise snapshots.max_stale_days"
        )
