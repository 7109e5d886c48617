"""Writes a simulated history: raw-looking files for the pipeline, and the truth in a folder of its own."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from pipeline.disk import partial, remove, replace
from pipeline.simulator.delivery_truth import delivery_truth
from pipeline.simulator.records import customers_table, hidden_traits
from pipeline.simulator.settings import Settings
from pipeline.simulator.world import World

Tables = dict[str, pa.Table]
Truth = dict[str, pd.DataFrame]
Progress = Callable[[int, int], None]
PARQUET_TABLES = ("web_events", "email_events")


@dataclass(frozen=True)
class Later:
    """How many months passed after the history, and the contacts made in them, by the number of the month."""

    months: int = 0
    contacts: Mapping[int, pd.DataFrame] = field(default_factory=dict)


def run_history(settings: Settings, progress: Progress | None = None, later: Later | None = None) -> tuple[World, Tables, Truth]:
    """Live the history with its past campaigns, and what came later: the world at the end, its raw tables, and the truth.

    The truth has `snapshots` and `renewals` at the last boundaries, `customers` with their hidden traits, and `deliveries` with
    what contacting does (`delivery_truth`), if any was made.
    """
    later = later or Later()
    world, end = World(settings), settings.months + later.months
    months: list[Tables] = []
    snapshots, renewals, before = [], [], {}
    for month in range(end + 1):
        if month > settings.months - settings.truth_boundaries:
            snapshots.append(world.truth())
            renewals.append(world.renewal_truth())
        if month < end:
            if month in later.contacts:
                before[month] = deepcopy(world)
            months.append(world.step(later.contacts.get(month, world.past_contacts())))
            if progress:
                progress(month + 1, end)
    truth = {
        "snapshots": pd.concat(snapshots, ignore_index=True),
        "renewals": pd.concat(renewals, ignore_index=True),
        "customers": hidden_traits(world.traits),
    }
    told = [delivery_truth(then, later.contacts[month], months[month:]) for month, then in before.items()]
    return world, raw_tables(world, months), truth | ({"deliveries": pd.concat(told, ignore_index=True)} if told else {})


def raw_tables(world: World, months: list[Tables]) -> Tables:
    """The tables of successive months put together, with the customer file as it is today."""
    tables = {name: pa.concat_tables([month[name] for month in months]) for name in months[0]}
    return tables | {"customers": customers_table(world.settings, world.luck, world.traits)}


def write_history(
    settings: Settings, raw_dir: Path, truth_dir: Path, progress: Progress | None = None, later: Later | None = None
) -> World:
    """Simulate the history and write it; equal settings give equal bytes. Returns the world at the end, ready to go on.

    Both folders are written beside their place and moved there when complete; what was there before is replaced.
    """
    world, tables, truth = run_history(settings, progress, later)
    truth_tables = {name: pa.Table.from_pandas(frame, preserve_index=False) for name, frame in truth.items()}
    write_raw(raw_dir, tables)
    _write_folder(truth_dir, truth_tables, parquet=tuple(truth_tables))
    return world


def write_raw(raw_dir: Path, tables: Tables) -> None:
    """Write raw tables as the files of the demo source; what was in the folder before is replaced."""
    _write_folder(raw_dir, tables, parquet=PARQUET_TABLES)


def _write_folder(folder: Path, tables: Tables, parquet: tuple[str, ...]) -> None:
    growing = partial(folder)
    remove(growing)
    growing.mkdir(parents=True)
    for name, table in tables.items():
        if name in parquet:
            pq.write_table(table, growing / f"{name}.parquet", compression="zstd", coerce_timestamps="ms")
        else:
            pa_csv.write_csv(table, growing / f"{name}.csv", pa_csv.WriteOptions(quoting_style="none"))
    replace(folder, growing)
