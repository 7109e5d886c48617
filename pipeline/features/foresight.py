"""Proof at run time that no feature sees the future: what was written is computed again from tables that end at the snapshot."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

from pipeline.config import Definition
from pipeline.contract.facts import OF_LINES, create_facts, timestamp, without_money
from pipeline.contract.tables import TABLES
from pipeline.engine import quoted
from pipeline.features.compile import compile_features, create_facts_of, open_ready
from pipeline.features.spec import Feature

SAMPLE = 300  # customers; a leak that none of so many shows is one the tests have to find
SCHEMA = "cut"


def refuse_foresight(
    connection: duckdb.DuckDBPyConnection,
    features: tuple[Feature, ...],
    t: date,
    definition: Definition,
    matrix: Path,
    *,
    static: tuple[str, ...],
    personal: tuple[str, ...],
) -> None:
    """Compare the matrix of some customers at t with that of the same tables cut at t; the same customers on every run.

    Raises RuntimeError, as this is a mistake of the catalogue or its engine and not of the data, naming the first feature that
    differs.
    """  # fmt: skip
    moneyless = without_money(connection)
    connection.execute(f"CREATE SCHEMA {SCHEMA}")
    connection.execute(
        f"CREATE TABLE {SCHEMA}.at_risk AS SELECT customer_id, t FROM at_risk WHERE t = {timestamp(t)} "
        f"ORDER BY md5(customer_id), customer_id LIMIT {SAMPLE}"
    )
    for table in TABLES:
        connection.execute(f"CREATE TABLE {SCHEMA}.{table} AS {_cut(table, t)}")
    connection.execute(f"SET schema = '{SCHEMA}'")
    try:
        create_facts(connection, definition, OF_LINES, moneyless)
        create_facts_of(connection, static, personal)
        open_ready(connection, features, often=False)  # proves what is known beforehand where the matrix was made with it
        connection.execute(f"CREATE TABLE again AS {compile_features(features, t, definition.horizon_days, often=False)}")
    finally:
        connection.execute("SET schema = 'main'")
    _refuse_differences(connection, [feature.name for feature in features if feature.in_matrix], t, matrix)


def _cut(table: str, t: date) -> str:
    """SQL: the rows of the sampled customers dated and recorded before t, not by `seen_at`, which is to be proved."""
    dates = {TABLES[table].dated_by, "recorded_at"} & set(TABLES[table].columns)
    past = " AND ".join(f"coalesce({column} < {timestamp(t)}, true)" for column in sorted(dates))
    return f"SELECT * FROM main.{table} WHERE customer_id IN (SELECT customer_id FROM {SCHEMA}.at_risk) AND {past}"


def _refuse_differences(connection: duckdb.DuckDBPyConnection, names: list[str], t: date, matrix: Path) -> None:
    counts = ", ".join(f"count_if(whole.{name} IS DISTINCT FROM again.{name})" for name in names)
    row = connection.execute(
        f"SELECT count(*), {counts} FROM {SCHEMA}.again AS again "
        f"JOIN read_parquet({quoted(matrix)}) AS whole USING (customer_id, t) WHERE whole.t = {timestamp(t)}"
    ).fetchone()
    compared, *different = row or (0,)
    for name, customers in zip(names, different, strict=True):
        if customers:
            raise RuntimeError(
                f"the feature {name} sees the future: for {customers} of {compared} customers at {t} it changes when what is "
                f"dated or recorded from then on is taken away"
            )
