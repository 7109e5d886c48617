"""What each seed of `benchmarks.promotion` gave -> a page of the documentation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from pipeline import markdown
from pipeline.statistics.intervals import wilson

TELLING, HARMLESS = 0.005, 0.001  # differences of the expected log loss
NEAR = 0.9  # share of the oracle's AUC - .5
SOON = 2  # retrainings after a change
Row = dict[str, Any]
KINDS = {
    "refresh": "the monthly refresh",
    "bad": "planted bad challenger",
    "good": "planted bad champion, usual challenger",
    "broken": "refresh on broken data",
}


def page(found: list[Row]) -> str:
    """The three figures asked for, and where they come from."""
    rows = [row for seed in found for row in seed["decisions"] if "truly" in row]
    parts = [
        "# Whether promotion decides rightly",
        f"Written by `make bench-promotion`. Each of {len(found)} seeds is a simulated company that retrains in each of its last "
        "24 months; what a model is truly worth is the log loss to be expected of everyone at risk on that day, from their true "
        "chances of leaving, which no company knows. Decisions are those of the pipeline's own gates "
        "([how](decisions/0021-promotion.md)); intervals are Wilson's, of 95 %, as if decisions were independent.",
        "\n".join(f"- {line}" for line in verdicts(found)),
        "## Decisions that matter",
        f"Those where both models truly differ by more than {TELLING}. Right is to refuse the worse and to promote the better.",
        markdown.table("challenge|decisions|right", by_kind(rows)),
        markdown.table("planted|challenge|decisions|true difference, mean|that matter|right", by_what(rows)),
        "## Refreshes",
        markdown.table("true difference|refreshes|let through|refused by", refreshes(rows)),
        "## After a change of behaviour",
        "Share of the oracle's (AUC − .5) that the champion reaches, by retrainings since the change: mean of companies, lowest.",
        markdown.table("change|companies|" + "|".join(f"after {number}" for number in range(7)), recoveries(found)),
        "## Seed by seed",
        markdown.table("seed|change|decisions that matter|right|harmless refreshes|let through", seeds(found)),
    ]
    return "\n\n".join(parts) + "\n"


def share(rights: Iterable[bool]) -> str:
    """A share with its interval and how many it is of."""
    told = list(rights)
    if not told:
        return "none"
    low, high = wilson(sum(told), len(told))
    return f"{sum(told) / len(told):.0%} ({low:.0%} to {high:.0%}; {sum(told)} of {len(told)})"


def matters(row: Row) -> bool:
    """Whether champion and challenger truly differ."""
    return abs(float(row["truly"])) > TELLING


def right(row: Row) -> bool:
    """Whether the better one of both scores afterwards."""
    return bool(row["promoted"]) == (row["truly"] < 0)


def right_in_order(row: Row) -> bool:
    """Whether the one that ranks and spreads better scores afterwards, wherever its level lies."""
    return bool(row["promoted"]) == (row["at_one_level"] < 0)


def harmless(row: Row) -> bool:
    """Whether a refresh would do no harm."""
    return bool(row["kind"] == "refresh" and row["truly"] <= HARMLESS)


def retrains_needed(recovery: list[Row]) -> int | None:
    """After how many retrainings since the change the champion is near the oracle; None if after none of those watched."""
    near = (at["retrains"] for at in recovery if at["retrains"] and _near(at) >= NEAR)
    return next(near, None)


def _near(at: Row) -> float:
    return float((at["auc"] - 0.5) / (at["oracle"] - 0.5))


def verdicts(found: list[Row]) -> Iterator[str]:
    """The three figures, each beside what is asked."""
    rows = [row for seed in found for row in seed["decisions"] if "truly" in row]
    yield f"right where it matters: {share(right(row) for row in rows if matters(row))}; asked: 90 %"
    ordered = [row for row in rows if abs(row["at_one_level"]) > TELLING]
    yield (
        f"of those that differ so much in order alone, both at the level that is true: {share(map(right_in_order, ordered))}; no "
        "decision can know how many will leave after today, and who foresees that better by luck differs as well"
    )
    yield f"harmless refreshes let through: {share(row['promoted'] for row in rows if harmless(row))}; asked: 80 %"
    needed = [retrains_needed(seed["recovery"]) for seed in found if seed["change"]]
    soon = [one is not None and one <= SOON for one in needed]
    yield f"after a change back at {NEAR:.0%} of the oracle's (AUC − .5) within {SOON} retrainings: {share(soon)}"


def by_kind(rows: list[Row]) -> Iterator[tuple[str, ...]]:
    """How often each kind of challenge is decided rightly."""
    for kind, said in KINDS.items():
        of = [row for row in rows if row["kind"] == kind and matters(row)]
        yield said, str(len(of)), share(right(row) for row in of)


def by_what(rows: list[Row]) -> Iterator[tuple[str, ...]]:
    """The same of everything planted, with its true size."""
    planted = sorted({(row["kind"], row["what"]) for row in rows if row["kind"] != "refresh"})
    for kind, what in planted:
        of = [row for row in rows if (row["kind"], row["what"]) == (kind, what)]
        mean = float(np.mean([row["truly"] for row in of]))
        known = [row for row in of if matters(row)]
        yield what, KINDS[kind], str(len(of)), f"{mean:+.4f}", str(len(known)), share(right(row) for row in known)


def refreshes(rows: list[Row]) -> Iterator[tuple[str, ...]]:
    """Refreshes by their true difference: how many are let through, and which gates refused how many."""
    ends = (-np.inf, -TELLING, -HARMLESS, HARMLESS, TELLING, np.inf)
    said = (f"below −{TELLING}", f"to −{HARMLESS}", f"to +{HARMLESS}", f"to +{TELLING}", f"above +{TELLING}")
    for name, low, high in zip(said, ends[:-1], ends[1:], strict=True):
        of = [row for row in rows if row["kind"] == "refresh" and low < row["truly"] <= high]
        refused = [gate for row in of for gate in row["refused_by"]]
        told = ", ".join(f"{gate} {refused.count(gate)}" for gate in dict.fromkeys(refused))
        yield name, str(len(of)), share(row["promoted"] for row in of), told


def recoveries(found: list[Row]) -> Iterator[tuple[str, ...]]:
    """How near the champion is to the oracle, month by month after each change."""
    for change in sorted({seed["change"] for seed in found if seed["change"]}):
        of = [[_near(at) for at in seed["recovery"]] for seed in found if seed["change"] == change]
        cells = (f"{np.mean(one):.1%}, {min(one):.1%}" for one in zip(*of, strict=True))
        yield change, str(len(of)), *cells


def seeds(found: list[Row]) -> Iterator[tuple[str, ...]]:
    """A row for each company."""
    for seed in sorted(found, key=lambda one: int(one["seed"])):
        rows = [row for row in seed["decisions"] if "truly" in row]
        known, calm = [row for row in rows if matters(row)], [row for row in rows if harmless(row)]
        counts = str(len(known)), str(sum(map(right, known))), str(len(calm)), str(sum(row["promoted"] for row in calm))
        yield str(seed["seed"]), seed["change"] or "none", *counts
