"""Facts -> when rows become known: tables that ended early, rows dated after today, rows recorded late."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import duckdb

from pipeline.check.findings import Check, Evidence, listed, percent
from pipeline.contract.facts import timestamp
from pipeline.contract.tables import TABLES
from pipeline.counted import counted
from pipeline.engine import scalar

SILENT_DAYS, SILENCES, ROWS = 30, 3, 100
LATE, LATE_DAYS = 0.05, 7
LATER = "bring newer orders, if these end too early; correct those dates, if they are mistyped"

ENDED = """
SELECT kind, sum(rows), max(day) AS last, max(silence) AS silence FROM (
    SELECT *, date_diff('day', lag(day) OVER (PARTITION BY kind ORDER BY day), day) AS silence
    FROM (SELECT CAST({kind} AS VARCHAR) AS kind, CAST({dated} AS DATE) AS day, count(*) AS rows
        FROM {table} WHERE {dated} < {today} GROUP BY ALL)
) GROUP BY kind ORDER BY kind
"""
DELAYS = """
SELECT count(*) FILTER (WHERE recorded_at IS NOT NULL), count(*) FILTER (WHERE delay > 1), count(*) FILTER (WHERE delay > {late}),
    median(delay) FILTER (WHERE delay > 1), count(*)
FROM (SELECT recorded_at, date_diff('second', {dated}, recorded_at) / CAST(86400 AS DOUBLE) AS delay
    FROM {table} WHERE {dated} IS NOT NULL)
"""


def endings(connection: duckdb.DuckDBPyConnection, present: set[str], today: date) -> list[Evidence]:
    """Last day before today, and longest silence until then, of every table, and of every kind of engagement."""
    found = []
    for table in (table for table in TABLES if table in present):
        for kind in ("NULL", "kind") if table == "engagements" else ("NULL",):
            query = ENDED.format(kind=kind, table=table, dated=TABLES[table].dated_by, today=timestamp(today))
            for name, rows, last, silence in connection.execute(query).fetchall():
                end = {"table": table, "kind": name, "rows": int(rows), "last": last.isoformat(), "longest_silence": silence}
                found.append(end | {"days_ago": (today - last).days - 1})
    return found


def after_today(connection: duckdb.DuckDBPyConnection, present: set[str], today: date) -> dict[str, int]:
    """Rows of every table that are dated today or later."""
    query = "SELECT count(*) FROM {table} WHERE {dated} >= {today}"
    tables = {table: declared.dated_by for table, declared in TABLES.items() if table in present}
    words = {table: {"table": table, "dated": dated, "today": timestamp(today)} for table, dated in tables.items()}
    return {table: int(str(scalar(connection, query.format(**words[table])))) for table in tables}


def delays(connection: duckdb.DuckDBPyConnection, present: set[str]) -> Evidence:
    """Per table that says when rows were recorded: shares more than 1 and 7 days late, and the median days of the late ones."""
    found = {}
    for table, declared in TABLES.items():
        if table in present and "recorded_at" in declared.columns:
            query = DELAYS.format(table=table, dated=declared.dated_by, late=LATE_DAYS)
            recorded, late, very, middle, rows = connection.execute(query).fetchone() or (0, 0, 0, None, 0)
            if recorded:
                found[table] = {"share_late": late / rows, "share_very_late": very / rows, "median_days_late": middle}
    return found


def _ended(evidence: Evidence) -> Iterator[str]:
    late = [end for end in evidence["endings"] if end["rows"] >= ROWS and _is_over(end)]
    tables = [end for end in late if end["kind"] is None]
    kinds = [end for end in late if end["kind"] is not None and end["table"] not in {table["table"] for table in tables}]
    for end in tables:
        yield (
            f"{end['table']} end on {end['last']}, {end['days_ago']} days before today, {evidence['today']}; the longest silence "
            f"until then was of {counted(end['longest_silence'], 'day')}"
        )
    if kinds:
        told = listed(f"{end['kind']} on {end['last']}" for end in kinds)
        yield f"{counted(len(kinds), 'kind')} of engagement ended: {told}; today is {evidence['today']}"


def _is_over(end: Evidence) -> bool:
    return bool(end["longest_silence"]) and end["days_ago"] > max(SILENT_DAYS, SILENCES * end["longest_silence"])


def _after(evidence: Evidence) -> Iterator[tuple[str, str]]:
    chosen, today = evidence["as_of"] is not None, evidence["today"]
    for table, rows in evidence["after_today"].items():
        if rows:
            follows = "" if chosen else ", which follows from the last activity"
            yield (
                f"{table}: {counted(rows, 'row')} dated on or after today, {today}{follows}; not used",
                "nothing: that is what snapshots.as_of is for" if chosen else LATER,
            )


def _late(evidence: Evidence) -> Iterator[str]:
    for table, found in evidence["delays"].items():
        if found["share_very_late"] > LATE:
            yield (
                f"{table}: {percent(found['share_very_late'])} of the rows became known more than {LATE_DAYS} days after they "
                f"happened (median of the late ones: {found['median_days_late']:.0f} days): a list of today is made without them"
            )


CHECKS = (
    Check(
        "ended_early",
        "warning",
        f"a table, or a kind of engagement, of at least {ROWS} rows ends more than {SILENT_DAYS} days before today, which is "
        f"also more than {SILENCES} times its longest silence until then: everybody looks inactive in it",
        "bring the newer files; if it was given up, leave it out with source.tables.<table>.where",
        _ended,
    ),
    Check(
        "after_today",
        "advice",
        "rows dated on or after today; no feature, label or list sees them",
        LATER,
        _after,
    ),
    Check(
        "recorded_late",
        "advice",
        f"more than {percent(LATE)} of a table's rows became known more than {LATE_DAYS} days after they happened",
        "nothing: what was not known then is not used; but the sooner rows arrive, the better the list",
        _late,
    ),
)
