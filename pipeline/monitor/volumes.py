"""Facts -> per period and kind how many rows came in, as was known at its end, and how large their figures typically were.

Amounts scatter by what is bought, so that a change of a fifth drowns among those of a month. The price of a product hardly does:
beside the price that the same product had in the periods before, it shows what the amounts cannot.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import duckdb
import pandas as pd

from pipeline.contract.facts import seen_at
from pipeline.model.labels import dates_table

# What is counted: the fact, by what it is split, and the figure whose size is looked at.
SERIES: dict[str, tuple[str, str, str]] = {
    "transactions": ("lines", "CASE WHEN is_return THEN 'return' ELSE 'line' END", "abs(amount)"),
    "orders": ("purchases", "'order'", "amount"),
    "engagements": ("events", "kind", "value"),
    "subscriptions": ("periods", "'change'", "price"),
}
COUNTED = """
SELECT t, '{source}' AS source, CAST({kind} AS VARCHAR) AS kind, count(*) AS rows, count(size) AS sized,
    CAST(sum(size) AS DOUBLE) AS total, CAST(sum(size * size) AS DOUBLE) AS squares
FROM (SELECT t, fact.*, CASE WHEN {figure} > 0 THEN CAST(ln(CAST({figure} AS DOUBLE)) AS DECIMAL(18, 6)) END AS size
    FROM dates JOIN {fact} AS fact ON {seen} AND fact.happened_at >= t - INTERVAL {days} DAY)
GROUP BY ALL
"""

PRICES = "prices"  # the source under which they stand
PRICED = """
WITH sold AS (
    SELECT t, product_id, CAST(ln(CAST(amount / coalesce(quantity, 1) AS DOUBLE)) AS DECIMAL(18, 6)) AS price
    FROM dates JOIN lines ON {seen} AND lines.happened_at >= t - INTERVAL {days} DAY
    WHERE product_id IS NOT NULL AND NOT is_return AND amount > 0 AND coalesce(quantity, 1) > 0
),
periods AS (SELECT t, product_id, count(*) AS lines, sum(price) AS price FROM sold GROUP BY ALL),
before AS (
    SELECT t, product_id, CAST(sum(price) OVER earlier / sum(lines) OVER earlier AS DECIMAL(18, 6)) AS usual FROM periods
    WINDOW earlier AS (PARTITION BY product_id ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
)
SELECT t, '{source}' AS source, 'price' AS kind, count(*) AS rows, count(size) AS sized,
    CAST(sum(size) AS DOUBLE) AS total, CAST(sum(size * size) AS DOUBLE) AS squares
FROM (SELECT t, CAST(price - usual AS DECIMAL(18, 6)) AS size FROM sold JOIN before USING (t, product_id))
GROUP BY ALL
"""


def volumes(connection: duckdb.DuckDBPyConnection, days: Sequence[date], period_days: int) -> pd.DataFrame:
    """(t, source, kind, rows, sized, typical, variance) of the `period_days` before each of `days`; the facts are open.

    Rows count that were dated in the period and known at its end. Of those that have a figure above 0, which are `sized`,
    `typical` is the mean logarithm and `variance` that of the logarithms. Of `prices` the rows are lines of products that
    were sold before, and the figure is the price of one piece as a multiple of the product's geometric mean in earlier periods.
    A kind that is seen at any of the days has a row for each.
    """
    connection.execute(dates_table(tuple(days)))
    queries = [
        COUNTED.format(source=source, kind=kind, figure=figure, fact=fact, seen=seen_at("t", "fact"), days=period_days)
        for source, (fact, kind, figure) in SERIES.items()
    ]
    queries.append(PRICED.format(source=PRICES, seen=seen_at("t", "lines"), days=period_days))
    counted = connection.execute(" UNION ALL ".join(f"({query})" for query in queries)).df().dropna(subset=["kind"])
    every = counted[["source", "kind"]].drop_duplicates().merge(pd.DataFrame({"t": pd.to_datetime(list(days))}), how="cross")
    filled = every.merge(counted, on=["source", "kind", "t"], how="left", validate="1:1").fillna({"rows": 0, "sized": 0})
    filled = filled.sort_values(["source", "kind", "t"], ignore_index=True).astype({"rows": "int64", "sized": "int64"})
    typical = filled["total"] / filled["sized"]
    filled = filled.assign(typical=typical, variance=(filled["squares"] / filled["sized"] - typical**2).clip(lower=0))
    return filled[["t", "source", "kind", "rows", "sized", "typical", "variance"]]
