"""Rows that were exported twice are one row: through the contract, copies change nothing in the matrix."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.contract.tables import TABLES
from tests.contract.test_clean import clean
from tests.random_rows import CUSTOMERS, DEAR, PAST, T, tables, tangled
from tests.worlds import Row, Tables, definition, every_need, features_of, left_out

ACTIVITY = definition(kind="activity")
# Of every table a row that is beyond reproach, as a table without any is refused.
SOUND: Tables = {
    "transactions": [{"customer_id": "zoe", "order_id": "0", "ordered_at": datetime(2010, 1, 1), "amount": 1}],
    "engagements": [{"customer_id": "zoe", "occurred_at": datetime(2010, 1, 1), "kind": "chat"}],
    "subscriptions": [{"customer_id": "zoe", "subscription_id": "0", "changed_at": datetime(2010, 1, 1), "status": "active"}],
    "attributes": [{"customer_id": "zoe", "name": "tier", "value": "gold", "valid_from": datetime(2010, 1, 1)}],
    "contacts": [{"customer_id": "zoe", "contacted_at": datetime(2010, 1, 1)}],
}


def merged(folder: Path, *exports: Tables) -> Tables:
    """What the contract makes of several exports of the same tables, each a file."""
    made: Tables = {}
    for table in SOUND:
        columns = tuple(name for name in TABLES[table].columns if any(name in row for rows in exports for row in rows[table]))
        files = [[{name: _text(value) for name, value in row.items()} for row in rows[table]] for rows in exports]
        clean(folder / table, table, *files, columns=columns)
        read = duckdb.sql(f"SELECT * FROM '{folder / table}/clean/{table}.parquet'")
        made[table] = [dict(zip(read.columns, row, strict=True)) for row in read.fetchall()]
    return made


def _text(value: object) -> str:
    return "" if value is None else str(value)


def again(rows: list[Row], copies: list[int], days: int) -> list[Row]:
    """Some of the rows as a later export has them: recorded some days later, where that is said."""
    chosen = [rows[number % len(rows)] for number in copies]
    later = timedelta(days=days)
    return [row | {"recorded_at": row["recorded_at"] + later} if row.get("recorded_at") else row for row in chosen]  # type: ignore[operator]


@DEAR
@given(
    tables(PAST, st.one_of(st.none(), PAST), size=20),
    tangled(),
    st.lists(st.integers(0, 100), min_size=1, max_size=30),
    st.integers(0, 9),
)
def test_copies_within_an_export_and_in_a_later_one_change_nothing(
    tmp_path_factory: pytest.TempPathFactory, world: Tables, orders: list[Row], copies: list[int], days: int
) -> None:
    world = {
        table: [*SOUND[table], *rows] for table, rows in (world | {"transactions": [*world["transactions"], *orders]}).items()
    }
    within = {table: [*rows, *again(rows, copies, 0)] for table, rows in world.items()}
    later = {table: again(rows, copies, days) for table, rows in world.items()}
    once = merged(tmp_path_factory.mktemp("once"), world)
    twice = merged(tmp_path_factory.mktemp("twice"), within, later)
    risk = [(customer, T) for customer in CUSTOMERS]
    one, other = (
        features_of(rows, risk, churn=ACTIVITY, has=every_need(ACTIVITY), include=left_out(ACTIVITY)) for rows in (once, twice)
    )
    assert one == other
    assert sum(len(rows) for rows in once.values()) == sum(len(rows) for rows in twice.values())


def test_copies_would_be_seen_if_they_were_not_merged(tmp_path: Path) -> None:
    order = {"customer_id": "ann", "order_id": "1", "ordered_at": T - timedelta(days=3), "amount": 5}
    world = SOUND | {"transactions": [order]}
    twice = SOUND | {"transactions": [order, order]}
    made = merged(tmp_path, twice)
    assert len(made["transactions"]) == 1
    assert [features_of(rows, [("ann", T)])["ann", T]["purchases_amount_sum_30d"] for rows in (world, twice, made)] == [5, 10, 5]
