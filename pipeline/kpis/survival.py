"""Kaplan-Meier curves from counts by day: how long customers last, and how soon they buy again."""

from __future__ import annotations

from collections.abc import Iterable
from math import exp, log, sqrt
from typing import Any

import duckdb

from pipeline.config import Definition
from pipeline.contract.facts import seen_at, timestamp
from pipeline.kpis.cells import RUNNING
from pipeline.kpis.spans import Grid
from pipeline.statistics.intervals import Z95

STEP_DAYS = 30
SECOND_WITHIN = (30, 60, 90, 180, 365)

Counts = Iterable[tuple[int, int, int]]  # day, events, censored

# `reach` is until when a customer is active after everything up to this row; the first gap after it ends the life.
LIVES = """
SELECT date_diff('day', born, least(ended, {as_of})) AS day, count(*) FILTER (WHERE ended < {as_of}) AS events,
    count(*) FILTER (WHERE ended >= {as_of}) AS censored
FROM (
    SELECT customer_id, min(since) AS born, min(reach) FILTER (WHERE coalesce(following > reach, true)) AS ended FROM (
        SELECT customer_id, since, lead(since) OVER (PARTITION BY customer_id ORDER BY since, until) AS following,
            max(until) OVER (PARTITION BY customer_id ORDER BY since, until ROWS UNBOUNDED PRECEDING) AS reach
        FROM ({active})
    ) GROUP BY customer_id
) GROUP BY day ORDER BY day
"""
BY_SILENCE = "SELECT customer_id, happened_at AS since, happened_at + INTERVAL {days} DAY AS until FROM activity WHERE {seen}"
BY_CONTRACT = """
SELECT customer_id, happened_at AS since, least(expires_at, replaced_at) + INTERVAL {days} DAY AS until FROM (
    SELECT customer_id, happened_at, status, coalesce(expires_at, TIMESTAMP '9000-01-01') AS expires_at,
        coalesce(lead(happened_at) OVER (PARTITION BY subscription_id ORDER BY happened_at, known_at, expires_at),
            TIMESTAMP '9998-01-01') AS replaced_at
    FROM periods WHERE {seen}
) WHERE {running}
"""
SECONDS = """
SELECT date_diff('day', first_at, coalesce(second_at, {as_of})) AS day, count(second_at) AS events,
    count(*) FILTER (WHERE second_at IS NULL) AS censored
FROM (
    SELECT customer_id, min(happened_at) AS first_at, min(happened_at) FILTER (WHERE place = 2) AS second_at FROM (
        SELECT customer_id, happened_at, row_number() OVER (PARTITION BY customer_id ORDER BY happened_at, order_id) AS place
        FROM purchases WHERE opens AND {seen}
    ) GROUP BY customer_id
) GROUP BY day ORDER BY day
"""


def kaplan_meier(counts: Counts) -> list[dict[str, float]]:
    """Share without the event after each day on which one happened (Kaplan & Meier 1958).

    The 95 % interval is Greenwood's variance on the log-log scale (Kalbfleisch & Prentice 1980). Who is censored on a day was
    still at risk of that day's events.
    """
    rows = sorted(counts)
    at_risk = sum(events + censored for _, events, censored in rows)
    survival, variance, made = 1.0, 0.0, []
    for day, events, censored in rows:
        if events:
            survival *= 1 - events / at_risk
            variance += events / (at_risk * (at_risk - events)) if at_risk > events else 0.0
            low, high = _log_log(survival, variance)
            made.append({"day": day, "share": survival, "low": low, "high": high, "at_risk": at_risk})
        at_risk -= events + censored
    return made


def _log_log(survival: float, variance: float) -> tuple[float, float]:
    if not 0 < survival < 1:
        return survival, survival
    half = Z95 * sqrt(variance) / -log(survival)
    return survival ** exp(half), survival ** exp(-half)


def at(curve: list[dict[str, float]], day: int) -> dict[str, float]:
    """The curve on a day: the value of the last event before or on it."""
    known = [point for point in curve if point["day"] <= day]
    start = {"share": 1.0, "low": 1.0, "high": 1.0}
    return {"day": day} | {name: (known[-1] if known else start)[name] for name in ("share", "low", "high")}


def lives(connection: duckdb.DuckDBPyConnection, grid: Grid, definition: Definition) -> dict[str, Any]:
    """Survival by days since the first activity; a life ends when the customer first stops being active by the definition."""
    today = timestamp(grid.as_of)
    if definition.kind == "renewal":
        active = BY_CONTRACT.format(days=definition.grace_days, seen=seen_at(today, "periods"), running=RUNNING)
    else:
        active = BY_SILENCE.format(days=definition.active_days, seen=seen_at(today, "activity"))
    return _told(connection.execute(LIVES.format(as_of=today, active=active)).fetchall())


def second_purchase(connection: duckdb.DuckDBPyConnection, grid: Grid) -> dict[str, Any]:
    """Days from the first to the second purchase; who has bought once waits until today."""
    today = timestamp(grid.as_of)
    counts = connection.execute(SECONDS.format(as_of=today, seen=seen_at(today, "purchases"))).fetchall()
    told = _told(counts)
    curve = kaplan_meier(counts)
    within = [day for day in SECOND_WITHIN if day <= (grid.as_of - grid.first).days]
    told["within"] = [
        {"days": day, "share": 1 - point["share"], "low": 1 - point["high"], "high": 1 - point["low"]}
        for day in within
        for point in (at(curve, day),)
    ]
    return told


def _told(counts: list[tuple[int, int, int]]) -> dict[str, Any]:
    curve = kaplan_meier(counts)
    last = max((day for day, _, _ in counts), default=0)
    return {
        "customers": sum(events + censored for _, events, censored in counts),
        "events": sum(events for _, events, _ in counts),
        "median_days": next((point["day"] for point in curve if point["share"] <= 0.5), None),
        "curve": [at(curve, day) for day in range(0, last + 1, STEP_DAYS)],
    }
