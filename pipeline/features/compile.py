"""Catalogue -> one SQL query: a row per (customer, t), a column per feature, every aggregate behind the same time boundary."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import duckdb

from pipeline.contract.facts import seen_at, timestamp
from pipeline.contract.tables import TABLES
from pipeline.engine import quoted
from pipeline.features.spec import Feature
from pipeline.personal import EMAIL_PATTERN, PHONE_PATTERN, counts_sql, kind_of_name, kind_of_values, matches_sql

# A stray e-mail address or telephone number among the values would become a level that the model and MLflow keep: it is a gap.
FACTS_OF = """CREATE VIEW facts_of AS SELECT customer_id, name, CASE WHEN {contact} THEN NULL ELSE value END AS value,
    coalesce(valid_from, TIMESTAMP '1970-01-01') AS happened_at,
    coalesce(greatest(valid_from, recorded_at), TIMESTAMP '1970-01-01') AS known_at
    FROM attributes WHERE (valid_from IS NOT NULL OR name IN ({static})) AND name NOT IN ({personal})"""

# The gap of a purchase is the time from the purchase before it, among those seen from t; parts of one order have no gap.
GAP = """, CASE WHEN opens THEN date_diff('second', lag(happened_at) OVER (PARTITION BY t, customer_id, opens
    ORDER BY happened_at, order_id), happened_at) / CAST(86400 AS DOUBLE) END AS gap_days"""


def open_dates(connection: duckdb.DuckDBPyConnection, windows: tuple[int, ...], horizon: int) -> None:
    """Create the table `dates` from the table `at_risk` (customer_id, t): each t with the start of every window."""
    starts = ", ".join(f"t - INTERVAL {days} DAY AS from_{days}" for days in sorted({*windows, 30, 90, 180}))
    connection.execute(
        f"CREATE OR REPLACE TABLE dates AS SELECT t, {starts}, t - INTERVAL 365 DAY AS year_ago, "
        f"t - INTERVAL 365 DAY + INTERVAL {horizon} DAY AS year_ago_end FROM (SELECT DISTINCT t FROM at_risk)"
    )


def open_attributes(connection: duckdb.DuckDBPyConnection, static: tuple[str, ...]) -> dict[str, str]:
    """Create the view of attributes that may be features: dated ones from their date on, undated ones only if declared static.

    Those that look like personal data, by name or by their values, are in no view; they are returned, with what they look like.
    """
    counted = connection.execute(f"SELECT name, {counts_sql('value')} FROM attributes GROUP BY name ORDER BY name").fetchall()
    looks = {name: kind_of_values(*counts) or kind_of_name(name) for name, *counts in counted}
    personal = {name: kind for name, kind in looks.items() if kind}
    contact = " OR ".join(f"coalesce({matches_sql('value', pattern)}, false)" for pattern in (EMAIL_PATTERN, PHONE_PATTERN))
    connection.execute(FACTS_OF.format(static=_listed(static), personal=_listed(personal), contact=contact))
    return personal


def _listed(names: Iterable[str]) -> str:
    return ", ".join(quoted(name) for name in names) or "''"


def offered(connection: duckdb.DuckDBPyConnection, present: set[str], as_of: date) -> set[str]:
    """What the source has before `as_of`, in the words of `Feature.needs`: tables, columns not all null, kinds, attributes."""
    has = set(present)
    for table in present:
        names = list(TABLES[table].columns)
        counts = ", ".join(f"count({name})" for name in names)
        past = f"coalesce({TABLES[table].dated_by} < {timestamp(as_of)}, true)"
        row = connection.execute(f"SELECT {counts} FROM {table} WHERE {past}").fetchone()
        has |= {f"{table}.{name}" for name, rows in zip(names, row or (), strict=True) if rows}
    for fact, column, word in (("events", "kind", "engagements"), ("facts_of", "name", "attributes")):
        found = connection.execute(f"SELECT DISTINCT {column} FROM {fact} WHERE {seen_at(timestamp(as_of), fact)}").fetchall()
        has |= {f"{word}:{value}" for (value,) in found}
    return has


def usable(features: tuple[Feature, ...], has: set[str], exclude: tuple[str, ...]) -> tuple[Feature, ...]:
    """The features whose needs are met, in order; an excluded one leaves the matrix but still serves those built on it."""
    met = (feature for feature in features if all(_is_met(need, has) for need in feature.needs))
    return tuple(replace(feature, in_matrix=False) if feature.name in exclude else feature for feature in met)


def _is_met(need: str, has: set[str]) -> bool:
    table, colon, names = need.partition(":")
    return any(f"{table}{colon}{name}" in has for name in names.split("|"))


def compile_features(features: tuple[Feature, ...]) -> str:
    """The query over `at_risk`, `dates` and the facts; columns customer_id, t, then every feature of the matrix."""
    facts = list(dict.fromkeys(feature.fact for feature in features if feature.fact))
    ctes = [f"{fact}_seen AS ({_seen(fact)}), {fact}_features AS ({_aggregate(fact, features)})" for fact in facts]
    level = ["at_risk.customer_id", "at_risk.t"]
    level += [f"coalesce({f.name}, 0) AS {f.name}" if f.zero else f.name for f in features if f.fact]
    joins = " ".join(f"LEFT JOIN {fact}_features USING (customer_id, t)" for fact in facts)
    wide = f"wide AS (SELECT {', '.join(level)} FROM at_risk {joins})"
    columns = [_column(feature) for feature in features if feature.in_matrix]
    return f"WITH {', '.join([*ctes, wide])} SELECT customer_id, t, {', '.join(columns)} FROM wide"


def _seen(fact: str) -> str:
    age = "date_diff('second', fact.happened_at, at_risk.t) / CAST(86400 AS DOUBLE) AS age_days"
    rows = (
        f"SELECT dates.*, fact.*, {age} FROM at_risk JOIN dates USING (t) "
        f"JOIN {fact} AS fact ON fact.customer_id = at_risk.customer_id AND {seen_at('at_risk.t', 'fact')}"
    )
    return f"SELECT *{GAP} FROM ({rows})" if fact == "purchases" else rows


def _aggregate(fact: str, features: tuple[Feature, ...]) -> str:
    columns = ", ".join(f"{feature.sql} AS {feature.name}" for feature in features if feature.fact == fact)
    return f"SELECT customer_id, t, {columns} FROM {fact}_seen GROUP BY customer_id, t"


def _column(feature: Feature) -> str:
    value = feature.name if feature.fact else feature.sql
    return f"{value} AS {feature.name}" if feature.type == "category" else f"CAST({value} AS FLOAT) AS {feature.name}"
