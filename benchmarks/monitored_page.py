"""What was found of the monitor -> the page that says how often it is right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from scipy.stats import binomtest

from benchmarks.retrained import CUSTOMERS

HEAD = """# The monitor, measured

Written by `make bench-monitor`. {companies} simulated companies of {customers:,} customers (seeds {seeds}), each looked
at in {months} months in which nothing changed, with a champion that is trained anew every six months, and after each planted
shift. A rate of 5 % of false alarms was asked for. Intervals are exact (Clopper-Pearson), 95 %; months of one company are not
independent of each other, so that of the false alarms is somewhat too narrow. The companies deliver nothing: `level` and
`calibration` are asked of snapshots only, which have half of these checks' false alarms where deliveries mature.

"""
COLUMNS = """`after` is how long ago the shift was; `alarm` says in how many companies the look at that time alarmed, and after
`by then` in how many this look or an earlier one since the shift did; `by` names the checks that alarmed, each with its
number of companies."""


def page(rows: Sequence[Mapping[str, Any]]) -> str:
    """The page, from what each seed gave."""
    seeds = [row["seed"] for row in rows]
    months = [look for row in rows for look in row["stationary"]]
    head = HEAD.format(
        companies=len(rows), customers=CUSTOMERS, seeds=", ".join(map(str, seeds)), months=len(months) // len(rows)
    )
    false = _rate([bool(look["alarms"]) for look in months])
    by_check = ", ".join(f"`{check}` {count}" for check, count in Counter(_checks(months)).most_common()) or "none"
    found = [bool(looks[0]["alarms"]) for row in rows for looks in row["shifts"].values()]
    lines = [
        "## Nothing changed", "", f"Months with an alarm: {false}. By check: {by_check}.", "",
        "## Something changed", "", f"Within one month: {_rate(found)} of the planted shifts together.", "", COLUMNS, "",
        "| shift, in one month | after | alarm | by |", "|---|---|---|---|", *_shifts(rows),
    ]  # fmt: skip
    return head + "\n".join(lines) + "\n"


def _shifts(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for shift in rows[0]["shifts"]:
        for later in range(len(rows[0]["shifts"][shift])):
            looks = [row["shifts"][shift][later] for row in rows]
            by = ", ".join(f"{check} {count}" for check, count in Counter(_checks(looks)).most_common(4))
            ever = [any(look["alarms"] for look in row["shifts"][shift][: later + 1]) for row in rows]
            until = f"; by then {_rate(ever)}" if later else ""
            alarms = _rate([bool(one["alarms"]) for one in looks])
            yield f"| {shift} | {later + 1} month{'s' if later else ''} | {alarms}{until} | {by} |"


def _checks(looks: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    return (check for look in looks for check in look["alarms"])


def _rate(alarms: Sequence[bool]) -> str:
    found = binomtest(sum(alarms), len(alarms)).proportion_ci(0.95)
    share = 100 * sum(alarms) / len(alarms)
    return f"{sum(alarms)} of {len(alarms)}, {share:.0f} % ({100 * found.low:.0f} to {100 * found.high:.0f} %)"
