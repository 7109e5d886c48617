"""Row rules: what a raw row must satisfy to become a canonical one; a row that breaks one is quarantined under its name."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.contract.tables import ARMS, KINDS, SUBSCRIPTION_STATUSES, TABLES


@dataclass(frozen=True)
class Rule:
    """A named predicate (SQL, true when broken) over canonical columns, what to tell the user, and the column to blame."""

    name: str
    broken: str
    sentence: str
    column: str


def _one_of(values: tuple[str, ...]) -> str:
    return ", ".join(f"'{value}'" for value in values)


EXTRA: dict[str, tuple[Rule, ...]] = {
    "engagements": (
        Rule("kind_unknown", f"kind NOT IN ({_one_of(KINDS)})", "kind must be one of the declared kinds", "kind"),
        Rule(
            "nps_out_of_range",
            "kind = 'nps_response' AND value IS NOT NULL AND NOT value BETWEEN 0 AND 10",
            "an NPS response lies between 0 and 10",
            "value",
        ),
    ),
    "subscriptions": (
        Rule("status_unknown", f"status NOT IN ({_one_of(SUBSCRIPTION_STATUSES)})", "status must be a known one", "status"),
        Rule("period_backwards", "expires_at < started_at", "a period ends after it starts", "expires_at"),
    ),
    "contacts": (
        Rule("arm_unknown", f"arm NOT IN ({_one_of(ARMS)})", "arm must be contact, holdout or control", "arm"),
        Rule(
            "probability_out_of_range",
            "assignment_probability < 0 OR assignment_probability > 1",
            "assignment_probability is a probability",
            "assignment_probability",
        ),
    ),
}


def rules(table: str, mapped: tuple[str, ...]) -> tuple[Rule, ...]:
    """All rules of a canonical table, in the order in which a row is blamed, given the columns a source maps.

    Every typed column `c` is checked against `raw_c`, the text it was read from.
    """
    columns = TABLES[table].columns
    missing = tuple(
        Rule(f"{name}_missing", f"raw_{name} IS NULL", f"{name} ({column.meaning}) must be given", name)
        for name, column in columns.items()
        if column.never_null and name in mapped
    )
    unreadable = tuple(
        Rule(f"{name}_unreadable", f"raw_{name} IS NOT NULL AND {name} IS NULL", f"{name} must read as {column.type}", name)
        for name, column in columns.items()
        if name in mapped and column.type != "VARCHAR"
    )
    return missing + unreadable + EXTRA.get(table, ())
