"""A query to a database -> a Parquet file of text columns, streamed; nothing is rounded, nothing is written to the database."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Connection, CursorResult, Engine, NullPool, create_engine, event, exc

from pipeline.errors import ConfigError, ServiceError
from pipeline.sources.address import Address, address_of, redacted
from pipeline.sources.cell import as_text

ROWS, CELLS = 50_000, 1_000_000  # of one batch, whichever is fewer
PACKAGES = {"psycopg": "psycopg[binary]", "psycopg2": "psycopg2-binary", "mysqldb": "mysqlclient"}
SECONDS = 10
PATIENCE: dict[str, dict[str, int]] = {
    "psycopg": {"connect_timeout": SECONDS, "keepalives_idle": 30},
    "psycopg2": {"connect_timeout": SECONDS, "keepalives_idle": 30},
    "pymysql": {"connect_timeout": SECONDS},
    "mysqldb": {"connect_timeout": SECONDS},
}
READ_ONLY = {
    # a time with a zone would otherwise be written as the server's or the machine's own zone has it
    "postgresql": ("SET TRANSACTION READ ONLY", "SET LOCAL TIME ZONE 'UTC'"),
    "mysql": ("SET SESSION TRANSACTION READ ONLY",),
    "mariadb": ("SET SESSION TRANSACTION READ ONLY",),
    "sqlite": ("PRAGMA query_only = ON",),
}
REFUSALS = (exc.ProgrammingError, exc.DataError, exc.IntegrityError, exc.InternalError, exc.NotSupportedError)
SQLITE_REFUSES = (1, 8)  # SQLITE_ERROR: wrong SQL; SQLITE_READONLY: a query that writes


def spool(database: str, query: str, target: Path, where: str) -> None:
    """Write the rows of a query to the Parquet file `target`, every column as text; memory does not grow with the rows.

    `database` is an SQLAlchemy URL or `env:NAME`, a variable that holds one; `where` is the mapping's key, for messages. The
    transaction is read only and rolled back. Raises ConfigError for a wrong URL or query, ServiceError for a database that does
    not answer or stops answering; `target` is then not written.
    """
    address = address_of(database)
    engine = _engine(address)
    partial = target.with_name(f".{target.name}.partial")
    try:
        with _connected(engine, address) as connection:
            with _asked(address, f"{where}.query"):
                result = _execute(connection, query, where)
            with _closed(result):
                _write(_batches(result, where), partial, lambda: _asked(address, f"{where}.query"))
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
        engine.dispose()


def _engine(address: Address) -> Engine:
    """An engine without a pool; a driver that is not there is one line saying what to install."""
    url = address.url
    try:
        dialect = url.get_dialect()
        if dialect.is_async:
            raise ConfigError(f"source.database: the driver {dialect.driver} is asynchronous; name another, such as psycopg")
        patience = {key: value for key, value in PATIENCE.get(dialect.driver, {}).items() if key not in url.query}
        with warnings.catch_warnings():
            warnings.simplefilter("error", exc.SAWarning)  # an option that a driver ignores is a mistake in the URL
            engine = create_engine(url, poolclass=NullPool, connect_args=patience, hide_parameters=True)
    except exc.NoSuchModuleError:
        kind = redacted(url.drivername, address.secrets)
        raise ConfigError(
            f"source.database: SQLAlchemy has no dialect {kind}; correct it, or pip install the package that brings it"
        ) from None
    except ImportError as error:
        module = (error.name or dialect.driver).split(".")[0]
        package = PACKAGES.get(module.lower(), module)
        raise ServiceError(
            f"source.database: the driver {module} is not installed; run `pip install '{package}'`, or name another: "
            f"{url.get_backend_name()}+DRIVER://…"
        ) from None
    except (exc.ArgumentError, exc.SAWarning, TypeError, ValueError) as error:
        raise ConfigError(f"source.database: {address.name}: {address.told(error)}; correct the URL") from None
    if dialect.driver == "psycopg":
        from pipeline.sources.verbatim import keep_text

        event.listen(engine, "connect", lambda connection, _: keep_text(connection))
    return engine


@contextmanager
def _connected(engine: Engine, address: Address) -> Iterator[Connection]:
    """A connection that cannot write and is rolled back."""
    url = address.url
    file = url.database or ":memory:"
    if url.get_backend_name() == "sqlite" and not file.startswith((":", "file:")) and not Path(file).is_file():
        # SQLite would make an empty database of that name
        raise ServiceError(f"source.database: no file {file}; correct the URL (sqlite:///FILE) or bring the file")
    try:
        connection = engine.connect()
    except (exc.ProgrammingError, TypeError) as error:  # an option in the URL that the driver does not know
        raise ConfigError(f"source.database: {address.name}: {address.told(error)}; correct the URL") from None
    except (exc.DBAPIError, OSError) as error:
        raise ServiceError(
            f"source.database: {address.name} cannot be reached: {address.told(error)}; check host, user and password"
        ) from None
    with connection:
        with _asked(address, "source.database"):
            for statement in READ_ONLY.get(url.get_backend_name(), ()):
                connection.exec_driver_sql(statement)
        yield connection


@contextmanager
def _asked(address: Address, key: str) -> Iterator[None]:
    """What the database refuses inside is a mistake in the query; a connection that ends is a failed service."""
    try:
        yield
    except exc.DBAPIError as error:
        refuses = isinstance(error, REFUSALS) or getattr(error.orig, "sqlite_errorcode", 0) in SQLITE_REFUSES
        if refuses and not error.connection_invalidated:
            raise ConfigError(f"{key}: {address.told(error)}; correct the query") from None
        raise ServiceError(f"{key}: {address.name} failed: {address.told(error)}; run again when it answers") from None
    except exc.SQLAlchemyError as error:
        raise ServiceError(f"{key}: {address.name} failed: {address.told(error)}") from None


def _execute(connection: Connection, query: str, where: str) -> CursorResult[Any]:
    """The open result of a query, which the server holds."""
    # without parameters, so that % and : in the query are the database's business
    streaming = connection.execution_options(stream_results=True, no_parameters=True)
    result = streaming.exec_driver_sql(query)
    if result.cursor is None or not result.cursor.description:
        raise ConfigError(f"{where}.query: it gives no columns; give a SELECT")
    return result


@contextmanager
def _closed(result: CursorResult[Any]) -> Iterator[None]:
    """Close the driver's cursor at the end; SQLAlchemy forgets it where the connection has died."""
    cursor = result.cursor
    try:
        yield
    finally:
        if cursor is not None:
            with suppress(Exception):  # there is no more to it when the connection is gone
                cursor.close()


def _columns(result: CursorResult[Any], where: str) -> list[str]:
    """The names as the database gives them (SQLAlchemy's own lose what stands before a dot)."""
    names = [str(column[0]) for column in result.cursor.description or ()] if result.cursor else []
    seen: set[str] = set()
    for name in names:
        if name.casefold() in seen:
            raise ConfigError(f"{where}.query: two columns are called {name!r} (capitals do not count); rename one with AS")
        seen.add(name.casefold())
    return names


def _batches(result: CursorResult[Any], where: str) -> Iterator[pa.RecordBatch]:
    """The rows as batches of text; the first is empty and has the columns."""
    names = _columns(result, where)
    schema = pa.schema([pa.field(name, pa.string()) for name in names])
    yield pa.RecordBatch.from_pylist([], schema=schema)
    for rows in result.yield_per(max(1, min(ROWS, CELLS // len(names)))).partitions():
        columns = [pa.array(map(as_text, column), type=pa.string()) for column in zip(*rows, strict=True)]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _write(batches: Iterator[pa.RecordBatch], partial: Path, asked: Callable[[], Any]) -> None:
    """Write batches as they come; only fetching them happens under `asked`, so that a full disk is told as such."""
    first = next(batches)
    partial.parent.mkdir(parents=True, exist_ok=True)
    with pq.ParquetWriter(partial, first.schema, compression="zstd") as writer:
        while True:
            with asked():
                batch = next(batches, None)
            if batch is None:
                return
            writer.write_batch(batch)
