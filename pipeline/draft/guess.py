"""Which canonical table a file is and which column is which: a first mapping, to be checked by whoever knows the data."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

from pipeline.contract.tables import TABLES
from pipeline.draft.filling import FILL, Guess, key_of, read_time
from pipeline.draft.parts import Seen, best, customer, identifier, moment, money, order, seen
from pipeline.draft.sample import Sample
from pipeline.draft.vocabulary import EVENTS, concepts, translated, words_of

DATA = re.compile(r"[+-]?\d+([.,]\d+)*(_\d+)?$|\d{1,4}[-./]\d\d?[-./]\d")  # a number or a date


def guesses(found: list[Sample]) -> list[Guess]:
    """A guess for each sample."""
    keyed = [one for one in found if customer(seen(one), _file(one)) is None]
    made = [_guess(one, _partners(one, keyed)) for one in found]
    used = {id(lookup) for guess in made for lookup, _ in guess.lookups.values()}
    for guess in made:
        if guess.table is None and id(guess.sample) in used:
            guess.why = "lookup"
    return made


def _file(sample: Sample) -> frozenset[str]:
    return concepts(" ".join((sample.stem, str(sample.given.sheet or ""))))


def _partners(sample: Sample, keyed: list[Sample]) -> dict[str, tuple[Sample, str]]:
    """Files that describe something this one names: a column of the same name that is unique there."""
    found: dict[str, tuple[Sample, str]] = {}
    for other in keyed:
        for name, cells in other.columns.items():
            filled = [cell for cell in cells if cell]
            unique = len(filled) > 1 and len(set(filled)) == len(filled) == len(cells)
            if other is not sample and other.given.format != "lines" and name in sample.columns and unique:
                alias = "_".join(words_of(other.stem)) or "lookup"
                found.setdefault(alias if identifier(alias) == alias else f"l_{alias}", (other, name))
    return found


def _guess(sample: Sample, partners: dict[str, tuple[Sample, str]]) -> Guess:
    shared = {name for other, key in partners.values() for name in other.columns if name != key}
    columns = seen(sample, shared=shared)
    for alias, (other, key) in partners.items():
        columns += [one for one in seen(other, alias) if one.name != key]
    guess, file = Guess(sample), _file(sample)
    who, when, number = customer(columns, file), moment(columns), order(columns, file)
    guess.left_out = [one.name for one in columns if one.personal and not one.lookup and one is not who]
    if who is None:
        return replace(guess, why=_why(sample))
    guess.columns["customer_id"] = (key_of(who), "")
    if who.values.filled < 0.995 * who.values.rows:
        missing = 1 - who.values.filled / who.values.rows
        guess.checks.append(f"{missing:.0%} of the rows seen have no customer; they will be quarantined")
    guess.table = _table(columns, file, who, when, number)
    if guess.table is None:
        return replace(guess, why="no column of times, and customers occur more than once")
    FILL[guess.table](guess, columns, file)
    _writing(guess, when)
    guess.lookups = {
        alias: pair for alias, pair in partners.items() if any(f"{alias}." in sql for sql, _ in guess.columns.values())
    }
    if guess.sample.labels:
        first = next(iter(guess.sample.labels))
        guess.where = f"{first} <> '{guess.sample.labels[first]}'"
    return guess


def _why(sample: Sample) -> str:
    """Why a file has no customers, as far as can be told."""
    if sample.given.format == "lines" and len(sample.columns) == 1:
        return "no separator found; is there a title above the header?"
    if sum(bool(DATA.match(name)) for name in sample.columns) * 2 >= len(sample.columns):
        return "its first line looks like data, and must be the header"
    return "no column looks like a customer's number"


def _table(columns: list[Seen], file: frozenset[str], who: Seen, when: Seen | None, number: Seen | None) -> str | None:
    """The canonical table of a file that has customers."""
    own = [one for one in columns if not one.lookup]
    about = frozenset(concept for one in own for concept in one.about)
    bought = bool(number) or bool(money(own, "amount") or money(own, "price")) or best(own, ("product",)) is not None
    once = who.values.repeats < 1.02
    if when and "subscription" in about | file and not {"quantity", "product"} & about:
        return "subscriptions"
    if when and {"plan", "start", "end"} <= about:
        return "subscriptions"
    if when and not bought and ("arm" in about or ("contact" in about | file and "campaign" in about | file)):
        return "contacts"
    if once and number is None and (when is None or "customer" in file or when.is_("created")):
        return "attributes"
    if when is None:
        return "attributes" if once else None
    acts = any(one.is_("kind") and any(translated(value, EVENTS) for value in one.values.examples[:50]) for one in own)
    return "transactions" if bought and (number or not acts) else "engagements"


def _writing(guess: Guess, when: Seen | None) -> None:
    """How the file writes decimals and times; a time written otherwise than the first is rewritten as that one is."""
    canonical = TABLES[str(guess.table)].columns
    numbers = [one.values for name, one in guess.filled.items() if canonical[name].type.startswith("DECIMAL") and not one.typed]
    votes = Counter(values.decimal for values in numbers if values.decimal and values.certain)
    if any("," in text for values in numbers for text in values.examples):
        guess.decimal = votes.most_common(1)[0][0] if votes else "."
    if guess.table != "attributes" and when:
        guess.time_format = when.values.time if "%" in (when.values.time or "") else None
        if when.values.ambiguous:
            guess.times_doubt = "day and month cannot be told apart: no value seen has a day after the 12th"
    for name, one in guess.filled.items():
        sql, doubt = guess.columns[name]
        if one.values.time and sql == one.sql:
            guess.columns[name] = (_rewritten(one, guess.time_format), doubt)


def _rewritten(one: Seen, form: str | None) -> str:
    written = one.values.time
    if written == form:
        return one.text
    if written == "iso" and form is None:
        return one.sql
    return f"strftime({read_time(one)}, '{form}')" if form else read_time(one)
