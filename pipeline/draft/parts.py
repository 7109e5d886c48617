"""Which column of a file plays which part: its name, its values and the SQL that names it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property

from pipeline.draft.sample import Sample
from pipeline.draft.values import Values, look
from pipeline.draft.vocabulary import concepts
from pipeline.engine import engine
from pipeline.personal import FLAGS, kind_of_name, looks_personal


@dataclass(frozen=True)
class Seen:
    """A column as the sample shows it."""

    name: str
    label: str
    sql: str
    about: frozenset[str]
    values: Values
    typed: bool = False
    lookup: str | None = None  # the lookup it comes from

    @cached_property
    def flag(self) -> bool:
        """Yes or no."""
        return bool(self.values.examples) and {one.casefold() for one in self.values.examples} <= FLAGS

    @cached_property
    def personal(self) -> bool:
        """What may be no attribute, but a birthday, of which the year is taken, and the digits of what is named an identifier."""
        kind = looks_personal(self.label, self.values.examples)
        number = self.is_("id") and self.is_("customer", "order", "product") and kind_of_name(self.label) is None
        return kind is not None and not (kind == "date of birth" and self.values.time) and not (kind == "phone" and number)

    @property
    def text(self) -> str:
        """The text of an identifier, a time or a word, also where the engine has it as a number."""
        text = f"CAST({self.sql} AS VARCHAR)" if self.typed else self.sql
        return f"regexp_replace({text}, '\\.0+$', '')" if self.typed or self.values.whole_as_float else text

    @property
    def whole(self) -> bool:
        """Text or whole numbers, as identifiers are."""
        return not self.values.time and all(
            re.fullmatch(r"[^.,]*(\.0+)?|.*[^\d.,+-].*", one) for one in self.values.examples[:200]
        )

    def is_(self, *wanted: str) -> bool:
        """Whether the name speaks of any of these."""
        return bool(self.about & set(wanted))


@cache
def _keywords() -> frozenset[str]:
    with engine() as connection:
        rows = connection.execute("SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category <> 'unreserved'").fetchall()
    return frozenset(str(row[0]) for row in rows)


def identifier(name: str) -> str:
    """A column's name in SQL, quoted where it must be."""
    plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) and name.lower() not in _keywords() | {
        "raw",
        "word",
        "line",
        "date",
        "time",
    }
    return name if plain else '"' + name.replace('"', '""') + '"'


def seen(sample: Sample, lookup: str | None = None, shared: Iterable[str] = ()) -> list[Seen]:
    """The columns of a sample; those that also occur in a lookup (`shared`) are named with their table."""
    found = []
    for name, cells in sample.columns.items():
        label = sample.labels.get(name, name)
        bare = name if sample.given.format == "lines" else identifier(name)
        table = lookup or ("raw" if name in shared else None)
        values = look(cells)
        about = concepts(label)
        found.append(Seen(name, label, f"{table}.{bare}" if table else bare, about, values, name in sample.typed, lookup))
    return [one for one in found if one.name.strip()]


def best(columns: Iterable[Seen], wanted: Iterable[str], against: Iterable[str] = ()) -> Seen | None:
    """The column whose name speaks of most of what is `wanted` (the first word must be there) and of nothing `against`."""
    first, *others = wanted
    fitting = [one for one in columns if one.is_(first) and not one.is_(*against) and not one.personal and one.values.filled]
    return max(fitting, key=lambda one: (sum(one.is_(other) for other in others), -len(one.about)), default=None)


def customer(columns: list[Seen], file: frozenset[str]) -> Seen | None:
    """The customer's number; a bare `id` in a file of customers is one too."""
    whole = [one for one in columns if one.whole and (not one.flag or one.is_("id")) and not one.lookup]
    other = {
        "category",
        "kind",
        "status",
        "date",
        "amount",
        "quantity",
        "consent",
        "channel",
        "birth",
        "changed",
        "product",
        "order",
    }
    found = best(whole, ("customer", "id"), other)
    if found or "customer" not in file:
        return found
    return best([one for one in whole if one.values.repeats < 1.01], ("id",), other)


NOT_AN_ORDER = (
    "date created amount price quantity status kind channel discount line customer product category tax measure start end cost "
    "plan currency returned margin"
)


def order(columns: list[Seen], file: frozenset[str]) -> Seen | None:
    """The order's number; a bare `id` in a file of orders is one too."""
    whole = [one for one in columns if one.whole and (not one.flag or one.is_("id")) and not one.lookup]
    found = best(whole, ("order", "id"), NOT_AN_ORDER.split())
    return found if found or "order" not in file else best(whole, ("id",), [*NOT_AN_ORDER.split(), "campaign"])


def moment(columns: list[Seen]) -> Seen | None:
    """The time at which the row happened, not that of its birth, its end or its loading."""
    times = [one for one in columns if one.values.time and not one.is_("birth", "end", "recorded", "changed")]
    sure = [one for one in times if one.values.time not in ("seconds", "milliseconds", "%Y%m%d") or one.is_("date", "created")]

    def rank(one: Seen) -> tuple[bool, ...]:
        return (not one.lookup, one.is_("order", "contact"), one.is_("created"), one.is_("start"), one.is_("date"))

    return max(sure, key=rank, default=None)


def money(columns: list[Seen], *wanted: str, against: str = "") -> Seen | None:
    """A column of numbers whose name speaks of what is wanted."""
    numbers = [one for one in columns if one.values.decimal and not one.lookup and not (one.flag and one.values.distinct < 3)]
    return best(numbers, wanted, against.split())
