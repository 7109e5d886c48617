"""Who is contacted, in figures: lists and their sizes by segment, reasons of the listed, and what changed since last time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipeline.report.words import Words

MOST_REASONS = 12


@dataclass(frozen=True)
class Lists:
    """Customers to contact, in words by list, and those held out; money is None where no profit is known or no bound is given.

    `profit` is that of the contacts, `whole` that had nobody been held out, `bound_share` it beside the most possible.
    """

    contact: int
    held_out: int
    by_list: str
    profit: float | None
    whole: float | None
    bound_share: float | None
    sentence: str


@dataclass(frozen=True)
class Size:
    """Customers of a segment on a list, before anything is sent; the profit is that of those to contact."""

    segment: str
    list: str
    contact: int
    held_out: int
    profit: float | None


@dataclass(frozen=True)
class Turnover:
    """Who entered and left the lists since the last delivery, and the sentence that says so."""

    entered: int
    stayed: int
    left: int
    sentence: str


@dataclass(frozen=True)
class TopReason:
    """A reason that raises the risk of listed customers: for which share it is the strongest, and among the three."""

    words: str
    first: float
    among: float


def lists(customers: pd.DataFrame, manifest: Mapping[str, Any], words: Words) -> Lists | None:
    """Figures of the lists; None before there are any."""
    if "arm" not in customers:
        return None
    contact = customers.loc[customers["arm"] == "contact", ["list", "expected_profit"]]
    held_out = int((customers["arm"] == "holdout").sum())
    sizes = contact["list"].value_counts()
    by_list = (
        words("tiles.in_list", customers=words.number(sizes[name]), list=words.named("list", name))
        for name in sorted(sizes.index, key=lambda name: (-sizes[name], name))
    )
    plan = manifest.get("allocation", {})
    plan = plan if plan.get("mode") == "profit" else {}
    profit = float(contact["expected_profit"].sum()) if contact["expected_profit"].notna().any() else None
    earned, bound = plan.get("objective"), plan.get("upper_bound")
    share = min(earned / bound, 1.0) if earned and bound else None
    said = (
        words(
            "lists.lead",
            known=words.number(len(customers)),
            listed=words.number(len(contact)),
            held_out=words.number(held_out),
        ),
        _spent(plan, words),
        words("lists.ranked") if manifest.get("allocation", {}).get("mode") == "ranked" else "",
        words("lists.bound", bound=words.number(bound), profit=words.number(earned)) if share else "",
    )
    return Lists(len(contact), held_out, ", ".join(by_list), profit, earned, share, " ".join(filter(None, said)))


def _spent(plan: Mapping[str, Any], words: Words) -> str:
    if plan.get("spent_at_most") is None:
        return ""
    spent = words.number(plan["spent_at_most"])
    if plan.get("budget") is None:
        return words("lists.spent", spent=spent)
    return words("lists.budget", spent=spent, budget=words.number(plan["budget"]))


def sizes(manifest: Mapping[str, Any], words: Words) -> tuple[Size, ...]:
    """The forecast of list sizes per segment, the largest first."""
    rows = [row for row in manifest.get("forecast", ()) if row["list"] != "all"]
    found = sorted(rows, key=lambda row: (-row["contact"], row["list"], row["segment"]))
    return tuple(
        Size(
            words.named("segment", row["segment"]),
            words.named("list", row["list"]),
            row["contact"],
            row["holdout"],
            row.get("expected_profit"),
        )
        for row in found
    )


def turnover(manifest: Mapping[str, Any], words: Words) -> Turnover | None:
    """What changed since the last delivery; None before there was one."""
    found = manifest.get("turnover")
    if not found:
        return None
    entered, left, stayed = (int(found[name]) for name in ("entered", "left", "stayed"))
    said = {name: words.number(value) for name, value in (("entered", entered), ("left", left), ("stayed", stayed))}
    if found.get("of") == left + stayed:
        return Turnover(entered, stayed, left, words("lists.turnover_of", of=words.number(found["of"]), **said))
    share = words.percent((entered + left) / max(entered + left + stayed, 1))
    return Turnover(entered, stayed, left, words("lists.turnover", share=share, **said))


def top_reasons(customers: pd.DataFrame, title: Callable[[str], str]) -> tuple[int, tuple[TopReason, ...]]:
    """How many listed customers have reasons, and what raises the risk of most of them, the commonest strongest reason first."""
    if not {"list", "reason_1_code"} <= set(customers):
        return 0, ()
    listed = customers[(customers["list"] != "") & (customers["reason_1_code"] != "")]
    codes = pd.concat(
        [listed[f"reason_{n}_code"].where(listed[f"reason_{n}_direction"] == "raises", "").rename(n) for n in (1, 2, 3)], axis=1
    )
    first, among = codes[1].value_counts(), codes.stack().value_counts()
    everybody = max(len(listed), 1)
    named = sorted(set(among.index) - {""}, key=lambda code: (-first.get(code, 0), -among[code], code))
    made = (TopReason(title(code), first.get(code, 0) / everybody, among[code] / everybody) for code in named[:MOST_REASONS])
    return len(listed), tuple(made)
