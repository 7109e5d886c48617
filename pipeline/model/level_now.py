"""A model that was trained a while ago -> the same trees, with the level forecast from all that is known at a later day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.model.booster import ChurnModel
from pipeline.model.folds import Plan, running_among
from pipeline.model.simple import SimpleModel
from pipeline.model.snapshot_rows import known_rows, read_at, read_labels, running_rows, ship_rows

MOST = 20_000  # customers of a snapshot: more would not tell its level better than snapshots differ by chance (NOISE)
Days = tuple[date, ...]


def with_levels_of_today(
    model: ChurnModel | SimpleModel, features: Path, snapshots: Path, plan: Plan
) -> ChurnModel | SimpleModel:
    """The model as it scores at `plan.score`; a rule without a level is as it was.

    Levels are observed by its own scores of the snapshots that a model trained today would learn from, and of those that still
    run; of a large snapshot by a sample of its customers that is always the same.
    """
    if isinstance(model, SimpleModel):
        return model

    def scored(t: date, labels: pd.DataFrame) -> pd.DataFrame:
        return model.scored(_sampled(labels).merge(read_at(features, t).drop(columns="t"), on="customer_id", validate="1:1"))

    labels = read_labels(snapshots)
    complete, running = ship_rows(labels, plan), running_rows(labels, plan.running, plan.score)
    return model.brought_up_to(plan.score, _by_snapshot(complete, scored), _by_snapshot(running, scored))


def with_levels_of(model: ChurnModel, rows: pd.DataFrame, day: date, complete: Days, running: Days) -> ChurnModel:
    """The model as it would have scored at `day`, by what was known then of the snapshots `complete` and `running` on that day.

    `rows` have their features, as `read_rows` reads them. Without a complete snapshot the levels stay as they were.
    """
    known, open_ones = known_rows(rows, complete, day), running_rows(rows, running, day)
    return model.brought_up_to(day, *(_by_snapshot(at, lambda _, of: model.scored(_sampled(of))) for at in (known, open_ones)))


def scored_once(model: ChurnModel, rows: pd.DataFrame) -> pd.DataFrame:
    """`ChurnModel.scored` of the rows of all snapshots, by t: whatever day `standing_at` is asked for, its trees say the same.

    Raises DataUnfitError for rows that the model cannot score.
    """
    return _by_snapshot(rows, lambda _, at: model.scored(at))


def standing_at(model: ChurnModel, scored: pd.DataFrame, day: date) -> ChurnModel:
    """The model as it scores at `day`, by all rows there are (`scored_once`); as it is at a day when it had been trained already.

    Complete are the snapshots whose labels were on that day, running those before it whose labels were not.
    """
    if day <= date.fromisoformat(model.about["known_until"]):
        return model
    there = sorted(set(scored["t"].dt.date))
    complete = tuple(t for t in there if (day - t).days >= model.about["label_days"])
    older_than_gap = day - timedelta(days=model.about["definition"]["gap_days"])
    running = running_among([t for t in there if t not in complete], older_than_gap)
    known, open_ones = known_rows(scored, complete, day), running_rows(scored, running, day)
    return model.brought_up_to(day, *(_by_snapshot(rows, lambda _, at: _sampled(at)) for rows in (known, open_ones)))


def _by_snapshot(rows: pd.DataFrame, of: Callable[[date, pd.DataFrame], pd.DataFrame]) -> pd.DataFrame:
    """Snapshot by snapshot, so that there never is the matrix of more than one of them."""
    parts = [of(pd.Timestamp(str(t)).date(), at) for t, at in rows.groupby("t", sort=True)]
    return pd.concat(parts, ignore_index=True) if parts else rows


def _sampled(rows: pd.DataFrame) -> pd.DataFrame:
    if len(rows) <= MOST:
        return rows
    drawn = np.argsort(pd.util.hash_array(rows["customer_id"].to_numpy(dtype=object)), kind="stable")[:MOST]
    return rows.iloc[np.sort(drawn)]
