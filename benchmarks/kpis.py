"""The retention figures beside a bare GROUP BY: `python -m benchmarks.kpis [--events 25000000]` on made-up clean tables.

Four events of five are engagements, one is an order line; 30 months, five dimensions. The floor is DuckDB counting and adding up
the same two files per customer and month. `bare` and `figures` are the two halves, each a process.
"""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

from benchmarks.run import apart, in_halves, measure, row
from benchmarks.world import make
from pipeline.artifacts import ARTIFACTS
from pipeline.compose import composed
from pipeline.config import validate
from pipeline.engine import engine, quoted
from pipeline.kpis.compute import MEMORY
from pipeline.stages.kpis import kpis

ROOT = Path(__file__).parents[1]
PER_CUSTOMER = 125  # events


def bare(folder: Path) -> None:
    """Count and add up both files per customer and month."""
    with engine(memory=MEMORY) as connection:
        for name, when, value in (("transactions", "ordered_at", "amount"), ("engagements", "occurred_at", "value")):
            relation = f"read_parquet({quoted(folder / ARTIFACTS['clean'] / f'{name}.parquet')})"
            cell = f"customer_id, date_trunc('month', {when}) AS m, count(*) AS n, sum({value}) AS s"
            grouped = f"SELECT {cell} FROM {relation} GROUP BY ALL"
            print(connection.execute(f"SELECT count(*), sum(n), sum(s) FROM ({grouped})").fetchone())


def figures(folder: Path) -> None:
    """Run the kpis stage on the tables."""
    config = validate(yaml.safe_load(composed(ROOT / "configs", ["source=files", f"source.path={folder}"])), "benchmark")
    print(kpis.run(config, folder))


def compare(events: int, folder: Path) -> list[tuple[str, ...]]:
    """The row of the table."""
    apart(make, folder, events // 5, events - events // 5, events // PER_CUSTOMER)
    script = (sys.executable, "-m", "benchmarks.kpis")
    (folder / ".git").mkdir(exist_ok=True)
    least = measure(*script, "bare", str(folder), folder=folder, source=ROOT)
    took = measure(*script, "figures", str(folder), folder=folder, source=ROOT)
    print(took.output.splitlines()[-1])
    what = f"all figures of {events:,} events by month and five dimensions"
    return [row("kpis", what, took.seconds, took.megabytes, "GROUP BY customer and month", least.seconds)]


if __name__ == "__main__":
    in_halves(
        "Seconds and memory of the retention figures beside a bare GROUP BY.",
        "events",
        25_000_000,
        {"bare": bare, "figures": figures},
        compare,
    )
