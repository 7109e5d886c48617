"""Clean tables -> how full their columns are, whether dates read the right way, which attributes can be features."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import duckdb

from pipeline.check.findings import Check, Evidence, listed, percent
from pipeline.check.quarantined import account
from pipeline.config.source_section import Mapping
from pipeline.contract.tables import TABLES
from pipeline.engine import quoted, scalar

SOME, MOST = 0.01, 0.5
LITERAL = re.compile(r"\s*'[^']*'\s*")
# Empty where there is nothing to say: known at once, undated, open-ended, no discount, not drawn, no score.
OFTEN_EMPTY = {"recorded_at", "valid_from", "expires_at", "discount", "assignment_probability", "value", "topic", "delivery_id"}
EMPTY_AT_FIRST = {"assignment_probability", "delivery_id"}  # until this pipeline has delivered
KEYS = {"customer_id", "name", "value", "kind", "is_return"}
DAYS_OF_MONTH = 10


def profiles(
    connection: duckdb.DuckDBPyConnection,
    present: set[str],
    mappings: dict[str, tuple[Mapping, ...]],
    accounts: dict[str, Any],
) -> Evidence:
    """Per table, in the order of the contract: account at ingest, dates, customers, shares missing, single-valued columns."""
    return {
        table: account(accounts.get(table, {})) | _profile(connection, table) | _mapped(mappings.get(table, ()))
        for table in TABLES
        if table in present
    }


def _profile(connection: duckdb.DuckDBPyConnection, table: str) -> Evidence:
    columns, dated = list(TABLES[table].columns), TABLES[table].dated_by
    each = ", ".join(f"count({name}), count({name}) > 1 AND min({name}) = max({name})" for name in columns)
    outline = f"count(*), count(DISTINCT customer_id), CAST(min({dated}) AS DATE), CAST(max({dated}) AS DATE)"
    (row,) = connection.execute(f"SELECT {outline}, {each} FROM {table}").fetchall()
    rows, customers, first, last, *rest = row
    filled, single = rest[::2], rest[1::2]
    return {
        "rows": rows,
        "customers": customers,
        "first": first and first.isoformat(),
        "last": last and last.isoformat(),
        "missing": {name: 1 - full / rows if rows else 0.0 for name, full in zip(columns, filled, strict=True)},
        "single_valued": [name for name, one in zip(columns, single, strict=True) if one],
    }


def _mapped(mappings: tuple[Mapping, ...]) -> Evidence:
    """Canonical columns that some mapping fills, that every mapping fills, and that are constants of the configuration."""
    some = list(dict.fromkeys(name for mapping in mappings for name in mapping.mapped))
    return {
        "mapped": some,
        "mapped_everywhere": [name for name in some if all(name in mapping.mapped for mapping in mappings)],
        "constant": [name for name in some if any(LITERAL.fullmatch(m.columns.get(name, "")) for m in mappings)],
    }


def attributes(connection: duckdb.DuckDBPyConnection, static: tuple[str, ...]) -> Evidence:
    """Names without any date that are not declared static, names declared static that do not exist, and names of one value.

    Consents are undated by nature: they are asked for as of today and never features.
    """
    rows = connection.execute(
        "SELECT name, count(valid_from), count(DISTINCT value) FROM attributes GROUP BY name ORDER BY name"
    ).fetchall()
    told = [(name, dated, values) for name, dated, values in rows if not name.startswith("consent_")]
    return {
        "undated": [name for name, dated, _ in told if not dated and name not in static],
        "static_absent": sorted(set(static) - {name for name, *_ in rows}),
        "single_valued": [name for name, _, values in told if values == 1],
    }


def days_of_month(connection: duckdb.DuckDBPyConnection) -> Evidence:
    """How many different days of the month orders fall on, and the latest of them."""
    row = connection.execute("SELECT count(DISTINCT day(ordered_at)), max(day(ordered_at)) FROM transactions").fetchone()
    return {"different": (row or (0,))[0], "latest": (row or (0, 0))[1] or 0}


def missing_amounts(connection: duckdb.DuckDBPyConnection) -> float:
    """Share of order lines without an amount, where others have one; 0 for a source without money."""
    share = scalar(connection, "SELECT CASE WHEN count(amount) > 0 THEN 1 - count(amount) / count(*) END FROM transactions")
    return float(str(share or 0))


def _empty(evidence: Evidence) -> Iterator[str]:
    for name, table in evidence["tables"].items():
        asked = (column for column in table["mapped"] if column not in EMPTY_AT_FIRST)
        empty = [column for column in asked if table["missing"].get(column) == 1 and table["rows"]]
        if empty:
            yield f"{name}: {listed(empty)} {'is' if len(empty) == 1 else 'are'} mapped but empty in all {table['rows']:,} rows"


def _mostly_empty(evidence: Evidence) -> Iterator[str]:
    for name, table in evidence["tables"].items():
        shares = {column: table["missing"].get(column, 0) for column in table["mapped_everywhere"] if column not in OFTEN_EMPTY}
        told = [f"{column} {percent(share)}" for column, share in shares.items() if MOST < share < 1]
        if told:
            yield f"{name}: mostly empty, of {table['rows']:,} rows: {listed(told)}"


def _amounts(evidence: Evidence) -> Iterator[str]:
    if evidence["missing_amounts"] > SOME:
        yield (
            f"transactions: {percent(evidence['missing_amounts'])} of the lines have no amount where others do; an order without "
            "any amount is not counted as a purchase, so its customer looks more silent than he was"
        )


def _single(evidence: Evidence) -> Iterator[str]:
    for name, table in evidence["tables"].items():
        left = set(table["constant"]) | KEYS
        same = [column for column in table["single_valued"] if column in table["mapped"] and column not in left]
        if same and name != "contacts":
            yield f"{name}: {listed(same)} {'has' if len(same) == 1 else 'have'} the same value in every row that has one"
    if evidence["attributes"]["single_valued"]:
        yield f"attributes: {listed(evidence['attributes']['single_valued'])} with the same value for every customer"


def _undated(evidence: Evidence) -> Iterator[str]:
    names = evidence["attributes"]["undated"]
    if names:
        yield f"attributes: {listed(names)} without a date: known only as of today, so barred as features"


def _static_absent(evidence: Evidence) -> Iterator[str]:
    names = evidence["attributes"]["static_absent"]
    if names:
        yield f"source.static_attributes declares {listed(map(quoted, names))}, but the table attributes has no such name"


def _swapped(evidence: Evidence) -> Iterator[str]:
    days = evidence["days_of_month"]
    if days["different"] >= DAYS_OF_MONTH and days["latest"] <= 12:
        yield "transactions: orders fall on the 1st to the 12th of the month, never later: day and month were read as each other"


CHECKS = (
    Check(
        "day_month_swapped",
        "error",
        f"orders fall on {DAYS_OF_MONTH} or more different days of the month, none after the 12th",
        'say how times are written, day and month in the right order: time_format in source.tables.transactions, e.g. "%d.%m.%Y"',
        _swapped,
    ),
    Check(
        "amounts_missing",
        "warning",
        f"more than {percent(SOME)} of the order lines have no amount, while others have",
        "fill the amounts, or leave those lines out with source.tables.transactions.where if they are not sales",
        _amounts,
    ),
    Check(
        "column_empty",
        "warning",
        "a mapped column holds nothing at all",
        "correct the expression in source.tables.<table>.columns, or remove the column from the mapping",
        _empty,
    ),
    Check(
        "static_attribute_absent",
        "warning",
        "`source.static_attributes` names an attribute that no row has",
        "correct the spelling in source.static_attributes, or unpivot the column",
        _static_absent,
    ),
    Check(
        "column_mostly_empty",
        "advice",
        f"a column that every mapping of a table fills is missing in more than {percent(MOST)} of its rows "
        f"(not asked of {', '.join(sorted(OFTEN_EMPTY))}, which may well be)",
        "nothing, if that is how it is; otherwise correct the mapping",
        _mostly_empty,
    ),
    Check(
        "single_valued",
        "advice",
        "a column or attribute has one value only, and is not a constant of the configuration: it tells no customer from another "
        "(not asked of `contacts`)",
        "check the mapping, if other values were expected",
        _single,
    ),
    Check(
        "undated_attributes",
        "advice",
        "attributes without any `valid_from` that are neither consents nor declared static",
        "give the date from which each holds (valid_from), or name those that never change in source.static_attributes",
        _undated,
    ),
)
