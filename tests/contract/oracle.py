"""The contract again, in plain Python and by heart: what becomes of each row, to hold the SQL to it."""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

UNREADABLE = object()
FIRST, END, CURRENCY = datetime(1990, 1, 1), datetime(2021, 1, 1), "EUR"

NEVER_EMPTY = {
    "transactions": ("customer_id", "order_id", "ordered_at"),
    "engagements": ("customer_id", "occurred_at", "kind"),
    "attributes": ("customer_id", "name"),
    "subscriptions": ("customer_id", "subscription_id", "changed_at", "status"),
    "contacts": ("customer_id", "contacted_at"),
}
DATE = {
    "transactions": "ordered_at",
    "engagements": "occurred_at",
    "attributes": "valid_from",
    "subscriptions": "changed_at",
    "contacts": "contacted_at",
}
KEY = {
    "transactions": ("order_id", "line_id"),
    "engagements": ("engagement_id",),
    "attributes": ("customer_id", "name", "valid_from"),
    "subscriptions": ("subscription_id", "changed_at"),
    "contacts": ("contact_id",),
}
NUMBERED = ("line_id", "engagement_id", "contact_id")
KINDS = {"site_visit", "app_session", "email_opened", "email_clicked", "push_opened", "social_interaction", "chat"}
KINDS |= {"support_ticket", "complaint", "survey_response", "nps_response", "review", "content_use", "coupon_redeemed"}
KINDS |= {"points_redeemed", "referral", "email_sent", "push_sent", "mail_sent", "survey_sent", "points_earned"}


@dataclass(frozen=True)
class Cell:
    """A text, and what it means: None where it is blank, UNREADABLE where it means nothing."""

    text: str
    value: Any


Row = Mapping[str, Cell]
Place = tuple[int, int]  # file and line


def broken(table: str, row: Row) -> set[str]:
    """The names of all rules over single rows that a row breaks."""
    found = {f"{name}_missing" for name in NEVER_EMPTY[table] if row[name].value is None}
    found |= {f"{name}_unreadable" for name, cell in row.items() if cell.value is UNREADABLE}
    found -= {"cost_unreadable"}  # somebody was contacted, whatever it cost
    value = {name: None if cell.value is UNREADABLE else cell.value for name, cell in row.items()}
    for name, told in value.items():
        if name.endswith("_id") and told is not None:
            found |= {f"{name}_control"} if any(ord(letter) < 32 or ord(letter) == 127 for letter in told) else set()
            spoilt = name in ("customer_id", "order_id", "subscription_id") and re.fullmatch(
                r"[0-9][.,][0-9]+[eE]\+?[0-9]+|[0-9][eE]\+[0-9]+", told
            )
            found |= {f"{name}_rounded"} if spoilt else set()
    when = value.get(DATE[table])
    if when is not None:
        found |= {f"{DATE[table]}_too_early"} if when < FIRST else set()
        found |= {f"{DATE[table]}_too_late"} if when >= END else set()
    found |= OF_TABLE[table](value)
    # what is wrong with the date of a consent does not make a refusal nothing
    dated = {f"valid_from_{what}" for what in ("unreadable", "too_early", "too_late")} | {"recorded_at_unreadable"}
    return found - dated if str(value.get("name")).startswith("consent_") else found


def _of_transactions(value: dict) -> set[str]:
    found = set()
    if value.get("currency") not in (None, CURRENCY):
        found.add("currency_foreign")
    if (value.get("quantity") or 0) < 0 and not _returned(value):
        found.add("quantity_negative")
    return found


def _returned(value: Mapping) -> bool:
    said, amount = value.get("is_return"), value.get("amount")
    return (amount is not None and amount < 0) if said is None else said


def _of_engagements(value: dict) -> set[str]:
    kind, number = value["kind"], value.get("value")
    found = {"kind_unknown"} if kind is not None and kind not in KINDS else set()
    if kind == "nps_response" and number is not None and (number < 0 or number > 10):
        found.add("nps_out_of_range")
    if kind in ("content_use", "support_ticket") and number is not None and number < 0:
        found.add("value_negative")
    return found


def _of_subscriptions(value: dict) -> set[str]:
    known = ("trial", "active", "renewed", "cancelled", "expired")
    found = {"status_unknown"} if value["status"] is not None and value["status"] not in known else set()
    start, end = value.get("started_at"), value.get("expires_at")
    return found | ({"period_backwards"} if start is not None and end is not None and end < start else set())


def _of_contacts(value: dict) -> set[str]:
    arm, chance = value.get("arm"), value.get("assignment_probability")
    found = {"arm_unknown"} if arm not in (None, "contact", "holdout", "control") else set()
    return found | (
        {"probability_out_of_range"} if chance is not None and (math.isnan(chance) or not 0 <= chance <= 1) else set()
    )


OF_TABLE = {
    "transactions": _of_transactions,
    "engagements": _of_engagements,
    "attributes": lambda value: set(),
    "subscriptions": _of_subscriptions,
    "contacts": _of_contacts,
}


def canonical(table: str, row: Row) -> dict[str, Any]:
    """The values of a row that breaks no rule, with what a source leaves unsaid."""
    value = {name: None if cell.value is UNREADABLE else cell.value for name, cell in row.items()}
    if table == "transactions":
        value["is_return"] = _returned(value)
    if table == "contacts":
        value["arm"] = value.get("arm") or "contact"
    return value


def fates(table: str, rows: Mapping[Place, Row]) -> dict[Place, set[str]]:
    """What may become of each row, by its place: any rule that it breaks, or else accepted, merged or key_conflict.

    Of rows that say the same, the one known first stands for all.
    """
    told = {place: broken(table, row) for place, row in rows.items()}
    sound = {place: canonical(table, rows[place]) for place, names in told.items() if not names}
    if any(value.get("amount") is not None for value in sound.values()):
        for place in [place for place, value in sound.items() if value.get("amount", Decimal()) is None]:
            told[place] = {"amount_missing"}
            del sound[place]
    alike: dict[Hashable, list[Place]] = {}
    for place, value in sound.items():
        content = tuple(sorted((name, part) for name, part in value.items() if name != "recorded_at" and part is not None))
        alike.setdefault(content, []).append(place)
    by_key: dict[Hashable, list[list[Place]]] = {}
    for places in alike.values():
        value = sound[places[0]]
        key = tuple(value.get(name) for name in KEY[table] if name in value)
        waits = str(value.get("name")).startswith("consent_") or any(
            name in KEY[table] and value.get(name) is None for name in NUMBERED
        )
        by_key.setdefault((places[0],) if waits else ("key", *key), []).append(places)
    for groups in by_key.values():
        for places in groups:
            first = min(places, key=lambda place: (sound[place].get("recorded_at") or datetime.min, place))
            for place in places:
                told[place] = {"merged" if place != first else "key_conflict" if len(groups) > 1 else "accepted"}
    return told
