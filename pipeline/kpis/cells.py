"""Facts -> cells: a row per customer and period of who was active, what they bought and what they did, each table read once."""

from __future__ import annotations

import duckdb

from pipeline.config import Definition
from pipeline.contract.facts import seen_at, timestamp
from pipeline.kpis.deeds import deeds
from pipeline.kpis.spans import Grid

RUNNING = "status IN ('trial', 'active', 'renewed')"

# When each customer did what makes a customer active, once per period.
ACTS = """
CREATE TABLE acts AS
SELECT customer_id, {number} AS k, min(happened_at) AS first_at, max(happened_at) AS last_at
FROM activity WHERE {seen} GROUP BY ALL
"""

SOLD = """
CREATE TABLE sold AS SELECT customer_id, k, {sums} FROM (
    SELECT customer_id, {line_number} AS k, sum(amount) AS revenue, -sum(amount) FILTER (WHERE is_return) AS returned,
        sum(discount) AS discount, sum(margin) AS margin, {category} AS category,
    FROM lines WHERE {line_seen} GROUP BY ALL
    UNION ALL BY NAME
    SELECT customer_id, {number} AS k, count(*) FILTER (WHERE opens) AS orders, sum(amount) AS gross,
        max(happened_at) AS bought_last,
        count(*) FILTER (WHERE opens AND discount > 0) AS discounted_orders,
        {first_channel} AS first_channel, {last_channel} AS last_channel
    FROM purchases WHERE {seen} GROUP BY ALL
) GROUP BY customer_id, k
"""
SOLD_SUMS = ("revenue", "returned", "discount", "margin", "category", "orders", "gross", "discounted_orders", "bought_last")
MAIN_CATEGORY = """arg_max(category, struct_pack(a := coalesce(amount, 0), b := category))
    FILTER (WHERE category IS NOT NULL AND NOT is_return)"""
CHANNEL = "arg_{end}(channel, struct_pack(a := happened_at, b := order_id)) FILTER (WHERE channel IS NOT NULL)"

# Every customer of any table, numbered: small keys make everything after this cheaper.
PEOPLE = """
CREATE TABLE people AS
SELECT CAST(row_number() OVER (ORDER BY customer_id) AS INTEGER) AS who, customer_id, first_at, first_k, bought_at, member_k
FROM (SELECT customer_id FROM acts UNION SELECT customer_id FROM sold UNION SELECT customer_id FROM did)
LEFT JOIN (SELECT customer_id, min(first_at) AS first_at, CAST(min(k) AS INTEGER) AS first_k FROM acts GROUP BY ALL)
    USING (customer_id)
LEFT JOIN (SELECT customer_id, min(happened_at) AS bought_at FROM purchases WHERE opens AND {known} GROUP BY ALL)
    USING (customer_id)
LEFT JOIN (SELECT customer_id, min(k) AS member_k FROM did WHERE {pointed} GROUP BY ALL) USING (customer_id)
"""

# Who is active at which boundary. Active at T = active in [T − active_days, T), as `standing` in pipeline/model/labels.py says.
STANDING_BY_SILENCE = """
CREATE TABLE standing AS SELECT who, CAST(number AS SMALLINT) AS number, last_at FROM (
    SELECT who, k, last_at, lead(k) OVER (PARTITION BY who ORDER BY k) AS following FROM acts JOIN people USING (customer_id)
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

FLOW = """
CREATE TABLE flow AS
SELECT who, k, starting, ending, acting, last_at,
    NOT starting AND acting AND first_k = k AS acquired, NOT starting AND acting AND first_k < k AS reactivated
FROM (
    SELECT who, k, bool_or(part = 1) AS starting, bool_or(part = 2) AS ending, bool_or(part = 3) AS acting,
        max(last_at) FILTER (WHERE part <> 2) AS last_at
    FROM (
        SELECT who, number AS k, 1 AS part, last_at FROM standing WHERE number < {most}
        UNION ALL SELECT who, number - 1, 2, NULL FROM standing WHERE number > 0
        UNION ALL SELECT who, k, 3, last_at FROM acts JOIN people USING (customer_id)
    ) GROUP BY who, k
) JOIN people USING (who)
"""

# The revenue of the period before stands beside that of the period.
SALES = """
CREATE TABLE sales AS
SELECT who, k, {sums}, max(revenue_before) AS revenue_before, bool_or(bought_before) AS bought_before FROM (
    SELECT sold.*, who, bought_at < edge AS bought_before
    FROM sold JOIN people USING (customer_id) JOIN boundaries ON number = k
    UNION ALL BY NAME
    SELECT who, k + 1 AS k, revenue AS revenue_before FROM sold JOIN people USING (customer_id) WHERE k + 1 < {most}
) GROUP BY who, k
"""

DONE = "CREATE TABLE events_done AS SELECT who, did.* EXCLUDE (customer_id) FROM did JOIN people USING (customer_id)"


def open_cells(connection: duckdb.DuckDBPyConnection, grid: Grid, definition: Definition, has: set[str]) -> None:
    """Create the tables people, flow, sales and events, from the facts that are open; everything is as known today."""
    most, number = len(grid.spans), grid.number("happened_at")
    known = seen_at(timestamp(grid.as_of), "periods")
    connection.execute(grid.boundaries())
    connection.execute(ACTS.format(number=number, seen=grid.seen("activity")))
    connection.execute(
        SOLD.format(
            sums=", ".join(f"max({name}) AS {name}" for name in (*SOLD_SUMS, "first_channel", "last_channel")),
            number=number,
            seen=grid.seen("purchases"),
            line_number=number,
            line_seen=grid.seen("lines"),
            category=MAIN_CATEGORY if "transactions.category" in has else "NULL",
            first_channel=CHANNEL.format(end="min") if "transactions.channel" in has else "NULL",
            last_channel=CHANNEL.format(end="max") if "transactions.channel" in has else "NULL",
        )
    )
    connection.execute(f"CREATE TABLE did AS {deeds(grid, has)}")
    points = [f"{name} > 0" for name in ("points_earned", "points_redeemed") if f"engagements:{name}" in has]
    purchased = seen_at(timestamp(grid.as_of), "purchases")
    connection.execute(PEOPLE.format(known=purchased, pointed=" OR ".join(points) or "false"))
    if definition.kind == "renewal":
        connection.execute(STANDING_BY_CONTRACT.format(known=known, running=RUNNING))
    else:
        connection.execute(STANDING_BY_SILENCE.format(most=most, active_days=definition.active_days))
    connection.execute(FLOW.format(most=most))
    connection.execute("DROP TABLE standing")
    connection.execute(SALES.format(sums=", ".join(f"max({name}) AS {name}" for name in SOLD_SUMS), most=most))
    connection.execute(DONE)
    connection.execute("DROP TABLE did")
