"""The customers to look at first, as rows of the table that can be sorted and filtered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pandas as pd

from pipeline.personal import is_contact
from pipeline.report.words import Words

MOST, ON_PAPER, REASONS = 500, 50, (1, 2, 3)
FILTERS = ("list", "segment", "lifecycle", "channel", "risk_segment")
TEXTS = ("list", "arm", "segment", "lifecycle", "channel", "recommended_action")
NUMBERS = ("churn_probability", "risk_score", "recency_days", "orders_count", "revenue_total", "value_at_risk", "expected_profit")
SECTIONS = {"risk_segment": "risk"}


@dataclass(frozen=True)
class GivenReason:
    """A reason in a sentence, and whether it raises the risk."""

    sentence: str
    raises: bool


@dataclass(frozen=True)
class Row:
    """A customer: numbers by column (None: not known), codes and their words by column (empty: none), and reasons.

    `unforeseen` is what is known of the silence of who has no forecast, and so no reasons.
    """

    customer_id: str
    numbers: dict[str, float | None]
    codes: dict[str, str]
    words: dict[str, str]
    reasons: tuple[GivenReason, ...]
    unforeseen: str


@dataclass(frozen=True)
class Filter:
    """A column by which customers are chosen: its values in the table, with their words and how many have them."""

    column: str
    options: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True)
class Table:
    """The rows, which columns anybody has a value in, and by what they can be filtered; `of` is how many could be shown."""

    rows: tuple[Row, ...]
    columns: frozenset[str]
    filters: tuple[Filter, ...]
    of: int
    on_paper: int = field(default=ON_PAPER)


def first_to_look_at(customers: pd.DataFrame) -> pd.DataFrame:
    """At most 500 customers: those of the lists by expected profit, then the riskiest of the scored.

    Each list has as many of them as its share of all the listed. Without lists they are the riskiest, as the rows come.
    """
    scored = customers["status"] == "scored"
    if "list" not in customers or not (customers["list"] != "").any():
        return customers.loc[customers.index[scored][:MOST]]
    listed = customers["list"] != ""
    ranked = customers.loc[listed, ["list", "expected_profit", "churn_probability"]].sort_values(
        ["expected_profit", "churn_probability"], ascending=False, kind="stable", na_position="last"
    )
    lists = ranked.groupby("list")["list"]
    place = (lists.cumcount() + 1) / lists.transform("size")
    chosen = ranked.index[ranked.index.isin(place.sort_values(kind="stable").index[:MOST])]
    others = customers.loc[scored & ~listed, "churn_probability"].sort_values(ascending=False, kind="stable").index
    return customers.loc[chosen.append(others[: MOST - len(chosen)])]


def customer_table(customers: pd.DataFrame, words: Words) -> Table:
    """The table of `customers`, the people-facing list in its own order.

    An id that is an e-mail address or a telephone number is not shown: its line in the list is named instead.
    """
    numbered = customers.reset_index(drop=True)
    rows = tuple(_rows(first_to_look_at(numbered), words))
    known = {name for row in rows for name, value in (*row.numbers.items(), *row.codes.items()) if value not in (None, "")}
    known |= {"reasons"} if any(row.reasons for row in rows) else set()
    filters = (Filter(column, _options(rows, column)) for column in FILTERS)
    useful = tuple(one for one in filters if len(one.options) > 1 and (one.column != "risk_segment" or "segment" not in known))
    of = numbered["status"] == "scored"
    if "list" in numbered:
        of |= numbered["list"] != ""
    return Table(rows, frozenset(known), useful, int(of.sum()))


def _rows(customers: pd.DataFrame, words: Words) -> Iterator[Row]:
    for at, one in zip(customers.index, customers.to_dict("records"), strict=True):
        codes = {name: str(one.get(name) or "") for name in (*TEXTS, "risk_segment")}
        said = {name: words.named(SECTIONS.get(name, name), code) if code else "" for name, code in codes.items()}
        name = str(one["customer_id"])
        yield Row(
            customer_id=words("customers.line", line=at + 2) if is_contact(name) else name,
            numbers={name: _number(one.get(name)) for name in NUMBERS},
            codes=codes,
            words=said | {"recommended_action": codes["recommended_action"]},
            reasons=tuple(
                GivenReason(str(one[f"reason_{n}"]), one[f"reason_{n}_direction"] != "lowers")
                for n in REASONS
                if one.get(f"reason_{n}")
            ),
            unforeseen=_unforeseen(_number(one.get("churn_probability")), _number(one.get("recency_days")), words),
        )


def _unforeseen(probability: float | None, days: float | None, words: Words) -> str:
    if probability is not None:
        return ""
    if days is None:
        return words("customers.inactive")
    return words("customers.silent", days=words.counted(int(days), "day"))


def _options(rows: tuple[Row, ...], column: str) -> tuple[tuple[str, str, int], ...]:
    """The values of a column, the commonest first."""
    said = {row.codes[column]: row.words[column] for row in rows if row.codes[column]}
    count = pd.Series([row.codes[column] for row in rows], dtype=object).value_counts()
    return tuple((code, said[code], int(count[code])) for code in sorted(said, key=lambda code: (-count[code], code)))


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not pd.isna(value) else None
