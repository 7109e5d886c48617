"""Orders among the rows of a customer that no snapshot changes: when a row is no longer the latest, how many came before it."""

from __future__ import annotations

import re
import zlib


# Orders among rows of a customer. Rows of one moment follow each other where each value is to be counted once, and stand together
# where the greatest of them is to be taken.
def one_each(expression: str) -> str:
    """SQL window: the later rows with the same value of an expression."""
    order = "ORDER BY happened_at, known_at ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING"
    return f"PARTITION BY who, {expression} {order}"


def of_all(expression: str) -> str:
    """SQL window: the rows of later moments, among those of which an expression is or is not null alike."""
    return f"PARTITION BY who, {expression} IS NULL ORDER BY happened_at GROUPS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING"


def latest_of(window: str) -> str:
    """SQL predicate: none of the rows in a window (`one_each`, `of_all`) that begins after this row was known at t."""
    return f"{superseded(window)} >= t"


def superseded(window: str) -> str:
    """Name of the column that says when the first of the rows in a window became known."""
    return f"superseded_{zlib.crc32(window.encode()):08x}"


def nth(column: str) -> str:
    """Name of the column that says how many rows with the same value were known up to this one; null without a value.

    What is known at t is what was known first, so that the largest of those known at t is their number.
    """
    return f"nth_{column}"


def places(text: str) -> list[str]:
    """SQL of the columns that a text names by `nth`."""
    place = "CASE WHEN {0} IS NOT NULL THEN row_number() OVER (PARTITION BY who, {0} ORDER BY known_at) END AS nth_{0}"
    return [place.format(column) for column in sorted(set(re.findall(r"\bnth_([a-z_]+)", text)))]
