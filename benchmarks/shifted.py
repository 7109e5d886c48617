"""Planted faults of the data of one month: what is done to the clean tables, and how large it is."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from pipeline.engine import engine, quoted, write_parquet

VISITS = "starts_with(engagement_id, 'web-') AND occurred_at >= {start} AND occurred_at < {end}"
ORDERED = "ordered_at >= {start} AND ordered_at < {end}"
LOST = "SELECT * FROM {table} WHERE NOT ({which} AND hash({key}) % 100 < {percent})"
TIMES = "SELECT * REPLACE (CAST(CASE WHEN {which} THEN {factor} * amount ELSE amount END AS DECIMAL(18, 4)) AS amount, "
TIMES += "CAST(CASE WHEN {which} THEN {factor} * margin ELSE margin END AS DECIMAL(18, 4)) AS margin) FROM {table}"
TWICE = "SELECT * FROM {table} UNION ALL SELECT * REPLACE (order_id || '-R' AS order_id) FROM {table} WHERE {which}"
# Also what was exported before has the new word, as in a whole file written after the change.
RENAMED = (
    "SELECT * REPLACE (CASE WHEN name = 'tier' AND value = 'silver' THEN 'silver plus' ELSE value END AS value) FROM {table}"
)
FAULTS: Mapping[str, tuple[str, str, dict[str, str]]] = {
    "web visits stop": ("engagements", LOST, {"which": VISITS, "key": "engagement_id", "percent": "100"}),
    "web visits halve": ("engagements", LOST, {"which": VISITS, "key": "engagement_id", "percent": "50"}),
    "web visits fall by a fifth": ("engagements", LOST, {"which": VISITS, "key": "engagement_id", "percent": "20"}),
    "half of the orders are lost": ("transactions", LOST, {"which": ORDERED, "key": "order_id", "percent": "50"}),
    "orders are there twice": ("transactions", TWICE, {"which": ORDERED}),
    "amounts in hundredths": ("transactions", TIMES, {"which": ORDERED, "factor": "100"}),
    "amounts a fifth larger": ("transactions", TIMES, {"which": ORDERED, "factor": "1.2"}),
    "a tier is renamed": ("attributes", RENAMED, {}),
    "amounts three tenths larger": ("transactions", TIMES, {"which": ORDERED, "factor": "1.3"}),
}


def broken(clean: Path, fault: str, span: tuple[date, date], into: Path) -> Path:
    """A copy of clean tables, one of them with a fault in the month `span`."""
    table, query, words = FAULTS[fault]
    shutil.copytree(clean, into)
    start, end = (f"TIMESTAMP '{day}'" for day in span)
    told = {name: word.format(start=start, end=end) for name, word in words.items()}
    with engine() as connection:
        connection.execute(f"CREATE TABLE {table} AS SELECT * FROM read_parquet({quoted(clean / f'{table}.parquet')})")
        write_parquet(connection, query.format(table=table, **told), into / f"{table}.parquet", "ALL")
    return into
