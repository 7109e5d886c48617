"""Facts -> how many customers and orders there are, what they are worth, and who is known elsewhere but never ordered."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from pipeline.check.findings import Check, Evidence, percent
from pipeline.counted import counted

ONE_ORDER, NEGATIVE, ZERO = 0.8, 0.5, 0.05
UNKNOWN = 0.5
BEGINNING_DAYS = 30
BEGINNING_FACTOR = 2.0
REFERRING = ("engagements", "attributes", "subscriptions", "contacts")

ORDERS = """
SELECT count(*), coalesce(sum(orders), 0), count(*) FILTER (WHERE orders = 1)
FROM (SELECT customer_id, count(*) AS orders FROM purchases WHERE opens GROUP BY customer_id)
"""
MONEY = """
SELECT count(amount), count(*) FILTER (WHERE amount = 0), count(*) FILTER (WHERE is_return),
    coalesce(sum(amount) FILTER (WHERE amount > 0), 0), coalesce(sum(amount) FILTER (WHERE amount < 0), 0)
FROM lines
"""
FIRST_ORDERS = """
SELECT count(*) FILTER (WHERE age < {days}), count(*) FILTER (WHERE age >= {days} AND age < {until}), coalesce(max(age), 0)
FROM (SELECT date_diff('day', CAST(min(min(happened_at)) OVER () AS DATE), CAST(min(happened_at) AS DATE)) AS age
    FROM purchases GROUP BY customer_id)
"""


def orders(connection: duckdb.DuckDBPyConnection) -> Evidence:
    """Customers, purchases by the contract (returns and zero orders are none), and revenue by sign, in the source's currency."""
    customers, placed, once = connection.execute(ORDERS).fetchone() or (0, 0, 0)
    priced, zero, returned, positive, negative = connection.execute(MONEY).fetchone() or (0, 0, 0, 0, 0)
    return {
        "customers": customers,
        "orders": int(placed),
        "share_with_one_order": once / customers if customers else 0.0,
        "lines_with_amount": priced,
        "lines_of_zero": zero,
        "lines_returned": returned,
        "revenue_positive": float(positive),
        "revenue_negative": float(negative),
    }


def beginning(connection: duckdb.DuckDBPyConnection) -> Evidence:
    """Customers whose first order lies in the first 30 days of the file, and per 30 days of the 60 after."""
    query = FIRST_ORDERS.format(days=BEGINNING_DAYS, until=3 * BEGINNING_DAYS)
    first, following, span = connection.execute(query).fetchone() or (0, 0, 0)
    return {"days": BEGINNING_DAYS, "first": first, "following": following / 2, "long_enough": span >= 3 * BEGINNING_DAYS}


def strangers(connection: duckdb.DuckDBPyConnection, present: set[str]) -> dict[str, int]:
    """Customers of every other table without any row in transactions."""
    query = "SELECT count(DISTINCT customer_id) FROM {table} WHERE customer_id NOT IN (SELECT customer_id FROM transactions)"
    tables = [table for table in REFERRING if table in present]
    return {table: (connection.execute(query.format(table=table)).fetchone() or (0,))[0] for table in tables}


def _one_order(evidence: Evidence) -> Iterator[str]:
    found = evidence["orders"]
    if evidence["definition"]["kind"] == "purchase" and found["share_with_one_order"] >= ONE_ORDER:
        yield f"{percent(found['share_with_one_order'])} of {found['customers']:,} customers ordered once and never again"


def _negative(evidence: Evidence) -> Iterator[str]:
    found = evidence["orders"]
    if -found["revenue_negative"] > NEGATIVE * found["revenue_positive"]:
        yield (
            f"negative amounts sum to {-found['revenue_negative']:,.2f}, positive ones to {found['revenue_positive']:,.2f}: "
            "more than half of what was sold went back"
        )


def _zero(evidence: Evidence) -> Iterator[str]:
    found = evidence["orders"]
    share = found["lines_of_zero"] / max(found["lines_with_amount"], 1)
    if share > ZERO:
        yield f"{found['lines_of_zero']:,} order lines ({percent(share)}) have the amount 0; an order of these is no purchase"


def _beginning(evidence: Evidence) -> Iterator[str]:
    found = evidence["beginning"]
    if found["long_enough"] and found["first"] >= BEGINNING_FACTOR * max(found["following"], 1):
        yield (
            f"{found['first']:,} of {evidence['orders']['customers']:,} customers order for the first time in the first "
            f"{found['days']} days of the file, then {found['following']:,.0f} per {found['days']} days: the file begins in the "
            "middle of history, and the first order in it is often not the customer's first"
        )


def _strangers(evidence: Evidence) -> Iterator[str]:
    for table, number in evidence["without_orders"].items():
        if number and number == evidence["tables"][table]["customers"]:
            yield f"{table}: none of its {counted(number, 'customer')} has an order"


def _without_orders(evidence: Evidence) -> Iterator[str]:
    for table, number in evidence["without_orders"].items() if evidence["definition"]["kind"] == "purchase" else ():
        customers = evidence["tables"][table]["customers"]
        if UNKNOWN * customers < number < customers:
            yield f"{table}: {number:,} of {customers:,} customers ({percent(number / customers)}) have no order"


CHECKS = (
    Check(
        "strangers",
        "warning",
        "no customer of another table is known in `transactions`: most likely the identifiers are written differently "
        "(leading zeros, prefixes, another system's number)",
        "bring both to one form in source.tables.<table>.columns.customer_id",
        _strangers,
    ),
    Check(
        "negative_revenue",
        "warning",
        f"negative amounts weigh more than {percent(NEGATIVE)} of the positive ones",
        "check the sign of source.tables.transactions.columns.amount, and whether the returns belong to orders in the file",
        _negative,
    ),
    Check(
        "customers_without_orders",
        "advice",
        f"more than {percent(UNKNOWN)} of another table's customers have no order, where churn is about orders",
        "nothing, if these are prospects; otherwise compare how both files write the customer's identifier",
        _without_orders,
    ),
    Check(
        "mostly_one_order",
        "advice",
        f"{percent(ONE_ORDER)} or more of the customers ordered once, where churn is about orders",
        "nothing; but a list of people who never came back is a win-back list: a smaller definition.active_days keeps them out",
        _one_order,
    ),
    Check(
        "zero_amounts",
        "advice",
        f"more than {percent(ZERO)} of the order lines that have an amount have 0",
        "nothing, if they are gifts or samples; otherwise correct source.tables.transactions.columns.amount",
        _zero,
    ),
    Check(
        "begins_in_the_middle",
        "advice",
        f"in the first {BEGINNING_DAYS} days of the file at least {BEGINNING_FACTOR:g} times as many customers order for the "
        f"first time as per {BEGINNING_DAYS} days of the {2 * BEGINNING_DAYS} days after",
        "bring older orders if there are any, or raise snapshots.min_history_days so that early snapshots know their customers",
        _beginning,
    ),
)
