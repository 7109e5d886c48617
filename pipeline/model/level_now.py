"""A champion that was trained a while ago -> the same trees, with the level forecast from all that is known today."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.model.booster import ChurnModel
from pipeline.model.folds import Plan
from pipeline.model.simple import SimpleModel
from pipeline.model.snapshot_rows import read_at, read_labels, running_rows, ship_rows

MOST = 20_000  # customers of a snapshot: more would not tell its level better than snapshots differ by chance (NOISE)


def with_levels_of_today(
    model: ChurnModel | SimpleModel, features: Path, snapshots: Path, plan: Plan
) -> ChurnModel | SimpleModel:
    """The model as it scores at `plan.score`; a rule without a level is as it was.

    Levels are observed by its own scores of the snapshots that a model trained today would learn from, and of those that still
    run; of a large snapshot by a sample of its customers that is always the same.
    """
    if isinstance(model, SimpleModel):
        return model
    labels = read_labels(snapshots)
    complete, running = ship_rows(labels, plan), running_rows(labels, plan.running, plan.score)
    return model.brought_up_to(plan.score, _scored(model, features, complete), _scored(model, features, running))


def _scored(model: ChurnModel, features: Path, labels: pd.DataFrame) -> pd.DataFrame:
    """Snapshot by snapshot, so that there is never more in memory than one of them."""
    parts = []
    for t, rows in labels.groupby("t"):
        known = read_at(features, pd.Timestamp(str(t)).date()).drop(columns="t")
        parts.append(model.scored(_sampled(rows).merge(known, on="customer_id", validate="1:1")))
    return pd.concat(parts, ignore_index=True) if parts else labels


def _sampled(rows: pd.DataFrame) -> pd.DataFrame:
    if len(rows) <= MOST:
        return rows
    drawn = np.argsort(pd.util.hash_array(rows["customer_id"].to_numpy(dtype=object)), kind="stable")[:MOST]
    return rows.iloc[np.sort(drawn)]
