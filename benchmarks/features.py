"""The feature matrix beside a bare GROUP BY: `python -m benchmarks.features [--events 25000000]` on made-up clean tables.

Two rows of five are order lines, three are engagements, fifty a customer; the floor counts, adds up and takes the latest of both
files per customer. `scoring` is one snapshot of everybody, `training` twelve, `sampled` twelve of as many customers as
`snapshots.max_rows` allows. Beside them twenty features of one snapshot in plain pandas.
"""

from __future__ import annotations

import argparse
import sys
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import yaml

from benchmarks.run import apart, measure, row, table
from benchmarks.world import DAYS, make
from pipeline.artifacts import ARTIFACTS
from pipeline.compose import composed
from pipeline.config import Config, validate
from pipeline.engine import engine, quoted
from pipeline.model.folds import Origin, Plan
from pipeline.model.labels import sampled, share_sampled
from pipeline.stages.features import features

ROOT = Path(__file__).parents[1]
PER_CUSTOMER = 50  # rows
LAST = date(2022, 1, 1) + timedelta(days=DAYS)
SNAPSHOTS = {"scoring": 1, "training": 12, "sampled": 12}


def world(folder: Path, events: int) -> None:
    """Make up the clean tables: two rows of five are order lines."""
    lines = events * 2 // 5
    make(folder, lines, events - lines, events // PER_CUSTOMER)
    (folder / ".git").mkdir()


def bare(folder: Path) -> None:
    """Count, add up and take the latest of both files per customer."""
    with engine() as connection:
        for name, when, value in (("transactions", "ordered_at", "amount"), ("engagements", "occurred_at", "value")):
            relation = f"read_parquet({quoted(folder / ARTIFACTS['clean'] / f'{name}.parquet')})"
            grouped = (
                f"SELECT customer_id, count(*) AS n, sum({value}) AS s, max({when}) AS l FROM {relation} GROUP BY customer_id"
            )
            print(connection.execute(f"SELECT count(*), sum(n), sum(s), max(l) FROM ({grouped})").fetchone())


def at_risk(folder: Path, count: int, max_rows: int | None = None) -> None:
    """Write snapshots a month apart with every customer in each, the last of them to be scored and the one before the test.

    With `max_rows` the others keep a sample, as the stage snapshots draws it.
    """
    made = folder / ARTIFACTS["snapshots"]
    made.mkdir(parents=True, exist_ok=True)
    days = [LAST - timedelta(days=30 * back) for back in range(count)]
    (made / "plan.json").write_text(PLAN.replace("LAST", LAST.isoformat()), encoding="utf-8")
    clean = f"read_parquet({quoted(folder / ARTIFACTS['clean'] / 'transactions.parquet')})"
    with engine() as connection:
        connection.execute(f"CREATE TABLE people AS SELECT DISTINCT customer_id FROM {clean} ORDER BY customer_id")
        dates = ", ".join(f"(TIMESTAMP '{day}')" for day in days[1:]) or "(NULL)"
        known = "1.0 AS weight, NULL::TIMESTAMP AS kept_known_at"
        labelled = f"SELECT customer_id, t, {known} FROM people, (VALUES {dates}) AS v(t) WHERE t IS NOT NULL"
        if max_rows:
            plan = Plan(days[-1], LAST, (Origin(days[1], tuple(days[2:])),), tuple(days[1:]))
            rows = connection.execute("SELECT count(*) FROM people").fetchall()[0][0] * len(days[2:])
            labelled = sampled(labelled, plan, share_sampled(rows, max_rows), seed=42)
        connection.execute(f"COPY ({labelled} ORDER BY t, customer_id) TO {quoted(made / 'labelled.parquet')}")
        connection.execute(
            f"COPY (SELECT customer_id, TIMESTAMP '{LAST}' AS t, 'scored' AS status FROM people ORDER BY customer_id) "
            f"TO {quoted(made / 'customers.parquet')}"
        )


ORIGIN = '{"test": "LAST", "train": [], "running": []}'
PLAN = f'{{"first": "2022-01-01", "score": "LAST", "origins": [{ORIGIN}], "ship": [], "running": []}}\n'


def choices(folder: Path) -> Config:
    """The committed choices, on the tables."""
    return validate(yaml.safe_load(composed(ROOT / "configs", ["source=files", f"source.path={folder}"])), "benchmark")


def matrix(folder: Path) -> None:
    """Run the features stage on the tables."""
    print(features.run(choices(folder), folder))


def peer(folder: Path) -> None:
    """Twenty of the features of one snapshot as they are written in notebooks, in pandas."""
    clean, t = folder / ARTIFACTS["clean"], pd.Timestamp(LAST)
    lines = pd.read_parquet(
        clean / "transactions.parquet", columns=["customer_id", "order_id", "ordered_at", "amount", "is_return"]
    )
    lines = lines[(lines["ordered_at"] < t) & ~lines["is_return"]].assign(amount=lambda rows: rows["amount"].astype(float))
    orders = lines.groupby(["customer_id", "order_id"], as_index=False).agg(at=("ordered_at", "min"), amount=("amount", "sum"))
    orders = orders.sort_values(["customer_id", "at"])
    orders["gap"] = orders.groupby("customer_id")["at"].diff().dt.total_seconds() / 86_400
    events = pd.read_parquet(clean / "engagements.parquet", columns=["customer_id", "occurred_at", "kind"])
    events = events[events["occurred_at"] < t]
    columns: dict[str, pd.Series] = {}
    for days in (30, 90, 180, 365):
        recent = orders[orders["at"] >= t - pd.Timedelta(days=days)].groupby("customer_id")["amount"]
        columns |= {f"count_{days}": recent.size(), f"sum_{days}": recent.sum()}
    ever = orders.groupby("customer_id")
    columns |= {f"gap_{name}": ever["gap"].agg(name) for name in ("mean", "std", "median", "max")}
    columns |= {"recency": t - ever["at"].max(), "tenure": t - ever["at"].min()}
    for kind in ("site_visit", "email_opened"):
        mine = events[events["kind"] == kind]
        for days in (30, 90):
            columns[f"{kind}_{days}"] = mine[mine["occurred_at"] >= t - pd.Timedelta(days=days)].groupby("customer_id").size()
        columns[f"{kind}_recency"] = t - mine.groupby("customer_id")["occurred_at"].max()
    print(pd.DataFrame(columns).shape)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Seconds and memory of the feature matrix beside a bare GROUP BY.")
    parser.add_argument("--events", type=int, default=25_000_000)
    parser.add_argument("half", nargs="?", choices=["bare", "matrix", "peer"])
    parser.add_argument("path", nargs="?", type=Path)
    asked = parser.parse_args()
    if asked.half:
        {"bare": bare, "matrix": matrix, "peer": peer}[asked.half](asked.path)
        return
    with TemporaryDirectory(prefix="churn-benchmark-") as place:
        folder = Path(place)
        apart(world, folder, asked.events)
        script = (sys.executable, "-m", "benchmarks.features")
        least = measure(*script, "bare", str(folder), folder=folder, source=ROOT)
        rows = []
        for what, count in SNAPSHOTS.items():
            apart(at_risk, folder, count, choices(folder).snapshots.max_rows if what == "sampled" else None)
            took = measure(*script, "matrix", str(folder), folder=folder, source=ROOT)
            said = f"{what}: {took.output.splitlines()[-1]}"
            rows.append(row("features", said, took.seconds, took.megabytes, "GROUP BY customer", least.seconds))
        took = measure(*script, "peer", str(folder), folder=folder, source=ROOT)
        rows.append(
            row(
                "features",
                "pandas: 20 features of one snapshot",
                took.seconds,
                took.megabytes,
                "GROUP BY customer",
                least.seconds,
            )
        )
        print(table(rows))


if __name__ == "__main__":
    main()
