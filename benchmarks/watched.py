"""A simulated company as its monitor sees it, month by month, and what it would see after each planted shift."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from benchmarks.changed import CHANGES
from benchmarks.flow import run
from benchmarks.retrained import CUSTOMERS, FIRST, MONTHS, config_of
from benchmarks.shifted import FAULTS, broken
from pipeline.artifacts import ARTIFACTS
from pipeline.config import Config
from pipeline.contract.facts import OF_LINES, open_facts
from pipeline.contract.offered import offered
from pipeline.engine import engine
from pipeline.features.catalog import catalog
from pipeline.features.compile import looked_at_often, open_attributes, open_ready, usable
from pipeline.features.spec import Feature
from pipeline.features.writing import write_matrix
from pipeline.model.labels import dates_table, labelled, standing
from pipeline.monitor.volumes import volumes
from pipeline.simulator.settings import Settings
from pipeline.simulator.world import World
from pipeline.simulator.writer import raw_tables, write_raw

SHIFTS = (*CHANGES, *FAULTS)
MONTHS_WATCHED = 3  # after a change of behaviour, which shows little by little
LATEST = MONTHS - FIRST - 3 - MONTHS_WATCHED  # of the months at whose start a shift may come
EARLIEST = 2  # boundary of the first snapshot


@dataclass(frozen=True)
class Seen:
    """Features of everyone at risk on one day, and how many rows came in by month until then."""

    month: int
    today: pd.DataFrame
    volumes: pd.DataFrame


@dataclass(frozen=True)
class Watched:
    """Features of every month, labels as known at the end, rows by month, and what is seen in the months after each shift."""

    settings: Settings
    catalog: list[dict[str, Any]]
    rows: pd.DataFrame
    labelled: pd.DataFrame
    volumes: pd.DataFrame
    shifts: Mapping[str, tuple[Seen, ...]]


def shifted_at(seed: int, shift: str) -> int:
    """The month boundary at which a shift has lasted for one month."""
    return FIRST + 3 + (5 * seed + 3 * SHIFTS.index(shift)) % LATEST


def day_of(settings: Settings, boundary: int) -> date:
    """The date of a month boundary."""
    return pd.Timestamp(settings.boundary(boundary)).date()


def watched(seed: int, kept: Path | None = None) -> Watched:
    """Live a company, with everything that its monitor reads; `kept` is a folder that saves living it again."""
    file = kept / f"{seed}.pickle" if kept else None
    if file and file.exists():
        found: Watched = pickle.loads(file.read_bytes())
        return found
    made = _made(Settings(seed, CUSTOMERS, MONTHS))
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(pickle.dumps(made))
    return made


def _made(settings: Settings) -> Watched:
    with TemporaryDirectory(prefix="churn-watched-") as place:
        clean, config = _exported(settings, MONTHS, Path(place) / "usual")
        months = list(range(EARLIEST, MONTHS + 1))
        rows, labels, chosen = _rows(clean, config, [day_of(settings, month) for month in months])
        counted = _volumes(clean, config, settings, MONTHS)
        shifts = {}
        for number, shift in enumerate(SHIFTS):
            first, root = shifted_at(settings.seed, shift), Path(place) / f"shifted-{number}"
            if shift in FAULTS:
                span = day_of(settings, first - 1), day_of(settings, first)
                tables, last = broken(clean, shift, span, root), first
            else:
                changed = replace(settings, changes_at=first - 1, changed=CHANGES[shift])
                last = first + MONTHS_WATCHED - 1
                tables, _ = _exported(changed, last, root)
            seen, _, _ = _rows(tables, config, [day_of(settings, month) for month in range(first, last + 1)], chosen)
            by_day = {pd.Timestamp(str(t)).date(): frame for t, frame in seen.groupby("t")}
            shifts[shift] = tuple(
                Seen(month, by_day[day_of(settings, month)], _volumes(tables, config, settings, month))
                for month in range(first, last + 1)
            )
    return Watched(settings, [vars(one) for one in chosen if one.in_matrix], rows, labels, counted, shifts)


def _exported(settings: Settings, months: int, root: Path) -> tuple[Path, Config]:
    """The clean tables of a company that has lived so many months."""
    world = World(settings)
    write_raw(root / ARTIFACTS["raw"], raw_tables(world, [world.step(world.past_contacts()) for _ in range(months)]))
    config = config_of(settings.seed, root)
    run(config, root, ("ingest",))
    return root / ARTIFACTS["clean"], config


def _rows(
    clean: Path, config: Config, days: list[date], chosen: tuple[Feature, ...] | None = None
) -> tuple[pd.DataFrame, pd.DataFrame, tuple[Feature, ...]]:
    """Features of everyone at risk on some days, their labels as known on the last of them, and which features there are."""
    with engine() as connection, TemporaryDirectory(prefix="churn-rows-") as place:
        present = open_facts(connection, clean, config.definition, OF_LINES)
        open_attributes(connection, config.source.static_attributes)
        connection.execute(dates_table(tuple(days)))
        labels = connection.execute(f"SELECT * FROM ({labelled(config.definition, days[-1])}) ORDER BY t, customer_id").df()
        connection.execute(
            f"CREATE TABLE at_risk AS SELECT customer_id, t FROM ({standing(config.definition)}) WHERE status = 'scored'"
        )
        if chosen is None:
            source = config.source
            declared = catalog(config.features, config.definition, source.reward_points, source.tier_spending)
            chosen = usable(declared, offered(connection, present, days[-1], "facts_of"), config.features)
        often = looked_at_often(connection)
        open_ready(connection, chosen, often)
        path = Path(place) / "features.parquet"
        write_matrix(connection, chosen, tuple(days), config.definition.horizon_days, path, often=often)
        return pd.read_parquet(path), labels, chosen


def _volumes(clean: Path, config: Config, settings: Settings, until: int) -> pd.DataFrame:
    with engine() as connection:
        open_facts(connection, clean, config.definition)
        return volumes(connection, [day_of(settings, month) for month in range(1, until + 1)], config.snapshots.stride_days)
