"""Clean tables at the date of the score -> one row per known customer with what lists and offers ask of them.

Only what was dated and known before `t` counts; an attribute without a date is known today, which is `t`. Consent is heard as in
`labels.refused`: a word that is not a clear yes is a refusal, also a later one.
"""

from __future__ import annotations

from datetime import date

import duckdb

from pipeline.campaign.profile_columns import COLUMNS, ProfileColumn
from pipeline.config import Config, Definition, Value
from pipeline.config.source_section import Source
from pipeline.contract.facts import WORDS_KNOWN, seen_at, timestamp
from pipeline.contract.offered import met, offered
from pipeline.engine import scalar
from pipeline.model.labels import COVER, refused
from pipeline.value.horizon import share_of
from pipeline.value.value_label import earned, moneyless

TYPES = {"number": "DOUBLE", "word": "VARCHAR", "flag": "BOOLEAN", "moment": "TIMESTAMP"}

# Rows of one customer, to be aggregated; `customers` is one row each already.
RELATIONS = {
    "traces": """SELECT customer_id, happened_at FROM lines WHERE {seen_lines}
        UNION ALL SELECT customer_id, happened_at FROM events WHERE {seen_events}
        UNION ALL SELECT customer_id, happened_at FROM periods WHERE {seen_periods}
        UNION ALL SELECT customer_id, valid_from FROM attribute_words WHERE {seen_attribute_words}""",
    "activity": "SELECT * FROM activity WHERE {seen}",
    "purchases": "SELECT * FROM purchases WHERE {seen}",
    "lines": "SELECT * FROM lines WHERE {seen}",
    "earned": "{earned}",
    "categories": """SELECT customer_id, category, count(*) AS lines, max(happened_at) AS latest FROM lines
        WHERE {seen} AND NOT is_return AND category IS NOT NULL GROUP BY customer_id, category""",
    "events": "SELECT * FROM events WHERE {seen}",
    "answers": """SELECT customer_id, CASE kind WHEN 'push_opened' THEN 'push' ELSE 'email' END AS channel, count(*) AS answers
        FROM events WHERE {seen} AND kind IN ('email_opened', 'email_clicked', 'push_opened') GROUP BY ALL""",
    "contacted": "SELECT *, replace(lower(trim(channel)), '-', '') AS through FROM contacted WHERE {seen}",
    "said": """SELECT customer_id, name, value, coalesce(valid_from, {t}) AS said_at FROM attribute_words
        WHERE name IN ({facts}) AND value IS NOT NULL AND {seen}""",
    "consents": """SELECT customer_id, name, refusals.name IS NOT NULL AS refused
        FROM (SELECT DISTINCT customer_id, name FROM attribute_words
            WHERE starts_with(name, 'consent_') AND {seen}
            UNION SELECT customer_id, name FROM ({refusals})) AS words
        LEFT JOIN ({refusals}) AS refusals USING (customer_id, name)""",
    "periods": "SELECT * FROM periods WHERE {seen}",
    "cover": "{cover}",
}
SEEN = {"categories": "lines", "answers": "events", "said": "attribute_words", "consents": "attribute_words"}
UNPROFILED = "no_profiling_consent"
OF_EVERYBODY = ("customers", "consents", "contacted")  # whom one may contact must be known of those, too, who refuse a profile

ATTRIBUTE_WORDS = f"SELECT customer_id, lower(trim(name)) AS name, value, valid_from, {WORDS_KNOWN} FROM attributes"


def source_has(connection: duckdb.DuckDBPyConnection, present: set[str], as_of: date, config: Config) -> set[str]:
    """What the source has before `as_of` in the words of `ProfileColumn.needs`.

    Beside what it offers, `money` where a value could be made of it, and the steps that the configuration declares.
    """
    steps = {"source.reward_points": config.source.reward_points, "source.tier_spending": config.source.tier_spending}
    money = not scalar(connection, moneyless(config.definition, config.value))
    return (
        offered(connection, present, as_of, f"({ATTRIBUTE_WORDS})")
        | {name for name, given in steps.items() if given}
        | ({"money"} if money else set())
    )


def profile(definition: Definition, value: Value, source: Source, as_of: date, has: set[str], customers: str) -> str:
    """SQL: (customer_id, t, every column of `COLUMNS`) of each row of the relation `customers`.

    That relation is what the stage snapshots wrote of everyone known (`labels.customers`); the facts are open. Numbers are
    doubles; a column whose needs the source (`has`) does not meet is null. Of who refuses profiling nothing is put together but
    what the list shows of everybody, their consents and their contacts.
    """
    words = _words(definition, value, as_of)
    there = [column for column in COLUMNS if met(column.needs, has)]
    groups = {name: [c for c in there if c.relation == name] for name in RELATIONS}
    joins = "\n".join(
        f"LEFT JOIN ({_grouped(name, columns, words)}) AS of_{name} USING (customer_id)"
        for name, columns in groups.items()
        if columns
    )
    plain = ", ".join(_placed(column, column in there) for column in COLUMNS if column.relation)
    steps = {
        "to_reward": _missing("points_balance", source.reward_points),
        "to_tier": _missing("spending_365d", source.tier_spending),
    }
    built = ", ".join(
        f"CAST({column.sql.format(**steps) if column in there else 'NULL'} AS {TYPES[column.kind]}) AS {column.name}"
        for column in COLUMNS
        if not column.relation
    )
    return (
        f"WITH attribute_words AS ({ATTRIBUTE_WORDS}), dates AS (SELECT {timestamp(as_of)} AS t)\n"
        f"SELECT *, {built} FROM (SELECT customer_id, of_customers.t, {plain} FROM {customers} AS of_customers\n{joins})"
    )


def contacts_within(as_of: date, days: int) -> str:
    """SQL: (customer_id, contacts_recent) of everyone contacted in the `days` before `as_of`; held-out customers were not."""
    t = timestamp(as_of)
    return (
        f"SELECT customer_id, count(*) AS contacts_recent FROM contacted "
        f"WHERE {seen_at(t, 'contacted')} AND happened_at >= {t} - INTERVAL {days} DAY GROUP BY customer_id"
    )


def _words(definition: Definition, value: Value, as_of: date) -> dict[str, str]:
    t = timestamp(as_of)
    return {
        "t": t,
        "earned": earned(definition, as_of, share_of(value)),
        "facts": ", ".join(f"'{column.name}'" for column in COLUMNS if column.relation == "said"),
        "refusals": refused(as_of),
        **{f"seen_{fact}": seen_at(t, fact) for fact in ("lines", "events", "periods", "attribute_words")},
        "cover": COVER.format(seen=seen_at("dates.t", "periods")),
    }


def _grouped(name: str, columns: list[ProfileColumn], words: dict[str, str]) -> str:
    rows = RELATIONS[name].format(seen=seen_at(words["t"], SEEN.get(name, name)), **words)
    made = ", ".join(f"{column.sql.format(t=words['t'])} AS {column.name}" for column in columns)
    return f"SELECT customer_id, {made} FROM ({rows}) GROUP BY customer_id"


def _placed(column: ProfileColumn, there: bool) -> str:
    found = f"of_{column.relation}.{column.name}" if there else "NULL"
    found = f"coalesce({found}, 0)" if there and column.zero else found
    if column.relation not in OF_EVERYBODY:
        found = f"CASE WHEN of_customers.status <> '{UNPROFILED}' THEN {found} END"
    return f"CAST({found} AS {TYPES[column.kind]}) AS {column.name}"


def _missing(held: str, steps: tuple[int, ...]) -> str:
    cases = " ".join(f"WHEN {held} < {step} THEN {step} - {held}" for step in sorted(steps))
    return f"CASE WHEN {held} IS NULL THEN NULL {cases} ELSE 0 END"
