"""Random rows as sources write them: every value in one of its valid spellings, and every corruption that the contract knows."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from pipeline.contract.tables import TABLES
from tests.contract.oracle import KINDS, NEVER_EMPTY, UNREADABLE, Cell

Dice = random.Random
Written = dict[str, Cell]

BLANK = [Cell(text, None) for text in ("", " ", "   ")]
FLAGS = {True: ("true", "TRUE", "t", "1", "yes", "y"), False: ("false", "False", "f", "0", "no", "n")}
TEXTS = ("tea", "Tea", "a, b", 'a "cup"', "ünal", "two\nlines", "semi;colon|pipe", "0012", "'", "NULL", "\\N", "日本", "tab\tbed")
WORDS = {
    "kind": ("chat", "nps_response", "content_use", "support_ticket", "site_visit", "review"),
    "status": ("trial", "active", "renewed", "cancelled", "expired"),
    "arm": ("contact", "holdout", "control"),
    "currency": ("EUR",),
    "name": ("tier", "country", "consent_email"),
}
GARBAGE = {
    "TIMESTAMP": ("soon", "2020-02-30", "2020-13-01", "31.12.2020", "2020-01-01 25:00:00", "infinity", "20200101x", "0", "12:30"),
    "DECIMAL(18,4)": ("one", "1,5", "1.2.3", "nan", "inf", "1e400", "100000000000000", "0x10", "€5", "--1", "1 2"),
    "DOUBLE": ("likely", "1,5", "0x1", "50%"),
    "BOOLEAN": ("maybe", "2", "ja", "truetrue"),
}
UNKNOWN = {
    "kind": ("Chat", "purchase"),
    "status": ("paused", "Active"),
    "arm": ("treated", "CONTACT"),
    "currency": ("USD", "eur"),
}
EXTREME = {
    "TIMESTAMP": [Cell("1989-12-31 23:59:59", datetime(1989, 12, 31, 23, 59, 59)), Cell("2021-01-01", datetime(2021, 1, 1))],
    "DECIMAL(18,4)": [Cell("-7", Decimal(-7)), Cell("11", Decimal(11)), Cell("-0.0001", Decimal("-0.0001"))],
    "DOUBLE": [Cell("1.01", 1.01), Cell("-0.01", -0.01), Cell("nan", float("nan"))],
}
SPOILT = ("1.23457E+12", "5e+11", "7\x07", "\x1b[31mred", "a\x7fb", "two\nlines")


def drawn(dice: Dice, table: str) -> list[Written]:
    """Rows of a table that agree on their columns: sound ones, copies, near copies and corrupted ones; the last is sound."""
    declared = TABLES[table].columns
    names = [name for name, column in declared.items() if column.required or dice.random() < 0.7]
    made = [{name: cell(dice, table, name) for name in names} for _ in range(dice.randrange(1, 25))]
    for _ in range(dice.randrange(25)):
        row = dict(dice.choice(made))
        for name in dice.sample(names, dice.choice([0, 1, 1, 2])):
            row[name] = spelled(dice, row[name].value) if dice.random() < 0.5 else cell(dice, table, name)
        if "recorded_at" in names and dice.random() < 0.5:
            row["recorded_at"] = spelled(dice, moment(dice))
        made.append(row)
    for row in dice.sample(made, dice.randrange(len(made) + 1) // 2):
        name = dice.choice(names)
        row[name] = corrupted(dice, name, declared[name].type)
    dice.shuffle(made)
    anchor = {name: sound(dice, name, declared[name].type) for name in names}
    anchor |= {name: Cell("anchor", "anchor") for name in names if name.endswith("_id")}
    # sound cells may still contradict each other: a period that ends before it starts, a score of 11
    anchor |= {"kind": Cell("chat", "chat")} if "kind" in names else {}
    anchor |= {"expires_at": anchor["started_at"]} if {"started_at", "expires_at"} <= set(names) else {}
    return [*made, anchor]


def cell(dice: Dice, table: str, name: str) -> Cell:
    """A sound cell, or a blank one where a column may be blank."""
    if name not in NEVER_EMPTY[table] and dice.random() < 0.2:
        return dice.choice(BLANK)
    return sound(dice, name, TABLES[table].columns[name].type)


def sound(dice: Dice, name: str, type: str) -> Cell:
    """A cell that breaks no rule by itself."""
    if name in WORDS:
        return spelled(dice, dice.choice(WORDS[name]))
    if name.endswith("_id"):
        return spelled(dice, dice.choice(["7", "007", "A", "x y", "ünal", "1.0"]))
    values: dict[str, Any] = {
        "TIMESTAMP": moment(dice),
        "DECIMAL(18,4)": Decimal(dice.choice([0, 1, 10, 99, 12345, 99999])) / dice.choice([1, 10, 10_000]),
        "DOUBLE": dice.choice([0.0, 0.25, 0.5, 1.0]),
        "BOOLEAN": dice.random() < 0.5,
        "VARCHAR": dice.choice(TEXTS),
    }
    return spelled(dice, values[type])


def moment(dice: Dice) -> datetime:
    """A time in 2020, often the same."""
    return datetime(2020, 1, dice.randrange(1, 4)) + dice.choice([0, 0, 1]) * timedelta(seconds=dice.randrange(86_400))


def spelled(dice: Dice, value: Any) -> Cell:
    """A value in one of the texts that mean it."""
    if value is None or value is UNREADABLE:
        return dice.choice(BLANK)
    if isinstance(value, datetime):
        hours = dice.choice([-5, 0, 3])
        there = (value + timedelta(hours=hours)).isoformat(sep=dice.choice(" T"))
        text = dice.choice([value.isoformat(sep=dice.choice(" T")), f"{value:%Y-%m-%dT%H:%M:%SZ}", f"{there}{hours:+03d}:00"])
        text = f"{value:%Y-%m-%d}" if value.time() == datetime.min.time() and dice.random() < 0.5 else text
    elif isinstance(value, bool):
        text = dice.choice(FLAGS[value])
    elif isinstance(value, Decimal):
        text = dice.choice([f"{value:f}", f"{value:.4f}", f"{value:+f}", f"0{value:f}" if value >= 0 else f"{value:f}"])
    elif isinstance(value, float):
        text = dice.choice([str(value), f"{value:.3f}", f"{value:e}"])
    else:
        text = str(value)
    return Cell(dice.choice(["", "", " "]) + text + dice.choice(["", "", "  "]), value)


def corrupted(dice: Dice, name: str, type: str) -> Cell:
    """A cell that may break a rule: blank, garbage, unknown, out of range, negative, or an identifier that is spoilt."""
    choices = [*BLANK[:2], *EXTREME.get(type, []), *(Cell(text, UNREADABLE) for text in GARBAGE.get(type, ()))]
    choices += [Cell(text, text) for text in UNKNOWN.get(name, ())]
    if name.endswith("_id"):
        choices += [Cell(text, text) for text in SPOILT]
    if name == "value" and type == "VARCHAR":
        choices += [Cell("perhaps", "perhaps")]
    return dice.choice(choices)


assert set(WORDS["kind"]) <= KINDS
