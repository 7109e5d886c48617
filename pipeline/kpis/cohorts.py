"""Cohorts: of the customers first active in a month, how many are active again and what they spend, month by month of life."""

from __future__ import annotations

from typing import Any

import duckdb

from pipeline.kpis.spans import Grid, grid
from pipeline.statistics.intervals import wilson

# A customer's months: active by the churn definition in it, and the revenue of it.
MONTHLY = """
CREATE OR REPLACE TABLE monthly AS
SELECT customer_id, CAST(m AS INTEGER) AS m, bool_or(active) AS active, sum(revenue) AS revenue,
    sum(margin) AS margin FROM (
    SELECT customer_id, {number} AS m, true AS active FROM activity WHERE {activity} GROUP BY ALL
    UNION ALL BY NAME SELECT customer_id, {number} AS m, sum(amount) AS revenue, sum(margin) AS margin
    FROM lines WHERE {lines} GROUP BY ALL
) GROUP BY ALL
"""
MONEY = ("revenue", "margin")
GROWN = """
SELECT born, m - born AS age, count(*) FILTER (WHERE active) AS active, sum(revenue) AS revenue, sum(margin) AS margin
FROM monthly JOIN (SELECT customer_id, min(m) AS born FROM monthly WHERE active GROUP BY ALL) USING (customer_id)
WHERE m >= born GROUP BY ALL ORDER BY ALL
"""


def cohorts(connection: duckdb.DuckDBPyConnection, whole: Grid, money: tuple[str, ...]) -> dict[str, Any]:
    """Customers, active, and `money` (revenue, margin) by month of first activity and months since; only months that are over.

    `pooled` is over all cohorts that have reached an age, with Wilson intervals and money per customer of the cohort.
    """
    months = grid("month", whole.first, whole.as_of, 0)
    number = months.number("happened_at")
    connection.execute(MONTHLY.format(number=number, activity=months.seen("activity"), lines=months.seen("lines")))
    over = len(months.spans) - (months.spans[-1].end > whole.as_of)
    found = {(born, age): dict(zip(("active", *MONEY), rest, strict=True)) for born, age, *rest in _grown(connection)}
    rows = []
    for born in range(over):
        cells = [found.get((born, age), {}) for age in range(over - born)]
        if not cells[0]:
            continue
        row: dict[str, Any] = {
            "cohort": months.spans[born].label,
            "customers": cells[0]["active"],
            "partial": months.spans[born].partial,
            "active": [cell.get("active", 0) for cell in cells],
        }
        rows.append(row | {name: [float(cell.get(name) or 0) for cell in cells] for name in money})
    return {"rows": rows, "pooled": _pooled(rows, money)}


def _grown(connection: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = connection.execute(GROWN).fetchall()
    return rows


def _pooled(rows: list[dict[str, Any]], money: tuple[str, ...]) -> list[dict[str, float]]:
    pooled = []
    for age in range(max((len(row["active"]) for row in rows), default=0)):
        old = [row for row in rows if len(row["active"]) > age]
        customers, active = sum(row["customers"] for row in old), sum(row["active"][age] for row in old)
        low, high = wilson(active, customers)
        point = {"age": age, "customers": customers, "share": active / customers, "low": low, "high": high}
        pooled.append(point | {f"{name}_per_customer": sum(row[name][age] for row in old) / customers for name in money})
    return pooled
