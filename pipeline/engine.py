"""The SQL engine: one DuckDB connection per stage, Parquet in, Parquet out, sorted so that same inputs give same bytes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from pipeline.contract.personal import hidden
from pipeline.errors import DataUnfitError


@contextmanager
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    """An in-memory DuckDB that spills to a private folder, keeps UTC and never reaches for the network."""
    with TemporaryDirectory(prefix="churn-engine-") as spill:
        connection = duckdb.connect(":memory:", config={"temp_directory": spill, "autoinstall_known_extensions": "false"})
        try:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute("SET enable_progress_bar = false")
            yield connection
        finally:
            connection.close()


@contextmanager
def refused(where: str, kinds: tuple[type[duckdb.Error], ...] = (duckdb.Error,)) -> Iterator[None]:
    """What the engine refuses inside (a malformed file, an expression of the configuration) becomes one line naming `where`.

    `kinds` are the errors that can only be the user's there.
    """
    try:
        yield
    except kinds as error:
        raise DataUnfitError(f"{where}: {one_line(error)}") from None


def quoted(value: str | Path) -> str:
    """A SQL string literal."""
    return "'" + str(value).replace("'", "''") + "'"


def write_parquet(connection: duckdb.DuckDBPyConnection, query: str, path: Path, order_by: str) -> int:
    """Write a query's rows to one Parquet file, sorted by `order_by` (which must name a total order); return the rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    target = f"{quoted(path)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)"
    result = connection.execute(f"COPY (SELECT * FROM ({query}) ORDER BY {order_by}) TO {target}").fetchone()
    return int(result[0]) if result else 0


def one_line(error: duckdb.Error) -> str:
    """What the engine complains of and the file it was reading, without pictures of the query, rows of the data and contacts."""
    lines = [line for line in str(error).splitlines() if line.strip() and not line.startswith(("LINE", " ", "Original Line"))]
    files = [line.strip() for line in str(error).splitlines() if line.startswith("  file = ")]
    return " ".join([*files, hidden(" ".join(lines[:2])).removesuffix("The search space used was:")[:300]]).strip()


def scalar(connection: duckdb.DuckDBPyConnection, query: str) -> object:
    """The first value of a query's first row, or None."""
    row = connection.execute(query).fetchone()
    return None if row is None else row[0]
