"""Order lines -> whether money reads as it was written: sales exported twice, decimal marks and cents that change."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import log10

import duckdb

from pipeline.check.findings import Check, Evidence, listed, percent
from pipeline.counted import counted

COPIED, COPIED_IN_DAYS = 0.02, 0.1
BINS = 50  # of amounts, per decade: a median to 5 %
MONTH_ROWS = 100
JUMP = 10
SCALES, NEAR = (100, 1000), 0.1  # decades by which the two halves of a mix may miss the factor
SIDE, VALLEY, SHAPE = 0.05, 0.5, 0.25

# Copies across orders need two orders of one customer at one time, and those are few.
SAME_TIME = """
CREATE OR REPLACE TEMP TABLE same_time AS
SELECT customer_id, happened_at FROM purchases WHERE opens GROUP BY ALL HAVING count(*) > 1
"""
COPIES = """
SELECT coalesce(sum(copies), 0), coalesce(sum(copies * amount), 0) FROM (
    SELECT amount, count(DISTINCT order_id) - 1 AS copies FROM transactions
    WHERE amount > 0 AND (customer_id, ordered_at) IN (SELECT customer_id, happened_at FROM same_time)
        AND ordered_at IN (SELECT happened_at FROM same_time)
    GROUP BY customer_id, ordered_at, amount, product_id HAVING count(DISTINCT order_id) > 1)
"""
COPIES_WITHIN = """
SELECT coalesce(sum(copies), 0), coalesce(sum(copies * amount), 0) FROM (
    SELECT amount, count(*) - 1 AS copies FROM transactions
    WHERE amount > 0 AND product_id IS NOT NULL
    GROUP BY customer_id, order_id, ordered_at, amount, product_id HAVING count(*) > 1)
"""
SOLD = "SELECT coalesce(sum(amount), 0), bool_and(ordered_at = date_trunc('day', ordered_at)) FROM transactions WHERE amount > 0"
MONTHS = f"""
SELECT strftime(ordered_at, '%Y-%m') AS month, CAST(floor(log10(amount) * {BINS}) AS INTEGER) AS bin, count(*)
FROM transactions WHERE amount > 0 GROUP BY ALL ORDER BY ALL
"""
Bins = list[tuple[int, int]]


def copies(connection: duckdb.DuckDBPyConnection, numbered: bool) -> Evidence:
    """Lines that repeat customer, time, amount and product of another order, and what they sum to.

    Where lines have no number of their own (`numbered`), also those of the same order: a source that numbers its lines may well
    sell two of the same in two of them.
    """
    connection.execute(SAME_TIME)
    found = [connection.execute(COPIES).fetchone() or (0, 0)]
    if numbered:
        found.append(connection.execute(COPIES_WITHIN).fetchone() or (0, 0))
    sold, days = connection.execute(SOLD).fetchone() or (0, None)
    lines, revenue = (sum(column) for column in zip(*found, strict=True))
    return {"lines": int(lines), "revenue": float(revenue), "sold": float(sold), "mere_days": bool(days)}


def months(connection: duckdb.DuckDBPyConnection) -> list[Evidence]:
    """Per month with enough lines sold: its median amount, and the factor between its halves if it is a mix of two scales."""
    by_month: dict[str, Bins] = {}
    for month, place, rows in connection.execute(MONTHS).fetchall():
        by_month.setdefault(month, []).append((place, rows))
    return [
        {"month": month, "median": _amount(_median(bins)), "mix": mix(bins)}
        for month, bins in by_month.items()
        if sum(rows for _, rows in bins) >= MONTH_ROWS
    ]


def _amount(place: int) -> float:
    return float(f"{10 ** ((place + 0.5) / BINS):.3g}")


def _median(bins: Bins) -> int:
    half, seen = sum(rows for _, rows in bins) / 2, 0
    for place, rows in bins:
        seen += rows
        if seen >= half:
            return place
    raise AssertionError("no rows, no median")


def mix(bins: Bins) -> int | None:
    """100 or 1000, where the amounts are two heaps of one shape, that factor apart, with a valley between them."""
    rows = sum(count for _, count in bins)
    for scale in SCALES:
        apart = round(log10(scale) * BINS)
        for cut in range(bins[0][0] + apart // 2, bins[-1][0] - apart // 2 + 1, BINS // 10):
            low = [(place, count) for place, count in bins if place < cut]
            high = [(place, count) for place, count in bins if place >= cut]
            if min(sum(count for _, count in heap) for heap in (low, high)) < SIDE * rows:
                continue
            lower, upper = _median(low), _median(high)
            if _around(bins, cut) > VALLEY * min(_around(bins, lower), _around(bins, upper)):
                continue
            if abs(upper - lower - apart) <= NEAR * BINS and _distance(low, high, apart) <= SHAPE:
                return scale
    return None


def _around(bins: Bins, centre: int) -> int:
    """Rows within a fifth of a decade."""
    return sum(count for place, count in bins if abs(place - centre) <= BINS // 5)


def _distance(low: Bins, high: Bins, apart: int) -> float:
    """Kolmogorov's distance between the lower heap and the higher one moved onto it."""
    all_low, all_high = sum(count for _, count in low), sum(count for _, count in high)
    moved = [(place, count / all_low) for place, count in low] + [(place - apart, -count / all_high) for place, count in high]
    gap, largest = 0.0, 0.0
    steps: dict[int, float] = {}
    for place, share in moved:
        steps[place // 3] = steps.get(place // 3, 0.0) + share
    for place in sorted(steps):
        gap += steps[place]
        largest = max(largest, abs(gap))
    return largest


def _copied(evidence: Evidence) -> Iterator[str]:
    found = evidence["copies"]
    if found["revenue"] > (COPIED_IN_DAYS if found["mere_days"] else COPIED) * found["sold"]:
        yield (
            f"transactions: {counted(found['lines'], 'line')} repeat customer, time, amount and product of another line under "
            f"another number; they are {percent(found['revenue'] / found['sold'])} of what was sold, {found['revenue']:,.2f}: "
            "exported twice?"
        )


def _jumps(evidence: Evidence) -> Iterator[str]:
    for before, after in pairwise(evidence["months"]):
        factor = after["median"] / before["median"]
        if max(factor, 1 / factor) >= JUMP:
            yield (
                f"transactions: the median amount of a line goes from {before['median']:,g} in {before['month']} to "
                f"{after['median']:,g} in {after['month']}: another decimal mark, or cents?"
            )


def _mixes(evidence: Evidence) -> Iterator[str]:
    for scale in SCALES:
        mixed = [month["month"] for month in evidence["months"] if month["mix"] == scale]
        if mixed:
            yield (
                f"transactions: in {listed(mixed)} the amounts are two heaps of one shape, a factor of {scale:,} apart: "
                "cents among whole units, or a decimal mark read as one of thousands?"
            )


CHECKS = (
    Check(
        "sold_twice",
        "warning",
        f"lines that repeat customer, time, amount and product of a line of another order (of the same order too, where line_id "
        f"is not mapped) hold more than {percent(COPIED)} of what was sold, or more than {percent(COPIED_IN_DAYS)} where times "
        "are mere days",
        "look for files that overlap, or an export that numbers its orders anew, and leave one of the two out",
        _copied,
    ),
    Check(
        "amounts_jump",
        "warning",
        f"the median amount of a line changes by a factor of {JUMP} or more from one month to the next, of those with "
        f"{MONTH_ROWS} lines sold or more",
        "see how amounts are written in the files of those months, and map each format by itself (decimal, or amount / 100)",
        _jumps,
    ),
    Check(
        "amounts_of_two_scales",
        "warning",
        f"within a month of {MONTH_ROWS} lines sold or more, the amounts are two heaps of one shape whose medians are a factor "
        "of 100 or 1,000 apart, with a valley between them",
        "see how amounts are written in every file, and map each format by itself (decimal, or amount / 100)",
        _mixes,
    ),
)
