"""Catalogue -> SQL: per snapshot a row for every customer at risk, a column per feature, all behind the same time boundary."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import duckdb

from pipeline.contract.facts import seen_at, timestamp
from pipeline.contract.tables import TABLES
from pipeline.engine import quoted
from pipeline.features.spec import Feature, superseded
from pipeline.personal import EMAIL_PATTERN, PHONE_PATTERN, counts_sql, kind_of_name, kind_of_values, matches_sql

# A stray e-mail address or telephone number among the values would become a level that the model and MLflow keep: it is a gap.
FACTS_OF = """CREATE VIEW facts_of AS SELECT customer_id, name, CASE WHEN {contact} THEN NULL ELSE value END AS value,
    coalesce(valid_from, TIMESTAMP '1970-01-01') AS happened_at,
    coalesce(greatest(valid_from, recorded_at), TIMESTAMP '1970-01-01') AS known_at
    FROM attributes WHERE (valid_from IS NOT NULL OR name IN ({static})) AND name NOT IN ({personal})"""

# Facts as features read them: customers are numbers, only what some feature reads is kept, and what asks for other rows of the same
# customer is known beforehand. Later rows may have become known before earlier ones: such customers are `shuffled`.
GAP = """date_diff('second', lag(happened_at) OVER (PARTITION BY {by} ORDER BY happened_at, order_id), happened_at)
    / CAST(86400 AS DOUBLE)"""
GAPS = f"""SELECT *, coalesce(bool_or(late) OVER (PARTITION BY who), false) AS shuffled FROM (
    SELECT *, {GAP.format(by="who, opens")} AS gap_before,
        opens AND known_at < lag(known_at) OVER (PARTITION BY who, opens ORDER BY happened_at, order_id) AS late
    FROM ({{rows}}))"""
# When a later row with the same value became known; then this one no longer is the latest with it.
SUPERSEDED = """min(known_at) OVER (PARTITION BY who, {where}, {value} ORDER BY happened_at, known_at
    ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)"""
SECONDS = "date_diff('second', fact.happened_at, t) / CAST(86400 AS DOUBLE)"


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


def open_ready(
    connection: duckdb.DuckDBPyConnection, features: tuple[Feature, ...], suffix: str = "", where: str = "true"
) -> None:
    """Create `people`, the numbered customers of the table `at_risk` (customer_id, t), and every fact ready for its features.

    `where` restricts the rows of all facts; `suffix` keeps such a second set apart from the first.
    """
    connection.execute(
        "CREATE TABLE IF NOT EXISTS people AS SELECT CAST(row_number() OVER (ORDER BY customer_id) AS INTEGER) AS who, customer_id "
        "FROM (SELECT DISTINCT customer_id FROM at_risk)"
    )
    for fact in dict.fromkeys(feature.fact for feature in features if feature.fact):
        columns = [row[0] for row in connection.execute(f"SELECT column_name FROM (DESCRIBE {fact})").fetchall()]
        query = ready(fact, tuple(f for f in features if f.fact == fact), columns, where)
        connection.execute(f"CREATE TABLE {fact}_ready{suffix} AS {query}")


def ready(fact: str, features: tuple[Feature, ...], columns: list[str], where: str = "true") -> str:
    """SQL: the rows of a fact with the columns that its features read."""
    read = set(re.findall(r"[a-z_]+", " ".join(f"{f.sql} {f.where} {' '.join(f.latest)}" for f in features)))
    gaps = "gap_days" in read
    kept = read | {"happened_at", "known_at"} | ({"order_id", "opens"} if gaps else set())
    latest = dict.fromkeys((f.where, value) for f in features for value in f.latest)
    derived = [f"{SUPERSEDED.format(where=w, value=value)} AS {superseded(value, w)}" for w, value in latest]
    rows = (
        f"SELECT who, {', '.join([*(name for name in columns if name in kept), *derived])} "
        f"FROM {fact} JOIN people USING (customer_id) WHERE {where}"
    )
    return GAPS.format(rows=rows) if gaps else rows


def compile_features(features: tuple[Feature, ...], t: date, horizon_days: int, suffix: str = "") -> str:
    """The query over `at_risk`, `people` and the ready facts at one snapshot: customer_id, t, then every feature of the matrix.

    Rows are in the order of their customers. The time boundary stands in `_seen` alone.
    """
    families: dict[tuple[str, str], list[Feature]] = {}
    for feature in features:
        if feature.fact:
            families.setdefault((feature.fact, feature.where), []).append(feature)
    clock = _clock(features, t, horizon_days)
    ctes = [f"clock AS (SELECT {clock})", f"now AS ({NOW.format(t=timestamp(t))})"]
    for number, ((fact, where), members) in enumerate(families.items()):
        columns = ", ".join(f"{feature.sql} AS {feature.name}" for feature in members)
        rows = _seen(fact + "_ready" + suffix, where, timestamp(t), any("gap_days" in feature.sql for feature in members))
        ctes.append(f"family_{number} AS (SELECT who, {columns} FROM ({rows}) GROUP BY who)")
    level = [f"coalesce({f.name}, 0) AS {f.name}" if f.zero else f.name for f in features if f.fact]
    joins = " ".join(f"LEFT JOIN family_{number} USING (who)" for number in range(len(families)))
    ctes.append(f"wide AS (SELECT {', '.join(['who', 'customer_id', f'{timestamp(t)} AS t', *level])} FROM now {joins})")
    columns = ", ".join(_column(feature) for feature in features if feature.in_matrix)
    return f"WITH {', '.join(ctes)} SELECT customer_id, t, {columns} FROM wide ORDER BY who"


NOW = "SELECT who, customer_id FROM at_risk JOIN people USING (customer_id) WHERE at_risk.t = {t}"


def _clock(features: tuple[Feature, ...], t: date, horizon_days: int) -> str:
    """The moments that features speak of: `t`, the starts of their windows, and the horizon of a year ago."""
    windows = sorted({int(days) for feature in features for days in re.findall(r"\bfrom_(\d+)\b", feature.sql)})
    at = timestamp(t)
    starts = "".join(f", {at} - INTERVAL {days} DAY AS from_{days}" for days in windows)
    year_ago = f"{at} - INTERVAL 365 DAY AS year_ago, {at} - INTERVAL 365 DAY + INTERVAL {horizon_days} DAY AS year_ago_end"
    return f"{at} AS t{starts}, {year_ago}"


def _seen(fact: str, where: str, t: str, gaps: bool) -> str:
    """The rows of a family that were dated and known before t, with the moments and their age in days."""
    rows = (
        f"SELECT fact.*, clock.*, {SECONDS} AS age_days FROM {fact} AS fact JOIN now USING (who) CROSS JOIN clock "
        f"WHERE {seen_at(t, 'fact')} AND ({where})"
    )
    if not gaps:
        return rows
    usual = f"SELECT *, gap_before AS gap_days FROM ({rows}) WHERE NOT shuffled"
    return f"{usual} UNION ALL SELECT *, {GAP.format(by='who')} AS gap_days FROM ({rows}) WHERE shuffled"


def _column(feature: Feature) -> str:
    value = feature.name if feature.fact else feature.sql
    return f"{value} AS {feature.name}" if feature.type == "category" else f"CAST({value} AS FLOAT) AS {feature.name}"
