"""Facts -> what a customer was worth after a snapshot: the margin in `[t + gap, t + gap + days)`, returns subtracted.

The window begins where the churn label begins, and features see `[…, t)`: no instant belongs to both. Money counts when it was
known before `as_of`; a window that was not complete then is unknown, never 0.
"""

from __future__ import annotations

from datetime import date

from pipeline.config import Definition, Value
from pipeline.contract.facts import seen_at, timestamp
from pipeline.model.folds import Plan
from pipeline.value.horizon import horizon_of, known_at, share_of

# A line's own margin where the source has it, else the configured share of its amount; a return takes its margin back.
FROM_LINES = """SELECT customer_id, happened_at, known_at, coalesce(margin, {amount}) AS money
    FROM lines WHERE {seen}"""

# A period is paid once, when it was first seen to begin, whatever is written about it later.
FROM_PERIODS = """SELECT customer_id, happened_at, known_at, {price} AS money
    FROM periods WHERE status IN ('active', 'renewed') AND {seen}
    QUALIFY row_number() OVER (PARTITION BY customer_id, subscription_id, expires_at
        ORDER BY happened_at, known_at, price DESC) = 1"""

VALUE = """SELECT rows.customer_id, rows.t,
    CASE WHEN rows.t + INTERVAL {wait} DAY <= {as_of} THEN CAST(coalesce(sum(earned.money), 0) AS DOUBLE) END AS value
FROM (SELECT customer_id, t FROM {rows}) AS rows LEFT JOIN ({earned}) AS earned
    ON earned.customer_id = rows.customer_id AND earned.happened_at >= rows.t + INTERVAL {gap_days} DAY
    AND earned.happened_at < rows.t + INTERVAL {wait} DAY
GROUP BY rows.customer_id, rows.t"""


def value_days(definition: Definition, days: int) -> int:
    """Days from a snapshot until its value of a horizon of `days` is complete."""
    return definition.gap_days + days


def value_label(definition: Definition, as_of: date, *, days: int, margin_share: float, rows: str = "labelled") -> str:
    """SQL: (customer_id, t, value) of every row of the relation `rows`; value in currency, below 0 where returns outweigh.

    The money is the margin of order lines; where churn is a renewal not made, it is the price of the periods that were paid, and
    `days` should reach to the end of the churn label. An amount counts at `margin_share` unless its line has a margin. A source
    without amounts has no value: ask `without_money` first.
    """
    return VALUE.format(
        rows=rows,
        as_of=timestamp(as_of),
        gap_days=definition.gap_days,
        wait=value_days(definition, days),
        earned=earned(definition, as_of, margin_share),
    )


def earned(definition: Definition, as_of: date, margin_share: float) -> str:
    """SQL: (customer_id, happened_at, known_at, money) of all that was earned and known before `as_of`."""
    money, fact = (FROM_PERIODS, "periods") if definition.kind == "renewal" else (FROM_LINES, "lines")
    return money.format(
        amount=_part("amount", margin_share), price=_part("price", margin_share), seen=seen_at(timestamp(as_of), fact)
    )


def _part(column: str, share: float) -> str:
    """SQL: a share of a column of money. The engine would not make room for the digits of the product by itself."""
    return f"CAST({column} AS DECIMAL(28, 4)) * CAST({float(share)!r} AS DECIMAL(9, 6))"


def moneyless(definition: Definition, value: Value) -> str:
    """SQL: whether a source has nothing of which a value could be made."""
    if definition.kind == "renewal":
        return f"SELECT count(price) = 0 OR {not share_of(value)} FROM periods"
    return f"SELECT count(margin) = 0 AND (count(amount) = 0 OR {not share_of(value)}) FROM transactions"


def valued(definition: Definition, value: Value, plan: Plan, rows: str, *, money: bool) -> str:
    """SQL: the relation `rows` with `value`, as known at the date of the score, and a column `known_at` each test date.

    A value is null where its window was not complete by then; without `money` all of them are.
    """
    columns = {"value": plan.score} | {known_at(origin.test): origin.test for origin in plan.origins}
    if not money:
        return f"SELECT *, {', '.join(f'CAST(NULL AS DOUBLE) AS {name}' for name in columns)} FROM {rows}"
    days = horizon_of(definition, value)
    joined = [
        f"""LEFT JOIN ({
            value_label(
                definition,
                day,
                days=days,
                margin_share=share_of(value),
                rows=f"{rows} WHERE t + INTERVAL {value_days(definition, days)} DAY <= {timestamp(day)}",
            )
        }) AS of_{name} USING (customer_id, t)"""
        for name, day in columns.items()
    ]
    found = ", ".join(f"of_{name}.value AS {name}" for name in columns)
    return f"SELECT {rows}.*, {found} FROM {rows} {' '.join(joined)}"


def money_before(t: date, margin_share: float) -> str:
    """SQL: (customer_id, mean) of every customer who bought before `t`: the margin of a purchase day, returns not subtracted."""
    return f"""SELECT customer_id, CAST(sum(coalesce(margin, {_part("amount", margin_share)})) AS DOUBLE)
            / count(DISTINCT CAST(happened_at AS DATE)) AS mean
        FROM purchases WHERE {seen_at(timestamp(t), "purchases")} GROUP BY customer_id"""
