"""What each seed of `benchmarks.lists` gave -> a page of the documentation."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

from pipeline import markdown

OURS, ORACLE = "ours", "oracle of months"
UNLIFTED = "ours, as if offers moved nobody who stays"
RIVALS = ("highest risk first", "random", "highest value first")
Found = dict[str, Any]


def page(found: list[Found], ends: tuple[int, ...], customers: int) -> str:
    """The figures of all seeds for each horizon, and those of each seed."""
    parts = [
        "# What a list is really worth",
        f"Written by `make bench-lists`. Each seed is a simulated company of {customers:,} customers whose truth is known: "
        "the months to come are lived with and without every offer, and a list is paid the margin that it really adds, "
        "its contacts and discounts paid. All lists have one budget, the same room in the channels and the same permitted "
        "customers; nobody is held out of any. What is assumed of the offers was measured by a randomised pilot in companies "
        "that are not among these (`python -m benchmarks.pilot`, read from what such a company exports), and all rules are told "
        "the same: those that rank by risk, by value or by lot give everyone the offer that our formula promises most of.",
        f"Our list is planned by a value over {max(ends)} months (`value.days`), as who is kept goes on buying after the window "
        "in which others are seen to leave. An oracle knows what every offer does to every customer until its horizon, but not "
        "what luck will bring.",
        _verdict(found, ends),
    ]
    for end in ends:
        parts += [f"## Paid for {end} months", _summary(found, end)]
    return "\n\n".join([*parts, _why(found, max(ends)), "## Seed by seed", *(_seeds(found, end) for end in ends)]) + "\n"


def _verdict(found: list[Found], ends: tuple[int, ...]) -> str:
    """In how many seeds ours adds more than each rival."""
    said = []
    for end in sorted(ends, reverse=True):
        ours = _added(found, end, OURS)
        won = (f"{name} in {(ours > _added(found, end, name)).mean():.0%}" for name in RIVALS)
        said.append(f"over {end} months it adds more than {', '.join(won)}")
    return f"**Of {len(found)} companies**: {'; '.join(said)}."


def _why(found: list[Found], end: int) -> str:
    """How far the oracle is, and what the way to it consists of."""
    share = _interval(_added(found, end, OURS) / _added(found, end, f"{ORACLE} {end}"), "{:.0%}")
    return (
        "## How far the oracle is, and why\n\n"
        f"Over {end} months ours adds {share} of what the oracle's list adds. The rest is mostly what no score of "
        "churn or value tells: whom an offer moves. In the simulator a discount moves the price-minded, points the "
        "status-minded, a call those with a grievance, and one customer in eight is driven away by contacts; a "
        "playbook has one chance for all customers of an offer. Ours also reads probability and value from a "
        "company's past, and the value of a year here from last year's spending, as no snapshot is old enough to "
        "learn it from."
    )


def _summary(found: list[Found], end: int) -> str:
    """A row for each list: how often ours beats it, and which share of the oracle's it adds, with a 95 % interval over seeds."""
    header = f"list|ours adds more in, of {len(found)} seeds|mean added|share of the oracle's|ours less this, per company"
    rows = []
    for name in _names(found):
        added, ours, best = (_added(found, end, one) for one in (name, OURS, f"{ORACLE} {end}"))
        wins = "" if name == OURS else str(int((ours > added).sum()))
        lead = "" if name == OURS else _interval(ours - added, "{:+,.0f}")
        rows.append((name, wins, f"{added.mean():,.0f}", _interval(added / best, "{:.0%}"), lead))
    return markdown.table(header, rows)


def _seeds(found: list[Found], end: int) -> str:
    names = _names(found)
    header = f"seed, {end} months|{'|'.join(names)}"
    return markdown.table(
        header, ([str(one["seed"]), *(f"{one['added'][str(end)][name]:,.0f}" for name in names)] for one in found)
    )


def _names(found: list[Found]) -> list[str]:
    oracles = (name for name in found[0]["contacts"] if name.startswith(ORACLE))
    return [OURS, *RIVALS, UNLIFTED, *oracles]


def _added(found: list[Found], end: int, name: str) -> np.ndarray:
    return np.array([one["added"][str(end)][name] for one in found])


def _interval(values: np.ndarray, shown: str) -> str:
    """Mean and the 95 % interval of the mean by Student's t; the mean alone of one value."""
    if len(values) < 2:
        return shown.format(values.mean())
    reach = stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    low, high = (shown.format(values.mean() + side * reach) for side in (-1, 1))
    return f"{shown.format(values.mean())} ({low} to {high})"
