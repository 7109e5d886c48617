"""Facts -> cells: a row per customer and period of who was active, what they bought and what they did, each table read once."""

from __future__ import annotations

import duckdb

from pipeline.config import Definition
from pipeline.contract.facts import seen_at, timestamp
from pipeline.kpis.deeds import deeds
from pipeline.kpis.spans import Grid

RUNNING = "status IN ('trial', 'active', 'renewed')"

# Every customer of any table, numbered: small keys make everything after this cheaper.
PEOPLE = """
CREATE TABLE people AS SELECT CAST(row_number() OVER (ORDER BY customer_id) AS INTEGER) AS who, customer_id
FROM (SELECT customer_id FROM transactions UNION SELECT customer_id FROM engagements UNION SELECT customer_id FROM subscriptions)
"""

# When each customer did what makes a customer active, once per period.
ACTS = """
CREATE TABLE acts AS
SELECT who, CAST({number} AS SMALLINT) AS k, min(happened_at) AS first_at, max(happened_at) AS last_at
FROM activity JOIN people USING (customer_id) WHERE {seen} GROUP BY ALL
"""

SOLD = """
CREATE TABLE sold AS SELECT * FROM (
    SELECT who, CAST({number} AS SMALLINT) AS k, sum(amount) AS revenue, -sum(amount) FILTER (WHERE is_return) AS returned,
        sum(discount) FILTER (WHERE NOT is_return) AS discount, sum(margin) AS margin, {category} AS category
    FROM lines JOIN people USING (customer_id) WHERE {line_seen} GROUP BY ALL
) FULL JOIN (
    SELECT who, CAST({number} AS SMALLINT) AS k, count(*) FILTER (WHERE opens) AS orders, sum(amount) AS gross,
        max(happened_at) AS bought_last,
        count(*) FILTER (WHERE opens AND discount > 0) AS discounted_orders,
        {first_channel} AS first_channel, {last_channel} AS last_channel
    FROM purchases JOIN people USING (customer_id) WHERE {seen} GROUP BY ALL
) USING (who, k)
"""
MAIN_CATEGORY = """arg_max(category, struct_pack(a := coalesce(amount, 0), b := category))
    FILTER (WHERE category IS NOT NULL AND NOT is_return AND coalesce(amount, 1) > 0)"""
CHANNEL = "arg_{end}(channel, struct_pack(a := happened_at, b := order_id)) FILTER (WHERE channel IS NOT NULL)"

# Since when a customer acts, buys, collects points.
FIRSTS = """
CREATE TABLE firsts AS SELECT who, first_at, first_k, bought_at, bought_k, member_k FROM people
LEFT JOIN (SELECT who, min(first_at) AS first_at, min(k) AS first_k FROM acts GROUP BY ALL) USING (who)
LEFT JOIN (SELECT customer_id, min(happened_at) AS bought_at FROM purchases WHERE opens AND {known} GROUP BY ALL)
    USING (customer_id)
LEFT JOIN (SELECT who, min(k) AS bought_k FROM sold WHERE orders > 0 GROUP BY ALL) USING (who)
LEFT JOIN (SELECT customer_id, min({number}) AS member_k FROM events
    WHERE kind IN ('points_earned', 'points_redeemed') AND value <> 0 AND {known_events} GROUP BY ALL) USING (customer_id)
"""

# Who is active at which boundary. Active at T = active in [T − active_days, T), as `standing` in pipeline/model/labels.py says.
STANDING_BY_SILENCE = """
CREATE TABLE standing AS SELECT who, CAST(number AS SMALLINT) AS number, last_at FROM (
    SELECT who, k, last_at, lead(k) OVER (PARTITION BY who ORDER BY k) AS following FROM acts
) JOIN boundaries ON number > k AND number <= coalesce(following, {most}) AND edge <= last_at + INTERVAL {active_days} DAY
"""
# Active at T = the latest word on a subscription before T runs to T or longer, as `COVER` there says.
STANDING_BY_CONTRACT = """
CREATE TABLE standing AS SELECT who, CAST(number AS SMALLINT) AS number, max(happened_at) AS last_at FROM (
    SELECT customer_id, happened_at, status, coalesce(expires_at, TIMESTAMP '9999-01-01') AS expires_at,
        coalesce(lead(happened_at) OVER (PARTITION BY subscription_id ORDER BY happened_at, known_at, expires_at,
            status NOT IN ('cancelled', 'expired') DESC), TIMESTAMP '9999-01-01') AS replaced_at
    FROM periods WHERE {known}
) JOIN people USING (customer_id)
JOIN boundaries ON edge > happened_at AND edge <= replaced_at AND edge <= expires_at
WHERE {running} GROUP BY ALL
"""

# A row for every customer and period with anything in it: active at its start, at its end, acting, buying, doing.
FLOW = """
CREATE VIEW flow AS
SELECT who, k, starting, ending, NOT starting AND acting AND first_k = k AS acquired,
    NOT starting AND acting AND first_k < k AS reactivated, starting OR acting AS present,
    coalesce(k >= member_k, false) AS member, first_at, last_at
FROM (
    SELECT who, k, bits & 1 <> 0 AS starting, bits & 2 <> 0 AS ending, bits & 4 <> 0 AS acting, last_at FROM (
        SELECT who, k, bit_or(bit) AS bits, max(last_at) AS last_at FROM (
            SELECT who, number AS k, 1 AS bit, last_at FROM standing WHERE number < {most}
            UNION ALL SELECT who, CAST(number - 1 AS SMALLINT), 2, NULL FROM standing WHERE number > 0
            UNION ALL SELECT who, k, 4, last_at FROM acts
            UNION ALL SELECT who, k, 0, NULL FROM sales
            UNION ALL SELECT who, k, 0, NULL FROM events_done
        ) GROUP BY who, k
    )
) JOIN firsts USING (who)
"""

# The revenue of the period before stands beside that of the period.
SALES = """
CREATE TABLE sales AS
SELECT * FROM (
    SELECT sold.*, bought_at < edge AS bought_before, bought_k = k AS first_buys
    FROM sold JOIN firsts USING (who) JOIN boundaries ON number = k
)
FULL JOIN (SELECT who, CAST(k + 1 AS SMALLINT) AS k, revenue AS revenue_before FROM sold WHERE k + 1 < {most}) USING (who, k)
"""


def open_cells(connection: duckdb.DuckDBPyConnection, grid: Grid, definition: Definition, has: set[str]) -> None:
    """Create people, firsts, sold, sales and events_done from the open facts, and the view flow; everything is as known today."""
    most, number = len(grid.spans), grid.number("happened_at")
    known = seen_at(timestamp(grid.as_of), "periods")
    connection.execute(grid.boundaries())
    connection.execute(PEOPLE)
    connection.execute(ACTS.format(number=number, seen=grid.seen("activity")))
    connection.execute(
        SOLD.format(
            number=number,
            seen=grid.seen("purchases"),
            line_seen=grid.seen("lines"),
            category=MAIN_CATEGORY if "transactions.category" in has else "NULL",
            first_channel=CHANNEL.format(end="min") if "transactions.channel" in has else "NULL",
            last_channel=CHANNEL.format(end="max") if "transactions.channel" in has else "NULL",
        )
    )
    connection.execute(f"CREATE TABLE events_done AS {deeds(grid, has)}")
    today = timestamp(grid.as_of)
    purchased, done = seen_at(today, "purchases"), seen_at(today, "events")
    connection.execute(FIRSTS.format(known=purchased, number=number, known_events=done))
    if definition.kind == "renewal":
        connection.execute(STANDING_BY_CONTRACT.format(known=known, running=RUNNING))
    else:
        connection.execute(STANDING_BY_SILENCE.format(most=most, active_days=definition.active_days))
    connection.execute(SALES.format(most=most))
    connection.execute(FLOW.format(most=most))
