"""The words of the figures: a frozen `Metric` says what is divided by what, and the same value makes the documentation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Fact = Literal["customers", "sales", "events", "terms", "logos", "ranks", "answers"]
Good = Literal["up", "down", ""]
OWN = "the churn definition (docs/definitions.md)"


@dataclass(frozen=True)
class Sum:
    """A sum, or sums of sums, over the rows of one fact, a row per customer and period (pipeline/kpis/cells.py).

    That of a whole must be the sum of those of its parts: then all dimensions come from few passes. What no sum can give, ranks
    and medians, has facts of its own (`concentration`, pipeline/kpis/topics.py), and so have contracts.
    """

    fact: Fact
    sql: str


@dataclass(frozen=True)
class Metric:
    """A figure: `scale` × numerator / denominator, or the numerator alone (a count; a median, given as such).

    A `share` has a Wilson interval, a `mean` one from its `squares`; `n` is what it rests on where that is not the
    denominator. `looks_back` tells that it depends on the time before the period, `previous` that it compares with the period
    before, `to_date` that it adds up all periods so far, `unknown` that no numerator is unknown rather than nothing,
    `complement` that the numerator is what is missing to the denominator; `block` is the number of days over whose whole blocks
    in the period it is a mean. `needs` are words such as "transactions.amount" or "engagements:email_sent".
    """

    name: str
    group: str
    unit: str
    formula: str
    source: str
    good: Good
    kind: Literal["count", "share", "ratio", "mean", "median"]
    numerator: Sum
    denominator: Sum | None = None
    squares: Sum | None = None
    n: Sum | None = None
    scale: float = 1.0
    needs: tuple[str, ...] = ()
    looks_back: bool = False
    previous: bool = False
    to_date: bool = False
    complement: bool = False
    block: int = 0
    unknown: bool = False

    @property
    def sums(self) -> tuple[Sum, ...]:
        """Every aggregate it is made from."""
        return tuple(s for s in (self.numerator, self.denominator, self.squares, self.n) if s is not None)


def customers(condition: str) -> Sum:
    """Number of customers of whom something is true in the period."""
    return Sum("customers", f"count(*) FILTER (WHERE {condition})")


def sales(expression: str) -> Sum:
    """An aggregate over what customers bought and returned in the period."""
    return Sum("sales", expression)


def events(expression: str) -> Sum:
    """An aggregate over what customers did, and were sent, in the period."""
    return Sum("events", expression)


def lacks(need: str) -> str:
    """Why something is absent, in words."""
    return f"needs {need}, which this source lacks" if not need.startswith("kpis.") else f"needs {need} to be set"


def kinds(*names: str) -> tuple[str, ...]:
    """The need of one of several kinds of engagements."""
    return (f"engagements:{'|'.join(names)}",)
