"""Contracts: renewals, subscribers and recurring revenue lost, trials converted, by plan and month of life."""

from __future__ import annotations

import duckdb

from pipeline.contract.facts import seen_at, timestamp
from pipeline.contract.offered import lacking
from pipeline.kpis.cells import RUNNING
from pipeline.kpis.metric import Metric, Sum, lacks
from pipeline.kpis.spans import Grid
from pipeline.kpis.tabulate import ALL, Row, Sums, row_of

PLAN = ("subscriptions.expires_at",)
PRICE = (*PLAN, "subscriptions.price")
NOUN = {"terms": "paid period or trial has ended", "logos": "paid period runs at a boundary"}
BASIS = "subscription practice; who is due and renews as in pipeline/model/labels.py"


def _terms(sql: str) -> Sum:
    return Sum("terms", sql)


def _logos(sql: str) -> Sum:
    return Sum("logos", sql)


STARTING = _logos("count(*) FILTER (WHERE paid_start)")
MRR = _logos("sum(mrr_start)")
COMPARED = _logos("sum(mrr_start) FILTER (WHERE comparable)")
CONTRACT_METRICS = (
    Metric("terms_due", "contracts", "terms", "paid periods that ended in the period, whose time to renew is over", BASIS, "",
           "count", _terms("count(*) FILTER (WHERE due)"), needs=PLAN),
    Metric("renewal_rate", "contracts", "share", "renewed before their end plus grace_days / terms_due", BASIS, "up", "share",
           _terms("count(*) FILTER (WHERE due AND renewed)"), _terms("count(*) FILTER (WHERE due)"), needs=PLAN),
    Metric("trials_ended", "contracts", "trials", "trials that ended in the period, whose time to convert is over", BASIS, "",
           "count", _terms("count(*) FILTER (WHERE trial)"), needs=PLAN),
    Metric("trial_conversion_rate", "contracts", "share", "trials followed by a paid period before their end plus grace_days / "
           "trials_ended", BASIS, "up", "share", _terms("count(*) FILTER (WHERE trial AND converted)"),
           _terms("count(*) FILTER (WHERE trial)"), needs=PLAN),
    Metric("subscribers_start", "contracts", "customers", "customers with a paid period running at T0", BASIS, "up", "count",
           STARTING, needs=PLAN),
    Metric("logo_churn_rate", "contracts", "share", "subscribers at T0 without a paid period at T1 / subscribers at T0", BASIS,
           "down", "share", _logos("count(*) FILTER (WHERE paid_start AND NOT paid_end)"), STARTING, needs=PLAN),
    Metric("mrr_start", "contracts", "money per month", "price / days × 30.4375 of the paid periods running at T0", BASIS, "up",
           "count", MRR, needs=PRICE),
    Metric("revenue_churn_rate", "contracts", "share", "monthly revenue lost or reduced from T0 to T1 / mrr_start", BASIS, "down",
           "ratio", _logos("sum(greatest(mrr_start - mrr_end, 0)) FILTER (WHERE comparable)"), COMPARED, n=STARTING, needs=PRICE),
    Metric("net_mrr_retention", "contracts", "share", "monthly revenue at T1 of the subscribers at T0 / mrr_start", BASIS, "up",
           "ratio", _logos("sum(mrr_end) FILTER (WHERE comparable AND mrr_start IS NOT NULL)"), COMPARED, n=STARTING,
           needs=PRICE),
)  # fmt: skip

# A period begins where the one before it ends: sources often keep the start of the whole subscription in started_at.
RUNS = """
CREATE OR REPLACE TABLE runs AS
SELECT customer_id, subscription_id, coalesce(plan, '(unknown)') AS plan, status, happened_at, expires_at, replaced_at,
    min(happened_at) OVER (PARTITION BY customer_id) AS born,
    CASE WHEN started = before_started AND before_expires < expires_at THEN before_expires ELSE started END AS since,
    CASE WHEN status <> 'trial' AND since < expires_at THEN
        CAST(CAST(price AS DECIMAL(28,4)) * 30.4375 / greatest(date_diff('day', since, expires_at), 1)
            AS DECIMAL(18,4)) END AS mrr,
    coalesce(next_expires <= expires_at AND replaced_at < expires_at, false) AS replaced
FROM (
    SELECT *, coalesce(started_at, happened_at) AS started,
        coalesce(lead(happened_at) OVER log, TIMESTAMP '9999-01-01') AS replaced_at,
        CASE WHEN lead(status) OVER log IN ('trial', 'active', 'renewed') THEN lead(expires_at) OVER log END AS next_expires,
        lag(coalesce(started_at, happened_at)) OVER log AS before_started, lag(expires_at) OVER log AS before_expires
    FROM periods WHERE {known}
    WINDOW log AS (PARTITION BY subscription_id
        ORDER BY happened_at, known_at, expires_at, status NOT IN ('cancelled', 'expired') DESC)
) WHERE {running}
"""
LIFE = "least(date_diff('day', born, {when}) // 30, 24)"
TERMS = """
CREATE OR REPLACE TABLE terms AS
SELECT {number} AS k, plan, {life} AS life, status <> 'trial' AND NOT replaced AS due, status = 'trial' AS trial,
    EXISTS (SELECT 1 FROM runs AS later WHERE later.customer_id = runs.customer_id AND later.happened_at > runs.happened_at
        AND coalesce(later.expires_at > runs.expires_at, true)
        AND later.happened_at < runs.expires_at + INTERVAL {grace} DAY) AS renewed,
    EXISTS (SELECT 1 FROM runs AS later WHERE later.customer_id = runs.customer_id AND later.happened_at >= runs.happened_at
        AND later.status <> 'trial' AND later.happened_at < runs.expires_at + INTERVAL {grace} DAY
        AND (later.subscription_id = runs.subscription_id OR NOT EXISTS (SELECT 1 FROM runs AS paying
            WHERE paying.customer_id = runs.customer_id AND paying.status <> 'trial' AND paying.happened_at < runs.happened_at))
    ) AS converted
FROM runs WHERE expires_at >= {origin} AND expires_at + INTERVAL {grace} DAY <= {today}
"""
# A customer's paid periods at every boundary; of several plans the last by name.
PAID = """
CREATE OR REPLACE TABLE paid AS
SELECT number, customer_id, max(plan) AS plan, min(born) AS born, sum(mrr) AS mrr
FROM runs JOIN boundaries ON edge > happened_at AND edge <= replaced_at AND coalesce(edge <= expires_at, true)
WHERE status <> 'trial' GROUP BY ALL
"""
LOGOS = """
CREATE OR REPLACE TABLE logos AS
SELECT starts.number AS k, starts.plan, {life} AS life, true AS paid_start, ends.customer_id IS NOT NULL AS paid_end,
    starts.mrr AS mrr_start, coalesce(ends.mrr, 0) AS mrr_end, ends.customer_id IS NULL OR ends.mrr IS NOT NULL AS comparable
FROM paid AS starts JOIN boundaries USING (number)
LEFT JOIN paid AS ends ON ends.customer_id = starts.customer_id AND ends.number = starts.number + 1
WHERE starts.number < {most}
"""


def contracts(
    connection: duckdb.DuckDBPyConnection, grid: Grid, grace_days: int, has: frozenset[str]
) -> tuple[list[Row], dict[str, str]]:
    """Rows for all contracts, by plan and by month of life (thirty days, 24 and more together); and what is absent, and why."""
    absent = {m.name: lacks(need) for m in CONTRACT_METRICS if (need := lacking(m.needs, has)) is not None}
    metrics = [metric for metric in CONTRACT_METRICS if metric.name not in absent]
    if not metrics:
        return [], absent
    today = timestamp(grid.as_of)
    connection.execute(RUNS.format(known=seen_at(today, "periods"), running=RUNNING))
    connection.execute(
        TERMS.format(
            number=grid.number("expires_at"), life=LIFE.format(when="expires_at"), grace=grace_days,
            origin=timestamp(grid.origin), today=today,
        )
    )  # fmt: skip
    connection.execute(PAID)
    connection.execute(LOGOS.format(life=LIFE.format(when="edge").replace("born", "starts.born"), most=len(grid.spans)))
    found: Sums = {}
    for fact in ("terms", "logos"):
        wanted = list(dict.fromkeys(s for metric in metrics for s in metric.sums if s.fact == fact))
        _gather(connection, fact, wanted, found)
    rows = []
    for dimension, value, k in sorted(found, key=lambda place: (place[0], _order(place[1]), place[2])):
        cell = found[dimension, value, k]
        of = [metric for metric in metrics if metric.numerator in cell]
        late = _undecided(grid, k, grace_days)
        rows += [
            row_of(metric, cell, grid.spans[k], grid, (dimension, value), late and metric.numerator.fact == "terms")
            for metric in of
        ]
    return rows, absent


def _undecided(grid: Grid, k: int, grace_days: int) -> bool:
    """Whether some that ended in the period may still renew."""
    return (grid.as_of - grid.spans[k].end).days < grace_days


def _order(value: str) -> tuple[int, str]:
    return (int(value), "") if value.isdecimal() else (-1, value)


def _gather(connection: duckdb.DuckDBPyConnection, fact: str, wanted: list[Sum], found: Sums) -> None:
    for name, column in ((ALL, f"'{ALL}'"), ("plan", "plan"), ("month_of_life", "CAST(life AS VARCHAR)")):
        selected = ", ".join(s.sql for s in wanted)
        rows = connection.execute(f"SELECT {column} AS value, k, {selected} FROM {fact} GROUP BY ALL").fetchall()
        for value, k, *numbers in rows:
            found.setdefault((name, value, k), {}).update(zip(wanted, numbers, strict=True))
