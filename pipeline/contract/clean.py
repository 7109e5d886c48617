"""Raw views -> clean tables: rows are accepted, quarantined under a rule's name or merged as exact duplicates; none is lost."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from pipeline.contract.rules import rules
from pipeline.contract.tables import NUMBERED_WITHIN, TABLES
from pipeline.engine import quoted, refused, scalar, write_parquet
from pipeline.errors import DataUnfitError


@dataclass(frozen=True)
class Account:
    """Where the rows of one canonical table went; `rows_in` is their sum."""

    rows_in: int
    accepted: int
    merged: int
    quarantined: dict[str, int]
    first: str | None
    last: str | None

    def __str__(self) -> str:
        left = f", {sum(self.quarantined.values()):,} of them quarantined" if self.quarantined else ""
        return f"{self.accepted:,} rows" + (f" of {self.rows_in:,}{left}" if self.accepted < self.rows_in else "")

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return asdict(self)


def clean_table(
    connection: duckdb.DuckDBPyConnection, table: str, views: list[str], mapped: tuple[str, ...], folder: Path
) -> Account:
    """Judge the rows of a table's raw views and write `<folder>/<table>.parquet` and its quarantine.

    Rows equal in every canonical column are one row: their copies are counted as merged. A key part that the source does not
    map is numbered after that, in the order of the whole row, so that it does not depend on how rows are spread over files.
    """
    columns = TABLES[table].columns
    judged = " UNION ALL ".join(f"SELECT * FROM {view}" for view in views)
    cases = " ".join(f"WHEN {rule.broken} THEN {quoted(rule.name)}" for rule in rules(table, mapped))
    # a ragged line, an expression that fails on a row; anything else the engine refuses here is our mistake
    with refused(f"source.tables.{table}", (duckdb.DataError, duckdb.InvalidInputException)):
        connection.execute(f"CREATE TEMP TABLE judged AS SELECT *, CASE {cases} END AS rule FROM ({judged})")
    rows_in = int(str(scalar(connection, "SELECT count(*) FROM judged")))
    if not rows_in:
        raise DataUnfitError(f"{table}: no rows; check source.tables.{table}.path and .where")
    _write_quarantine(connection, table, folder / "quarantine" / f"{table}.parquet")
    quarantined = dict(
        connection.execute("SELECT rule, count(*) FROM judged WHERE rule IS NOT NULL GROUP BY 1 ORDER BY 1").fetchall()
    )
    values = ", ".join(f"coalesce({name}, {c.otherwise}) AS {name}" if c.otherwise else name for name, c in columns.items())
    connection.execute(f"CREATE TEMP TABLE merged AS SELECT DISTINCT {values} FROM judged WHERE rule IS NULL")
    written = write_parquet(connection, _numbered(connection, table), folder / f"{table}.parquet", ", ".join(_order(table)))
    fit = int(str(scalar(connection, "SELECT count(*) FROM judged WHERE rule IS NULL")))
    merged = fit - int(str(scalar(connection, "SELECT count(*) FROM merged")))
    if rows_in != written + merged + sum(quarantined.values()):
        raise AssertionError(f"{table}: {rows_in} rows in, {written} written, {merged} merged, {quarantined} quarantined")
    first, last = _span(connection, table)
    complaint = _worst(connection, table, mapped) if quarantined else ""
    connection.execute("DROP TABLE judged")
    connection.execute("DROP TABLE merged")
    if not written:
        raise DataUnfitError(f"{table}: none of {rows_in:,} rows is usable; {complaint}")
    return Account(rows_in, written, merged, quarantined, first, last)


def _worst(connection: duckdb.DuckDBPyConnection, table: str, mapped: tuple[str, ...]) -> str:
    """The rule most rows break, how many, with one of their values."""
    found = connection.execute("SELECT rule, count(*) FROM judged WHERE rule IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1")
    name, rows = found.fetchone() or ("", 0)
    (rule,) = [rule for rule in rules(table, mapped) if rule.name == name]
    value = scalar(connection, f"SELECT min(raw_{rule.column}) FROM judged WHERE rule = {quoted(name)}")
    example = f", e.g. {value!r}" if value is not None else ""
    return f"{rows:,} break {name}: {rule.sentence}{example}; correct source.tables.{table}.columns.{rule.column}"


def _order(table: str) -> list[str]:
    """A total order of a clean table's rows: customer, time, then every other column."""
    first = ["customer_id", TABLES[table].dated_by]
    return first + [name for name in TABLES[table].columns if name not in first]


def _numbered(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    """The accepted rows, numbered where their source (or one of its mappings) leaves out a part of the key."""
    for name in set(NUMBERED_WITHIN).intersection(TABLES[table].columns):
        if scalar(connection, f"SELECT count(*) > count({name}) FROM merged"):
            order = ", ".join(column for column in _order(table) if column != name)
            partition = ", ".join([*NUMBERED_WITHIN[name], f"{name} IS NULL"])
            number = f"CAST(row_number() OVER (PARTITION BY {partition} ORDER BY {order}) AS VARCHAR)"
            return f"SELECT * REPLACE (coalesce({name}, {number}) AS {name}) FROM merged"
    return "SELECT * FROM merged"


def _write_quarantine(connection: duckdb.DuckDBPyConnection, table: str, path: Path) -> None:
    raw = ", ".join(f"raw_{name} AS {name}" for name in TABLES[table].columns)
    order = "rule, " + ", ".join(TABLES[table].columns)
    write_parquet(connection, f"SELECT rule, {raw} FROM judged WHERE rule IS NOT NULL", path, order)


def _span(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[str | None, str | None]:
    dated_by = TABLES[table].dated_by
    row = connection.execute(f"SELECT CAST(min({dated_by}) AS VARCHAR), CAST(max({dated_by}) AS VARCHAR) FROM merged").fetchone()
    return row if row else (None, None)
