"""Canonical rows as they were read -> clean tables and their quarantine, with an account in which no row is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import duckdb

from pipeline.contract.account import EXAMPLE, Account, account, fates, total
from pipeline.contract.identity import Identity
from pipeline.contract.quarantine import write_quarantine
from pipeline.contract.rows import Rows
from pipeline.contract.rules import Limits
from pipeline.contract.tables import NUMBERED_WITHIN, TABLES
from pipeline.contract.verdicts import ACCEPTED, FATES, Judged
from pipeline.engine import scalar, write_parquet
from pipeline.errors import DataUnfitError
from pipeline.personal import masked


def clean_table(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    batches: Iterable[Rows],
    mapped: tuple[str, ...],
    folder: Path,
    limits: Limits,
    identity: Identity,
    identities: Path | None = None,
) -> Account:
    """Judge the rows of a table, batch by batch, and write `<folder>/<table>.parquet` and `<folder>/quarantine/<table>.parquet`.

    Rows equal in every column but `recorded_at` are one row, known from the earliest of those times: the others are merged. Rows
    of one key that say different things are all quarantined. A key part that the source does not map is numbered after that, in
    the order of the whole row, so that it does not depend on how rows are spread over files. With pseudonyms, the pairs of
    `customer_id` and `identity` are written to the file `identities`.
    """
    judged = Judged(connection, table, mapped, limits, identity)
    for rows in batches:
        judged.add(rows)
    judged.finish()
    counts = fates(judged)
    if not counts:
        raise DataUnfitError(f"{table}: no rows; check source.tables.{table}.path")
    everything = total(counts)
    if not everything["accepted"]:
        raise DataUnfitError(f"{table}: none of {everything.total():,} rows is usable; {_worst(judged, everything)}")
    _one_currency(judged)
    write_quarantine(judged, folder / "quarantine" / f"{table}.parquet")
    written = write_parquet(connection, _accepted(judged), folder / f"{table}.parquet")
    if identities is not None:
        pairs = f"SELECT DISTINCT customer_id, identity FROM judged WHERE verdict = {ACCEPTED}"
        write_parquet(connection, pairs, identities, "customer_id, identity")
    if written != everything["accepted"]:
        raise AssertionError(f"{table}: {everything['accepted']} rows accepted, {written} written")
    return account(judged, counts)


def _one_currency(judged: Judged) -> None:
    """Raise DataUnfitError when money of several currencies would be added up."""
    if "currency" not in judged.columns or judged.limits.currency:
        return
    seen = f"SELECT currency, count(*) FROM judged WHERE verdict = {ACCEPTED} AND currency IS NOT NULL GROUP BY 1"
    found = judged.connection.execute(f"{seen} ORDER BY 2 DESC, 1").fetchall()
    if len(found) > 1:
        told = ", ".join(f"{name} {rows:,}" for name, rows in found[:4])
        raise DataUnfitError(
            f"{judged.table}: {len(found)} currencies ({told}); convert amounts in their expression, and set source.currency to "
            "the one that remains"
        )


def _worst(judged: Judged, counts: Counter[str]) -> str:
    """The rule most rows break, how many, with one of their values."""
    rejected = [(rows, name) for name, rows in sorted(counts.items(), reverse=True) if name not in FATES]
    if not rejected:
        return f"all are left out; check source.tables.{judged.table}.where"
    rows, name = max(rejected, key=lambda pair: pair[0])
    rule = judged.rule(name)
    if not rule.column:
        return f"{rows:,} break {name}: {rule.sentence}; correct the files of source.tables.{judged.table}"
    value = scalar(
        judged.connection,
        f"SELECT left(min(raw ->> '{rule.column}'), {EXAMPLE}) FROM judged WHERE verdict = {judged.verdict(name)}",
    )
    example = f", e.g. {masked(str(value))!r}" if value is not None else ""
    return f"{rows:,} break {name}: {rule.sentence}{example}; correct source.tables.{judged.table}.columns.{rule.column}"


def _accepted(judged: Judged) -> str:
    """SQL of the accepted rows in a total order, numbered where the source leaves out a part of the key.

    Columns that the source does not have are added last: they need not be sorted.
    """
    declared = TABLES[judged.table]
    first = [name for name in ("customer_id", declared.dated_by) if name in judged.columns]
    whole = list(dict.fromkeys([*first, *judged.columns]))
    query, order = f"SELECT {', '.join(judged.columns)} FROM judged WHERE verdict = {ACCEPTED}", [*first, *judged.key]
    for name in set(NUMBERED_WITHIN).intersection(declared.key):
        given = name if name in judged.columns else "CAST(NULL AS VARCHAR)"
        waiting, signs = judged.connection.execute(
            f"SELECT count(*) FILTER (WHERE {given} IS NULL), max(length({given}) - length(ltrim({given}, '#'))) FROM ({query})"
        ).fetchone() or (0, None)
        if waiting:
            partition = ", ".join([*NUMBERED_WITHIN[name], f"{given} IS NULL"])
            ranked = ", ".join(column for column in whole if column != name)
            sign = "" if signs is None else "#" * (signs + 1)  # no number that is made up equals one that was given
            number = f"'{sign}' || row_number() OVER (PARTITION BY {partition} ORDER BY {ranked})"
            others = ", ".join(column for column in judged.columns if column != name)
            query, order = f"SELECT {others}, coalesce({given}, {number}) AS {name} FROM ({query})", [*whole, name]
    order += whole if judged.table == "attributes" else []  # words on a consent may contradict each other
    ordered = f"SELECT * FROM ({query}) ORDER BY {', '.join(dict.fromkeys(order))}"
    columns = (
        name if name in judged.columns or name in NUMBERED_WITHIN else f"CAST(NULL AS {column.type}) AS {name}"
        for name, column in declared.columns.items()
    )
    return f"SELECT {', '.join(columns)} FROM ({ordered})"
