"""Made-up clean tables of any size: customers who come, slow down and go; orders of three lines, twenty kinds of events."""

from __future__ import annotations

from pathlib import Path

from pipeline.artifacts import ARTIFACTS
from pipeline.contract.tables import TABLES
from pipeline.engine import engine, quoted

MEMORY = "3GB"
DAYS = 912
KINDS = "['site_visit', 'site_visit', 'site_visit', 'email_sent', 'email_sent', 'email_opened', 'email_clicked', 'app_session', "
KINDS += (
    "'points_earned', 'points_redeemed', 'social_interaction', 'content_use', 'support_ticket', 'complaint', 'nps_response', "
)
KINDS += "'review', 'referral', 'survey_response', 'chat', 'coupon_redeemed']"
# A customer's activity fades at a speed of their own, so that some leave and some stay.
WHEN = "TIMESTAMP '2022-01-01' + to_seconds(CAST(86400.0 * (born + ({days} - born) * pow(u, speed)) AS BIGINT))"
WHO = """
SELECT i, {key} AS c,
    'C' || lpad(CAST({key} AS VARCHAR), 8, '0') AS customer_id, {days} * 0.6 * (hash({key}) % 1000) / 1000.0 AS born,
    (hash(i * 31 + {salt}) % 1000000) / 1000000.0 AS u, 1 + 4 * (hash({key} * 7) % 100) / 100.0 AS speed
FROM range({rows}) AS range(i)
"""
LINES = """
SELECT customer_id, 'O' || (i // 3) AS order_id, CAST(i % 3 + 1 AS VARCHAR) AS line_id, {when} AS ordered_at,
    CAST(1 + (hash(i * 7) % 9000) / 100.0 AS DECIMAL(18,4)) * CASE WHEN hash(i // 3) % 20 = 0 THEN -1 ELSE 1 END AS amount,
    1 AS quantity, 'P' || hash(i) % 5000 AS product_id, 'category ' || hash(i) % 30 AS category,
    ['web', 'shop', 'app'][CAST(hash(i // 3) % 3 AS INTEGER) + 1] AS channel, 0.5 AS discount, hash(i // 3) % 20 = 0 AS is_return,
    CAST(0.3 * (1 + (hash(i * 7) % 9000) / 100.0) AS DECIMAL(18,4)) AS margin
FROM ({who})
"""
EVENTS = """
SELECT customer_id, CAST(i AS VARCHAR) AS engagement_id, {when} AS occurred_at,
    {kinds}[CAST(hash(i * 13) % 20 AS INTEGER) + 1] AS kind, CAST(hash(i * 3) % 11 AS DECIMAL(18,4)) AS value,
    'topic ' || hash(i) % 5 AS topic
FROM ({who})
"""
PEOPLE = """
SELECT 'C' || lpad(CAST(c AS VARCHAR), 8, '0') AS customer_id, name,
    CASE name WHEN 'country' THEN ['DE', 'AT', 'CH', 'FR', 'IT'][CAST(hash(c) % 5 AS INTEGER) + 1]
        ELSE ['basic', 'silver', 'gold'][CAST(hash(c + step) % 3 AS INTEGER) + 1] END AS value,
    CASE name WHEN 'tier' THEN TIMESTAMP '2022-01-01' + INTERVAL 300 DAY * step END AS valid_from
FROM range({customers}) AS range(c) CROSS JOIN (VALUES ('country', 0), ('tier', 0), ('tier', 1), ('tier', 2)) AS v(name, step)
"""


def make(folder: Path, lines: int, events: int, customers: int) -> Path:
    """Write transactions, engagements and attributes as the ingest stage would leave them: typed, sorted by customer."""
    clean = folder / ARTIFACTS["clean"]
    clean.mkdir(parents=True)
    when = WHEN.format(days=DAYS)
    bought = WHO.format(key=f"hash(i // 3) % {customers}", days=DAYS, salt=1, rows=lines).replace(
        "hash(i * 31", "hash(i // 3 * 31"
    )
    done = WHO.format(key=f"hash(i * 17) % {customers}", days=DAYS, salt=2, rows=events)
    queries = {
        "transactions": LINES.format(who=bought, when=when),
        "engagements": EVENTS.format(who=done, when=when, kinds=KINDS),
        "attributes": PEOPLE.format(customers=customers),
    }
    with engine(memory=MEMORY) as connection:
        for name, query in queries.items():
            typed = ", ".join(f"CAST(NULL AS {column.type}) AS {key}" for key, column in TABLES[name].columns.items())
            whole = f"SELECT * FROM (SELECT {typed} WHERE false) UNION ALL BY NAME {query}"
            order = f"customer_id, {TABLES[name].dated_by}"
            connection.execute(f"COPY (SELECT * FROM ({whole}) ORDER BY {order}) TO {quoted(clean / f'{name}.parquet')}")
    return clean
