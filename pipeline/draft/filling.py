"""How a file's columns fill a canonical table, once it is known which."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from pipeline.contract.tables import KINDS
from pipeline.draft.parts import Seen, best, moment, money, order
from pipeline.draft.sample import Sample
from pipeline.draft.vocabulary import EVENTS, STATUSES, translated, words_of
from pipeline.engine import quoted

YES = (
    "1", "true", "yes", "y", "t", "ja", "j", "si", "sì", "sí", "s", "oui", "o", "x", "on", "in", "opt-in", "granted", "given",
)  # fmt: skip
SIGNS = {"€": "EUR", "$": "USD", "£": "GBP"}


@dataclass
class Guess:
    """A file's place: table None says why in `why`; `columns` and `unpivot` hold SQL and, where one is needed, a doubt."""

    sample: Sample
    table: str | None = None
    why: str = ""
    columns: dict[str, tuple[str, str]] = field(default_factory=dict)
    unpivot: dict[str, tuple[str, str]] = field(default_factory=dict)
    filled: dict[str, Seen] = field(default_factory=dict)  # what the columns are made of
    decimal: str | None = None
    time_format: str | None = None
    times_doubt: str = ""
    where: str | None = None
    lookups: dict[str, tuple[Sample, str]] = field(default_factory=dict)  # alias -> file, key
    left_out: list[str] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)
    currency: str | None = None


def key_of(column: Seen) -> str:
    """An identifier as text; spreadsheets and data frames make 17850.0 of 17850."""
    return column.text if column.values.whole_as_float else column.sql


def _amount(column: Seen) -> str:
    """A number as it stands, without the sign of a currency."""
    return f"regexp_replace({column.sql}, '[^0-9.,+-]', '', 'g')" if column.values.sign else column.sql


def read_time(column: Seen) -> str:
    """A time as a TIMESTAMP, however it is written; null where it cannot be read."""
    written = column.values.time
    if written in ("seconds", "milliseconds"):
        per = {"seconds": 1_000_000, "milliseconds": 1_000}[written]
        return f"TRY(make_timestamp(CAST({column.sql} AS BIGINT) * {per}))"
    return f"TRY_CAST({column.sql} AS TIMESTAMP)" if written == "iso" else f"try_strptime({column.text}, '{written}')"


def _put(guess: Guess, name: str, column: Seen | None, doubt: str = "", sql: str | None = None) -> None:
    if column is not None:
        guess.columns[name] = (sql or _amount(column), doubt)
        guess.filled[name] = column


def _transactions(guess: Guess, columns: list[Seen], file: frozenset[str]) -> None:
    own = [one for one in columns if not one.lookup]
    number, when, article = (
        order(columns, file),
        moment(columns),
        best([c for c in own if c.whole], ("product", "id"), ("name", "price")),
    )
    if number:
        _put(guess, "order_id", number, sql=key_of(number))
    else:
        guess.columns["order_id"] = ("_row", "no order number found; every row is an order of its own")
    _put(
        guess,
        "line_id",
        best([c for c in own if c.whole], ("line",), ("amount", "price", "quantity", "date", "product", "customer")),
    )
    _put(guess, "ordered_at", when)
    _amounts(guess, own)
    if article:
        _put(guess, "product_id", article, sql=key_of(article))
    _put(
        guess, "category", best([c for c in columns if not c.values.decimal], ("category",), ("id", "customer", "date", "order"))
    )
    if "category" not in guess.columns:
        few = [one for one in own if one.values.distinct <= 50 and not one.values.decimal and not one.flag]
        _put(guess, "category", best(few, ("kind",), ("id", "customer", "date", "returned")), "is it the kind of product?")
    _put(guess, "channel", best(own, ("channel",), ("id", "date", "order", "customer")))
    _put(guess, "discount", money(own, "discount"))
    given = [one.name for one in own if one.is_("discount") and one.values.decimal]
    if len(given) > 1:
        guess.checks.append(f"several columns of discounts ({', '.join(given)}): are they to be added up?")
    _put(guess, "margin", money(own, "margin"))
    _put(guess, "is_return", best([c for c in own if c.flag], ("returned",)))
    _put(guess, "recorded_at", best([c for c in own if c.values.time], ("recorded",)))
    for one in own:
        if one.is_("status") and 1 < one.values.distinct <= 20:
            told = ", ".join(one.values.examples[:6])
            guess.checks.append(f"{one.name} has {told}: leave out tests and cancelled orders with `where:`")


def _amounts(guess: Guess, own: list[Seen]) -> None:
    """Amount and quantity; a unit price is multiplied."""
    units = money(own, "quantity", against="amount price discount")
    price = money(own, "price", against="discount quantity tax")
    total = money(own, "amount", "line", "order", against="discount margin tax quantity price cost")
    if total is None:
        total = money([one for one in own if one.is_("price") and one.is_("amount")], "amount", against="discount margin")
    _put(guess, "quantity", units)
    if total:
        _put(guess, "amount", total, "net of tax, and the line's, not the order's?")
    elif price and units:
        product = " * ".join(f"number({_amount(one)})" for one in (units, price))
        _put(guess, "amount", price, "the only money is a price, taken as that of one unit", product)
    elif price:
        _put(guess, "amount", price, "the only money is a price")
    codes = {code for one in own if one.is_("currency") for code in one.values.examples if len(code) == 3 and code.isupper()}
    codes |= {SIGNS.get(one.values.sign, one.values.sign) for one in (total, price) if one and one.values.sign}
    if len(codes) == 1:
        (guess.currency,) = codes
    elif codes:
        guess.checks.append("several currencies; money must be in one")


def _engagements(guess: Guess, columns: list[Seen], file: frozenset[str]) -> None:
    own = [one for one in columns if not one.lookup]
    who = next(iter(guess.columns.values()))[0]
    unique = [one for one in own if one.is_("id") and one.values.repeats == 1 and key_of(one) != who and one.whole]
    stem = re.sub("['*]+", "", guess.sample.stem)
    if unique:
        _put(guess, "engagement_id", unique[0], sql=f"'{stem}-' || {key_of(unique[0])}")
    _put(guess, "occurred_at", moment(columns))
    kinds = [one for one in own if one.is_("kind") and 1 <= one.values.distinct <= 50 and not one.values.decimal]
    if kinds and any(translated(value, EVENTS) for value in kinds[0].values.examples):
        _put(guess, "kind", kinds[0], "", _cases(guess, kinds[0], EVENTS, KINDS))
    else:
        told = translated(f"{stem} {guess.sample.given.sheet or ''}", EVENTS) or "site_visit"
        guess.columns["kind"] = (f"'{told}'", "from the file's name; the kinds are in docs/reference/data-contract.md")
    _put(guess, "channel", best(own, ("channel",), ("id", "date")))
    _put(guess, "value", money(own, "measure"))
    _put(guess, "recorded_at", best([c for c in own if c.values.time], ("recorded",)))


def _cases(guess: Guess, column: Seen, lists: dict[str, str], declared: Iterable[str]) -> str:
    """A CASE over the values seen; those already in our words stay, those not understood are listed and left out."""
    if set(column.values.examples) <= set(declared):
        return column.sql
    told = {value: translated(value, lists) for value in column.values.examples}
    unknown = [value for value, meaning in told.items() if meaning is None]
    if unknown:
        guess.checks.append(f"{column.name}: not understood and so quarantined: {', '.join(unknown[:6])}")
    branches = [f"WHEN {quoted(value)} THEN '{meaning}'" for value, meaning in told.items() if meaning]
    return f"CASE {column.text} {' '.join(branches)} END"


def _attributes(guess: Guess, columns: list[Seen], file: frozenset[str]) -> None:
    who = guess.columns["customer_id"][0]
    for one in columns:
        plain = "_".join(words_of(one.label))
        if one.personal or one.lookup or key_of(one) == who or not one.values.filled or not plain:
            continue
        if one.is_("birth") and one.values.time:
            guess.unpivot["birth_year"] = (f"year({read_time(one)})", "the year is enough, the day is personal")
        elif one.is_("consent") and one.flag:
            name = next(
                (f"consent_{way}" for way in ("email", "sms", "phone", "push", "profiling") if way in plain), "consent_email"
            )
            guess.unpivot[name] = (f"lower({one.text}) IN {YES}", "which consent is it?")
        elif one.values.time or one.values.decimal or one.values.distinct <= max(100, one.values.rows // 20):
            guess.unpivot[plain] = (one.sql, "")
    guess.checks.append("facts without a date (valid_from) are no features, unless named in static_attributes")


def _subscriptions(guess: Guess, columns: list[Seen], file: frozenset[str]) -> None:
    own = [one for one in columns if not one.lookup]
    number = best(
        [one for one in own if one.whole], ("subscription", "id"), ("date", "status", "kind", "plan", "start", "end", "price")
    )
    who = guess.columns["customer_id"][0]
    guess.columns["subscription_id"] = (key_of(number), "") if number else (who, "no contract number found; one contract each")
    times = [one for one in own if one.values.time]
    start, end, changed = (best(times, (word,)) for word in ("start", "end", "changed"))
    _put(guess, "changed_at", changed or moment(columns), "" if changed else "no time of the change; that of the start is taken")
    _put(guess, "plan", best(own, ("plan",)) or best([one for one in own if one.values.distinct < 50], ("kind",)))
    status = best([one for one in own if one.values.distinct <= 30], ("status",), ("order",))
    if status:
        _put(guess, "status", status, "", _cases(guess, status, STATUSES, STATUSES))
    else:
        guess.columns["status"] = ("'active'", "no column of a status; ends and renewals cannot be told")
    _put(guess, "started_at", start)
    _put(guess, "expires_at", end)
    _put(guess, "price", money(own, "price") or money(own, "amount"))


def _contacts(guess: Guess, columns: list[Seen], file: frozenset[str]) -> None:
    own = [one for one in columns if not one.lookup]
    _put(guess, "campaign_id", best(own, ("campaign", "id"), ("date", "kind", "contact")))
    _put(guess, "contacted_at", moment(columns))
    _put(guess, "channel", best(own, ("channel",)))
    _put(guess, "offer", best(own, ("offer",), ("date",)))
    arm = best([one for one in own if one.values.distinct <= 5], ("arm",))
    _put(guess, "arm", arm, "must say contact, holdout or control")
    _put(guess, "cost", money(own, "cost"))


FILL = {
    "transactions": _transactions,
    "engagements": _engagements,
    "attributes": _attributes,
    "subscriptions": _subscriptions,
    "contacts": _contacts,
}
