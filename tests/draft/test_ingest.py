"""What a draft says of a file is what ingest reads: every row of every dialect and format is accepted, with its values."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from pipeline.config.source_section import Source
from pipeline.contract.clean import clean_table
from pipeline.contract.identity import Identity
from pipeline.contract.rules import Limits
from pipeline.engine import engine
from pipeline.operate.init_source import init_source
from pipeline.sources.mapping import read
from tests.conftest import SOURCE

HEADER = ["customer_id", "order_id", "ordered_at", "net_amount", "quantity", "sku"]
ORDERS = [
    ["00012", "A1", "2024-01-13 10:30:00", "1234.50", "2", "Tee"],
    ["00012", "A2", "2024-01-14 10:30:00", "7.25", "5", "Tee"],
    ["00013", "A3", "2024-02-05 10:30:00", "0.99", "3", "Käse"],
]
EXPECTED = [
    ("00012", "A1", datetime(2024, 1, 13, 10, 30), Decimal("1234.50"), Decimal(2), "Tee"),
    ("00012", "A2", datetime(2024, 1, 14, 10, 30), Decimal("7.25"), Decimal(5), "Tee"),
    ("00013", "A3", datetime(2024, 2, 5, 10, 30), Decimal("0.99"), Decimal(3), "Käse"),
]
WANTED = ("customer_id", "order_id", "ordered_at", "amount", "quantity", "product_id")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder of files beside an empty folder of sources."""
    (tmp_path / "configs" / "source").mkdir(parents=True)
    (tmp_path / "shop").mkdir()
    return tmp_path / "shop"


def written(shop: Path) -> dict:
    """The draft for everything in the folder."""
    init_source([shop], "mine", shop.parent)
    return yaml.safe_load((shop.parent / "configs/source/mine.yaml").read_text(encoding="utf-8"))


def ingested(shop: Path, wanted: tuple[str, ...] = WANTED, table: str = "transactions") -> list[tuple]:
    """The draft's rows of a table after the contract; none may be quarantined."""
    (shop.parent / "configs/source/mine.yaml").unlink(missing_ok=True)
    source = Source.model_validate(SOURCE | written(shop) | {"path": str(shop)})
    with engine() as connection:
        mappings = source.tables[table]
        batches = (rows for number in range(len(mappings)) for rows in read(connection, source, table, number))
        mapped = tuple(dict.fromkeys(name for mapping in mappings for name in mapping.mapped))
        clean_table(connection, table, batches, mapped, shop.parent / "clean", Limits(), Identity())
    assert not duckdb.sql(f"SELECT rule, * FROM '{shop.parent}/clean/quarantine/{table}.parquet'").fetchall()
    return sorted(duckdb.sql(f"SELECT {', '.join(wanted)} FROM '{shop.parent}/clean/{table}.parquet'").fetchall())


def table_of(rows: list[list[str]], sign: str = ",") -> str:
    return "".join(sign.join(row) + "\n" for row in rows)


def german(rows: list[list[str]]) -> list[list[str]]:
    """Days before months, commas as decimals and between a currency and thousands."""
    found = []
    for customer, order, at, amount, *rest in rows:
        time = datetime.fromisoformat(at).strftime("%d.%m.%Y %H:%M")
        found.append([customer, order, time, f"{float(amount):,.2f} €".translate(str.maketrans(",.", ".,")), *rest])
    return found


def american(rows: list[list[str]]) -> list[list[str]]:
    return [
        [customer, order, datetime.fromisoformat(at).strftime("%m/%d/%Y %I:%M %p"), f'"{float(amount):,.2f}"', *rest]
        for customer, order, at, amount, *rest in rows
    ]


DIALECTS: dict[str, tuple[str, bytes]] = {
    "blanks in the header": ("a.csv", (", ".join(HEADER) + "\n" + table_of(ORDERS)).encode()),
    "German": ("Bestellungen.csv", table_of([HEADER, *german(ORDERS)], ";").encode("windows-1252")),
    "American": ("orders.tsv", table_of([HEADER, *american(ORDERS)], "\t").encode("utf-16")),
    "quotes and other line ends": (
        "orders.dat",
        "\ufeff".encode() + table_of([HEADER, *ORDERS], "|").replace("Tee", '"Tee"').replace("\n", "\r\n").encode(),
    ),
    "compressed": ("orders.csv.gz", gzip.compress(table_of([HEADER, *ORDERS]).encode())),
    "a name twice": (
        "orders.csv",
        table_of([[*HEADER, "note", "note", ""], *([*row, "x", "y", "z"] for row in ORDERS)]).encode(),
    ),
    "bytes that Windows-1252 lacks": (
        "orders.csv",
        table_of([[*HEADER, "note"], *([*row, "x"] for row in ORDERS)]).replace("x", "\x81").encode("latin-1"),
    ),
    "JSON lines": ("orders.jsonl", "\n".join(json.dumps(dict(zip(HEADER, row, strict=True))) for row in ORDERS).encode()),
    "JSON without an ending": ("orders", json.dumps([dict(zip(HEADER, row, strict=True)) for row in ORDERS]).encode()),
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_draft_of_text_is_read_in_every_dialect(shop: Path, dialect: str) -> None:
    name, content = DIALECTS[dialect]
    (shop / name).write_bytes(content)
    assert ingested(shop) == EXPECTED


def columns_of(*types: Callable) -> dict[str, list]:
    return {name: [cast(row[i]) for row in ORDERS] for i, (name, cast) in enumerate(zip(HEADER, types, strict=True))}


def test_a_draft_of_parquet_is_read(shop: Path) -> None:
    pq.write_table(pa.table(columns_of(str, str, datetime.fromisoformat, Decimal, int, str)), shop / "orders.parquet")
    assert ingested(shop) == EXPECTED


def test_a_draft_of_numbers_in_parquet_is_read(shop: Path) -> None:
    def day(at: str) -> int:
        return int(at[:10].replace("-", ""))

    pq.write_table(pa.table(columns_of(float, str, day, float, float, str)), shop / "orders.parquet")
    days = [(row[0].lstrip("0"), row[1], row[2].replace(hour=0, minute=0), *row[3:]) for row in EXPECTED]
    assert ingested(shop) == days


def test_identifiers_that_became_decimals_lose_no_digit_and_guests_stop_nothing(shop: Path) -> None:
    customers = ["9007199254740993.0", "9007199254740992.0", "GUEST"]
    rows = [[customer, *row[1:]] for customer, row in zip(customers, ORDERS, strict=True)]
    (shop / "orders.csv").write_text(table_of([HEADER, *rows]), encoding="utf-8")
    assert ingested(shop, ("customer_id",)) == [("9007199254740992",), ("9007199254740993",), ("GUEST",)]


def test_identifiers_that_are_decimals_in_parquet_are_whole(shop: Path) -> None:
    columns = columns_of(lambda text: Decimal(text + ".00"), str, datetime.fromisoformat, Decimal, int, str)
    pq.write_table(pa.table(columns), shop / "orders.parquet")
    assert ingested(shop, ("customer_id", "amount")) == [
        ("12", Decimal("7.25")),
        ("12", Decimal("1234.50")),
        ("13", Decimal("0.99")),
    ]


def test_seconds_that_are_none_are_quarantined_and_stop_nothing(shop: Path) -> None:
    (shop / "orders.csv").write_text(table_of([HEADER, *ORDERS]), encoding="utf-8")
    visits = [[str(1_700_000_000 + second), "7"] for second in range(200)] + [
        ["1700000200.0", "7"],
        ["9" * 18, "7"],
        ["soon", "7"],
    ]
    (shop / "visits.csv").write_text(table_of([["seen at", "customer"], *visits]), encoding="utf-8")
    with pytest.raises(AssertionError, match="occurred_at_missing"):
        ingested(shop, ("occurred_at",), "engagements")
    (found,) = duckdb.sql(f"SELECT count(*), max(occurred_at) FROM '{shop.parent}/clean/engagements.parquet'").fetchall()
    assert found == (201, datetime(2023, 11, 14, 22, 16, 40))


def test_prices_with_a_comma_are_multiplied_as_they_are_written(shop: Path) -> None:
    rows = [["customer;order;date;price;quantity"], ["7;A;2024-01-13;1.234,50;2"], ["7;B;2024-01-14;7,5;3"]]
    (shop / "orders.csv").write_text(table_of(rows), encoding="utf-8")
    assert ingested(shop, ("amount",)) == [(Decimal("22.5"),), (Decimal("2469"),)]


def test_a_draft_of_two_sheets_with_a_blank_header_is_read(shop: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Orders"
    book.active.append(["customer_id", None, *HEADER[1:]])
    for row in zip(*columns_of(str, str, datetime.fromisoformat, float, int, str).values(), strict=True):
        book.active.append([row[0], "x", *row[1:]])
    visits = book.create_sheet("Visits")
    for row in (["customer_id", "visited at"], ["00012", datetime(2024, 1, 1, 8)], ["00013", datetime(2024, 1, 2, 8)]):
        visits.append(row)
    book.create_sheet("empty")
    book.save(shop / "export.xlsx")
    assert ingested(shop) == EXPECTED
    assert ingested(shop, ("customer_id", "kind"), "engagements") == [("00012", "site_visit"), ("00013", "site_visit")]


def test_a_long_array_on_one_line_is_read(shop: Path) -> None:
    record = dict(zip(HEADER, ORDERS[0], strict=True))
    records = [record | {"order_id": f"A{number}", "note": "x" * 100} for number in range(20_000)]
    (shop / "orders.json").write_text(json.dumps(records), encoding="utf-8")
    assert len(ingested(shop)) == 20_000


def halves(shop: Path, *names: str) -> None:
    """The first order in one file and the others in the next."""
    for name, rows in zip(names, (ORDERS[:1], ORDERS[1:]), strict=True):
        (shop / name).parent.mkdir(exist_ok=True)
        (shop / name).write_text(table_of([HEADER, *rows]), encoding="utf-8")


def paths(shop: Path) -> list[str]:
    tables = yaml.safe_load((shop.parent / "configs/source/mine.yaml").read_text(encoding="utf-8"))["tables"]["transactions"]
    return [one["path"] for one in (tables if isinstance(tables, list) else [tables])]


def test_files_that_differ_by_numbers_are_one_pattern_in_their_folder(shop: Path) -> None:
    halves(shop, "sub/orders_2023.csv", "sub/orders_2024.csv")
    (shop / "notes.csv").write_text("just,some\nhello,world\n", encoding="utf-8")
    assert ingested(shop) == EXPECTED
    assert paths(shop) == ["sub/orders_*.csv"]


@pytest.mark.parametrize("other", ["orders_old.csv", "orders_2022.csv"])
def test_files_are_apart_where_a_pattern_would_catch_another(shop: Path, other: str) -> None:
    halves(shop, "orders_2023.csv", "orders_2024.csv")
    (shop / other).write_text("just,some\nhello,world\n", encoding="utf-8")
    assert ingested(shop) == EXPECTED
    assert paths(shop) == ["orders_2023.csv", "orders_2024.csv"]
