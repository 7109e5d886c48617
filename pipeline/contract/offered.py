"""What a source offers, in the words in which features, figures, profiles and offers say what they need.

`transactions` is a table, `transactions.amount` a column that is not empty, `engagements:review` a kind of engagement,
`attributes:tier` a named fact about customers; of `engagements:site_visit|app_session` either will do.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from datetime import date

import duckdb

from pipeline.contract.facts import WORDS_KNOWN, seen_at, timestamp
from pipeline.contract.tables import TABLES

SAID = f"(SELECT name, {WORDS_KNOWN} FROM attributes)"


def offered(connection: duckdb.DuckDBPyConnection, present: Set[str], as_of: date, said: str = SAID) -> set[str]:
    """What was dated and known before `as_of` in the tables that are `present`; what has no date is known all along.

    The facts are open. `said` is the relation (name, happened_at, known_at) of the attributes that count.
    """
    t, has = timestamp(as_of), set(present)
    for table in present:
        declared = TABLES[table]
        names = list(declared.columns)
        known = f"greatest({declared.dated_by}, recorded_at)" if "recorded_at" in names else declared.dated_by
        counts = ", ".join(f"count({name})" for name in names)
        row = connection.execute(f"SELECT {counts} FROM {table} WHERE coalesce({known} < {t}, true)").fetchone()
        has |= {f"{table}.{name}" for name, rows in zip(names, row or (), strict=True) if rows}
    for word, column, fact in (("engagements", "kind", "events"), ("attributes", "name", said)):
        found = connection.execute(f"SELECT DISTINCT {column} FROM {fact} AS fact WHERE {seen_at(t, 'fact')}").fetchall()
        has |= {f"{word}:{value}" for (value,) in found}
    return has


def lacking(needs: Iterable[str], has: Set[str]) -> str | None:
    """The first need that a source does not meet, or None."""
    for need in needs:
        table, colon, names = need.partition(":")
        if not any(f"{table}{colon}{name}" in has for name in names.split("|")):
            return need
    return None


def met(needs: Iterable[str], has: Set[str]) -> bool:
    """Whether a source has all that is needed."""
    return lacking(needs, has) is None
