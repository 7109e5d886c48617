"""Literal rows -> canonical Parquet tables and their facts: the small worlds on which the tests of every room stand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from pipeline.config import Definition, Features, Snapshots
from pipeline.contract.facts import OF_LINES, open_facts
from pipeline.contract.offered import offered
from pipeline.contract.tables import TABLES
from pipeline.engine import engine, quoted
from pipeline.features.catalog import catalog
from pipeline.features.compile import compile_features, open_attributes, open_ready, usable
from pipeline.features.spec import Feature

Row = dict[str, object]
Tables = dict[str, list[Row]]

WINDOWS = (7, 14, 30, 60, 90, 180, 365)


def definition(**changes: object) -> Definition:
    """No purchase within 90 days among those active in the last year, unless told otherwise."""
    return Definition.model_validate(
        {"kind": "purchase", "horizon_days": 90, "active_days": 365, "gap_days": 0, "grace_days": 14, "min_tenure_days": 0}
        | changes
    )


def snapshots(**changes: object) -> Snapshots:
    """Twelve snapshots, thirty days apart, unless told otherwise."""
    return Snapshots.model_validate(
        {
            "as_of": None,
            "count": 12,
            "origins": 4,
            "stride_days": 30,
            "min_history_days": 45,
            "max_stale_days": 7,
            "max_rows": 1_000_000,
        }
        | changes
    )


def write_tables(folder: Path, tables: Tables) -> Path:
    """Write each table's rows (columns left out are null) as `<folder>/<table>.parquet` with the canonical types."""
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        for table, rows in tables.items():
            columns = TABLES[table].columns
            unknown = {name for row in rows for name in row} - set(columns)
            assert not unknown, f"{table} has no columns {unknown}"
            typed = ", ".join(f"{name} {column.type}" for name, column in columns.items())
            connection.execute(f"CREATE TABLE {table} ({typed})")
            values = ", ".join("(" + ", ".join(_literal(_given(row, name)) for name in columns) + ")" for row in rows)
            if rows:
                connection.execute(f"INSERT INTO {table} VALUES {values}")
            connection.execute(f"COPY {table} TO {quoted(folder / f'{table}.parquet')} (FORMAT parquet)")
    return folder


def _given(row: Row, name: str) -> object:
    """What the row says; what ingest would have filled in where it says nothing."""
    if name == "is_return" and row.get(name) is None and "ordered_at" in row:
        return Decimal(str(row.get("amount") or 0)) < 0
    if name == "arm" and row.get(name) is None:
        return "contact"
    return row.get(name)


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    return quoted(value.isoformat(sep=" ") if isinstance(value, datetime) else str(value))


@contextmanager
def facts(tables: Tables, churn: Definition | None = None) -> Iterator[tuple[duckdb.DuckDBPyConnection, set[str]]]:
    """An engine in which the tables and their facts are open, and the names of the tables that exist."""
    with TemporaryDirectory() as folder, engine() as connection:
        yield connection, open_facts(connection, write_tables(Path(folder), tables), churn or definition(), OF_LINES)


def at_risk(connection: duckdb.DuckDBPyConnection, rows: list[tuple[str, datetime]]) -> None:
    """The table of (customer_id, t) for which features are wanted."""
    values = ", ".join(f"({_literal(customer)}, TIMESTAMP {_literal(t)})" for customer, t in rows)
    connection.execute(f"CREATE TABLE at_risk AS SELECT * FROM (VALUES {values}) AS v(customer_id, t)")


def configured(windows: tuple[int, ...] = WINDOWS, include: tuple[str, ...] = (), exclude: tuple[str, ...] = ()) -> Features:
    """The section of the configuration."""
    attributes = ("country", "tier", "acquisition_channel", "preferred_channel")
    return Features(windows=windows, attributes=attributes, include=include, exclude=exclude)


def every_feature(churn: Definition, windows: tuple[int, ...] = WINDOWS) -> tuple[Feature, ...]:
    """The catalogue, of a company with rewards and tiers."""
    return catalog(configured(windows), churn, reward_points=(500, 200), tier_spending=(20, 1_000))


def left_out(churn: Definition) -> tuple[str, ...]:
    """The numbers and words that are in the matrix only if asked for."""
    return tuple(feature.name for feature in every_feature(churn) if not feature.in_matrix and feature.name != "purchases_gaps")


def features_of(
    tables: Tables,
    rows: list[tuple[str, datetime]],
    *,
    churn: Definition | None = None,
    windows: tuple[int, ...] = WINDOWS,
    static: tuple[str, ...] = (),
    include: tuple[str, ...] = (),
    exclude: tuple[str, ...] = (),
    has: set[str] | None = None,
    often: bool = True,
) -> dict[tuple[str, datetime], dict[str, object]]:
    """Feature values by (customer, t), of those whose needs are met; `has` adds to what the tables offer, `often` is how."""
    churn = churn or definition()
    with facts(tables, churn) as (connection, present):
        at_risk(connection, rows)
        open_attributes(connection, static)
        has = offered(connection, present, date(2100, 1, 1), "facts_of") | (has or set())
        chosen = usable(every_feature(churn, windows), has, configured(windows, include, exclude))
        open_ready(connection, chosen, often)
        made: dict[tuple[str, datetime], dict[str, object]] = {}
        for t in sorted({t for _, t in rows}):
            result = connection.execute(compile_features(chosen, t, churn.horizon_days, often))
            names = [column[0] for column in result.description]
            made |= {(row[0], row[1]): dict(zip(names[2:], row[2:], strict=True)) for row in result.fetchall()}
        return made


def every_need(churn: Definition, windows: tuple[int, ...] = WINDOWS) -> set[str]:
    """What a source must have for every feature of the catalogue to exist."""
    needs = {need for feature in every_feature(churn, windows) for need in feature.needs}
    return {
        f"{table}{colon}{name}" for table, colon, names in (need.partition(":") for need in needs) for name in names.split("|")
    }
