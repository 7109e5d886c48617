"""Catalogue -> SQL: at a snapshot a row for every customer at risk, a column per feature, all behind the same time boundary.

Facts are made ready once for all snapshots: `open_ready` keeps a table of what each family of features (those over the same rows
of one fact) reads, in which customers are numbers and what asks for other rows of the same customer is known beforehand. What
`compile_features` makes is one scan of each of them per snapshot.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from itertools import pairwise

import duckdb

from pipeline.config import Features
from pipeline.contract.facts import WORDS_KNOWN, seen_at, timestamp
from pipeline.contract.offered import met
from pipeline.engine import quoted, scalar
from pipeline.features.latest import Latest, one_of_each, places, with_ends
from pipeline.features.spec import Feature
from pipeline.personal import EMAIL_PATTERN, PHONE_PATTERN, matches_sql, personal_attributes

# A stray e-mail address or telephone number among the values would become a level that the model and MLflow keep: it is a gap.
FACTS_OF = """CREATE VIEW facts_of AS SELECT customer_id, name, CASE WHEN {contact} THEN NULL ELSE value END AS value, {known}
    FROM attributes WHERE (valid_from IS NOT NULL OR name IN ({static})) AND name NOT IN ({personal})"""

# The time from the purchase before it. Later rows may have become known before earlier ones: of customers with such rows, who are
# `shuffled`, the purchase before depends on the snapshot, and the gaps are taken anew among the rows seen.
GAP = "date_diff('second', lag(happened_at) OVER ({order}), happened_at) / CAST(86400 AS DOUBLE)"
GAPS = f"""WITH placed AS MATERIALIZED (SELECT * EXCLUDE (order_id), row_number() OVER one_by_one AS place,
    {GAP.format(order="one_by_one")} AS gap_before, known_at < lag(known_at) OVER one_by_one AS late
    FROM ({{rows}}) WINDOW one_by_one AS (PARTITION BY who ORDER BY happened_at, order_id))
    SELECT * EXCLUDE (late), who IN (SELECT who FROM placed WHERE late) AS shuffled FROM placed"""
BANDS = (60, 365)  # days
WORTH_A_SCAN = 6  # features
OFTEN = 2  # snapshots of a customer, on average
SECONDS = "date_diff('second', happened_at, {t}) / CAST(86400 AS DOUBLE)"


def open_attributes(connection: duckdb.DuckDBPyConnection, static: tuple[str, ...]) -> dict[str, str]:
    """Create the view of attributes that may be features: dated ones from their date on, undated ones only if declared static.

    Those that look like personal data, by name or by their values, are in no view; they are returned, with what they look like.
    """
    personal = personal_attributes(connection)
    create_facts_of(connection, static, tuple(personal))
    return personal


def create_facts_of(connection: duckdb.DuckDBPyConnection, static: tuple[str, ...], personal: tuple[str, ...]) -> None:
    """Create the view of attributes in the current schema: none of the `personal`, and of the undated only the `static`."""
    contact = " OR ".join(f"coalesce({matches_sql('value', pattern)}, false)" for pattern in (EMAIL_PATTERN, PHONE_PATTERN))
    connection.execute(FACTS_OF.format(static=_listed(static), personal=_listed(personal), contact=contact, known=WORDS_KNOWN))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(quoted(name) for name in names) or "''"


def usable(features: tuple[Feature, ...], has: set[str], chosen: Features) -> tuple[Feature, ...]:
    """The features whose needs are met, in order: those of the matrix and, out of it, those that serve one built on them.

    In the matrix is what the catalogue puts there and what is included, without what is excluded.
    """
    available = [feature for feature in features if met(feature.needs, has)]
    placed = [
        replace(feature, in_matrix=(feature.in_matrix or feature.name in chosen.include) and feature.name not in chosen.exclude)
        for feature in available
    ]
    built = " ".join(feature.sql for feature in placed if feature.in_matrix and not feature.fact)
    serving = set(re.findall(r"[a-z0-9_]+", built))
    return tuple(feature for feature in placed if feature.in_matrix or feature.name in serving)


def families(features: tuple[Feature, ...]) -> dict[tuple[str, str], list[Feature]]:
    """The features over the same rows, by their fact and which of its rows; the place in order names the table of a family."""
    found: dict[tuple[str, str], list[Feature]] = {}
    for feature in features:
        if feature.fact:
            found.setdefault((feature.fact, feature.where), []).append(feature)
    return found


def looked_at_often(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the customers of the table `at_risk` have so many snapshots that it pays to know the latest rows beforehand."""
    return bool(scalar(connection, f"SELECT count(*) >= {OFTEN} * count(DISTINCT customer_id) FROM at_risk"))


def open_ready(connection: duckdb.DuckDBPyConnection, features: tuple[Feature, ...], often: bool) -> None:
    """Create `people`, the numbered customers of the table `at_risk` (customer_id, t), `risk` (t, who), and all families' tables.

    A customer's number grows with customer_id. With `often` the tables say when rows are overtaken.
    """
    connection.execute(
        "CREATE TABLE people AS SELECT CAST(row_number() OVER (ORDER BY customer_id) AS INTEGER) AS who, customer_id "
        "FROM (SELECT DISTINCT customer_id FROM at_risk)"
    )
    connection.execute("CREATE TABLE risk AS SELECT at_risk.t, who FROM at_risk JOIN people USING (customer_id) ORDER BY t, who")
    members = families(features)
    for fact in dict.fromkeys(fact for fact, _ in members):
        columns = [row[0] for row in connection.execute(f"SELECT column_name FROM (DESCRIBE {fact})").fetchall()]
        read = _read(feature for feature in features if feature.fact == fact)
        kept = ", ".join(name for name in columns if name in read)
        connection.execute(f"CREATE TABLE narrow AS SELECT who, {kept} FROM {fact} JOIN people USING (customer_id)")
        for number, ((of, where), those) in enumerate(members.items()):
            if of == fact:
                connection.execute(f"CREATE TABLE ready_{number} AS {_ready(where, those, columns, often)}")
        connection.execute("DROP TABLE narrow")


def _read(features: Iterable[Feature], with_where: bool = True) -> set[str]:
    """The words in the SQL of features: columns among them."""
    texts = [f"{f.sql} {f.latest.expression if f.latest else ''} {f.where if with_where else ''}" for f in features]
    words = set(re.findall(r"[a-z_]+", " ".join(texts)))
    return words | {"happened_at", "known_at"} | ({"order_id"} if "gap_days" in words else set())


def _ready(where: str, features: list[Feature], columns: list[str], often: bool) -> str:
    """SQL: the rows of a family with the columns that its features read."""
    read = _read(features, with_where=False)
    moments = [latest.overtaken for latest in _asked(features)] if often else []
    moments += places(" ".join(feature.sql for feature in features))
    kept = ", ".join(["who", *(name for name in columns if name in read), *moments])
    rows = f"SELECT {kept} FROM narrow WHERE {where}"
    ready = GAPS.format(rows=rows) if "gap_days" in read else rows
    # The engine adds up neighbours faster; where no window has moved them, rows of a customer are neighbours already.
    return f"SELECT * FROM ({ready}) ORDER BY who" if moments or ready != rows else ready


def _asked(features: list[Feature]) -> list[Latest]:
    return list(dict.fromkeys(feature.latest for feature in features if feature.latest))


def compile_features(features: tuple[Feature, ...], t: date, horizon_days: int, often: bool, block: range | None = None) -> str:
    """The query over `risk`, `people` and the ready tables at one snapshot: customer_id, t, then the features of the matrix.

    `often` as it was for `open_ready`; `block` are the numbers of the customers, all of them when None. Rows are in the order of
    their customers. The time boundary stands in `_seen` alone.
    """
    at, members = timestamp(t), families(features)
    among = f" AND who >= {block.start} AND who < {block.stop}" if block else ""
    ctes = [f"now AS (SELECT who FROM risk WHERE t = {at}{among})"]
    parts: list[str] = []
    for number, those in enumerate(members.values()):
        for (each, days), some in _by_reach(those, often).items():
            rows = _seen(f"ready_{number}", at, days)
            if not often:
                rows = one_of_each(rows, each) if each else with_ends(rows, _asked(some))
            parts.append(f"part_{len(parts)}")
            ctes.append(f"{parts[-1]} AS ({_aggregated(rows, some, at, horizon_days, often)})")
    level = [f"coalesce({f.name}, 0) AS {f.name}" if f.zero else f.name for f in features if f.fact]
    joins = " ".join(f"LEFT JOIN {part} USING (who)" for part in parts)
    ctes.append(
        f"wide AS (SELECT {', '.join(['who', 'customer_id', f'{at} AS t', *level])} FROM now JOIN people USING (who) {joins})"
    )
    columns = ", ".join(_column(feature) for feature in features if feature.in_matrix)
    return f"WITH {', '.join(ctes)} SELECT customer_id, t, {columns} FROM wide ORDER BY who"


def _by_reach(features: list[Feature], often: bool) -> dict[tuple[str, int | None], list[Feature]]:
    """The features of a family by the expression of which they see each value once, and how many days back they look.

    Most rows are old and most windows short: those who only look at the rows of a few days need not pass by all of them.
    """
    found: dict[tuple[str, int | None], list[Feature]] = {}
    for feature in features:
        each = feature.latest.expression if feature.latest and not feature.latest.of_all and not often else ""
        reach = _reach([feature])
        band = None if each else next((days for days in BANDS if reach and reach <= days), None)
        found.setdefault((each, band), []).append(feature)
    for days, longer in pairwise((*BANDS, None)):  # a scan of its own is worth it for many
        if len(found.get(("", days), ())) < WORTH_A_SCAN:
            found.setdefault(("", longer), []).extend(found.pop(("", days), []))
    return {(each, _reach(some)): some for (each, _), some in found.items() if some}


def _reach(features: list[Feature]) -> int | None:
    """The days that features look back, None when one of them looks at all of the past, as gaps do to the purchase before."""
    days = [None if "gap_days" in feature.sql else feature.days for feature in features]
    return max((number for number in days if number), default=None) if all(days) else None


def _seen(ready: str, at: str, days: int | None) -> str:
    """The rows of a family that were dated and known before t, only those of the last `days`, if given."""
    recent = f" AND fact.happened_at >= {at} - INTERVAL {days} DAY" if days else ""
    return f"SELECT fact.* FROM {ready} AS fact JOIN now USING (who) WHERE {seen_at(at, 'fact')}{recent}"


def _aggregated(rows: str, features: list[Feature], at: str, horizon_days: int, often: bool) -> str:
    """The values of features per customer, over rows to which is added what the features speak of: moments, age, gaps."""
    columns = ", ".join(f"{feature.sql} AS {feature.name}" for feature in features)
    windows = sorted(set(map(int, re.findall(r"\bfrom_(\d+)\b", columns))))
    year_ago = f"{at} - INTERVAL 365 DAY"
    moments = {
        "t": at,
        **{f"from_{days}": f"{at} - INTERVAL {days} DAY" for days in windows},
        "year_ago": year_ago,
        "year_ago_end": f"{year_ago} + INTERVAL {horizon_days} DAY",
        "age_days": SECONDS.format(t=at),
        **{latest.name: latest.holds(at, often) for latest in _asked(features)},
    }
    spoken = "".join(f", {sql} AS {name}" for name, sql in moments.items() if re.search(rf"\b{name}\b", columns))
    if "gap_days" in columns:
        anew = GAP.format(order="PARTITION BY who ORDER BY place")
        rows = (
            f"SELECT *, gap_before AS gap_days FROM ({rows}) WHERE NOT shuffled "
            f"UNION ALL SELECT *, {anew} AS gap_days FROM ({rows}) WHERE shuffled"
        )
    return f"SELECT who, {columns} FROM (SELECT *{spoken} FROM ({rows})) GROUP BY who"


def _column(feature: Feature) -> str:
    value = feature.name if feature.fact else feature.sql
    return f"{value} AS {feature.name}" if feature.type == "category" else f"CAST({value} AS FLOAT) AS {feature.name}"
