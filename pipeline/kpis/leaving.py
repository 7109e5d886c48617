"""Why they leave: the lost against the retained of the latest periods, by what they had done and been until then."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from math import asin, sqrt
from typing import Any

import duckdb

from pipeline.contract.facts import timestamp
from pipeline.contract.offered import met
from pipeline.kpis.compute import Figures
from pipeline.kpis.deeds import EXACT
from pipeline.kpis.metric import kinds, lacks
from pipeline.kpis.places import UNKNOWN
from pipeline.kpis.spans import Grid, Span
from pipeline.statistics.intervals import mean_difference, risk_difference

POOLED = 3  # the latest complete periods, taken together
MOST_TOPICS = 10
FEWEST = 30


@dataclass(frozen=True)
class Trait:
    """Something of a customer before the period: a share of customers (of those with `among`), or a mean."""

    name: str
    words: str
    sql: str
    needs: tuple[str, ...]
    mean: bool = False
    among: str = "true"


BOUGHT = "orders > 0"
ANSWERED = "coalesce(promoters, 0) + coalesce(passives, 0) + coalesce(detractors, 0) > 0"
TRAITS = (
    Trait("complained", "had a complaint", "complaints > 0", kinds("complaint")),
    Trait("asked_for_help", "had a support ticket", "tickets > 0", kinds("support_ticket")),
    Trait("nps_detractor", "NPS answer of 0–6, of those who answered", "detractors > 0", kinds("nps_response"), among=ANSWERED),
    Trait("nps_promoter", "NPS answer of 9–10, of those who answered", "promoters > 0", kinds("nps_response"), among=ANSWERED),
    Trait("nps_silent", "gave no NPS answer", f"NOT ({ANSWERED})", kinds("nps_response")),
    Trait("actions", "actions other than buying", "coalesce(own, 0)", ("engagements",), mean=True),
    Trait("visits", "site visits", "coalesce(visits, 0)", kinds("site_visit"), mean=True),
    Trait("emails_opened", "e-mails opened", "coalesce(emails_opened, 0)", kinds("email_opened"), mean=True),
    Trait("points_redeemed", "redeemed points", "points_redeemed > 0", kinds("points_redeemed")),
    Trait(
        "discounted",
        "share of their orders bought at a discount",
        "CAST(discounted_orders AS DOUBLE) / orders",
        ("transactions", "transactions.discount"),
        mean=True,
        among=BOUGHT,
    ),
    Trait(
        "returned",
        "share of their spending returned",
        "least(coalesce(CAST(returned AS DOUBLE), 0) / CAST(gross AS DOUBLE), 9)",
        ("transactions.amount",),
        mean=True,
        among=f"{BOUGHT} AND gross > 0",
    ),
    Trait("orders", "orders", "coalesce(orders, 0)", ("transactions",), mean=True),
    Trait("revenue", "revenue", "coalesce(revenue, 0)", ("transactions.amount",), mean=True),
)
PAST = """
CREATE OR REPLACE TABLE past AS
WITH base AS (
    SELECT places.* FROM places WHERE starting AND k IN ({numbers})
    QUALIFY row_number() OVER (PARTITION BY who ORDER BY ending, k DESC) = 1
)
SELECT base.who, base.k, any_value(NOT ending) AS lost{codes}{sums} FROM base
LEFT JOIN ({facts}) AS was
    ON was.who = base.who AND was.k < base.k AND was.k >= base.k - {back}
GROUP BY base.who, base.k
"""
STATED = """
SELECT value, count(*) FROM (
    SELECT customer_id, arg_max(value, struct_pack(a := coalesce(valid_from, TIMESTAMP '0001-01-01'), b := value)) AS value
    FROM attributes WHERE name = 'cancel_reason' AND value IS NOT NULL
        AND coalesce(greatest(valid_from, recorded_at) < {today}, true) GROUP BY customer_id
) GROUP BY value ORDER BY count(*) DESC, value
"""
ON_TOPIC = """
SELECT topic, count(*) FILTER (WHERE lost), count(*) FILTER (WHERE NOT lost) FROM (
    SELECT DISTINCT topic, who, past.k, lost FROM past JOIN people USING (who)
    JOIN (SELECT customer_id, topic, {number} AS k FROM events
        WHERE kind IN ('complaint', 'support_ticket') AND topic IS NOT NULL AND {seen}) AS said
        ON said.customer_id = people.customer_id AND said.k < past.k AND said.k >= past.k - {back}
) GROUP BY topic ORDER BY count(*) DESC, topic LIMIT {most}
"""


def leaving(connection: duckdb.DuckDBPyConnection, found: Figures, active_days: int) -> dict[str, Any]:
    """Differences, the largest first; of shares in points (risk difference), of means in standard deviations, 95 % intervals.

    The past is as long as a customer may be silent, in whole periods. Lost customers have by definition been silent for most of
    it: fewer orders and visits are what losing means, other differences are news. None of them need be a cause.
    """
    spans = _spans(found.grid)
    if not spans:
        return {"absent": "needs a complete period with customers at its start"}
    back = _back(found.grid, spans[0], active_days)
    traits = [trait for trait in TRAITS if met(trait.needs, found.has)]
    _open(connection, found, spans, back, traits)
    lost, kept = _groups(connection)
    if min(lost, kept) < FEWEST:
        return {"absent": f"needs {FEWEST} lost and {FEWEST} retained customers; there are {lost} and {kept}"}
    rows = [row for trait in traits if (row := _compared(connection, trait)) is not None]
    rows += [_share(f"{d.name}={value}", f"{d.name} is {value}", *numbers) for d in found.dimensions if d.name != "cohort"
             for value, numbers in _values(connection, d.column, d.values, lost, kept)]  # fmt: skip
    rows = [row for row in rows if row["effect"]]
    if "engagements.topic" in found.has:
        on = ON_TOPIC.format(number=found.grid.number("happened_at"), seen=found.grid.seen("events"), back=back, most=MOST_TOPICS)
        for topic, of_lost, of_kept in connection.execute(on).fetchall():
            rows.append(_share(f"topic={topic}", f"ticket or complaint about {topic}", of_lost, lost, of_kept, kept))
    rows.sort(key=lambda row: (-abs(row["size"]), row["trait"]))
    return {
        "periods": [span.label for span in spans],
        "truncated": any(span.truncated for span in spans),
        "past_periods": back,
        "lost": lost,
        "retained": kept,
        "compared": len(rows),
        "differences": [row for row in rows if not row["low"] <= 0 <= row["high"]],
    }


def _spans(grid: Grid) -> tuple[Span, ...]:
    """The latest complete periods, without those whose past the data does not hold if there are others."""
    whole = [span for span in grid.complete if span.number > 0]
    return tuple(([span for span in whole if not span.truncated] or whole)[-POOLED:])


def _back(grid: Grid, span: Span, active_days: int) -> int:
    oldest = span.start - timedelta(days=active_days)
    return max(1, sum(1 for before in grid.spans[: span.number] if before.end > oldest))


def _open(connection: duckdb.DuckDBPyConnection, found: Figures, spans: tuple[Span, ...], back: int, traits: list[Trait]) -> None:
    """Create the table past: every customer once, lost or not, with the sums of the periods before.

    Who is lost in one of the periods counts there, who is in none of them in the latest: so that rows are independent.
    """
    needed = re.findall(r"[a-z_]+", " ".join(f"{trait.sql} {trait.among}" for trait in traits))
    counted = {
        table: [
            name for (name,) in connection.execute(f"SELECT column_name FROM (DESCRIBE {table})").fetchall() if name in needed
        ]
        for table in ("sales", "events_done")
    }
    first, last = spans[0].number - back, spans[-1].number
    facts = (
        f"SELECT who, k, {', '.join(names)} FROM {table} WHERE k >= {first} AND k < {last}"
        for table, names in counted.items()
        if names
    )
    connection.execute(
        PAST.format(
            numbers=", ".join(str(span.number) for span in spans),
            codes="".join(f", any_value({d.column}) AS {d.column}" for d in found.dimensions),
            sums="".join(f", sum({name}) AS {name}" for names in counted.values() for name in names),
            facts=" UNION ALL BY NAME ".join(["SELECT who, k FROM people, range(0) AS r(k)", *facts]),
            back=back,
        )
    )


def _groups(connection: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    row = connection.execute("SELECT count(*) FILTER (WHERE lost), count(*) FILTER (WHERE NOT lost) FROM past").fetchone()
    return row or (0, 0)


def _compared(connection: duckdb.DuckDBPyConnection, trait: Trait) -> dict[str, Any] | None:
    if not trait.mean:
        query = f"SELECT lost, count(*) FILTER (WHERE {trait.sql}), count(*) FROM past WHERE {trait.among} GROUP BY lost"
        shares = {lost: (part, n) for lost, part, n in connection.execute(query).fetchall()}
        if len(shares) < 2 or min(n for _, n in shares.values()) < FEWEST:
            return None
        return _share(trait.name, trait.words, *shares[True], *shares[False])
    value = f"CAST({trait.sql} AS {EXACT})"
    query = f"SELECT lost, sum({value}), sum({value} * {value}), count(*) FROM past WHERE {trait.among} GROUP BY lost"
    sums = {lost: (float(a), float(b), float(n)) for lost, a, b, n in connection.execute(query).fetchall()}
    if len(sums) < 2 or min(n for *_, n in sums.values()) < FEWEST:
        return None
    difference = mean_difference(sums[True], sums[False])
    if difference is None:
        return None
    effect, low, high = difference
    means = {name: sums[lost][0] / sums[lost][2] for name, lost in (("lost", True), ("retained", False))}
    return {"trait": trait.name, "words": trait.words, "measure": "standardised mean difference"} | means | {
        "effect": effect, "low": low, "high": high, "size": effect,
    }  # fmt: skip


def _share(name: str, words: str, a: int, n: int, b: int, m: int) -> dict[str, Any]:
    """`size` is Cohen's h, which sorts shares and means on one scale."""
    effect, low, high = risk_difference(a, n, b, m)
    return {
        "trait": name, "words": words, "measure": "risk difference", "lost": a / n, "retained": b / m, "effect": effect,
        "low": low, "high": high, "size": 2 * asin(sqrt(a / n)) - 2 * asin(sqrt(b / m)),
    }  # fmt: skip


def _values(
    connection: duckdb.DuckDBPyConnection, column: str, values: tuple[str, ...], lost: int, kept: int
) -> list[tuple[str, tuple[int, int, int, int]]]:
    rows = connection.execute(
        f"SELECT {column}, count(*) FILTER (WHERE lost), count(*) FILTER (WHERE NOT lost) FROM past GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    return [(values[code], (a, lost, b, kept)) for code, a, b in rows if a + b >= FEWEST and values[code] != UNKNOWN]


def cancel_reasons(connection: duckdb.DuckDBPyConnection, found: Figures) -> dict[str, Any]:
    """Reasons stated by customers until today, by the latest value of the attribute `cancel_reason` of each."""
    if "attributes:cancel_reason" not in found.has:
        return {"absent": lacks("attributes:cancel_reason")}
    rows = connection.execute(STATED.format(today=timestamp(found.grid.as_of))).fetchall()
    return {"reasons": [{"reason": value, "customers": n} for value, n in rows]}
