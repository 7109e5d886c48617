"""Cohorts: of the customers first active in a month, how many are active again and what they spend, month by month of life."""

from __future__ import annotations

from typing import Any

import duckdb

from pipeline.kpis.intervals import wilson
from pipeline.kpis.spans import Grid, grid

# A customer's months: active by the churn definition in it, and the revenue of it.
MONTHLY = """
CREATE OR REPLACE TABLE monthly AS
SELECT customer_id, CAST(m AS INTEGER) AS m, bool_or(active) AS active, sum(revenue) AS revenue FROM (
    SELECT customer_id, {number} AS m, true AS active, NULL AS revenue FROM activity WHERE {activity} GROUP BY ALL
    UNION ALL BY NAME SELECT customer_id, {number} AS m, sum(amount) AS revenue FROM lines WHERE {lines} GROUP BY ALL
) GROUP BY ALL
"""
GROWN = """
SELECT born, m - born AS age, count(*) FILTER (WHERE active) AS active, sum(revenue) AS revenue
FROM monthly JOIN (SELECT customer_id, min(m) AS born FROM monthly WHERE active GROUP BY ALL) USING (customer_id)
WHERE m >= born GROUP BY ALL ORDER BY ALL
"""


def cohorts(connection: duckdb.DuckDBPyConnection, whole: Grid, with_money: bool) -> dict[str, Any]:
    """Customers, active and revenue by month of first activity and months since; only months that are over.

    `pooled` is over all cohorts that have reached an age, with Wilson intervals and revenue per customer of the cohort.
    """
    months = grid("month", whole.first, whole.as_of, 0)
    number = months.number("happened_at")
    connection.execute(MONTHLY.format(number=number, activity=months.seen("activity"), lines=months.seen("lines")))
    over = len(months.spans) - (months.spans[-1].end > whole.as_of)
    found = {(born, age): (active, revenue) for born, age, active, revenue in connection.execute(GROWN).fetchall()}
    rows = []
    for born in range(over):
        counts = [found.get((born, age), (0, None)) for age in range(over - born)]
        if not counts[0][0]:
            continue
        row: dict[str, Any] = {
            "cohort": months.spans[born].label,
            "customers": counts[0][0],
            "partial": months.spans[born].partial,
            "active": [active for active, _ in counts],
        }
        rows.append(row | ({"revenue": [float(revenue or 0) for _, revenue in counts]} if with_money else {}))
    return {"rows": rows, "pooled": _pooled(rows, with_money)}


def _pooled(rows: list[dict[str, Any]], with_money: bool) -> list[dict[str, float]]:
    pooled = []
    for age in range(max((len(row["active"]) for row in rows), default=0)):
        old = [row for row in rows if len(row["active"]) > age]
        customers, active = sum(row["customers"] for row in old), sum(row["active"][age] for row in old)
        low, high = wilson(active, customers)
        point = {"age": age, "customers": customers, "share": active / customers, "low": low, "high": high}
        if with_money:
            point["revenue_per_customer"] = sum(row["revenue"][age] for row in old) / customers
        pooled.append(point)
    return pooled
