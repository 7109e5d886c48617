"""What each seed of `benchmarks.lists` gave -> a page of the documentation."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

from pipeline import markdown

OURS, ORACLE = "ours", "oracle of months"
TOLD, LIFTED = "ours, told who leaves and what who stays is worth", "ours, if offers were assumed to make stayers buy more"
Found = dict[str, Any]


def page(found: list[Found], ends: tuple[int, ...], customers: int) -> str:
    """The figures of all seeds for each horizon, and those of each seed."""
    parts = [
        "# What a list is really worth",
        f"Written by `make bench-lists`. Each seed is a simulated company of {customers:,} customers whose truth is known: "
        "the months to come are lived with and without every offer, and a list is paid the margin that it really adds, "
        "its contacts and discounts paid. All lists have one budget, the same room in the channels, the same permitted "
        "customers, and offers whose chances are those of the default playbook: nothing was measured on any simulated "
        "company. Nobody is held out. An oracle knows what every offer does to every customer until its horizon, but not "
        "what luck will bring. Our list is planned by a value over 3 months, as the demo is configured.",
    ]
    for end in ends:
        parts += [f"## Paid for {end} months", _summary(found, end)]
    parts += ["## Seed by seed", *(_seeds(found, end) for end in ends)]
    return "\n\n".join(parts) + "\n"


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
    return list(found[0]["contacts"])


def _added(found: list[Found], end: int, name: str) -> np.ndarray:
    return np.array([one["added"][str(end)][name] for one in found])


def _interval(values: np.ndarray, shown: str) -> str:
    """Mean and the 95 % interval of the mean by Student's t; the mean alone of one value."""
    if len(values) < 2:
        return shown.format(values.mean())
    reach = stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    low, high = (shown.format(values.mean() + side * reach) for side in (-1, 1))
    return f"{shown.format(values.mean())} ({low} to {high})"
