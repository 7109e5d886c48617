"""Row rules: what a raw row must satisfy to become a canonical one, and what is worth a warning."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from pipeline.contract.tables import ARMS, FLAG, GIVEN, KINDS, MONEY, SUBSCRIPTION_STATUSES, TABLES, TIME, WITHHELD
from pipeline.engine import quoted


@dataclass(frozen=True)
class Limits:
    """What a source says of all its rows: the first and the last day that can be true, and the one currency."""

    first_day: date = date(1990, 1, 1)
    last_day: date | None = None
    currency: str | None = None


@dataclass(frozen=True)
class Rule:
    """A named predicate (SQL, true when broken) over canonical columns, what to tell the user, and the column to blame.

    A row that breaks an error is quarantined under the rule's name; one that breaks a warning is kept and counted. A rule with
    `applies_if`, an SQL aggregate over the accepted rows, holds only where that is true.
    """

    name: str
    broken: str
    sentence: str
    column: str
    severity: Literal["error", "warning"] = "error"
    applies_if: str | None = None


def _warning(name: str, broken: str, sentence: str, column: str) -> Rule:
    return Rule(name, broken, sentence, column, "warning")


def _one_of(values: tuple[str, ...]) -> str:
    return ", ".join(f"'{value}'" for value in values)


READS = {
    TIME: "a time (ISO, or as `time_format` of the mapping says)",
    MONEY: "a number (1234.56, or as `decimal` of the mapping says)",
    "DOUBLE": "a number (0.5, or as `decimal` of the mapping says)",
    FLAG: "true or false",
}
# More than a line of any order in any currency; a thousand such lines in an order can still be squared exactly.
LARGEST = 10**12
RETURNED = "coalesce(is_return, amount < 0, false)"
CLEAR = GIVEN + WITHHELD
IS_CONSENT = "starts_with(lower(coalesce(name, '')), 'consent_')"  # its loss would turn a refusal into permission

# A row is kept without these: somebody was contacted whatever it cost, and must not look as if left alone.
KEPT_WITHOUT = {"contacts": ("cost",)}

EXTRA: dict[str, tuple[Rule, ...]] = {
    "transactions": (
        Rule(
            "amount_missing",
            "amount IS NULL",
            "amount must be given in every row of a table that has amounts",
            "amount",
            applies_if="count(amount) > 0",
        ),
        Rule(
            "quantity_negative",
            f"quantity < 0 AND NOT {RETURNED}",
            "a negative quantity belongs to a return (is_return, or a negative amount)",
            "quantity",
        ),
        Rule(
            "amount_too_large",
            f"abs(amount) >= {LARGEST}",
            f"an amount lies below {LARGEST:,}; is it an identifier, or does a decimal mark lack?",
            "amount",
        ),
        _warning("amount_zero", "amount = 0", "an amount of zero (a gift?) is kept and is no purchase", "amount"),
        _warning("return_positive", f"{RETURNED} AND amount > 0", "a return has a negative amount", "amount"),
        _warning("discount_negative", "discount < 0", "a discount is given as a positive amount", "discount"),
        _warning("margin_above_amount", "margin > amount AND amount > 0", "a margin is no more than its amount", "margin"),
    ),
    "engagements": (
        Rule("kind_unknown", f"kind NOT IN ({_one_of(KINDS)})", "kind must be one of the declared kinds", "kind"),
        Rule(
            "nps_out_of_range",
            "kind = 'nps_response' AND value IS NOT NULL AND NOT value BETWEEN 0 AND 10",
            "an NPS response lies between 0 and 10",
            "value",
        ),
        Rule(
            "value_negative",
            "kind IN ('content_use', 'support_ticket') AND value < 0",
            "minutes of use and hours to resolve are not negative",
            "value",
        ),
        _warning(
            "review_out_of_range", "kind = 'review' AND NOT value BETWEEN 1 AND 5", "a review lies between 1 and 5", "value"
        ),
    ),
    "attributes": (
        _warning(
            "consent_unclear",
            f"{IS_CONSENT} AND coalesce(lower(value), '') NOT IN ({_one_of(CLEAR)})",
            "a consent that is not clearly given counts as refused",
            "value",
        ),
    ),
    "subscriptions": (
        Rule("status_unknown", f"status NOT IN ({_one_of(SUBSCRIPTION_STATUSES)})", "status must be a known one", "status"),
        Rule("period_backwards", "expires_at < started_at", "a period ends after it starts", "expires_at"),
        _warning("price_negative", "price < 0", "a price is not negative", "price"),
    ),
    "contacts": (
        Rule("arm_unknown", f"arm NOT IN ({_one_of(ARMS)})", "arm must be contact, holdout or control", "arm"),
        Rule(
            "probability_out_of_range",
            "assignment_probability < 0 OR assignment_probability > 1",
            "assignment_probability is a probability",
            "assignment_probability",
        ),
        _warning(
            "cost_impossible",
            f"NOT cost BETWEEN 0 AND {LARGEST}",
            f"a cost below 0 or above {LARGEST:,} counts as not known",
            "cost",
        ),
    ),
}

# Made by the cleaning itself: what no predicate over one row can say.
LINE_BROKEN = Rule("line_broken", "", "a line has as many cells as its header, and every quote that opens closes", "")
KEY_CONFLICT = Rule(
    "key_conflict", "", "rows of one key say the same; if two files number their rows alike, tell them apart: 'web-' || id", ""
)
AMOUNT_ABSURD = Rule(
    "amount_absurd",
    "",
    "amounts beyond Tukey's far fence on the logarithmic scale, Q3 + 3 (Q3 − Q1) (Exploratory Data Analysis, 1977), are kept; "
    "is it a misplaced decimal mark, or a test order?",
    "amount",
    "warning",
)


def rules(table: str, mapped: tuple[str, ...], limits: Limits) -> tuple[Rule, ...]:
    """The rules of a canonical table over single rows, in the order in which a row is blamed, given the columns a source maps.

    Every typed column `c` is checked against `raw_c`, the text it was read from.
    """
    declared = TABLES[table]
    columns = {name: column for name, column in declared.columns.items() if name in mapped}
    missing = tuple(
        Rule(f"{name}_missing", f"raw_{name} IS NULL", f"{name} ({column.meaning}) must be given", name)
        for name, column in columns.items()
        if column.never_null
    )
    unreadable = tuple(_unreadable(table, name, column.type) for name, column in columns.items() if column.type != "VARCHAR")
    extra = tuple(rule for rule in EXTRA[table] if rule.column in mapped)
    of_days = _days(declared.dated_by, mapped, limits)
    if table == "attributes":  # a consent whose date cannot be true counts as undated
        unreadable, of_days = (tuple(_but_for_consents(rule) for rule in group) for group in (unreadable, of_days))
    return missing + unreadable + _identifiers(columns) + of_days + _money(mapped, limits) + extra


def _unreadable(table: str, name: str, type_: str) -> Rule:
    reads = f"{name} must read as {READS[type_]}"
    if name in KEPT_WITHOUT.get(table, ()):
        return _warning(
            f"{name}_unreadable", f"{name} IS NULL AND raw ->> '{name}' IS NOT NULL", f"{reads}; it counts as not known", name
        )
    return Rule(f"{name}_unreadable", f"raw_{name} IS NOT NULL AND {name} IS NULL", reads, name)


def _but_for_consents(rule: Rule) -> Rule:
    return replace(rule, broken=f"({rule.broken}) AND NOT {IS_CONSENT}") if rule.severity == "error" else rule


def _identifiers(columns: Iterable[str]) -> tuple[Rule, ...]:
    """Identifiers that a program has already spoilt, or that would spoil a list."""
    made: list[Rule] = []
    for name in columns:
        if not name.endswith("_id"):
            continue
        control = Rule(f"{name}_control", f"regexp_matches({name}, '[[:cntrl:]]')", f"{name} holds a control character", name)
        rounded = Rule(
            f"{name}_rounded",
            f"contains(upper({name}), 'E') AND regexp_full_match({name}, '\\d[.,]\\d+[eE]\\+?\\d+|\\d[eE]\\+\\d+')",
            f"{name} in scientific notation was rounded by the program that wrote the file; export it as text",
            name,
        )
        made += [control, rounded] if name in ("customer_id", "order_id", "subscription_id") else [control]
    if "customer_id" in columns:
        made.append(
            _warning(
                "customer_id_decimal",
                "ends_with(customer_id, '.0')",
                "a customer_id that ends in .0 was once read as a number; it equals no 12345 elsewhere",
                "customer_id",
            )
        )
    return tuple(made)


def _days(dated_by: str, mapped: tuple[str, ...], limits: Limits) -> tuple[Rule, ...]:
    if dated_by not in mapped:
        return ()
    first = Rule(
        f"{dated_by}_too_early",
        f"{dated_by} < TIMESTAMP {quoted(limits.first_day.isoformat())}",
        f"{dated_by} lies before source.first_day ({limits.first_day})",
        dated_by,
    )
    recorded = _warning(
        "recorded_before",
        f"recorded_at < {dated_by}",
        f"what is recorded before {dated_by} counts from {dated_by}",
        "recorded_at",
    )
    made = [first, *([recorded] if "recorded_at" in mapped else [])]
    if limits.last_day:
        late = f"{dated_by} >= TIMESTAMP {quoted(limits.last_day.isoformat())} + INTERVAL 1 DAY"
        made.append(Rule(f"{dated_by}_too_late", late, f"{dated_by} lies after source.last_day ({limits.last_day})", dated_by))
    return tuple(made)


def _money(mapped: tuple[str, ...], limits: Limits) -> tuple[Rule, ...]:
    if "currency" not in mapped or limits.currency is None:
        return ()
    sentence = f"money is in source.currency ({limits.currency}); convert it in the expression for amount, or leave the rows out"
    return (Rule("currency_foreign", f"currency <> {quoted(limits.currency)}", sentence, "currency"),)
