"""Every row is somewhere, and where it belongs: random tables against an account in plain Python."""

from __future__ import annotations

import csv
import json
import random
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.contract.account import Account
from pipeline.contract.identity import Identity
from pipeline.contract.rules import Limits
from pipeline.contract.tables import TABLES
from tests.contract.oracle import canonical, fates
from tests.contract.spelling import Written, drawn
from tests.contract.test_clean import clean_mappings
from tests.random_rows import BRIEF

LIMITS = Limits(first_day=date(1990, 1, 1), last_day=date(2020, 12, 31), currency="EUR")
Factory = pytest.TempPathFactory
EVERY_TABLE = pytest.mark.parametrize("table", TABLES)
SEEDS = st.integers(0, 2**32)


def write(path: Path, rows: list[Written], dice: random.Random, ragged: list[list[str]] | None = None) -> None:
    """Write rows as CSV (with lines that fit no header among them), Parquet or JSON lines, as the ending says."""
    texts = [{name: cell.text for name, cell in row.items()} for row in rows]
    if path.suffix == ".csv":
        lines = [list(row.values()) for row in texts]
        for line in ragged or []:
            lines.insert(dice.randrange(len(lines)), line)
        with path.open("w", encoding="utf-8", newline="") as file:
            quoting = dice.choice([csv.QUOTE_ALL, csv.QUOTE_MINIMAL])
            csv.writer(file, quoting=quoting, lineterminator=dice.choice(["\n", "\r\n"])).writerows([list(texts[0]), *lines])
    elif path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(texts), path)
    else:
        path.write_text("".join(json.dumps(row, ensure_ascii=dice.random() < 0.5) + "\n" for row in texts), encoding="utf-8")


def cleaned(
    folder: Path, table: str, rows: list[Written], path: str, where: str | None = None, identity: Identity | None = None
) -> Account:
    """Clean the files of a path, whose columns are named as the canonical ones."""
    mapping: dict[str, Any] = {"path": path, "columns": {name: name for name in rows[0] if name in TABLES[table].columns}}
    return clean_mappings(folder, table, [mapping | ({"where": where} if where else {})], LIMITS, identity or Identity())


def counted(path: Path) -> int:
    """The records of a CSV file below its header, counted by another program."""
    with path.open(encoding="utf-8", newline="") as file:
        return sum(1 for record in csv.reader(file) if record) - 1


def accepted(folder: Path, table: str, names: list[str]) -> Counter[tuple]:
    """The accepted rows."""
    return Counter(duckdb.sql(f"SELECT {', '.join(names)} FROM '{folder}/clean/{table}.parquet'").fetchall())


def quarantined(folder: Path, table: str) -> list[tuple[str, str, int]]:
    """Rule, file and line of every rejected row."""
    return duckdb.sql(f"SELECT rule, file, line FROM '{folder}/clean/quarantine/{table}.parquet'").fetchall()


@EVERY_TABLE
@BRIEF
@given(SEEDS)
def test_every_row_meets_the_fate_that_plain_python_foresees(tmp_path_factory: Factory, table: str, seed: int) -> None:
    dice = random.Random(seed)
    folder, rows = tmp_path_factory.mktemp("fates"), drawn(dice, table)
    parts = [part for part in (rows[: len(rows) // 2], rows[len(rows) // 2 :]) if part]
    for number, part in enumerate(parts):
        write(folder / f"{number}.csv", part, dice)
    account = cleaned(folder, table, rows, "*.csv")
    foreseen = fates(table, {(number, line): row for number, part in enumerate(parts) for line, row in enumerate(part, 2)})
    rejected = {(int(file[0]), line): rule for rule, file, line in quarantined(folder, table)}
    for place, rule in rejected.items():
        assert rule in foreseen[place], (place, foreseen[place])
    kept = {place: next(iter(fate)) for place, fate in foreseen.items() if fate & {"accepted", "merged"}}
    assert set(rejected) | set(kept) == set(foreseen)
    expected = Counter(kept.values())
    assert (account.accepted, account.merged) == (expected["accepted"], expected["merged"])
    assert account.quarantined == Counter(rejected.values())
    names = [name for name in rows[0] if name not in ("line_id", "engagement_id", "contact_id")]
    by_place = {(number, line): row for number, part in enumerate(parts) for line, row in enumerate(part, 2)}
    values = [canonical(table, by_place[place]) for place, fate in kept.items() if fate == "accepted"]
    assert accepted(folder, table, names) == Counter(tuple(value[name] for name in names) for value in values)


@EVERY_TABLE
@BRIEF
@given(SEEDS)
def test_rows_in_are_what_another_program_counts_and_none_is_missing(tmp_path_factory: Factory, table: str, seed: int) -> None:
    dice = random.Random(seed)
    folder, rows = tmp_path_factory.mktemp("count"), drawn(dice, table)
    width = len(rows[0])
    for number, part in enumerate((rows, drawn_alike(dice, rows))):
        widths = [] if table == "attributes" else [1, width - 1, width + 1, width + 5]  # consents bear no such lines
        ragged = [["x"] * dice.choice(widths) for _ in range(dice.randrange(4) if widths else 0)]
        write(folder / f"{number}.csv", part, dice, ragged)
    identity = Identity(forgotten=lambda text: f"{text} = '007'")
    account = cleaned(folder, table, rows, "*.csv", where="customer_id IS NULL OR trim(customer_id) <> 'A'", identity=identity)
    assert sorted(account.files) == ["0.csv", "1.csv"]
    for name, fate in account.files.items():
        assert fate.rows_in == counted(folder / name)
        assert fate.rows_in == fate.accepted + fate.merged + fate.left_out + fate.forgotten + sum(fate.quarantined.values())
    assert account.rows_in == sum(fate.rows_in for fate in account.files.values())
    for fate in ("accepted", "merged", "left_out", "forgotten"):
        assert getattr(account, fate) == sum(getattr(one, fate) for one in account.files.values())
    told = Counter((file, rule) for rule, file, _ in quarantined(folder, table))
    assert told == Counter({(name, rule): n for name, fate in account.files.items() for rule, n in fate.quarantined.items()})


def drawn_alike(dice: random.Random, rows: list[Written]) -> list[Written]:
    """Some of the rows again."""
    return dice.sample(rows, dice.randrange(1, len(rows) + 1))


@EVERY_TABLE
@BRIEF
@given(SEEDS)
def test_neither_order_nor_files_nor_format_changes_a_byte(tmp_path_factory: Factory, table: str, seed: int) -> None:
    dice = random.Random(seed)
    folder, rows = tmp_path_factory.mktemp("forms"), drawn(dice, table)
    shuffled = dice.sample(rows, len(rows))
    cut = dice.randrange(1, len(rows)) if len(rows) > 1 else 1
    forms = {
        "once": ("csv", [rows]),
        "again": ("csv", [rows]),
        "shuffled": ("csv", [shuffled[:cut], shuffled[cut:]]),
        "parquet": ("parquet", [shuffled]),
        "jsonl": ("jsonl", [rows[cut:], rows[:cut]]),
    }
    accounts, written, rejected = [], [], []
    for form, (ending, parts) in forms.items():
        (folder / form).mkdir()
        for number, part in enumerate(part for part in parts if part):
            write(folder / form / f"{number}.{ending}", part, dice)
        accounts.append(replace(cleaned(folder / form, table, rows, f"*.{ending}"), files={}))
        written.append((folder / form / "clean" / f"{table}.parquet").read_bytes())
        texts = ", ".join(["rule", *rows[0]])
        query = f"SELECT {texts} FROM '{folder / form}/clean/quarantine/{table}.parquet'"
        rejected.append(sorted(duckdb.sql(query).fetchall(), key=str))
    assert accounts == [accounts[0]] * len(forms)
    assert written == [written[0]] * len(forms)
    assert rejected == [rejected[0]] * len(forms)
