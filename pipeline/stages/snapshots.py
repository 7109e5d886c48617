"""clean tables -> plan, labelled snapshots, and everyone known today: who was at risk when, and whether they left."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import duckdb

from pipeline.config import Config
from pipeline.contract.facts import activity_span, open_facts, timestamp
from pipeline.counted import counted
from pipeline.engine import engine, scalar, write_parquet
from pipeline.figure_files import sealed
from pipeline.model.folds import Plan, plan
from pipeline.model.labels import customers, dates_table, judgeable, labelled, sampled, share_sampled
from pipeline.stage import Files, stage
from pipeline.value.value_label import moneyless, valued


@stage(reads=("clean",), writes=("snapshots",), params=("definition", "seed", "snapshots", "value"))
def snapshots(files: Files, config: Config) -> str:
    """Plan the folds, label everyone at risk at each past snapshot, and give everyone known today a status."""
    folder = files.write("snapshots")
    folder.mkdir()
    with engine() as connection:
        open_facts(connection, files.read("clean"), config.definition)
        planned = plan(*activity_span(connection, config.snapshots.as_of), config.definition, config.snapshots)
        connection.execute(dates_table(planned.dates))
        worthless = bool(scalar(connection, moneyless(config.definition, config.value)))
        rows, kept = _write_labelled(connection, config, planned, folder / "labelled.parquet", money=not worthless)
        with_money = bool(scalar(connection, "SELECT count(amount) > 0 FROM transactions"))
        planned = judgeable(connection, planned)
        connection.execute(dates_table((planned.score,)))
        everyone = customers(config.definition, planned.score, with_money)
        known = write_parquet(connection, everyone, folder / "customers.parquet", "customer_id")
    (folder / "plan.json").write_text(sealed(asdict(planned)), encoding="utf-8")
    of = "" if kept == rows else f" (a sample of {rows:,}, see snapshots.max_rows)"
    dates, origins = len(planned.dates), len(planned.origins)
    told = f"{counted(kept, 'row')}{of} at {counted(dates, 'date')}, to be judged at {origins}"
    worth = "; no values of customers: the source has no amounts that value.margin_share lets count" if worthless else ""
    return f"{told}, {counted(known, 'customer')} as of {planned.score}{worth}"


def _write_labelled(
    connection: duckdb.DuckDBPyConnection, config: Config, planned: Plan, path: Path, *, money: bool
) -> tuple[int, int]:
    """Write the labelled rows, a sample of them if there are too many; return how many there are and how many were kept."""
    connection.execute(f"CREATE TABLE labelled AS {labelled(config.definition, planned.score)}")
    at_test = f"count(*) FILTER (WHERE t = {timestamp(planned.test)})"  # 0, not null, where nobody is at risk
    rows, tested = connection.execute(f"SELECT count(*), {at_test} FROM labelled").fetchall()[0]
    share = share_sampled(rows - tested, config.snapshots.max_rows)
    chosen = "SELECT * FROM labelled" if share == 1 else sampled("SELECT * FROM labelled", planned, share, config.seed)
    connection.execute(f"CREATE TABLE chosen AS {chosen}")
    with_values = valued(config.definition, config.value, planned, "chosen", money=money)
    return rows, write_parquet(connection, with_values, path, "t, customer_id")


if __name__ == "__main__":
    snapshots.main()
