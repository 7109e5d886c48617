"""Recency, frequency and monetary value in fifths (Hughes 1994), segments named by them, and who moves between segments."""

from __future__ import annotations

from typing import Any

import duckdb

from pipeline.kpis.spans import Grid
from pipeline.statistics.intervals import wilson

PERIODS = 12  # how many of the latest complete periods are looked at
NEW = "not_yet"
# The first that fits; r and fm from 1 (worst) to 5 (best), fm the mean of frequency and monetary value, rounded up.
SEGMENTS = {
    "champions": "r >= 4 AND fm >= 4",
    "loyal": "r >= 3 AND fm >= 3",
    "new": "r >= 4 AND orders = 1",
    "promising": "r >= 3",
    "at_risk": "fm >= 3",
    "hibernating": "true",
}
# Equal customers share the place of the lowest of them, so fifths do not depend on the order of rows.
SCORED = """
CREATE OR REPLACE TABLE scored AS
WITH so_far AS (
    SELECT who, k, sum(orders) OVER past AS orders, sum(revenue) OVER past AS revenue, max(bought_last) OVER past AS bought_last,
        lead(k, 1, {last}) OVER past AS following
    FROM sales WINDOW past AS (PARTITION BY who ORDER BY k)
), buyers AS (
    SELECT number, who, orders, revenue, bought_last FROM so_far JOIN boundaries ON number > k AND number <= following
    WHERE number >= {first} AND number <= {last} AND orders > 0
)
SELECT number, who, revenue, CASE {cases} END AS segment FROM (
    SELECT number, who, orders, revenue, {r} AS r, (1 + {f} + {m}) // 2 AS fm
    FROM buyers JOIN (SELECT number, count(*) AS n FROM buyers GROUP BY number) USING (number)
)
"""
FIFTH = "CAST(5 * (rank() OVER (PARTITION BY number ORDER BY {of}) - 1) // n + 1 AS INTEGER)"


def rfm(connection: duckdb.DuckDBPyConnection, grid: Grid, with_money: bool) -> dict[str, Any]:
    """Customers and revenue to date per segment at the end of each period, and moves between the segments of two ends."""
    whole = grid.complete[-PERIODS:]
    if not whole:
        return {}
    first, last = whole[0].number, whole[-1].number + 1
    frequency = FIFTH.format(of="orders")
    connection.execute(
        SCORED.format(
            cases=" ".join(f"WHEN {condition} THEN '{name}'" for name, condition in SEGMENTS.items()),
            r=FIFTH.format(of="bought_last"),
            f=frequency,
            m=FIFTH.format(of="revenue") if with_money else frequency,
            first=first,
            last=last,
        )
    )
    sizes = connection.execute("SELECT number, segment, count(*), sum(revenue) FROM scored GROUP BY ALL").fetchall()
    moves = connection.execute(
        f"SELECT b.number - 1, coalesce(a.segment, '{NEW}'), b.segment, count(*) FROM scored AS b "
        f"LEFT JOIN scored AS a ON a.who = b.who AND a.number = b.number - 1 WHERE b.number > {first} GROUP BY ALL"
    ).fetchall()
    labels = {span.number: span.label for span in whole}
    size = {(number, segment): (n, revenue) for number, segment, n, revenue in sizes}
    return {
        "segments": dict(SEGMENTS),
        "sizes": [
            {
                "period": labels[number - 1],
                "segment": segment,
                "customers": n,
                "revenue": None if revenue is None else float(revenue),
            }
            for number in range(first + 1, last + 1)
            for segment in SEGMENTS
            for n, revenue in (size.get((number, segment), (0, None)),)
        ],
        "moves": _moves({(labels[k], a, b): n for k, a, b, n in moves}, [span.label for span in whole]),
    }


def _moves(counted: dict[tuple[str, str, str], int], periods: list[str]) -> list[dict[str, Any]]:
    """Every pair of segments that somebody moved between, with the share of those who were in the first."""
    rows = []
    for period in periods:
        for before in (*SEGMENTS, NEW):
            n = sum(counted.get((period, before, after), 0) for after in SEGMENTS)
            for after in SEGMENTS:
                moved = counted.get((period, before, after), 0)
                if moved:
                    low, high = wilson(moved, n)
                    row = {"period": period, "from": before, "to": after, "customers": moved, "share": moved / n}
                    rows.append(row | {"low": low, "high": high})
    return rows
