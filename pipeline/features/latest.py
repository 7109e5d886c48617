"""Orders among the rows of a customer: which are the latest, how many came before.

The latest of the rows known at a snapshot are found by grouping them. Where customers are looked at `often` it is less work to
know beforehand when a row is overtaken, as no snapshot changes that: from when the first of those after it became known.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

NEVER = "TIMESTAMP '9999-01-01'"


@dataclass(frozen=True)
class Latest:
    """The latest rows of a customer: one for each value of an expression or, `of_all` that have a value, those of one moment."""

    expression: str
    of_all: bool = False

    @property
    def name(self) -> str:
        """Name of the column that tells whether a row is one of them, for the SQL of features."""
        return f"latest_{zlib.crc32(f'{self.expression} {self.of_all}'.encode()):08x}"

    @property
    def overtaken(self) -> str:
        """SQL of the column that says when a row is no longer one of them."""
        after = f"PARTITION BY who, {self.expression} ORDER BY happened_at, known_at ROWS"
        if self.of_all:  # rows of one moment stand together
            after = f"PARTITION BY who, {self.expression} IS NULL ORDER BY happened_at GROUPS"
        window = f"{after} BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING"
        return f"coalesce(min(known_at) OVER ({window}), {NEVER}) AS overtaken_{self.name}"

    def holds(self, at: str, often: bool) -> str:
        """SQL predicate of a row, for the column `name`; without `often` of rows made by `one_of_each` or `with_ends`."""
        if often:
            return f"{self.expression} IS NOT NULL AND overtaken_{self.name} >= {at}"
        return f"{self.expression} IS NOT NULL AND happened_at = end_{self.name}" if self.of_all else "true"


def one_of_each(rows: str, expression: str) -> str:
    """SQL: of some rows one for each value of an expression, dated as the latest."""
    return f"SELECT who, max(happened_at) AS happened_at FROM ({rows}) WHERE {expression} IS NOT NULL GROUP BY who, {expression}"


def with_ends(rows: str, asked: list[Latest]) -> str:
    """SQL: some rows, and the last moment of their customer that has a value of each expression."""
    ends = ", ".join(
        f"max(CASE WHEN {one.expression} IS NOT NULL THEN happened_at END) AS end_{one.name}" for one in asked if one.of_all
    )
    return f"SELECT * FROM ({rows}) JOIN (SELECT who, {ends} FROM ({rows}) GROUP BY who) USING (who)" if ends else rows


def nth(column: str) -> str:
    """Name of the column that says how many rows with the same value were known up to this one; null without a value.

    What is known at t is what was known first, so that the largest of those known at t is their number.
    """
    return f"nth_{column}"


def places(text: str) -> list[str]:
    """SQL of the columns that a text names by `nth`."""
    place = "CASE WHEN {0} IS NOT NULL THEN row_number() OVER (PARTITION BY who, {0} ORDER BY known_at) END AS nth_{0}"
    return [place.format(column) for column in sorted(set(re.findall(r"\bnth_([a-z_]+)", text)))]
