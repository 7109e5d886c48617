"""Encodings, separators, headers, compression, partitions, workbooks and JSON: whatever companies have becomes the same rows."""

from __future__ import annotations

import gzip
import json
import sqlite3
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from pipeline.errors import ConfigError, DataUnfitError
from pipeline.sources.delimited import unique
from tests.sources.test_mapping import excel, read, source_of

COLUMNS = {"customer_id": "who", "order_id": '"Order no"', "ordered_at": '"day"', "amount": "paid"}
LINES = ["who{0}Order no{0}day{0}paid", "Zoë{0}A1{0}2020-01-02{0}10.50", '"two\nlines"{0}A2{0}2020-01-03{0}7']
WANTED = ("customer_id", "order_id", "amount")
EXPECTED = [("Zoë", "A1", "10.5"), ("two\nlines", "A2", "7")]


def rows(folder: Path, **mapping: object) -> list[tuple]:
    """Customer, order and amount of each row, by order."""
    found = read(folder, wanted=WANTED, **({"columns": COLUMNS} | mapping))
    return sorted(((who, order, f"{amount.normalize():f}") for who, order, amount in found), key=lambda row: row[1])


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_separator_is_the_one_that_cuts_the_header(tmp_path: Path, separator: str, newline: str) -> None:
    text = newline.join(line.format(separator) for line in LINES) + newline
    (tmp_path / "orders.csv").write_text(text, encoding="utf-8", newline="")
    assert rows(tmp_path, path="orders.csv") == EXPECTED


def test_a_separator_of_ones_own_is_said(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("\n".join(line.format("~") for line in LINES), encoding="utf-8")
    assert rows(tmp_path, path="orders.csv", delimiter="~") == EXPECTED


@pytest.mark.parametrize(
    ("encoding", "said"),
    [("utf-8", None), ("utf-8-sig", None), ("latin-1", "latin-1"), ("windows-1252", "windows-1252"), ("utf-16", "utf-16")],
)
@pytest.mark.parametrize("packed", ["", ".gz", ".zst"])
def test_a_text_may_be_written_in_many_ways(tmp_path: Path, encoding: str, said: str | None, packed: str) -> None:
    text = "\n".join(line.format(";") for line in LINES).encode(encoding)
    file = tmp_path / f"orders.csv{packed}"
    file.write_bytes(
        {"": lambda b: b, ".gz": gzip.compress, ".zst": lambda b: pa.compress(b, "zstd", asbytes=True)}[packed](text)
    )
    assert rows(tmp_path, path=file.name, **({"encoding": said} if said else {})) == EXPECTED


@pytest.mark.parametrize(
    ("written", "said", "message"),
    [
        ("latin-1", "utf-8", r"orders\.csv is not UTF-8.*; set `encoding`, e\.g\. windows-1252"),
        ("utf-16", "utf-8", r"orders\.csv is utf-16; set `encoding: utf-16`"),
        ("utf-8", "ascii", None),
        ("utf-8", "utf-16", r"orders\.csv is not utf-16"),
    ],
)
def test_the_wrong_encoding_is_named(tmp_path: Path, written: str, said: str, message: str | None) -> None:
    (tmp_path / "orders.csv").write_bytes("\n".join(line.format(";") for line in LINES).encode(written))
    if message is None:
        assert rows(tmp_path, path="orders.csv", encoding=said) == EXPECTED
        return
    with pytest.raises(DataUnfitError, match=message):
        rows(tmp_path, path="orders.csv", encoding=said)


def test_an_encoding_or_a_time_zone_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    for key, word in (("encoding", "utf-9"), ("time_zone", "Europe/Atlantis")):
        with pytest.raises(ValueError, match=f"{word}' is no "):
            rows(tmp_path, path="orders.csv", **{key: word})


def test_a_name_that_occurs_twice_is_numbered_and_an_empty_one_called_by_its_place(tmp_path: Path) -> None:
    assert unique(["a", "", "A", "a_1", "b"]) == ["a_1_1", "column_2", "A_2", "a_1_2", "b"]
    (tmp_path / "orders.csv").write_text("who,Order no,day,paid,PAID,\n1,A,2020-01-01,5,6,\n", encoding="utf-8")
    with pytest.raises(DataUnfitError, match=r'columns\.amount: orders\.csv: .*"paid" not found.*"paid_1"'):
        rows(tmp_path, path="orders.csv")
    assert rows(tmp_path, path="orders.csv", columns=COLUMNS | {"amount": "paid_2"}) == [("1", "A", "6")]


def test_a_decimal_comma_is_read_in_columns_and_in_expressions(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("who;Order no;day;paid;n\n1;A;2020-01-01;1.234,50;2\n", encoding="utf-8")
    assert rows(tmp_path, path="orders.csv", decimal=",") == [("1", "A", "1234.5")]
    columns = COLUMNS | {"amount": "number(paid) * number(n)"}
    assert rows(tmp_path, path="orders.csv", decimal=",", columns=columns) == [("1", "A", "2469")]


def test_hive_partitions_are_columns_that_stay_text(tmp_path: Path) -> None:
    for month in ("01", "02"):
        folder = tmp_path / "orders" / f"month={month}"
        folder.mkdir(parents=True)
        query = f"SELECT '7' AS who, 'A{month}' AS \"Order no\", DATE '2020-{month}-01' AS day, 5 AS paid"
        duckdb.sql(query).write_parquet(str(folder / "part.parquet"))
    (tmp_path / "orders" / "_SUCCESS").touch()
    columns = COLUMNS | {"channel": "month"}
    assert read(tmp_path, path="orders", columns=columns, wanted=("order_id", "channel")) == [("A01", "01"), ("A02", "02")]


def test_parquet_files_of_different_types_never_round_an_identifier(tmp_path: Path) -> None:
    for name, who in (("1", "9007199254740993::BIGINT"), ("2", "'007'"), ("3", "12345.0::DOUBLE")):
        query = f"SELECT {who} AS who, 'A{name}' AS \"Order no\", DATE '2020-01-01' AS day, 5 AS paid"
        duckdb.sql(query).write_parquet(str(tmp_path / f"{name}.parquet"))
    assert [who for who, _, _ in rows(tmp_path, path="*.parquet")] == ["9007199254740993", "007", "12345"]


def test_json_lines_keep_every_digit_and_every_key(tmp_path: Path) -> None:
    told = [
        {"who": 12345678901234567890123, "Order no": "A1", "day": "2020-01-02", "paid": 1.10},
        {"who": "007", "Order no": "A2", "day": "2020-01-03", "paid": "7", "note": {"late": True}},
        {"who": None, "Order no": "A3", "day": "2020-01-03"},
    ]
    (tmp_path / "orders.jsonl").write_text("\n".join(map(json.dumps, told)), encoding="utf-8")
    columns = COLUMNS | {"category": "note ->> 'late'"}
    found = read(tmp_path, path="orders.jsonl", columns=columns, wanted=("customer_id", "order_id", "raw_amount", "category"))
    assert found == [
        ("007", "A2", "7", "true"),
        ("12345678901234567890123", "A1", "1.1", None),
        (None, "A3", None, None),
    ]


def test_json_objects_of_a_thousand_keys_are_rows_and_no_map(tmp_path: Path) -> None:
    told = {"who": 7, "Order no": "A", "day": "2020-01-01", "paid": 5} | {f"k{number}": number for number in range(1_000)}
    (tmp_path / "orders.jsonl").write_text(json.dumps(told), encoding="utf-8")
    assert rows(tmp_path, path="orders.jsonl") == [("7", "A", "5")]


def test_a_header_of_more_columns_than_any_table_has_is_refused(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("," * 16_384 + "\n", encoding="utf-8")
    with pytest.raises(DataUnfitError, match=r"orders\.csv has 16,385 columns, more than 16,384"):
        rows(tmp_path, path="orders.csv")


def test_a_sheet_of_more_rows_than_a_sheet_can_have_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.sources.excel.TALLEST", 1)
    excel(tmp_path / "orders.xlsx", [list(COLUMNS.values()), ["7", "A", "2020-01-01", 5], ["8", "B", "2020-01-01", 5]])
    with pytest.raises(DataUnfitError, match=r"orders\.xlsx: not readable as Excel \(more than 1 rows\)"):
        rows(tmp_path, path="orders.xlsx")


def test_a_broken_json_line_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "orders.jsonl").write_text('{"who": 1}\n{"who": \n', encoding="utf-8")
    with pytest.raises(DataUnfitError, match=r"orders\.jsonl"):
        rows(tmp_path, path="orders.jsonl")


def test_several_sheets_are_read_together(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for year in ("2019", "2020"):
        sheet = book.create_sheet(year)
        for row in (["who", "Order no", "day", "paid", None], [7, f"A{year}", f"{year}-01-01", 5], [None, None, None, None]):
            sheet.append(row)
    book.remove(book.worksheets[0])
    book.save(tmp_path / "orders.xlsx")
    expected = [("7", "A2019", "5"), ("7", "A2020", "5")]
    assert rows(tmp_path, path="orders.xlsx", sheet="*") == expected
    assert rows(tmp_path, path="orders.xlsx", sheet=["2020"]) == expected[1:]
    assert rows(tmp_path, path="orders.xlsx") == expected[:1]


def test_an_empty_sheet_is_named(tmp_path: Path) -> None:
    excel(tmp_path / "orders.xlsx", [], sheet="Orders")
    with pytest.raises(DataUnfitError, match=r"orders\.xlsx: the sheet 'Orders' is empty; name another `sheet`"):
        rows(tmp_path, path="orders.xlsx")


def test_a_compressed_file_that_is_cut_off_is_refused_by_name(tmp_path: Path) -> None:
    packed = gzip.compress("\n".join(line.format(",") for line in LINES).encode())
    (tmp_path / "orders.csv.gz").write_bytes(packed[: len(packed) // 2])
    with pytest.raises(DataUnfitError, match=r"orders\.csv\.gz"):
        rows(tmp_path, path="orders.csv.gz")


def test_a_folder_of_several_kinds_of_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("a.csv", "b.jsonl"):
        (tmp_path / "in" / name).write_text("{}", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"a\.csv and b\.jsonl differ in kind; give each its own mapping"):
        rows(tmp_path, path="in")


@pytest.mark.parametrize("path", ["**x/[a", "**x"])
def test_a_glob_that_is_none_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises((ConfigError, DataUnfitError), match=r"transactions\.path: "):
        rows(tmp_path, path=path)


def test_the_rows_of_a_query_are_rows_like_those_of_a_file(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as shop:
        shop.execute('CREATE TABLE orders (who, "Order no", day, paid)')
        shop.executemany(
            "INSERT INTO orders VALUES (?, ?, ?, ?)", [("007", "A1", "2020-01-02", 10.5), (7, "A2", "2020-01-03", 7)]
        )
    shop.close()
    keys = {"database": f"sqlite:///{tmp_path}/shop.db"}
    found = read(tmp_path, keys=keys, query="SELECT * FROM orders", columns=COLUMNS, wanted=(*WANTED, "_file"))
    assert [(who, order, float(amount)) for who, order, amount, _ in found] == [("007", "A1", 10.5), ("7", "A2", 7.0)]


def test_a_query_without_a_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"transactions\.query needs source\.database; give a URL, or env:NAME"):
        read(tmp_path, query="SELECT 1", columns=COLUMNS)


def test_a_password_in_the_configuration_is_refused_and_not_repeated(tmp_path: Path) -> None:
    urls = ("postgresql://anna:geheim@localhost/shop", "postgresql://anna:ge/heim@localhost/shop", "mssql://h/db?PWD=geheim")
    more = (
        "postgresql://h/db?sslpassword=geheim",
        "mssql+pyodbc:///?odbc_connect=UID%3Da%3BPWD%3Dgeheim",
        "x://h/d?token=geheim",
    )
    for url in (*urls, *more):
        with pytest.raises(ValueError, match="database holds a password; put the URL in an environment variable") as refused:
            read(tmp_path, keys={"database": url}, query="SELECT 1", columns=COLUMNS)
        assert "heim" not in str(refused.value).split("[type=")[0]


def test_a_url_without_a_password_may_stand_in_the_configuration(tmp_path: Path) -> None:
    for url in ("postgresql://reader@localhost:5432/shop", "sqlite:///shop.db", "env:SHOP_URL"):
        assert source_of(tmp_path, "transactions", {"query": "SELECT 1", "columns": COLUMNS}, database=url).database == url
