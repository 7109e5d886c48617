"""The data contract beside a bare copy: `python -m benchmarks.contract [--rows 10000000]` writes a CSV with planted faults.

Each kind of fault is planted a dozen times; the account of the rows must find exactly those. The floor is DuckDB reading the same
file as text and writing it to Parquet, unchecked and unsorted. `copy FILE` and `clean FILE` are the two halves, each a process.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import duckdb
import yaml

from benchmarks.run import in_halves, measure, row
from pipeline.compose import composed
from pipeline.config import validate
from pipeline.engine import engine, quoted
from pipeline.stages.ingest import ingest

PLANTED = 12
ROOT = Path(__file__).parents[1]
NAMES = ("customer", "order_no", "line", "ordered", "paid", "pieces", "sku", "kind", "shop")
COLUMNS = dict(
    zip(
        ("customer_id", "order_id", "line_id", "ordered_at", "amount", "quantity", "product_id", "category", "channel"),
        NAMES,
        strict=True,
    )
)
GOOD = """
SELECT 'C' || lpad(CAST(hash(i) % 800000 AS VARCHAR), 7, '0') AS customer, 'O' || (i // 3) AS order_no,
    CAST(i % 3 + 1 AS VARCHAR) AS line,
    CAST(TIMESTAMP '2022-01-01' + to_seconds(CAST(hash(i // 3) % (86400 * 900) AS BIGINT)) AS VARCHAR) AS ordered,
    CAST(CAST(0.01 + (hash(i * 7) % 20000) / 100.0 AS DECIMAL(9, 2)) AS VARCHAR) AS paid,
    CAST(hash(i * 3) % 5 + 1 AS VARCHAR) AS pieces, 'SKU-' || (hash(i * 5) % 5000) AS sku,
    'kind ' || (hash(i * 5) % 30) AS kind, CASE hash(i // 3) % 3 WHEN 0 THEN 'web' WHEN 1 THEN 'shop' ELSE 'app' END AS shop
FROM range({rows}) AS range(i)
"""
# rule: the column it spoils and what it writes there, in rows whose number ends in its own digits
FAULTS = {
    "customer_id_missing": ("customer", "''"),
    "order_id_missing": ("order_no", "' '"),
    "ordered_at_missing": ("ordered", "''"),
    "ordered_at_unreadable": ("ordered", "'32.13.2024'"),
    "amount_unreadable": ("paid", "'12,50'"),
    "quantity_unreadable": ("pieces", "'two'"),
    "customer_id_control": ("customer", "'C' || chr(7)"),
    "customer_id_rounded": ("customer", "'1.23457E+12'"),
    "ordered_at_too_early": ("ordered", "'1900-01-01'"),
    "quantity_negative": ("pieces", "'-1'"),
    "amount_missing": ("paid", "''"),
    "key_conflict": ("line", "CAST(i % 3 + 2 AS VARCHAR)"),
}


def plant(path: Path, rows: int) -> dict[str, int]:
    """Write the file; how many rows each rule must find, and how many copies must be merged."""
    step, values = rows // (PLANTED * (len(FAULTS) + 1)), {name: name for name in NAMES}
    for number, (column, spoilt) in enumerate(FAULTS.values()):
        # lines 1 of an order: a conflict renumbers it to 2, which the order has already
        here = f"i % {3 * (step // 3) * len(FAULTS)} = {3 * number} AND i < {PLANTED * 3 * (step // 3) * len(FAULTS)}"
        values[column] = f"CASE WHEN {here} THEN {spoilt} ELSE {values[column]} END"
    selected = ", ".join(f"{expression} AS {name}" for name, expression in values.items())
    good = GOOD.format(rows=rows).replace("SELECT", "SELECT i,", 1)
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TEMP VIEW good AS {good}")
        copies = f"SELECT {', '.join(NAMES)} FROM good WHERE i >= {rows - PLANTED}"
        query = f"SELECT {selected} FROM good UNION ALL {copies}"
        connection.execute(f"COPY ({query}) TO {quoted(path)} (HEADER)")
    with path.open("a", encoding="utf-8") as file:
        file.write("cut,off\n" * PLANTED)
    found = {name: PLANTED * (2 if name == "key_conflict" else 1) for name in FAULTS}
    return found | {"line_broken": PLANTED, "merged": PLANTED}


def copy(path: Path) -> None:
    """Read the file as text and write it to Parquet."""
    with engine(memory="2GB") as connection:
        relation = f"read_csv({quoted(path)}, all_varchar = true, header = true, ignore_errors = true)"
        connection.execute(
            f"COPY (SELECT * FROM {relation}) TO {quoted(path.with_suffix('.copy'))} (FORMAT parquet, COMPRESSION zstd)"
        )


def clean(path: Path) -> None:
    """Run the ingest stage on the file, below its folder."""
    values = yaml.safe_load(composed(ROOT / "configs", ["source=files", f"source.path={path.parent}"]))
    values["source"]["tables"] = {"transactions": {"path": path.name, "columns": COLUMNS}}
    ingest.run(validate(values, "benchmark"), path.parent)


def compare(rows: int, folder: Path) -> list[tuple[str, ...]]:
    """The row of the table; raises RuntimeError when a planted fault was not found, or something else was."""
    path = folder / "orders.csv"
    planted = plant(path, rows)
    script = (sys.executable, "-m", "benchmarks.contract")
    (folder / ".git").mkdir(exist_ok=True)
    least = measure(*script, "copy", str(path), folder=folder, source=ROOT)
    took = measure(*script, "clean", str(path), folder=folder, source=ROOT)
    account = json.loads((folder / "reports" / "ingest.json").read_text(encoding="utf-8"))["transactions"]
    found = account["quarantined"] | {"merged": account["merged"]}
    if found != planted:
        raise RuntimeError(f"planted {planted}, found {found}")
    what = f"ingest of {rows:,} rows in one CSV, {len(planted)} kinds of faults"
    return [row("contract", what, took.seconds, took.megabytes, "read as text, write Parquet", least.seconds)]


if __name__ == "__main__":
    in_halves(
        "Seconds and memory of the data contract beside a bare copy of the same file.",
        "rows",
        10_000_000,
        {"copy": copy, "clean": clean},
        compare,
    )
