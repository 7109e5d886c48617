"""Facts -> whether identifiers are those of people: words for nobody, one that outgrows all, two spellings, shared orders.

Identifiers are counted and never shown, but for a word that stands for nobody. Where they are pseudonyms, words and spellings
cannot be seen any more.
"""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from pipeline.check.findings import Check, Evidence, listed, percent
from pipeline.contract.tables import TABLES
from pipeline.counted import counted
from pipeline.engine import quoted

NOBODY = ("null", "na", "n/a", "#n/a", "nan", "none", "unknown", "undefined", "-1", "guest", "anonymous")
ZERO = "0"
LARGE, OUTGROWN = 0.05, 20
ALIKE, SHARED = 0.001, 0.01

NAMES = """
CREATE OR REPLACE TEMP TABLE names AS
SELECT customer_id, lower(trim(nfc_normalize(customer_id))) AS word, orders
FROM (SELECT customer_id FROM transactions GROUP BY customer_id)
LEFT JOIN (SELECT customer_id, count(*) AS orders FROM purchases WHERE opens GROUP BY customer_id) USING (customer_id)
"""
SIZES = """
SELECT coalesce(max(orders), 0), coalesce(quantile_disc(orders, 0.99), 0) FROM names WHERE orders > 0 AND word NOT IN ({nobody})
"""
FORM = "coalesce(nullif(ltrim(lower(trim(nfc_normalize(customer_id))), '0'), ''), '0')"
ALIKE_WITHIN = f"""
SELECT coalesce(sum(spellings), 0), count(*) FROM (SELECT count(*) AS spellings FROM names GROUP BY {FORM} HAVING count(*) > 1)
"""
ALIKE_BETWEEN = f"""
SELECT count(*), count(*) FILTER (WHERE customer_id NOT IN (SELECT customer_id FROM names)
    AND {FORM} IN (SELECT {FORM} FROM names))
FROM (SELECT customer_id FROM {{table}} GROUP BY customer_id)
"""
ORDERS_SHARED = """
SELECT count(*), count(*) FILTER (WHERE shared) FROM (
    SELECT min(customer_id) <> max(customer_id) AS shared FROM purchases WHERE opens GROUP BY order_id)
"""


def identifiers(connection: duckdb.DuckDBPyConnection, present: set[str]) -> Evidence:
    """Orders of words for nobody, the largest customer and the usual large one, spellings that coincide, orders shared."""
    connection.execute(NAMES)
    words = ", ".join(quoted(word) for word in (*NOBODY, ZERO))
    largest, usual = connection.execute(SIZES.format(nobody=words)).fetchone() or (0, 0)
    named = (
        f"SELECT customer_id, orders FROM names WHERE orders > 0 AND word IN ({words}) AND (word <> '{ZERO}' OR orders > {usual})"
    )
    nobody = connection.execute(f"{named} ORDER BY orders DESC, customer_id").fetchall()
    spellings, people = connection.execute(ALIKE_WITHIN).fetchone() or (0, 0)
    orders, shared = connection.execute(ORDERS_SHARED).fetchone() or (0, 0)
    (everything,) = connection.execute("SELECT CAST(coalesce(sum(orders), 0) AS BIGINT) FROM names").fetchone() or (0,)
    others = [table for table in TABLES if table in present and table != "transactions"]
    between = {table: connection.execute(ALIKE_BETWEEN.format(table=table)).fetchone() or (0, 0) for table in others}
    return {
        "orders": everything,
        "nobody": [(word, placed) for word, placed in nobody],
        "largest": largest,
        "usual_large": usual,
        "spellings": int(spellings),
        "spelt_customers": people,
        "spelt_between": {table: {"customers": every, "alike": alike} for table, (every, alike) in between.items()},
        "order_ids": orders,
        "order_ids_shared": shared,
    }


def _nobody(evidence: Evidence) -> Iterator[str]:
    found = evidence["identifiers"]
    if found["nobody"]:
        placed = sum(orders for _, orders in found["nobody"])
        words = listed(repr(word) for word, _ in found["nobody"])
        yield (
            f"transactions: {counted(placed, 'order')} ({percent(placed / found['orders'])}) of a customer named {words}: a word "
            "for nobody, taken for one person"
        )


def _outgrown(evidence: Evidence) -> Iterator[str]:
    found = evidence["identifiers"]
    if found["largest"] > LARGE * found["orders"] and found["largest"] > OUTGROWN * found["usual_large"]:
        yield (
            f"transactions: one customer has {counted(found['largest'], 'order')} "
            f"({percent(found['largest'] / found['orders'])} of all), 99 % of the customers {found['usual_large']:,} or fewer: a "
            "till, a test account, or everybody without a number?"
        )


def _alike(evidence: Evidence) -> Iterator[str]:
    found = evidence["identifiers"]
    customers = evidence["tables"]["transactions"]["customers"]
    if found["spellings"] > ALIKE * customers:
        yield (
            f"transactions: {found['spellings']:,} of {customers:,} customer identifiers are {found['spelt_customers']:,} "
            "when capitals, leading zeros, blanks and forms of accents are not told apart: one customer looks like several"
        )
    for table, other in found["spelt_between"].items():
        if other["alike"] > ALIKE * other["customers"]:
            yield (
                f"{table}: {other['alike']:,} of {other['customers']:,} customers are not in transactions as they are written, "
                "but are when capitals, leading zeros, blanks and forms of accents are not told apart"
            )


def _shared(evidence: Evidence) -> Iterator[str]:
    found = evidence["identifiers"]
    if found["order_ids_shared"] > SHARED * found["order_ids"]:
        yield (
            f"transactions: {found['order_ids_shared']:,} of {counted(found['order_ids'], 'order')} "
            f"({percent(found['order_ids_shared'] / found['order_ids'])}) belong to several customers"
        )


CHECKS = (
    Check(
        "customer_is_nobody",
        "warning",
        f"customers named {', '.join(NOBODY)} in any capitals have orders, or one named {ZERO} has more than 99 % of the "
        "customers (not seen where identifiers are pseudonyms)",
        "make such a word no identifier, with nullif(…, 'word') in source.tables.transactions.columns.customer_id: its rows "
        "then count as nobody's",
        _nobody,
    ),
    Check(
        "customer_outgrows_all",
        "warning",
        f"one customer has more than {percent(LARGE)} of the orders and more than {OUTGROWN} times as many as 99 % of them",
        "find out who it is, and leave its rows out with source.tables.transactions.where if it is no person or company",
        _outgrown,
    ),
    Check(
        "identifiers_alike",
        "warning",
        f"more than {percent(ALIKE)} of the customer identifiers of a table coincide with others of it, or of `transactions`, "
        "when capitals, leading zeros, outer blanks and Unicode forms of one letter are not told apart (not seen where "
        "identifiers are pseudonyms)",
        "bring them to one form in every source.tables.<table>.columns.customer_id, e.g. ltrim(upper(trim(id)), '0'), unless "
        "they do name different people",
        _alike,
    ),
    Check(
        "orders_shared",
        "warning",
        f"more than {percent(SHARED)} of the order numbers are those of several customers",
        "check that order_id and customer_id are the right columns; if numbers begin anew in every shop or year, put that "
        "before them: shop || '-' || number",
        _shared,
    ),
)
