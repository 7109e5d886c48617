"""Facts -> the same facts with customers by number, for what is counted over every customer and snapshot: numbers join faster.

The views of the contract keep their names in a schema of their own, which is looked into first while `numbered` is open. Only
customers with activity have a number: nobody else is ever at risk, or waited for.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

SCHEMA = "numbered"
NUMBERS = "SELECT customer_id AS id, CAST(row_number() OVER (ORDER BY customer_id) AS INTEGER) AS number FROM main.activity"
SAME = "SELECT facts.* REPLACE (numbers.number AS customer_id) FROM main.{fact} AS facts JOIN numbers ON numbers.id = customer_id"
FACTS = ("activity", "periods", "contacts", "attributes")


@contextmanager
def numbered(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Inside, `activity`, `periods`, `contacts` and `attributes` name customers by numbers; `dates` made there go with them."""
    connection.execute(f"CREATE SCHEMA {SCHEMA}")
    connection.execute(f"SET search_path = '{SCHEMA},main'")
    try:
        connection.execute(f"CREATE TABLE numbers AS {NUMBERS} GROUP BY customer_id")
        for fact in FACTS:
            connection.execute(f"CREATE TABLE {fact} AS {SAME.format(fact=fact)} ORDER BY customer_id")
        yield
    finally:
        connection.execute("SET search_path = 'main'")
        connection.execute(f"DROP SCHEMA {SCHEMA} CASCADE")
