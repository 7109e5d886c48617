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
    with refused(f"source.tables.{table}"):
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
    written = write_parquet(connection, _numbered(table, mapped), folder / f"{table}.parquet", ", ".join(_order(table)))
    merged = rows_in - sum(quarantined.values()) - written
    first, last = _span(connection, table)
    connection.execute("DROP TABLE judged")
    connection.execute("DROP TABLE merged")
    if not written:
        worst = max(quarantined, key=lambda rule: quarantined[rule])
        raise DataUnfitError(
            f"{table}: none of {rows_in:,} rows is usable; {quarantined[worst]:,} break {worst} (e.g. see the mapping)"
        )
    return Account(rows_in, written, merged, quarantined, first, last)


def _order(table: str) -> list[str]:
    """A total order of a clean table's rows: customer, time, then every other column."""
    first = ["customer_id", TABLES[table].dated_by]
    return first + [name for name in TABLES[table].columns if name not in first]


def _numbered(table: str, mapped: tuple[str, ...]) -> str:
    """The accepted rows with the key part a source does not map numbered."""
    number = {name: within for name, within in NUMBERED_WITHIN.items() if name in TABLES[table].columns and name not in mapped}
    if not number:
        return "SELECT * FROM merged"
    ((name, within),) = number.items()
    order = ", ".join(column for column in _order(table) if column != name)
    partition = f"PARTITION BY {', '.join(within)} " if within else ""
    return f"SELECT * REPLACE (CAST(row_number() OVER ({partition}ORDER BY {order}) AS VARCHAR) AS {name}) FROM merged"


def _write_quarantine(connection: duckdb.DuckDBPyConnection, table: str, path: Path) -> None:
    raw = ", ".join(f"raw_{name} AS {name}" for name in TABLES[table].columns)
    order = "rule, " + ", ".join(TABLES[table].columns)
    write_parquet(connection, f"SELECT rule, {raw} FROM judged WHERE rule IS NOT NULL", path, order)


def _span(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[str | None, str | None]:
    dated_by = TABLES[table].dated_by
    row = connection.execute(f"SELECT CAST(min({dated_by}) AS VARCHAR), CAST(max({dated_by}) AS VARCHAR) FROM merged").fetchone()
    return row if row else (None, None)
