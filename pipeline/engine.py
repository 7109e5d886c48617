"""The SQL engine: one DuckDB connection per stage, Parquet in, Parquet out, sorted so that same inputs give same bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from pipeline.disk import scratch
from pipeline.errors import DataUnfitError, ServiceError
from pipeline.personal import hidden


@contextmanager
def engine(memory: str | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """An in-memory DuckDB that spills to a private folder, keeps UTC and never reaches for the network.

    `memory` bounds what its tables and queries hold before they spill ("2GB"); most of the machine's when None.
    """
    limit = {"memory_limit": memory} if memory else {}
    with scratch("churn-engine") as folder:
        connection = duckdb.connect(
            ":memory:",
            config={"temp_directory": str(folder), "autoinstall_known_extensions": "false", **limit},
        )
        try:
            connection.execute("SET TimeZone = 'UTC'")
            with suppress(duckdb.InvalidInputException):  # a notebook without widgets has no bar, and refuses to hear of it
                connection.execute("SET enable_progress_bar = false")
            yield connection
        except duckdb.Error as error:
            if not no_room(error):
                raise
            place = re.search(r'write file \\?"([^"\\]+)', str(error))
            raise ServiceError(
                f"{place[1] if place else folder}: no room left on the disk; make room, or set TMPDIR to another, and run again"
            ) from None
        except RuntimeError as error:  # what the engine makes of Ctrl-C while a query runs
            if str(error) != "Query interrupted":
                raise
            raise KeyboardInterrupt from None
        finally:
            connection.close()


NO_ROOM = ("Could not write file", "No space left", "File too large", "failed to offload")


def no_room(error: duckdb.Error) -> bool:
    """Whether it is the disk that fails, and neither a file nor a query."""
    return isinstance(error, (duckdb.IOException, duckdb.OutOfMemoryException)) and any(text in str(error) for text in NO_ROOM)


@contextmanager
def refused(where: str, kinds: tuple[type[duckdb.Error], ...] = (duckdb.Error,)) -> Iterator[None]:
    """What the engine refuses inside (a malformed file, an expression of the configuration) becomes one line naming `where`.

    `kinds` are the errors that can only be the user's there.
    """
    try:
        yield
    except kinds as error:
        if no_room(error):
            raise
        raise DataUnfitError(f"{where}: {one_line(error)}") from None


OURS = (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException)


@contextmanager
def unreadable(where: str, files: list[str], discreet: bool = False) -> Iterator[None]:
    """What goes wrong while the engine reads files inside becomes one line naming `where`, and a file if there is only one.

    `discreet` leaves out what is quoted: it may be a customer. A query that does not even bind is our mistake and stays what it
    is; a full disk is told by `engine`.
    """
    named = f"{where}: {files[0]}" if len(files) == 1 else where
    try:
        yield
    except duckdb.Error as error:
        if isinstance(error, OURS) or no_room(error):
            raise
        told = re.sub(r"(['\"]).*?\1", "'…'", one_line(error)) if discreet else one_line(error)
        raise DataUnfitError(f"{named}: {told}") from None


def spill(connection: duckdb.DuckDBPyConnection) -> Path:
    """The private folder of an engine, gone with it."""
    return Path(str(scalar(connection, "SELECT current_setting('temp_directory')")))


def quoted(value: str | Path) -> str:
    """A SQL string literal."""
    return "'" + str(value).replace("'", "''") + "'"


def write_parquet(connection: duckdb.DuckDBPyConnection, query: str, path: Path, order_by: str | None = None) -> int:
    """Write a query's rows to one Parquet file, sorted by `order_by` (a total order) unless they are already; return the rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    target = f"{quoted(path)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)"
    ordered = f"SELECT * FROM ({query}) ORDER BY {order_by}" if order_by else query
    result = connection.execute(f"COPY ({ordered}) TO {target}").fetchone()
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
