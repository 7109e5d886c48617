"""What a source offers to the figures, in the words of their needs."""

from __future__ import annotations

import duckdb

from pipeline.contract.facts import seen_at, timestamp
from pipeline.kpis.spans import Grid

COLUMNS = {
    "transactions": ("amount", "margin", "discount", "category", "channel"),
    "engagements": ("topic",),
    "subscriptions": ("plan", "price", "expires_at"),
}
FACT = {"transactions": "lines", "engagements": "events", "subscriptions": "periods"}


def offered(connection: duckdb.DuckDBPyConnection, present: set[str], grid: Grid) -> set[str]:
    """Tables, columns that are not empty, kinds of engagements and names of attributes, as known today."""
    today, has = timestamp(grid.as_of), set(present)
    for table in present & set(COLUMNS):
        counts = ", ".join(f"count({name})" for name in COLUMNS[table])
        row = connection.execute(f"SELECT {counts} FROM {FACT[table]} WHERE {seen_at(today, FACT[table])}").fetchone()
        has |= {f"{table}.{name}" for name, rows in zip(COLUMNS[table], row or (), strict=True) if rows}
    kinds = connection.execute(f"SELECT DISTINCT kind FROM events WHERE {seen_at(today, 'events')}").fetchall()
    names = connection.execute(f"SELECT DISTINCT name FROM attributes WHERE coalesce(valid_from < {today}, true)").fetchall()
    return has | {f"engagements:{kind}" for (kind,) in kinds} | {f"attributes:{name}" for (name,) in names}
