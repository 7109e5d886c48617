"""What five points of retention are worth: a what-if on what earlier customers brought as they grew older."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import duckdb

from pipeline.config import Definition
from pipeline.contract.facts import seen_at, timestamp
from pipeline.kpis.intervals import wilson
from pipeline.kpis.spans import Grid

POINTS = 0.05
UNITS = (365, 90, 30)  # days of a year of life, or less where the data is shorter
ASSUMPTIONS = (
    "Customers kept by the extra points are worth as much as those who stay anyway; in truth they are probably worth less.",
    "Retention and spending stay as they were; nothing is discounted; what keeping them costs is not subtracted.",
    "Only ages that earlier customers have reached are counted: nothing is extrapolated.",
)
KEPT = """
SELECT count(*), count(*) FILTER (WHERE stayed) FROM (
    SELECT customer_id, bool_or(happened_at >= {then} - INTERVAL {days} DAY AND happened_at < {then}) AS was,
        bool_or(happened_at >= {today} - INTERVAL {days} DAY) AS stayed
    FROM activity WHERE {seen} GROUP BY customer_id
) WHERE was
"""
# Ages are counted from each customer's own first day, so all of a cohort's customers have lived the whole of an age.
AGED = """
WITH born AS (
    SELECT customer_id, date_trunc('day', min(happened_at)) AS born FROM activity WHERE {seen_activity} GROUP BY customer_id
),
ages AS (SELECT CAST(range AS INTEGER) AS age FROM range({most})),
lived AS (
    SELECT age, count(*) AS customers FROM born JOIN ages ON born + INTERVAL {unit} DAY * (age + 1) <= {today} GROUP BY age
),
paid AS (
    SELECT CAST(date_diff('day', born, happened_at) // {unit} AS INTEGER) AS age, sum(amount) AS revenue, sum(margin) AS margin
    FROM lines JOIN born USING (customer_id)
    WHERE {seen_lines} AND happened_at >= born
        AND born + INTERVAL {unit} DAY * (date_diff('day', born, happened_at) // {unit} + 1) <= {today}
    GROUP BY ALL
)
SELECT age, customers, coalesce(revenue, 0), margin FROM lived LEFT JOIN paid USING (age) ORDER BY age
"""
RECENT = """
SELECT count(*) FROM (SELECT min(happened_at) AS born FROM activity WHERE {seen} GROUP BY customer_id) WHERE born >= {then}
"""


def worth(connection: duckdb.DuckDBPyConnection, grid: Grid, definition: Definition, has: frozenset[str]) -> dict[str, Any]:
    """Retention over a year (or what the data holds), the value of each age, and both with five points more.

    With retention r, a customer of age j is still there with a chance proportional to rʲ, so r + 0.05 multiplies the value of
    age j by ((r + 0.05) / r)ʲ.
    """
    days = (grid.as_of - grid.first).days
    unit = next((unit for unit in UNITS if days >= unit + max(unit, definition.active_days)), None)
    unit = unit or next((unit for unit in UNITS if days >= 2 * unit), None)
    if definition.kind == "renewal" or unit is None or "transactions.amount" not in has:
        why = "contracts: see renewals" if definition.kind == "renewal" else "needs transactions.amount and 60 days of history"
        return {"absent": why}
    then, today = timestamp(grid.as_of - timedelta(days=unit)), timestamp(grid.as_of)
    seen = seen_at(today, "activity")
    row = connection.execute(KEPT.format(then=then, today=today, days=definition.active_days, seen=seen)).fetchone()
    start, stayed = row or (0, 0)
    if not stayed:
        return {"absent": f"nobody who was active {unit} days ago is active today"}
    aged = connection.execute(
        AGED.format(unit=unit, today=today, most=days // unit, seen_activity=seen, seen_lines=seen_at(today, "lines"))
    ).fetchall()
    recent = connection.execute(RECENT.format(seen=seen, then=then)).fetchone()
    low, high = wilson(stayed, start)
    r, customers = stayed / start, int(recent[0]) if recent else 0
    more = min(r + POINTS, 1.0)
    told: dict[str, Any] = {
        "unit_days": unit,
        "truncated": (grid.as_of - timedelta(days=unit + definition.active_days)) < grid.first,
        "customers": start,
        "retention": r,
        "low": low,
        "high": high,
        "retention_more": more,
        "new_customers": customers,
        "assumptions": list(ASSUMPTIONS),
    }
    money = {"revenue": [float(r) / n for _, n, r, _ in aged]}
    if "transactions.margin" in has:
        money["margin"] = [float(m or 0) / n for _, n, _, m in aged]
    return told | {name: _valued(values, r, more, customers) for name, values in money.items()}


def _valued(ages: list[float], r: float, more: float, customers: int) -> dict[str, Any]:
    """Value per customer by age, of all ages, and how much more it is with more retention, for the customers of a year."""
    value = sum(ages)
    grown = sum(v * (more / r) ** age for age, v in enumerate(ages))
    return {
        "by_age": ages,
        "per_customer": value,
        "per_customer_more": grown - value,
        "more_share": (grown - value) / value if value > 0 else None,
        "more_of_new_customers": (grown - value) * customers,
    }
