"""Dimensions: the value each customer has in each period; they split customers, not rows, so cells add up to `all`."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from pipeline.contract.facts import timestamp
from pipeline.engine import quoted, scalar
from pipeline.kpis.metric import lacks
from pipeline.kpis.spans import Grid

UNKNOWN, OTHER = "(unknown)", "(other)"
MOST_VALUES = 30
BUILT_IN = ("all", "topic", "plan", "month_of_life")  # what rows of figures are split by anyway
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
    "channel": "SELECT who, k, first_channel AS first, last_channel AS last FROM sold WHERE last_channel IS NOT NULL",
    "category": "SELECT who, k, category AS first, category AS last FROM sold WHERE category IS NOT NULL",
}
COHORT = "SELECT who, -1 AS k, {label} AS first, first AS last FROM firsts WHERE first_at IS NOT NULL"
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
CREATE TABLE changes_{column} AS
SELECT who, CAST(k_in AS SMALLINT) AS k_in, code FROM (
    SELECT who, k AS k_in, CASE WHEN k < 0 THEN last ELSE first END AS value FROM history
    QUALIFY row_number() OVER (PARTITION BY who ORDER BY k) = 1
    UNION ALL SELECT who, k + 1, last FROM history WHERE k >= 0
) JOIN words USING (value)
QUALIFY coalesce(code <> lag(code) OVER (PARTITION BY who ORDER BY k_in), true)
"""
WORDS = """
CREATE OR REPLACE TABLE words AS
SELECT value, CAST(CASE WHEN place <= {most} THEN place ELSE {most} + 1 END AS SMALLINT) AS code
FROM (SELECT last AS value, row_number() OVER (ORDER BY count(DISTINCT who) DESC, last) AS place FROM
    (SELECT who, last FROM history UNION ALL SELECT who, first FROM history) WHERE last <> {unknown} GROUP BY last)
UNION ALL SELECT {unknown}, 0
"""
# Who has bought before their value was known moves from the unknown to it.
LATE = """
SELECT count(*) > 0 FROM changes_{column} JOIN (SELECT who, min(k) AS k FROM sold GROUP BY who) USING (who) WHERE k_in > k
"""
# The changes of all moving dimensions side by side, each filled from the one before: places then look them up once.
STEPS = """
CREATE TABLE steps AS SELECT who, k_in, {filled} FROM (SELECT who, k_in, {codes} FROM ({changes}) GROUP BY who, k_in)
WINDOW so_far AS (PARTITION BY who ORDER BY k_in)
"""


def open_places(
    connection: duckdb.DuckDBPyConnection, grid: Grid, names: tuple[str, ...], has: set[str]
) -> tuple[tuple[Dimension, ...], dict[str, str]]:
    """Create the table places: the flow with a code per dimension; the dimensions there are, and why others are not.

    A code is 0 where nothing is known, and 1 for the most frequent value.
    """
    made: list[Dimension] = []
    absent: dict[str, str] = {}
    for name in dict.fromkeys(names):
        if name in BUILT_IN:
            absent[name] = "is a word that figures are split by already; give the attribute another name"
            continue
        history = _history(name, grid, has)
        if history is None:
            absent[name] = lacks(COLUMNS.get(name, f"attributes:{name}"))
            continue
        made.append(_dimension(connection, name, history, column=f"d{len(made)}"))
    moving = [d.column for d in made if d.moving]
    joins = [f"LEFT JOIN changes_{d.column} AS {d.column} ON {d.column}.who = flow.who AND flow.k >= {d.column}.k_in"
             for d in made if not d.moving]  # fmt: skip
    if moving:
        connection.execute(
            STEPS.format(
                filled=", ".join(f"last_value({c} IGNORE NULLS) OVER so_far AS {c}" for c in moving),
                codes=", ".join(f"max({c}) AS {c}" for c in moving),
                changes=" UNION ALL BY NAME ".join(f"SELECT who, k_in, code AS {c} FROM changes_{c}" for c in moving),
            )
        )
        joins.append("ASOF LEFT JOIN steps ON steps.who = flow.who AND flow.k >= steps.k_in")
    codes = "".join(f", coalesce({f'steps.{d.column}' if d.moving else f'{d.column}.code'}, 0) AS {d.column}" for d in made)
    connection.execute(f"CREATE TABLE places AS SELECT flow.*{codes} FROM flow {' '.join(joins)}")
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


def _dimension(connection: duckdb.DuckDBPyConnection, name: str, history: str, column: str) -> Dimension:
    """Give every value its code, and write down when the code of a customer changes."""
    connection.execute(f"CREATE OR REPLACE TABLE history AS {history}")
    most = 10_000 if name == "cohort" else MOST_VALUES
    connection.execute(WORDS.format(most=most, unknown=quoted(UNKNOWN)))
    connection.execute(CHANGES.format(column=column))
    moving = bool(scalar(connection, f"SELECT count(*) > count(DISTINCT who) FROM changes_{column}")) or bool(
        scalar(connection, LATE.format(column=column))
    )
    values = [UNKNOWN]
    for code, value in connection.execute(
        "SELECT code, min(value) FROM words WHERE code > 0 GROUP BY code ORDER BY code"
    ).fetchall():
        values.append(OTHER if code > most else value)
    undated = name not in {*COLUMNS, "cohort"} and bool(
        scalar(connection, f"SELECT count(*) > 0 FROM attributes WHERE name = {quoted(name)} AND valid_from IS NULL")
    )
    return Dimension(name, column, tuple(values), moving, undated)
