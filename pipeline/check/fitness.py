"""Clean tables -> the report of the check: what was measured, what was found, and whether a model can be trained."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from pipeline.check import arrivals, columns, customers, days, identifiers, money, outlook, quarantined, rhythm
from pipeline.check.findings import SEVERITIES, Check, Evidence
from pipeline.check.numbered import numbered
from pipeline.config import Definition, Snapshots
from pipeline.config.source_section import Source
from pipeline.contract.facts import open_facts, timestamp
from pipeline.errors import ConfigError
from pipeline.model.folds import Plan
from pipeline.rounded import rounded

# Everything that is looked for, in the order in which it is said: errors first, then warnings, then advice.
CHECKS: tuple[Check, ...] = tuple(
    check
    for severity in SEVERITIES
    for room in (outlook, quarantined, columns, identifiers, customers, money, days, arrivals, rhythm)
    for check in room.CHECKS
    if check.severity == severity
)
DIGITS = 4  # the last bits of a sum never change the bytes
PER_DAY = {
    "activity": "activity",
    "orders": "(SELECT * FROM purchases WHERE opens)",
    "engagements": "(SELECT * FROM events WHERE by_customer)",
}


def examine(
    connection: duckdb.DuckDBPyConnection,
    clean: Path,
    accounts: dict[str, Any],
    source: Source,
    definition: Definition,
    snapshots: Snapshots,
) -> Evidence:
    """Measure everything the checks look at. `accounts` is ingest's report; keys it lacks count as nothing."""
    present, problem = _open(connection, clean, definition)
    extent = problem or outlook.span(connection, snapshots)
    planned = outlook.attempt(extent, definition, snapshots)
    calendar = _calendar(connection, present, snapshots.as_of)
    end = _after(calendar["activity"]["last_usual"])  # not today: strays and an as_of far ahead are no silence of customers
    today = planned.score if isinstance(planned, Plan) else snapshots.as_of or end
    evidence: Evidence = {
        "definition": definition.model_dump(),
        "as_of": snapshots.as_of and snapshots.as_of.isoformat(),
        "today": today.isoformat(),
        "plan": outlook.described(planned, snapshots),
        "tables": columns.profiles(connection, present, source.tables, accounts),
        "attributes": columns.attributes(connection, source.static_attributes),
        "days_of_month": columns.days_of_month(connection),
        "missing_amounts": columns.missing_amounts(connection),
        "orders": customers.orders(connection),
        "identifiers": identifiers.identifiers(connection, present),
        "copies": money.copies(connection, numbered=not _given(source, "line_id")),
        "months": money.months(connection),
        "beginning": customers.beginning(connection),
        "without_orders": customers.strangers(connection, present),
        "calendar": calendar,
        "endings": arrivals.endings(connection, present, today),
        "after_today": arrivals.after_today(connection, present, today),
        "delays": arrivals.delays(connection, present),
    }
    with numbered(connection):
        at_risk = outlook.classes(connection, definition, planned) if isinstance(planned, Plan) else {}
        return evidence | {"classes": at_risk} | _rhythm(connection, definition, snapshots, extent, min(end, today))


def _open(connection: duckdb.DuckDBPyConnection, clean: Path, definition: Definition) -> tuple[set[str], str]:
    """Open the facts; when the definition asks for a table the source lacks, those of orders, and say so."""
    try:
        return open_facts(connection, clean, definition), ""
    except ConfigError as problem:
        return open_facts(connection, clean, definition.model_copy(update={"kind": "purchase"})), str(problem)


def _given(source: Source, column: str) -> bool:
    """Whether every mapping of transactions gives a column."""
    return all(column in mapping.mapped for mapping in source.tables.get("transactions", ()))


def _calendar(connection: duckdb.DuckDBPyConnection, present: set[str], as_of: date | None) -> dict[str, Any]:
    """The calendar of each series of days that the source has."""
    series = {name: fact for name, fact in PER_DAY.items() if name != "engagements" or name in present}
    return {name: days.calendar(_per_day(connection, fact, as_of)) for name, fact in series.items()}


def _per_day(connection: duckdb.DuckDBPyConnection, fact: str, as_of: date | None) -> days.Days:
    before = f"WHERE happened_at < {timestamp(as_of)}" if as_of else ""
    query = f"SELECT CAST(happened_at AS DATE) AS day, count(*) FROM {fact} {before} GROUP BY day ORDER BY day"
    return connection.execute(query).fetchall()


def _after(day: str | None) -> date:
    """The day after the last usual one; an arbitrary day where there is none."""
    return date.fromisoformat(day) + timedelta(days=1) if day else date(1970, 1, 1)


def _rhythm(
    connection: duckdb.DuckDBPyConnection,
    definition: Definition,
    snapshots: Snapshots,
    extent: outlook.Span | str,
    end: date,
) -> Evidence:
    """How long customers take to come back, watched until `end`, and the churn rate at other horizons."""
    counts, watched = rhythm.waits(connection, definition, end)
    contract = definition.kind == "renewal"
    found = rhythm.rhythm(counts, watched, definition.grace_days if contract else definition.horizon_days)
    proposed = None if contract else found["proposed_days"]
    return {"rhythm": found, "horizons": outlook.horizons(connection, extent, definition, snapshots, proposed)}


def report(evidence: Evidence) -> Evidence:
    """The evidence with the findings, how many of each severity, and `fit`: whether a model can be trained."""
    found = [finding.as_dict() for check in CHECKS for finding in check.findings(evidence)]
    counts = {severity: sum(one["severity"] == severity for one in found) for severity in SEVERITIES}
    return dict(rounded({"fit": not counts["error"], "counts": counts, "findings": found} | evidence, DIGITS))
