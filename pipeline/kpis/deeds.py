"""What customers did and were sent in a period, counted from the engagements in one pass."""

from __future__ import annotations

from pipeline.contract.facts import timestamp
from pipeline.contract.offered import met
from pipeline.contract.tables import KINDS
from pipeline.engine import quoted
from pipeline.kpis.metric import kinds as needed
from pipeline.kpis.spans import Grid

BLOCK = 28  # days of a month in MAU
LONGEST_DAYS = 366  # of a period in which days are counted
BITS = 56  # of a word in which every day of a period has a bit: two blocks, eight weeks
# Numbers compare several times faster than words, and every column compares every row.
NUMBERED = f"enum_code(CAST(kind AS ENUM({', '.join(quoted(kind) for kind in KINDS)})))"
EXACT = "DECIMAL(19,4)"  # its square is still an exact decimal

# column: (kinds, aggregate over their rows)
COUNTED: dict[str, tuple[tuple[str, ...], str]] = {
    "visits": (("site_visit",), "count(*)"),
    "sessions": (("app_session",), "count(*)"),
    "social": (("social_interaction",), "count(*)"),
    "content": (("content_use",), "count(*)"),
    "emails_sent": (("email_sent",), "count(*)"),
    "emails_opened": (("email_opened",), "count(*)"),
    "emails_clicked": (("email_clicked",), "count(*)"),
    "pushes_sent": (("push_sent",), "count(*)"),
    "pushes_opened": (("push_opened",), "count(*)"),
    "coupons": (("coupon_redeemed",), "count(*)"),
    "referrals": (("referral",), "count(*)"),
    "tickets": (("support_ticket",), "count(*)"),
    "complaints": (("complaint",), "count(*)"),
    "surveys_sent": (("survey_sent",), "count(*)"),
    "points_earned": (("points_earned",), "sum(abs(value))"),
    "points_redeemed": (("points_redeemed",), "sum(abs(value))"),
    "promoters": (("nps_response",), "count(*) FILTER (WHERE value BETWEEN 9 AND 10)"),
    "passives": (("nps_response",), "count(*) FILTER (WHERE value >= 7 AND value < 9)"),
    "detractors": (("nps_response",), "count(*) FILTER (WHERE value >= 0 AND value < 7)"),
}
# what a value is of: name, kinds; three columns each: how many, their sum, the sum of their squares
VALUED = {
    "resolved": ("support_ticket", "complaint"),
    "reviewed": ("review",),
    "surveyed": ("survey_response",),
}


def deeds(grid: Grid, has: set[str]) -> str:
    """SQL: one row per customer `who` and period `k`; a column exists if the source has one of its kinds."""
    columns = {name: (_of(kinds), sql) for name, (kinds, sql) in COUNTED.items() if _offered(kinds, has)}
    for name, kinds in VALUED.items():
        if _offered(kinds, has):
            value = f"CAST(value AS {EXACT})"
            columns |= {
                f"{name}_n": (_of(kinds), "count(value)"),
                f"{name}_sum": (_of(kinds), f"sum({value})"),
                f"{name}_squares": (_of(kinds), f"sum({value} * {value})"),
            }
    columns["own"] = ("by_customer", "count(*)")
    for word in range(_words(grid)):
        bit = f"CAST(1 AS BIGINT) << (greatest(d, 0) % {BITS})"
        columns[f"days_{word}"] = (f"by_customer AND d >= 0 AND d // {BITS} = {word}", f"bit_or({bit})")
    selected = ", ".join(f"{_only(sql, where)} AS {name}" for name, (where, sql) in columns.items())
    day = f"CASE WHEN happened_at >= {timestamp(grid.first)} THEN CAST({grid.day('happened_at')} AS INTEGER) ELSE -1 END"
    return (
        f"SELECT who, k, {selected} FROM (SELECT who, {NUMBERED} AS kind, value, by_customer, {day} AS d, "
        f"CAST({grid.number('happened_at')} AS SMALLINT) AS k FROM events JOIN people USING (customer_id) "
        f"WHERE {grid.seen('events')}) GROUP BY who, k"
    )


def _words(grid: Grid) -> int:
    """How many words of bits hold the days of a period; none where periods are so long that nobody counts their days."""
    days = max(span.days for span in grid.spans)
    return -(-days // BITS) if days <= LONGEST_DAYS else 0


def days_active(grid: Grid) -> str:
    """SQL over a row of deeds: on how many days of the period, from the data's first, the customer did something."""
    return " + ".join(f"coalesce(CAST(bit_count(days_{word}) AS INTEGER), 0)" for word in range(_words(grid)))


def blocks_active(grid: Grid, block: int) -> str:
    """SQL over a row of deeds: in how many whole blocks of so many days the customer did something."""
    days = min(grid.shortest, BITS * _words(grid))
    mask, per_word = (1 << block) - 1, BITS // block
    return " + ".join(
        f"CAST(coalesce(days_{number // per_word} & {mask << block * (number % per_word)}, 0) <> 0 AS INTEGER)"
        for number in range(days // block)
    )


def _offered(kinds: tuple[str, ...], has: set[str]) -> bool:
    return met(needed(*kinds), has)


def _of(kinds: tuple[str, ...]) -> str:
    return "(" + " OR ".join(f"kind = {KINDS.index(kind)}" for kind in kinds) + ")"


def _only(sql: str, where: str) -> str:
    filtered = " FILTER (WHERE "  # the kind first: comparing amounts is dearer
    return sql.replace(filtered, f"{filtered}{where} AND ") if filtered in sql else f"{sql}{filtered}{where})"
