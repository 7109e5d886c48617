"""clean tables -> plan, labelled snapshots, and everyone known today: who was at risk when, and whether they left."""

from __future__ import annotations

import json
from dataclasses import asdict

from pipeline.config import Config
from pipeline.contract.facts import activity_span, open_facts
from pipeline.engine import engine, scalar, write_parquet
from pipeline.model.folds import plan
from pipeline.model.labels import customers, dates_table, labelled_twice
from pipeline.stage import Files, stage


@stage(reads=("clean",), writes=("snapshots",), params=("definition", "snapshots"))
def snapshots(files: Files, config: Config) -> str:
    """Plan the folds, label everyone at risk at each past snapshot, and give everyone known today a status."""
    folder = files.write("snapshots")
    folder.mkdir()
    with engine() as connection:
        open_facts(connection, files.read("clean"), config.definition)
        first, last = activity_span(connection, config.snapshots.as_of)
        planned = plan(first, last, config.definition, config.snapshots)
        connection.execute(dates_table(planned.labelled))
        rows = write_parquet(
            connection, labelled_twice(config.definition, planned), folder / "labelled.parquet", "t, customer_id"
        )
        with_money = bool(scalar(connection, "SELECT count(amount) > 0 FROM transactions"))
        connection.execute(dates_table((planned.score,)))
        known = write_parquet(
            connection, customers(config.definition, planned.score, with_money), folder / "customers.parquet", "customer_id"
        )
    (folder / "plan.json").write_text(json.dumps(asdict(planned), indent=2, default=str) + "\n", encoding="utf-8")
    return f"{rows:,} labelled rows at {len(planned.labelled)} dates, {known:,} customers as of {planned.score}"


if __name__ == "__main__":
    snapshots.main()
