"""A million rows of one customer, a reseller or a mistake of the source, beside ordinary ones: little memory, right values."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pipeline.contract.facts import OF_LINES, open_facts
from pipeline.contract.tables import TABLES
from pipeline.engine import engine, quoted
from pipeline.features.compile import compile_features, open_attributes, open_ready
from tests.worlds import Row, Tables, at_risk, definition, every_feature, features_of, write_tables

ACTIVITY = definition(kind="activity")
T = datetime(2020, 6, 1)
DAY = timedelta(days=1)
EACH = 500_000  # orders, and as many visits: one a minute, the last a minute before T, the first on the 348th day before
MEMORY = "700MB"

ORDINARY: Tables = {
    "transactions": [
        {"customer_id": who, "order_id": f"{who}{days}", "ordered_at": T - days * DAY, "amount": days, "product_id": "tea"}
        for who, ages in (("ann", (3, 40, 90)), ("zoe", (200,)))
        for days in ages
    ],
    "engagements": [{"customer_id": "ann", "engagement_id": "a", "occurred_at": T - DAY, "kind": "site_visit"}],
}
MINUTE = f"TIMESTAMP '{T}' - INTERVAL 1 MINUTE * (i + 1)"
GIANT = {
    "transactions": f"SELECT 'big' AS customer_id, 'o' || i AS order_id, '1' AS line_id, {MINUTE} AS ordered_at, 2 AS amount, "
    f"'p' || i % 1000 AS product_id, i % 2 = 2 AS is_return FROM range({EACH}) AS range(i)",
    "engagements": f"SELECT 'big' AS customer_id, 'e' || i AS engagement_id, {MINUTE} AS occurred_at, 'site_visit' AS kind "
    f"FROM range({EACH}) AS range(i)",
}


def clean_tables(folder: Path) -> Path:
    """The canonical tables of all three."""
    write_tables(folder / "ordinary", ORDINARY)
    (folder / "clean").mkdir()
    with engine() as connection:
        for table, query in GIANT.items():
            typed = ", ".join(f"CAST({name} AS {column.type}) AS {name}" for name, column in TABLES[table].columns.items())
            both = f"SELECT * FROM {quoted(folder / 'ordinary' / f'{table}.parquet')} UNION ALL BY NAME {query}"
            order = f"ORDER BY customer_id, {TABLES[table].dated_by}"
            connection.execute(f"COPY (SELECT {typed} FROM ({both}) {order}) TO {quoted(folder / 'clean' / f'{table}.parquet')}")
    return folder / "clean"


@pytest.mark.parametrize("often", [True, False])
def test_a_customer_with_a_million_rows_takes_little_memory_and_changes_nobody_else(tmp_path: Path, often: bool) -> None:
    with engine(memory=MEMORY) as connection:
        open_facts(connection, clean_tables(tmp_path), ACTIVITY, OF_LINES)
        at_risk(connection, [("ann", T), ("big", T), ("zoe", T)])
        open_attributes(connection, ())
        open_ready(connection, every_feature(ACTIVITY), often)
        result = connection.execute(compile_features(every_feature(ACTIVITY), T, ACTIVITY.horizon_days, often))
        names = [column[0] for column in result.description]
        ann, big, zoe = (dict(zip(names, row, strict=True)) for row in result.fetchall())
    expected: Row = {
        "purchases_count_all": EACH,
        "purchases_count_30d": 30 * 1_440,
        "purchases_days_30d": 30,
        "purchases_days_all": 348,
        "purchases_gap_days_median_all": pytest.approx(1 / 1_440),
        "purchases_gap_days_std_all": pytest.approx(0, abs=1e-4),
        "purchases_recency_days": pytest.approx(1 / 1_440),
        "purchases_tenure_days": pytest.approx(EACH / 1_440),
        "purchases_amount_sum_all": 2 * EACH,
        "purchases_amount_last": 2,
        "lines_products_all": 1_000,
        "recency_gap_survival": pytest.approx(1 / (EACH + 1)),
        "visits_count_90d": 90 * 1_440,
        "engagements_days_30d": 30,
        "activity_count_7d": 2 * 7 * 1_440,
    }
    assert {name: big[name] for name in expected} == expected
    alone = features_of(ORDINARY, [("ann", T), ("zoe", T)], churn=ACTIVITY)
    for who, seen in (("ann", ann), ("zoe", zoe)):
        assert {name: seen[name] for name in alone[who, T]} == alone[who, T]
