"""A simulated company that retrains every month: its files, the truth of its customers, and what a month's retraining reads.

Features of a date see only what was known before it, so they are computed once for all dates; labels, plan and who weighs what
are made anew for every month, by the stage that makes them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.flow import choices, run
from pipeline.artifacts import ARTIFACTS
from pipeline.config import Config
from pipeline.model.folds import Plan
from pipeline.model.snapshot_rows import read_at, read_catalog, read_plan, read_rows
from pipeline.simulator import Settings, World, raw_tables, write_raw

CUSTOMERS, MONTHS = 2_000, 42
FIRST = 19  # boundary of the first of the last 24 months
HORIZON_DAYS = 90
TRUTH = f"untreated_no_purchase_probability_{HORIZON_DAYS}d"
# Fewer snapshots and trees, and faster ones, than the defaults: a month takes seconds.
QUICK = (
    "snapshots.count=6", "features.windows=[30, 365]", "evaluate.slices=[]", "evaluate.bootstrap_draws=100",
    "model.rounds=80", "model.params.learning_rate=0.1",
)  # fmt: skip
Tables = dict[str, pa.Table]


@dataclass(frozen=True)
class Company:
    """What it exported until the end, and by month boundary the true chance of each customer to leave, indexed by customer."""

    settings: Settings
    tables: Tables
    truth: Mapping[int, pd.Series]

    def day(self, boundary: int) -> date:
        """The date of a month boundary."""
        return pd.Timestamp(self.settings.boundary(boundary)).date()


@dataclass(frozen=True)
class Month:
    """What a retraining as of one day reads, and everyone at risk on that day."""

    plan: Plan
    rows: pd.DataFrame
    catalog: list[dict[str, Any]]
    today: pd.DataFrame
    clean: Path


def live(settings: Settings, boundaries: range) -> Company:
    """Live the history with its past campaigns, and keep the truth at some month boundaries; the last may be its end."""
    world, months, truth = World(settings), [], {}
    for number in range(settings.months + 1):
        if number in boundaries:
            found = world.truth(HORIZON_DAYS, only_eligible=False)
            truth[number] = found.set_index("customer_id")[TRUTH]
        if number < settings.months:
            months.append(world.step(world.past_contacts()))
    return Company(settings, raw_tables(world, months), truth)


def config_of(seed: int, root: Path, *more: str) -> Config:
    """The committed choices but for the quick ones."""
    return choices("source=demo", f"source.path={root / ARTIFACTS['raw']}", f"seed={seed}", *QUICK, *more)


def prepare(tables: Tables, config: Config, root: Path) -> None:
    """Bring the tables in and compute the features of everyone at risk at every date of the plan, whatever was done then."""
    write_raw(root / ARTIFACTS["raw"], tables)
    run(config, root, ("ingest", "snapshots"))
    path = root / ARTIFACTS["snapshots"] / "labelled.parquet"
    labelled = pd.read_parquet(path)
    labelled.assign(weight=np.float32(1)).to_parquet(path, index=False)
    run(config, root, ("features",))


def month_of(config: Config, root: Path) -> Month:
    """What a retraining as of `snapshots.as_of` reads, from features that were computed before."""
    run(config, root, ("snapshots",))
    features, snapshots = root / ARTIFACTS["features"], root / ARTIFACTS["snapshots"]
    plan = read_plan(snapshots)
    rows = read_rows(features, snapshots)
    return Month(plan, rows, read_catalog(features), read_at(features, plan.score), root / ARTIFACTS["clean"])


def _during(tables: Tables, name: str, column: str, start: np.datetime64, end: np.datetime64) -> pa.Array:
    """Which rows of a table fell into a time; those without one did not."""
    when = tables[name].column(column)
    within = pc.and_(pc.greater_equal(when, pa.scalar(start)), pc.less(when, pa.scalar(end)))
    return pc.fill_null(within, False)


def orders_lost(tables: Tables, start: np.datetime64, end: np.datetime64) -> Tables:
    """Without the order lines of a time."""
    lost = _during(tables, "order_lines", "order_time", start, end)
    return tables | {"order_lines": tables["order_lines"].filter(pc.invert(lost))}


def orders_doubled(tables: Tables, start: np.datetime64, end: np.datetime64) -> Tables:
    """With the order lines of a time a second time, under other numbers."""
    again = tables["order_lines"].filter(_during(tables, "order_lines", "order_time", start, end))
    names = pc.binary_join_element_wise(again.column("order_no"), pa.scalar("R"), pa.scalar("-"))
    again = again.set_column(again.schema.get_field_index("order_no"), "order_no", names)
    return tables | {"order_lines": pa.concat_tables([tables["order_lines"], again])}


def visits_lost(tables: Tables, start: np.datetime64, end: np.datetime64) -> Tables:
    """Without the web events of a time."""
    lost = _during(tables, "web_events", "event_time", start, end)
    return tables | {"web_events": tables["web_events"].filter(pc.invert(lost))}


BROKEN: Mapping[str, Callable[[Tables, np.datetime64, np.datetime64], Tables]] = {
    "the last month's orders are lost": orders_lost,
    "the last month's orders are there twice": orders_doubled,
    "the last month's web visits are lost": visits_lost,
}
