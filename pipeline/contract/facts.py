"""Clean tables -> the facts everything is computed from: purchases, returns, engagements, periods, contacts, activity.

`happened_at` is its date, `known_at` when the row became known (the later of the two where a source records it). A fact counts at
a snapshot `t` only if both lie before `t`: `seen_at` is the one place that says so.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time
from itertools import pairwise
from pathlib import Path

import duckdb

from pipeline.config import Definition
from pipeline.contract.tables import CUSTOMER_INITIATED, TABLES
from pipeline.engine import quoted, scalar
from pipeline.errors import ConfigError, DataUnfitError

# An order whose lines become known at different times is one purchase per time it grows; only the first part `opens` the order,
# so that counts seen from a snapshot in between are the counts that were known then.
PURCHASES = """
SELECT *, row_number() OVER (PARTITION BY customer_id, order_id ORDER BY known_at, happened_at) = 1 AS opens
FROM (
    SELECT customer_id, order_id, known_at, min(happened_at) AS happened_at, sum(amount) AS amount{of_lines}
    FROM lines WHERE NOT is_return
    GROUP BY customer_id, order_id, known_at
)
WHERE amount > 0 OR ({without_money} AND amount IS NULL)
"""

OF_LINES = {
    "quantity": "sum(quantity)",
    "products": "len(list_distinct(list(product_id)))",
    "discount": "sum(discount)",
    "margin": "sum(margin)",
    "channel": "min(channel)",
    "category": "min(category)",
}
CHEAP = tuple(name for name in OF_LINES if name != "products")

FACTS: dict[str, str] = {
    "lines": "SELECT *, ordered_at AS happened_at, {known} AS known_at FROM transactions",
    "purchases": PURCHASES,
    "returns": "SELECT customer_id, order_id, happened_at, known_at, amount, quantity FROM lines WHERE is_return",
    "events": "SELECT *, occurred_at AS happened_at, {known_event} AS known_at, kind IN ({customer_kinds}) AS by_customer "
    "FROM engagements",
    "periods": "SELECT *, changed_at AS happened_at, {known_change} AS known_at FROM subscriptions",
    "contacted": "SELECT *, contacted_at AS happened_at, contacted_at AS known_at FROM contacts WHERE arm = 'contact'",
    "activity": "{activity}",
}
COMPUTED_ONCE = ("purchases",)
# Of an attribute: what has no date holds today, and was known all along unless it says when it was recorded.
WORDS_KNOWN = """coalesce(valid_from, TIMESTAMP '1970-01-01') AS happened_at,
    coalesce(greatest(valid_from, recorded_at), TIMESTAMP '1970-01-01') AS known_at"""
LONGEST_SILENCE_DAYS = 60
FEW = 0.01

ACTIVITY = {
    "purchase": "SELECT customer_id, happened_at, known_at FROM purchases WHERE opens",
    "activity": "SELECT customer_id, happened_at, known_at FROM purchases WHERE opens UNION ALL "
    "SELECT customer_id, happened_at, known_at FROM events WHERE by_customer",
    "renewal": "SELECT customer_id, happened_at, known_at FROM periods WHERE status IN ('trial', 'active', 'renewed')",
}
NEEDS = {"purchase": "transactions", "activity": "transactions", "renewal": "subscriptions"}


def open_facts(
    connection: duckdb.DuckDBPyConnection, clean: Path, definition: Definition, of_lines: Collection[str] = CHEAP
) -> set[str]:
    """Create the canonical tables (empty where a source lacks one) and the facts as views; return the tables that exist.

    `of_lines` are the columns of OF_LINES that purchases have beside their amount. Counting different products takes as long as
    everything else about purchases; without any column purchases are there in half the time.

    Raises ConfigError when the churn definition needs a table that the source does not have.
    """
    present = {table for table in TABLES if (clean / f"{table}.parquet").exists()}
    if NEEDS[definition.kind] not in present:
        raise ConfigError(
            f"definition.kind={definition.kind} needs the table {NEEDS[definition.kind]}, which this source lacks; "
            f"map it (source.tables.{NEEDS[definition.kind]}) or choose another definition"
        )
    for table, declared in TABLES.items():
        if table in present:
            query = f"SELECT * FROM read_parquet({quoted(clean / f'{table}.parquet')})"
        else:
            columns = ", ".join(f"CAST(NULL AS {column.type}) AS {name}" for name, column in declared.columns.items())
            query = f"SELECT {columns} WHERE false"
        connection.execute(f"CREATE VIEW {table} AS {query}")
    create_facts(connection, definition, of_lines, without_money(connection))
    return present


def without_money(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether no line has an amount; then every order is a purchase."""
    return bool(scalar(connection, "SELECT count(amount) = 0 FROM transactions"))


def create_facts(
    connection: duckdb.DuckDBPyConnection, definition: Definition, of_lines: Collection[str], moneyless: bool
) -> None:
    """Create the facts over the canonical tables of the current schema."""
    words = {
        "known": "greatest(ordered_at, coalesce(recorded_at, ordered_at))",
        "known_event": "greatest(occurred_at, coalesce(recorded_at, occurred_at))",
        "known_change": "greatest(changed_at, coalesce(recorded_at, changed_at))",
        "customer_kinds": ", ".join(quoted(kind) for kind in CUSTOMER_INITIATED),
        "without_money": str(moneyless),
        "of_lines": "".join(f", {OF_LINES[name]} AS {name}" for name in of_lines),
        "activity": ACTIVITY[definition.kind],
    }
    for name, query in FACTS.items():
        kind = "TABLE" if name in COMPUTED_ONCE else "VIEW"
        connection.execute(f"CREATE {kind} {name} AS {query.format(**words)}")


def seen_at(t: str, fact: str) -> str:
    """SQL predicate: a fact was dated and known before the snapshot `t`. The time boundary of every feature, roll and list."""
    return f"{fact}.happened_at < {t} AND {fact}.known_at < {t}"


def activity_span(connection: duckdb.DuckDBPyConnection, as_of: date | None) -> tuple[date, date]:
    """First and last day of activity known before `as_of` (all of it when None).

    Raises DataUnfitError when there is none, or when a few days lie far apart from all others: "today" and the start of history
    follow from them, and a mistyped year must not make everybody look lost.
    """
    before = f"WHERE {seen_at(timestamp(as_of), 'activity')}" if as_of else ""
    days = connection.execute(
        f"SELECT CAST(happened_at AS DATE) AS day, count(*) FROM activity {before} GROUP BY day ORDER BY day"
    ).fetchall()
    if not days:
        raise DataUnfitError(
            "no activity by the churn definition"
            + (f" before snapshots.as_of={as_of}" if as_of else "")
            + "; check definition.kind, the amounts of transactions and the date"
        )
    everything, seen = sum(rows for _, rows in days), 0
    for (day, rows), (following, _) in pairwise(days):
        seen += rows
        few = min(seen, everything - seen)
        if (following - day).days > LONGEST_SILENCE_DAYS and few < FEW * everything:
            stray = day if few == seen else following
            raise DataUnfitError(
                f"{few:,} of {everything:,} activities lie {(following - day).days} days apart from all others, e.g. on {stray}; "
                "correct those dates or leave the rows out with source.tables.<table>.where"
            )
    return days[0][0], days[-1][0]


def timestamp(day: date) -> str:
    """SQL literal of a day's midnight, or of a moment, UTC."""
    moment = day if isinstance(day, datetime) else datetime.combine(day, time())
    return f"TIMESTAMP '{moment.isoformat(sep=' ')}'"
