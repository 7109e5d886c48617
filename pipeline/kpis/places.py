"""Dimensions: the value each customer has in each period; they split customers, not rows, so cells add up to `all`."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from pipeline.contract.facts import timestamp
from pipeline.engine import quoted, scalar
from pipeline.kpis.spans import Grid

UNKNOWN, OTHER = "(unknown)", "(other)"
MOST_VALUES = 30
COLUMNS = {"channel": "transactions.channel", "category": "transactions.category"}


@dataclass(frozen=True)
class Dimension:
    """One that a source offers.

    `column` holds its codes in the table places, `values` their words. It is `moving` when a customer's value may change from
    period to period, and `undated` when it is only known as of today.
    """

    name: str
    column: str
    values: tuple[str, ...]
    moving: bool
    undated: bool


# (who, k, first, last): the first and last value a customer had in a period; -1 is the time before the first period.
BOUGHT = {
    "channel": "SELECT who, k, first_channel AS first, last_channel AS last FROM sold JOIN people USING (customer_id) "
    "WHERE last_channel IS NOT NULL",
    "category": "SELECT who, k, category AS first, category AS last FROM sold JOIN people USING (customer_id) "
    "WHERE category IS NOT NULL",
}
COHORT = "SELECT who, -1 AS k, {label} AS first, first AS last FROM people WHERE first_at IS NOT NULL"
ATTRIBUTE = """
SELECT who, k, arg_min(value, struct_pack(a := since, b := value)) AS first,
    arg_max(value, struct_pack(a := since, b := value)) AS last
FROM (
    SELECT who, value, coalesce(valid_from, TIMESTAMP '0001-01-01') AS since,
        CASE WHEN valid_from >= {origin} THEN {number} ELSE -1 END AS k
    FROM attributes JOIN people USING (customer_id)
    WHERE name = {name} AND value IS NOT NULL AND coalesce(greatest(valid_from, recorded_at) < {as_of}, true)
) GROUP BY who, k
"""
# As of the start of a period; who had no value by then has the first one of that period.
CHANGES = """
CREATE OR REPLACE TABLE changes AS
SELECT who, k_in, code FROM (
    SELECT who, k AS k_in, CASE WHEN k < 0 THEN last ELSE first END AS value FROM history
    QUALIFY row_number() OVER (PARTITION BY who ORDER BY k) = 1
    UNION ALL SELECT who, k + 1, last FROM history WHERE k >= 0
) JOIN words USING (value)
QUALIFY coalesce(code <> lag(code) OVER (PARTITION BY who ORDER BY k_in), true)
"""
WORDS = """
CREATE OR REPLACE TABLE words AS
SELECT value, CASE WHEN place <= {most} THEN place ELSE {most} + 1 END AS code
FROM (SELECT last AS value, CAST(row_number() OVER (ORDER BY count(DISTINCT who) DESC, last) AS SMALLINT) AS place FROM
    (SELECT who, last FROM history UNION ALL SELECT who, first FROM history) GROUP BY last)
"""


def open_places(
    connection: duckdb.DuckDBPyConnection, grid: Grid, names: tuple[str, ...], has: set[str]
) -> tuple[tuple[Dimension, ...], dict[str, str]]:
    """Create the table places (who, k, flags, a code per dimension); the dimensions there are, and why others are not."""
    connection.execute(
        "CREATE TABLE places AS SELECT who, k, coalesce(starting, false) AS starting, coalesce(ending, false) AS ending, "
        "coalesce(acquired, false) AS acquired, coalesce(reactivated, false) AS reactivated, "
        "coalesce(starting OR acting, false) AS present, coalesce(k >= member_k, false) AS member, flow.last_at, first_at FROM "
        "(SELECT who, k FROM flow UNION SELECT who, k FROM sales UNION SELECT who, k FROM events_done) "
        "LEFT JOIN flow USING (who, k) JOIN people USING (who)"
    )
    made: list[Dimension] = []
    absent: dict[str, str] = {}
    for name in dict.fromkeys(names):
        history = _history(name, grid, has)
        if history is None:
            absent[name] = f"needs {COLUMNS.get(name, f'attributes:{name}')}, which this source lacks"
            continue
        made.append(_add(connection, name, history, number=len(made)))
    connection.execute("DROP TABLE IF EXISTS sold")
    return tuple(made), absent


def _history(name: str, grid: Grid, has: set[str]) -> str | None:
    if name == "cohort":
        yearly = {"year": "strftime(first_at, '%Y')", "quarter": "strftime(first_at, '%Y-Q') || quarter(first_at)"}
        return COHORT.format(label=yearly.get(str(grid.period), "strftime(first_at, '%Y-%m')"))
    if name in COLUMNS:
        return BOUGHT[name] if COLUMNS[name] in has else None
    if f"attributes:{name}" not in has:
        return None
    return ATTRIBUTE.format(
        name=quoted(name), number=grid.number("valid_from"), origin=timestamp(grid.origin), as_of=timestamp(grid.as_of)
    )


def _add(connection: duckdb.DuckDBPyConnection, name: str, history: str, number: int) -> Dimension:
    """Give every place its code: 0 where nothing is known, the most frequent value is 1."""
    connection.execute(f"CREATE OR REPLACE TABLE history AS {history}")
    most = 10_000 if name == "cohort" else MOST_VALUES
    connection.execute(WORDS.format(most=most))
    connection.execute(CHANGES)
    moving = bool(scalar(connection, "SELECT count(*) > count(DISTINCT who) FROM changes"))
    column = f"d{number}"
    join = "ASOF LEFT JOIN changes ON places.who = changes.who AND places.k >= changes.k_in"
    if not moving:
        join = "LEFT JOIN changes ON places.who = changes.who AND places.k >= changes.k_in"
    connection.execute(
        f"CREATE OR REPLACE TABLE places AS SELECT places.*, CAST(coalesce(code, 0) AS SMALLINT) AS {column} FROM places {join}"
    )
    values = [UNKNOWN]
    for code, value in connection.execute("SELECT code, min(value) FROM words GROUP BY code ORDER BY code").fetchall():
        values.append(OTHER if code > most else value)
    undated = name not in {*COLUMNS, "cohort"} and bool(
        scalar(connection, f"SELECT count(*) > 0 FROM attributes WHERE name = {quoted(name)} AND valid_from IS NULL")
    )
    return Dimension(name, column, tuple(values), moving, undated)
