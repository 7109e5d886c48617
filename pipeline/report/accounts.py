"""Everybody and every row accounted for: customers by what became of them, and raw rows by table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from pipeline.config import Definition
from pipeline.report import meanings
from pipeline.report.words import Words

ARMS = ("contact", "holdout", "control")


@dataclass(frozen=True)
class Status:
    """Customers of one status, their share of all known, and why they have it."""

    name: str
    customers: int
    share: float
    why: str


@dataclass(frozen=True)
class Account:
    """Where the raw rows of one table went; `rules` are those that were broken, with the rows that broke them."""

    table: str
    rows_in: int
    accepted: int
    merged: int
    left_out: int
    quarantined: int
    rules: tuple[tuple[str, int], ...]
    span: str


TOLD_BY_STATUS = ("no_profiling_consent", "too_new", "not_due")


def statuses(customers: pd.DataFrame, manifest: Mapping[str, Any], definition: Definition, words: Words) -> tuple[Status, ...]:
    """Everybody known in exactly one line: the arms of the lists, then who is left out by reason, by size.

    Before there are lists: by status, the scored first.
    """
    if "left_out" not in manifest or "arm" not in customers:
        return tuple(_by_status(manifest["status"], definition, words))
    arms = customers["arm"].value_counts()
    counts = {arm: int(arms[arm]) for arm in ARMS if arm in arms}
    left_out = {code: count for code, count in manifest["left_out"].items() if count}
    counts |= {code: left_out[code] for code in sorted(left_out, key=lambda code: (-left_out[code], code))}
    known = max(sum(counts.values()), 1)
    return tuple(
        Status(words.named("left_out", code), count, count / known, _why(code, definition, words))
        for code, count in counts.items()
    )


def _why(code: str, definition: Definition, words: Words) -> str:
    """By status where the definition of churn has more to say of it than "because" of a list."""
    told = code in TOLD_BY_STATUS
    return meanings.status(code, definition, words) if told else words.said("left_out_why", code)


def _by_status(status: Mapping[str, int], definition: Definition, words: Words) -> Iterator[Status]:
    known = max(sum(status.values()), 1)
    for name in sorted(status, key=lambda name: (name != "scored", -status[name], name)):
        count, why = status[name], meanings.status(name, definition, words)
        yield Status(words.named("status", name), count, count / known, why)


def account(table: str, told: Mapping[str, Any], words: Words) -> Account:
    """The account of a table, rules by the rows that broke them."""
    rules = sorted(told["quarantined"].items(), key=lambda item: (-item[1], item[0]))
    days = [words.day(date.fromisoformat(told[end][:10])) for end in ("first", "last") if told.get(end)]
    return Account(
        table=words.named("table", table),
        rows_in=told["rows_in"],
        accepted=told["accepted"],
        merged=told["merged"],
        left_out=told["left_out"] + told["forgotten"],
        quarantined=sum(told["quarantined"].values()),
        rules=tuple((_rule(rule, words), count) for rule, count in rules),
        span=words("dates.to", first=days[0], last=days[-1]) if days else "",
    )


def _rule(name: str, words: Words) -> str:
    """A rule that every column has in words; another by its name, which is that of its rows in the quarantine."""
    column, _, what = name.rpartition("_")
    if f"rule.{what}" in words.texts:
        return words(f"rule.{what}", column=words.title(column) if words.locale == "en" else column)
    return words.title(name) if words.locale == "en" else name
