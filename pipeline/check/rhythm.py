"""Activity -> how long customers take to come back, by Kaplan and Meier, and whether the horizon fits that.

The wait after every day on which a customer was active: until the next such day, or, not over yet, until the last day of the
data. Waits that are not over count for as long as they were watched. Nobody is watched for longer than the data lasts, so "comes
back" means within `watched_days`, the length for which a tenth of the waits could be watched. Where churn is a renewal not made,
the wait is that from the end of a period to the renewal, and what has to fit it is the grace period.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import duckdb

from pipeline.check.findings import Check, Evidence, percent
from pipeline.config import Definition
from pipeline.contract.facts import seen_at, timestamp

COVERED, FIT, MISSES = 0.95, 0.75, 0.5
WATCHED, ENOUGH = 0.1, 2
WEEK = 7

WAITS = """
WITH days AS (SELECT DISTINCT customer_id, CAST(happened_at AS DATE) AS day FROM activity WHERE {seen})
SELECT customer_id, day AS since, lead(day) OVER (PARTITION BY customer_id ORDER BY day) AS until FROM days
"""
# The first change that prolongs a period, wherever it stands: a renewal made early did not wait.
RENEWALS = """
WITH running AS (SELECT * FROM periods WHERE status IN ('trial', 'active', 'renewed') AND expires_at IS NOT NULL AND {seen})
SELECT running.customer_id, running.expires_at AS since,
    min(CASE WHEN later.happened_at IS NOT NULL THEN greatest(later.happened_at, running.expires_at) END) AS until
FROM running LEFT JOIN running AS later
    ON later.customer_id = running.customer_id
    AND later.expires_at > running.expires_at AND later.happened_at >= running.happened_at
WHERE running.expires_at < {today}
GROUP BY running.customer_id, running.expires_at
"""
COUNTED = """
SELECT date_diff('day', since, coalesce(until, {last})) AS waited, until IS NOT NULL AS over, count(*)
FROM waits GROUP BY ALL ORDER BY ALL
"""
POTENTIAL = "SELECT quantile_disc(date_diff('day', since, {last}), {share}) FROM waits"


def waits(connection: duckdb.DuckDBPyConnection, definition: Definition, today: date) -> tuple[list[tuple[int, bool, int]], int]:
    """Waits by length in days and whether they are over, with how many there are; and the days a tenth could be watched."""
    query = (RENEWALS if definition.kind == "renewal" else WAITS).format(
        seen=seen_at(timestamp(today), "periods" if definition.kind == "renewal" else "activity"), today=timestamp(today)
    )
    connection.execute(f"CREATE OR REPLACE TEMP TABLE waits AS {query}")
    last = f"CAST({timestamp(today - timedelta(days=1))} AS DATE)"
    watched = connection.execute(POTENTIAL.format(share=1 - WATCHED, last=last)).fetchone()
    return connection.execute(COUNTED.format(last=last)).fetchall(), int((watched or (0,))[0] or 0)


def returned(counts: list[tuple[int, bool, int]], longest: int) -> list[tuple[int, float]]:
    """Kaplan-Meier: share of the waits that are over by each length at which some are, up to `longest` days."""
    remaining, waiting, curve = sum(number for *_, number in counts), 1.0, []
    for length in sorted({length for length, *_ in counts if length <= longest}):
        over = sum(number for days, done, number in counts if days == length and done)
        waiting *= 1 - over / remaining
        remaining -= sum(number for days, _, number in counts if days == length)
        if over:
            curve.append((length, 1 - waiting))
    return curve


def rhythm(counts: list[tuple[int, bool, int]], watched: int, chosen: int) -> Evidence:
    """What the waits say about `chosen` days: share of the returns that happen within them, days that cover 95 %, proposal.

    All None when nobody is seen to come back. The proposal is rounded up to a week, and None where waits were watched for less
    than twice the chosen days: too short to tell.
    """
    curve = returned(counts, watched)
    ever = curve[-1][1] if curve else 0.0
    found: Evidence = {"days": chosen, "watched_days": watched, "share_who_return": ever}
    if not ever:
        return found | {"share_within": None, "median_days": None, "covering_days": None, "proposed_days": None}
    within = max((share for length, share in curve if length <= chosen), default=0.0)
    middle = next(length for length, share in curve if share >= ever / 2)
    covering = next(length for length, share in curve if share >= COVERED * ever)
    proposed = max(-(-covering // WEEK) * WEEK, WEEK) if watched >= ENOUGH * chosen else None
    return found | {"share_within": within / ever, "median_days": middle, "covering_days": covering, "proposed_days": proposed}


def _is_renewal(evidence: Evidence) -> bool:
    return bool(evidence["definition"]["kind"] == "renewal")


def sentence(evidence: Evidence) -> str:
    """How the chosen days fit the rhythm, in words."""
    found = evidence["rhythm"]
    if found["share_within"] is None:
        return "nobody is seen to come back, so nothing can be said about how long that takes"
    who = "renewals" if _is_renewal(evidence) else "returns"
    what = "grace period" if _is_renewal(evidence) else "horizon"
    return (
        f"of all {who}, {percent(found['share_within'])} happen within the {what} of {found['days']} days, half within "
        f"{found['median_days']} and 95 % within {found['covering_days']} (watched for up to "
        f"{found['watched_days']:,} days{'' if found['proposed_days'] else ', too short to tell more'})"
    )


def _short(evidence: Evidence, misses: bool) -> Iterator[tuple[str, str]]:
    found = evidence["rhythm"]
    share = found["share_within"]
    if share is None or share >= FIT or (share < MISSES) != misses:
        return
    if _is_renewal(evidence):
        yield (
            f"many renew later than the grace period allows: {sentence(evidence)}",
            "a longer definition.grace_days",
        )
        return
    allowed = "" if "churn_rate" in evidence["horizons"].get("proposed", {}) else ", for which the history is too short"
    target = f"; 95 % would need {found['proposed_days']}{allowed}" if found["proposed_days"] else ""
    yield (
        f"many who are called lost come back later: {sentence(evidence)}",
        f"a longer definition.horizon_days, if the campaigns can wait{target}",
    )


def _long(evidence: Evidence) -> Iterator[tuple[str, str]]:
    found = evidence["rhythm"]
    if not _is_renewal(evidence) and found["proposed_days"] and 2 * found["proposed_days"] <= found["days"]:
        yield (
            f"the horizon is longer than it need be: {sentence(evidence)}",
            f"definition.horizon_days={found['proposed_days']} would tell sooner who left",
        )


CHECKS = (
    Check(
        "horizon_misses_most",
        "warning",
        f"less than {percent(MISSES)} of all returns happen within the horizon (of renewals, within the grace period)",
        "lengthen definition.horizon_days (definition.grace_days)",
        lambda evidence: _short(evidence, misses=True),
    ),
    Check(
        "horizon_short",
        "advice",
        f"less than {percent(FIT)} of all returns happen within the horizon (of renewals, within the grace period)",
        "a longer definition.horizon_days (definition.grace_days), if the history allows and the campaigns can wait",
        lambda evidence: _short(evidence, misses=False),
    ),
    Check(
        "horizon_long",
        "advice",
        f"{percent(COVERED)} of all returns happen within half of the horizon",
        "a shorter definition.horizon_days",
        _long,
    ),
)
