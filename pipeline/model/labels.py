"""Facts -> who is at risk at a snapshot, and whether they left: SQL for the three churn definitions.

Features see `[…, t)`, labels see `[t + gap, t + gap + horizon)`; no instant belongs to both. Contacts of past campaigns inside
`[t, label end)` are treatments (`treated`): the row of a contacted customer weighs 0, who was held out by a draw stands for them,
so that the weighted rows stand for everybody as if nobody had been contacted. Who refuses profiling is no row.

A weight is known when the label is complete. Where a model reads a snapshot before that, for its early returns, it knows the
contacts made until then and no others: a row counts there until `first_contact_at`, whatever it weighs in the end.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import duckdb

from pipeline.config import Definition
from pipeline.contract.facts import seen_at, timestamp
from pipeline.contract.tables import GIVEN
from pipeline.model.folds import Origin, Plan, label_days
from pipeline.model.treated import WEIGHT, treated

STATUSES = ("scored", "lapsed", "too_new", "not_due", "no_profiling_consent")

# The state of every customer known at each t; `cover_end` is the end of the last running subscription period.
STANDING = """
SELECT dates.t, activity.customer_id, min(activity.happened_at) AS first_at, max(activity.happened_at) AS last_at
FROM dates JOIN activity ON {seen} GROUP BY ALL
"""

COVER = """
SELECT t, customer_id, max(coalesce(expires_at, TIMESTAMP '9999-01-01'))
    FILTER (WHERE status IN ('trial', 'active', 'renewed')) AS cover_end
FROM (
    SELECT dates.t, periods.*
    FROM dates JOIN periods ON {seen}
    QUALIFY row_number() OVER (PARTITION BY dates.t, subscription_id
        ORDER BY happened_at DESC, known_at DESC, expires_at DESC, status IN ('cancelled', 'expired') DESC) = 1
) GROUP BY ALL
"""


# Everyone whose latest word on a consent is not a clear yes; an undated word is today's. Words dated after `as_of` are heard as
# well, or a withdrawal newer than the last purchase would be missed; they can only take consent away.
REFUSED = """
SELECT customer_id, name FROM (
    SELECT customer_id, consent AS name, value,
        rank() OVER (PARTITION BY customer_id, consent, later ORDER BY coalesce(valid_from, {as_of}) DESC) AS place
    FROM (SELECT *, lower(trim(name)) AS consent, coalesce(valid_from >= {as_of}, false) AS later FROM attributes)
    WHERE starts_with(consent, 'consent_')
) WHERE place = 1 GROUP BY customer_id, name HAVING bool_or(lower(trim(coalesce(value, ''))) NOT IN ({given}))
"""


def refused(as_of: date) -> str:
    """SQL: (customer_id, name) of every consent that is refused as of a date or withdrawn since.

    Of two words of one date the refusal counts.
    """
    return REFUSED.format(as_of=timestamp(as_of), given=", ".join(f"'{word}'" for word in GIVEN))


def dates_table(days: tuple[date, ...]) -> str:
    """SQL that creates the table `dates` of snapshot dates `t`."""
    return (
        "CREATE OR REPLACE TABLE dates AS SELECT * FROM (VALUES " + ", ".join(f"({timestamp(day)})" for day in days) + ") AS v(t)"
    )


def standing(definition: Definition) -> str:
    """SQL: one row per (t, customer with activity before t) with `status` scored, lapsed, too_new or not_due."""
    tenure = f"WHEN first_at > t - INTERVAL {definition.min_tenure_days} DAY THEN 'too_new'"
    if definition.kind == "renewal":
        start = f"t + INTERVAL {definition.gap_days} DAY"
        end = f"t + INTERVAL {definition.gap_days + definition.horizon_days} DAY"
        due = f"cover_end >= {start} AND cover_end < {end}"
        state = f"WHEN coalesce(cover_end < t, true) THEN 'lapsed' WHEN NOT ({due}) THEN 'not_due'"
        source = (
            f"({STANDING.format(seen=seen_at('dates.t', 'activity'))}) JOIN ({COVER.format(seen=seen_at('dates.t', 'periods'))}) "
            "USING (t, customer_id)"
        )
    else:
        state = f"WHEN last_at < t - INTERVAL {definition.active_days} DAY THEN 'lapsed'"
        source = f"(SELECT *, CAST(NULL AS TIMESTAMP) AS cover_end FROM ({STANDING.format(seen=seen_at('dates.t', 'activity'))}))"
    return f"SELECT *, CASE {state} {tenure} ELSE 'scored' END AS status FROM {source}"


def labelled(definition: Definition, as_of: date) -> str:
    """SQL: (customer_id, t, y, weight, kept_known_at, first_contact_at) of everyone at risk at the `dates`.

    y = 1 where no activity (or renewal) followed, null where the label is not complete by `as_of`. `kept_known_at` is the moment
    at which it became known that the customer stayed, null where it did not: the label as it was known at a date in between is 0
    if `kept_known_at` lies before it. `first_contact_at` is the moment from which on the label is not that of a customer left
    alone: the first time that they were contacted or held out within its window, null if never. Only facts known before `as_of`
    count, so that a run as of a past date sees what it would have seen then.
    """
    source, window = staying(definition)
    known = seen_at(timestamp(as_of), "later")
    return f"""
        WITH risk AS (SELECT * FROM ({standing(definition)}) WHERE status = 'scored' AND customer_id NOT IN
            (SELECT customer_id FROM ({refused(as_of)}) WHERE name = 'consent_profiling')),
        kept AS (SELECT risk.t, risk.customer_id, min(later.known_at) AS kept_known_at FROM risk JOIN {source} AS later
            ON later.customer_id = risk.customer_id AND {window} AND {known} GROUP BY ALL),
        {treated(label_days(definition), as_of)}
        SELECT risk.customer_id, risk.t,
            CASE WHEN risk.t + INTERVAL {label_days(definition)} DAY <= {timestamp(as_of)}
                THEN CAST(kept_known_at IS NULL AS TINYINT) END AS y,
            CAST({WEIGHT} AS FLOAT) AS weight, kept_known_at,
            first_contact_at
        FROM risk LEFT JOIN kept USING (t, customer_id) LEFT JOIN treated USING (t, customer_id)"""


def staying(definition: Definition) -> tuple[str, str]:
    """SQL: the facts, as `later`, that may show that a customer at `risk` stayed, and which of them do."""
    if definition.kind == "renewal":
        return "(SELECT * FROM periods WHERE status IN ('trial', 'active', 'renewed'))", (
            f"later.happened_at >= risk.t AND later.expires_at > risk.cover_end "
            f"AND later.happened_at < risk.cover_end + INTERVAL {definition.grace_days} DAY"
        )
    return "activity", (
        f"later.happened_at >= risk.t + INTERVAL {definition.gap_days} DAY "
        f"AND later.happened_at < risk.t + INTERVAL {definition.gap_days + definition.horizon_days} DAY"
    )


def read_by_models(plan: Plan) -> str:
    """SQL: whether a labelled row is one that some model of the plan learns from, is judged on, or reads early.

    Early means at a date at which its snapshot was running and the customer not yet contacted.
    """
    early = [
        f"(t IN ({', '.join(map(timestamp, running))}) AND first_contact_at >= {timestamp(until)})"
        for until, running in plan.early
        if running
    ]
    return " OR ".join(["weight > 0", *early])


# How many outcomes there were at the test of each origin, and among what could be learned from, as they were known then. The
# weights of the latter were known then: labels end before the test. At the test itself, who is contacted later cannot be judged.
OUTCOMES = """SELECT count(DISTINCT y) FILTER (WHERE t = {test}),
    count(DISTINCT NOT coalesce(kept_known_at < {test}, false)) FILTER (WHERE t IN ({train}))
FROM labelled WHERE weight > 0"""


def outcomes(origin: Origin) -> str:
    """SQL over the table `labelled`: the number of different outcomes, 0 to 2, at the test of an origin and in its training."""
    return OUTCOMES.format(test=timestamp(origin.test), train=", ".join(map(timestamp, origin.train)))


def share_sampled(rows: int, max_rows: int) -> float:
    """The share of their customers that the snapshots but the test keep, so that of their `rows` about `max_rows` are left."""
    return min(1.0, max_rows / rows) if rows else 1.0


def sampled(labelled: str, plan: Plan, share: float, seed: int) -> str:
    """SQL: the labelled rows of the test, and at every other date those of a share of the customers, drawn anew for each.

    The draw is a hash of seed, t and customer: the same on every run and every machine. Weights stay, as all are as likely kept.
    """
    draw = f"md5('{seed}/' || strftime(t, '%Y-%m-%d') || '/' || customer_id)"
    bound = f"{int(share * 16**8):08x}"  # hexadecimal digits of one length are in the order of the numbers they write
    return f"SELECT * FROM ({labelled}) WHERE t = {timestamp(plan.test)} OR substr({draw}, 1, 8) < '{bound}'"


# Everyone known before t in any table, with what a list shows of them. Undated attributes do not make a customer known.
CUSTOMERS = """
WITH known AS (
    SELECT customer_id FROM lines CROSS JOIN dates WHERE {lines}
    UNION SELECT customer_id FROM events CROSS JOIN dates WHERE {events}
    UNION SELECT customer_id FROM periods CROSS JOIN dates WHERE {periods}
    UNION SELECT customer_id FROM attributes CROSS JOIN dates WHERE valid_from < t
),
consent AS (
    SELECT customer_id, bool_or(name = 'consent_profiling') AS refused,
        string_agg(substr(name, 9), ',' ORDER BY name) FILTER (WHERE name <> 'consent_profiling') AS refused_channels
    FROM ({refused}) GROUP BY customer_id
),
bought AS (SELECT customer_id, count(*) FILTER (WHERE opens) AS orders
    FROM purchases CROSS JOIN dates WHERE {purchases} GROUP BY customer_id),
money AS (SELECT customer_id, sum(amount) AS revenue
    FROM lines CROSS JOIN dates WHERE {lines} GROUP BY customer_id)
SELECT known.customer_id, dates.t,
    CASE WHEN consent.refused THEN 'no_profiling_consent' ELSE coalesce(standing.status, 'too_new') END AS status,
    CAST(date_diff('second', standing.last_at, dates.t) // 86400 AS INTEGER) AS recency_days,
    CAST(coalesce(bought.orders, 0) AS INTEGER) AS orders_count,
    CAST({revenue} AS DECIMAL(38, 2)) AS revenue_total, coalesce(consent.refused_channels, '') AS refused_channels
FROM known CROSS JOIN dates
LEFT JOIN ({standing}) AS standing ON standing.customer_id = known.customer_id AND standing.t = dates.t
LEFT JOIN consent ON consent.customer_id = known.customer_id
LEFT JOIN bought ON bought.customer_id = known.customer_id
LEFT JOIN money ON money.customer_id = known.customer_id
"""


def customers(definition: Definition, as_of: date, with_money: bool) -> str:
    """SQL: one row per customer known before `as_of`, the single date in `dates`.

    Status, days since the last activity, orders, net revenue, and the channels refused, comma-separated ("email,sms").
    """
    return CUSTOMERS.format(
        standing=standing(definition),
        refused=refused(as_of),
        lines=seen_at("t", "lines"),
        events=seen_at("t", "events"),
        periods=seen_at("t", "periods"),
        purchases=seen_at("t", "purchases"),
        revenue="coalesce(money.revenue, 0)" if with_money else "NULL",
    )


def judgeable(connection: duckdb.DuckDBPyConnection, planned: Plan) -> Plan:
    """Without the earlier origins at which all had one outcome; the latest stays, and what follows says what is wrong with it."""
    latest, *earlier = planned.origins
    both = [origin for origin in earlier if connection.execute(outcomes(origin)).fetchone() == (2, 2)]
    return replace(planned, origins=(latest, *both))
