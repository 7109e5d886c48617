"""The fold planner: which snapshots exist, which may train what, and which is the test."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from pipeline.config import Definition, Snapshots
from pipeline.errors import DataUnfitError


@dataclass(frozen=True)
class Plan:
    """Snapshot dates, each a midnight UTC; `first` is the first day of activity, `score` is today.

    At `test` the twin is judged, which was trained on `train`; the model that is shipped is trained on `ship`. For every date d
    of `train`: d + label_days ≤ test; of `ship`: d + label_days ≤ score.
    """

    first: date
    score: date
    test: date
    train: tuple[date, ...]
    ship: tuple[date, ...]

    @property
    def labelled(self) -> tuple[date, ...]:
        """Every snapshot whose label is needed, oldest first."""
        return tuple(sorted({self.test, *self.train, *self.ship}))


def label_days(definition: Definition) -> int:
    """Days from a snapshot until its label is complete: gap + horizon, and the grace period of a renewal."""
    grace = definition.grace_days if definition.kind == "renewal" else 0
    return definition.gap_days + definition.horizon_days + grace


def plan(first: date, last: date, definition: Definition, snapshots: Snapshots) -> Plan:
    """Plan the folds of data whose activity spans the days `first` … `last`.

    Snapshots lie on one grid, `stride_days` apart, whose latest date is the last one with a complete label. Raises
    DataUnfitError when `as_of` lies outside the data or there is too little history for one training and one test snapshot.
    """
    today = snapshots.as_of or last + timedelta(days=1)
    _check_as_of(today, first, last, snapshots)
    wait = timedelta(days=label_days(definition))
    test = today - wait
    earliest = first + timedelta(days=snapshots.min_history_days)
    stride = timedelta(days=snapshots.stride_days)
    grid = [test - number * stride for number in range((test - earliest).days // stride.days + 1 if test >= earliest else 0)]
    train = [t for t in grid if t + wait <= test][: snapshots.count]
    if not train:
        between = -(-wait.days // stride.days) * stride.days
        needed = snapshots.min_history_days + between + wait.days
        raise DataUnfitError(
            f"too little history: {(today - first).days} days of activity before {today}, but {needed} are needed for one "
            f"training and one test snapshot ({snapshots.min_history_days} days of history, {between} from the one to the other, "
            f"as labels take {wait.days} days and snapshots lie {stride.days} apart, and {wait.days} for the label of the test); "
            "bring more history or shorten definition.horizon_days or snapshots.min_history_days"
        )
    return Plan(first, today, test, tuple(sorted(train)), tuple(sorted(grid[: snapshots.count])))


def _check_as_of(today: date, first: date, last: date, snapshots: Snapshots) -> None:
    if today <= first:
        raise DataUnfitError(f"snapshots.as_of={today} lies before the data, which begins on {first}; choose a later date")
    late = (today - last).days - 1
    if late > snapshots.max_stale_days:
        raise DataUnfitError(
            f"the data ends on {last}, {late} days before snapshots.as_of={today}; customers would look lost who are only "
            "missing from the data: bring newer data, set an earlier as_of, or raise snapshots.max_stale_days"
        )
