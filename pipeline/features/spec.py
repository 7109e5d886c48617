"""The words of the feature language: each makes one frozen `Feature`, a value that `compile.py` turns into SQL.

Aggregates see the rows of one fact dated and known before the snapshot `t`; `age_days` is the time from a row to `t`, `from_30`
the start of the window `[t - 30 d, t)`. Sums run over exact decimals, so that their result does not depend on the order of rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from pipeline.features.latest import Latest, nth

EXACT = "DECIMAL(38,12)"  # a second is 0.0000116 days
SQUARABLE = "DECIMAL(19,4)"  # its square is still an exact decimal
# Who bought often long ago and then fell silent is likelier gone than who bought seldom (Fader, Hardie & Lee 2005, the paradox of
# increasing frequency): only of so many days it is agreed that more is better.
RECENT_DAYS = 90
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")

Monotone = Literal["raises", "lowers"]


@dataclass(frozen=True)
class Feature:
    """One column of the feature matrix.

    `fact` names the fact that `sql` aggregates, and `where` which of its rows; without a fact `sql` combines other features of
    the same row. `latest` are the latest rows of which `sql` asks whether a row is one. `days` tells that rows older than so many
    days change nothing. `needs` lists what a source must have ("engagements",
    "transactions.amount", "engagements:email_sent", "attributes:tier", and "engagements:site_visit|app_session" where either
    will do) for the feature to exist. `zero` tells that a customer without rows has 0 rather than null; one not `in_matrix`
    serves other features, or waits to be asked for. `reason` is the code of its reason (`reasons.py`). `monotone` is
    declared where the field agrees that more of it, all else equal, raises or lowers the risk of churn (decision 0016).
    """

    name: str
    group: str
    unit: str
    meaning: str
    fact: str | None
    sql: str
    needs: tuple[str, ...] = ()
    where: str = "true"
    latest: Latest | None = None
    days: int | None = None
    zero: bool = False
    in_matrix: bool = True
    type: Literal["number", "category"] = "number"
    reason: str = ""
    monotone: Monotone | None = None

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise ValueError(f"feature name {self.name!r} must match {NAME.pattern}")


@dataclass(frozen=True)
class Rows:
    """The rows of a fact that a family of features looks at, how they and `one` of them are called, and their reason."""

    fact: str
    name: str
    words: str
    one: str
    group: str
    reason: str
    needs: tuple[str, ...]
    where: str = "true"


def nearest(windows: tuple[int, ...], days: int) -> int:
    """The configured window that is nearest to so many days."""
    return min(windows, key=lambda window: abs(window - days))


def _window(days: int | None) -> tuple[str, str]:
    return ("all", "ever") if days is None else (f"{days}d", f"in the last {days} days")


def _feature(rows: Rows, statistic: str, days: int | None, unit: str, words: str, sql: str, **more: object) -> Feature:
    suffix, when = _window(days)
    name, meaning = f"{rows.name}_{statistic}_{suffix}", f"{words} {when}"
    made = Feature(name, rows.group, unit, meaning, rows.fact, sql, rows.needs, rows.where, days=days, reason=rows.reason)
    return replace(made, **more)  # type: ignore[arg-type]


def _filter(days: int | None, also: str = "") -> str:
    """SQL: only the rows in `[t - days, t)`, all of the past when None."""
    conditions = [*([f"happened_at >= from_{days}"] if days is not None else []), *([also] if also else [])]
    return f"FILTER (WHERE {' AND '.join(conditions)})" if conditions else ""


def _kept(value: str, days: int | None) -> str:
    """SQL: a value in the rows in `[t - days, t)`, null in others: for values this takes the engine less than a filter."""
    return value if days is None else f"CASE WHEN happened_at >= from_{days} THEN {value} END"


def _exact(column: str) -> str:
    """SQL: a column as a decimal. Those of facts are, or whole numbers; gaps are fractions of a day."""
    return f"CAST({column} AS {EXACT})" if column == "gap_days" else column


def _measured(column: str, unit: str, rows: Rows) -> str:
    """What a column of the rows is called."""
    if column == "gap_days":
        return f"days between {rows.words}"
    what = unit if column == "value" else column
    return rows.words if what in rows.words else f"{what} of {rows.words}"


def _of_one(column: str, unit: str, which: str, rows: Rows) -> str:
    if column == "gap_days":
        return f"days between the {which} {rows.one} and the one before"
    return f"{unit if column == 'value' else column} of the {which} {rows.one}"


def count(rows: Rows, days: int | None) -> Feature:
    """Number of rows."""
    return _feature(rows, "count", days, "count", f"number of {rows.words}", f"count(*) {_filter(days)}", zero=True)


def distinct(rows: Rows, expression: str, measure: str, words: str, days: int | None) -> Feature:
    """Number of different values of an expression: of the rows that are the latest with theirs, those in the window."""
    latest = Latest(expression)
    sql = f"count(*) {_filter(days, latest.name)}"
    return _feature(rows, measure, days, "count", f"different {words} of {rows.words}", sql, zero=True, latest=latest)


def total(rows: Rows, column: str, unit: str, days: int | None) -> Feature:
    """Sum of a column."""
    sql = f"sum({_kept(_exact(column), days)})"
    return _feature(rows, f"{column}_sum", days, unit, f"total {_measured(column, unit, rows)}", sql, zero=True)


def mean(rows: Rows, column: str, unit: str, days: int | None) -> Feature:
    """Mean of a column; null without rows."""
    sql = f"CAST(sum({_kept(_exact(column), days)}) AS DOUBLE) / nullif(count({_kept(column, days)}), 0)"
    return _feature(rows, f"{column}_mean", days, unit, f"mean {_measured(column, unit, rows)}", sql)


def maximum(rows: Rows, column: str, unit: str, days: int | None) -> Feature:
    """Largest value of a column; null without rows."""
    return _feature(rows, f"{column}_max", days, unit, f"largest {_measured(column, unit, rows)}", f"max({_kept(column, days)})")


def minimum(rows: Rows, column: str, unit: str, days: int | None) -> Feature:
    """Smallest value of a column; null without rows."""
    return _feature(rows, f"{column}_min", days, unit, f"smallest {_measured(column, unit, rows)}", f"min({_kept(column, days)})")


def median(rows: Rows, column: str, unit: str, days: int | None) -> Feature:
    """Median of a column; null without rows."""
    return _feature(
        rows, f"{column}_median", days, unit, f"median {_measured(column, unit, rows)}", f"median({_kept(column, days)})"
    )


def std(rows: Rows, column: str, unit: str, days: int | None) -> Feature:
    """Sample standard deviation of a column, from exact sums; null with fewer than two rows."""
    n = f"count({_kept(column, days)})"
    value = _kept(f"CAST({column} AS {SQUARABLE})", days)
    first, second = f"CAST(sum({value}) AS DOUBLE)", f"CAST(sum({value} * {value}) AS DOUBLE)"
    sql = f"CASE WHEN {n} > 1 THEN sqrt(greatest({second} - {first} * {first} / {n}, 0) / ({n} - 1)) END"
    return _feature(rows, f"{column}_std", days, unit, f"standard deviation of {_measured(column, unit, rows)}", sql)


def last(rows: Rows, column: str, unit: str, null_with: str | None = None) -> Feature:
    """Value of the latest row that has one, the greatest of those of one moment; null without rows.

    `null_with` is another expression that is null with the column's, where the column is not yet there to ask.
    """
    latest = Latest(null_with or column, of_all=True)
    made = _feature(rows, f"{column}_last", None, unit, "", f"max({column}) {_filter(None, latest.name)}", latest=latest)
    return replace(made, name=f"{rows.name}_{column}_last", meaning=_of_one(column, unit, "latest", rows))


def first(rows: Rows, column: str, unit: str) -> Feature:
    """Value of the first row, the least of those of one moment; null without rows."""
    sql = f"arg_min({column}, struct_pack(a := happened_at, b := {column})) FILTER (WHERE {column} IS NOT NULL)"
    made = _feature(rows, f"{column}_first", None, unit, "", sql)
    return replace(made, name=f"{rows.name}_{column}_first", meaning=_of_one(column, unit, "first", rows))


def latest_word(rows: Rows, column: str) -> Feature:
    """Word of the latest row that has one, a category; null without."""
    return replace(last(rows, column, "category"), type="category")


def first_word(rows: Rows, column: str) -> Feature:
    """Word of the first row, a category; null without."""
    return replace(first(rows, column, "category"), type="category")


def recency(rows: Rows) -> Feature:
    """Days since the latest row; null without rows."""
    made = _feature(rows, "recency", None, "days", "", "min(age_days)")
    return replace(made, name=f"{rows.name}_recency_days", meaning=f"days since the latest {rows.one}")


def tenure(rows: Rows) -> Feature:
    """Days since the first row; null without rows."""
    made = _feature(rows, "tenure", None, "days", "", "max(age_days)")
    return replace(made, name=f"{rows.name}_tenure_days", meaning=f"days since the first {rows.one}")


def decayed(rows: Rows, days: int, of: str = "1") -> Feature:
    """Sum of a column (or a count) in which a row `days` old weighs 1/e."""
    sql = f"sum(CAST(CAST({of} AS DOUBLE) * exp(-age_days / {days}) AS {EXACT}))"
    measure = "count" if of == "1" else of
    made = _feature(rows, f"{measure}_decayed", days, "decayed", "", sql, zero=True)
    return replace(made, meaning=f"{'number' if of == '1' else of} of {rows.words}, fading over {days} days", days=None)


def sql(name: str, rows: Rows, expression: str, unit: str, meaning: str, *, zero: bool = False) -> Feature:
    """The escape: any aggregate over the same rows, inside the same time boundary."""
    return Feature(name, rows.group, unit, meaning, rows.fact, expression, rows.needs, rows.where, zero=zero, reason=rows.reason)


def top_share(rows: Rows, column: str) -> Feature:
    """Share of the rows with a value that have the most frequent one."""
    sql = f"CAST(max({nth(column)}) AS DOUBLE) / nullif(count({column}), 0)"
    made = _feature(rows, "", None, "share", f"share of {rows.words} in the most used {column}", sql)
    return replace(made, name=f"{rows.name}_top_{column}_share", meaning=f"share of {rows.words} in the most used {column}")


def directed(features: Iterable[Feature], monotone: Monotone) -> list[Feature]:
    """The features with the direction in which they move the risk; of a window of more than `RECENT_DAYS` nothing is said."""
    return [replace(f, monotone=monotone if f.days is None or f.days <= RECENT_DAYS else None) for f in features]


def attribute(name: str) -> Feature:
    """The value of a dated or static attribute that holds at t."""
    reason = "tier" if name == "tier" else "profile"
    rows = Rows("facts_of", name, name, name, "profile", reason, (f"attributes:{name}",), f"name = '{name}'")
    return replace(last(rows, "value", "category"), name=name, meaning=f"{name.replace('_', ' ')} at t", type="category")
