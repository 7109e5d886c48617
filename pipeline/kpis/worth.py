"""What five points of retention are worth: a what-if on what earlier customers brought as they grew older."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import duckdb

from pipeline.config import Definition
from pipeline.contract.facts import seen_at, timestamp
from pipeline.kpis.cohorts import MONEY
from pipeline.kpis.spans import Grid
from pipeline.statistics.intervals import wilson

POINTS = 0.05
MONTH = 30.4375  # days
UNITS = (365, 90, 30)  # days of a year of life, or less where the data is shorter
ASSUMPTIONS = (
    "Customers kept by the extra points are worth as much as those who stay anyway; in truth they are probably worth less.",
    "Retention and spending stay as they were; nothing is discounted; what keeping them costs is not subtracted.",
    "Customers leave evenly from their first day on, though by the churn definition nobody can be lost before it allows.",
    "Customers first seen when the data begins may be older than they look.",
    "Only ages that earlier customers have reached are counted: nothing is extrapolated.",
)
KEPT = """
SELECT count(*), count(*) FILTER (WHERE stayed) FROM (
    SELECT customer_id, bool_or(happened_at >= {then} - INTERVAL {days} DAY AND happened_at < {then}) AS was,
        bool_or(happened_at >= {today} - INTERVAL {days} DAY) AS stayed
    FROM activity WHERE {seen} GROUP BY customer_id
) WHERE was
"""
RECENT = """
SELECT count(*) FROM (SELECT min(happened_at) AS born FROM activity WHERE {seen} GROUP BY customer_id) WHERE born >= {then}
"""


def worth(
    connection: duckdb.DuckDBPyConnection, grid: Grid, definition: Definition, pooled: list[dict[str, float]]
) -> dict[str, Any]:
    """Retention over a year (or what the data holds), the value of a customer, and how much more it is with five points more.

    `pooled` is money per customer by month of life, of all cohorts that have reached it. With retention r per `unit_days`, who is
    a units old is still there with a chance proportional to rᵃ, so r + 0.05 multiplies that by ((r + 0.05) / r)ᵃ.
    """
    days = (grid.as_of - grid.first).days
    unit = next((unit for unit in UNITS if days >= unit + max(unit, definition.active_days)), None)
    unit = unit or next((unit for unit in UNITS if days >= 2 * unit), None)
    if definition.kind == "renewal" or unit is None or "revenue_per_customer" not in (pooled or [{}])[0]:
        why = "contracts: see renewals" if definition.kind == "renewal" else "needs transactions.amount and 60 days of history"
        return {"absent": why}
    then, today = timestamp(grid.as_of - timedelta(days=unit)), timestamp(grid.as_of)
    seen = seen_at(today, "activity")
    row = connection.execute(KEPT.format(then=then, today=today, days=definition.active_days, seen=seen)).fetchone()
    start, stayed = row or (0, 0)
    if not stayed:
        return {"absent": f"nobody who was active {unit} days ago is active today"}
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
    money = {name: [point[f"{name}_per_customer"] for point in pooled] for name in MONEY if f"{name}_per_customer" in pooled[0]}
    return told | {name: _valued(values, r, more, customers, unit) for name, values in money.items()}


def _valued(months: list[float], r: float, more: float, customers: int, unit: int) -> dict[str, Any]:
    """Value of a customer over all months of life, and how much more it is with more retention, also for all new customers."""
    value = sum(months)
    grown = sum(v * (more / r) ** (age * MONTH / unit) for age, v in enumerate(months))
    return {
        "months": len(months),
        "per_customer": value,
        "per_customer_more": grown - value,
        "more_share": (grown - value) / value if value > 0 else None,
        "more_of_new_customers": (grown - value) * customers,
    }
