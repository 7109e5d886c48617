"""Raw files of every format become the same canonical rows; what cannot be read is one line that names file, table and column."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import openpyxl
import pytest

from pipeline.config.source_section import Source
from pipeline.contract.tables import TABLES
from pipeline.engine import engine
from pipeline.errors import ConfigError, DataUnfitError
from pipeline.sources.mapping import read as mapping_rows
from tests.conftest import SOURCE

ORDERS = """\
customer,order,date,paid,note
00123,A1,2020-01-02,10.50,first
00123,A2,2020-01-03 08:30:00,7,
ünal,A3,2020-01-04,-2.25,"a, b"
"""
COLUMNS = {"customer_id": "customer", "order_id": '"order"', "ordered_at": "date", "amount": "paid", "category": "note"}
EXPECTED = [
    ("00123", "A1", datetime(2020, 1, 2), Decimal("10.5000"), "first"),
    ("00123", "A2", datetime(2020, 1, 3, 8, 30), Decimal("7.0000"), None),
    ("ünal", "A3", datetime(2020, 1, 4), Decimal("-2.2500"), "a, b"),
]


def source_of(folder: Path, table: str, *mappings: dict, **keys: object) -> Source:
    """A source below a folder with the mappings of one table (and a transactions table, which every source needs)."""
    needed = {"transactions": {"path": "orders.csv", "columns": COLUMNS}}
    named = {"name": "test", "path": str(folder), "sector": None, "simulate": {}, "static_attributes": []}
    return Source.model_validate(SOURCE | named | keys | {"tables": needed | {table: list(mappings)}})


def read(
    folder: Path, table: str = "transactions", wanted: tuple[str, ...] = (), keys: dict | None = None, **mapping: object
) -> list[tuple]:
    """The rows of one mapping that are kept, sorted, with the columns wanted (those mapped, unless told otherwise)."""
    source = source_of(folder, table, {"columns": COLUMNS} | mapping, **(keys or {}))
    found: list[tuple] = []
    with engine() as connection:
        for rows in mapping_rows(connection, source, table, 0):
            names = [row[0] for row in connection.execute(f"DESCRIBE {rows.query}").fetchall()]
            assert names == [name for column in TABLES[table].columns for name in (column, f"raw_{column}")] + [
                "_kept",
                "_file",
                "_place",
            ]
            selected = ", ".join(wanted or source.tables[table][0].mapped)
            found += connection.execute(f"SELECT {selected} FROM ({rows.query}) WHERE _kept").fetchall()
    return sorted(found, key=str)


def excel(path: Path, rows: list[list[object]], sheet: str = "Sheet") -> None:
    book = openpyxl.Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(row)
    book.save(path)


def test_csv_keeps_leading_zeros_quotes_and_letters(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    assert read(tmp_path, path="orders.csv") == EXPECTED


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_csv_may_be_delimited_otherwise(tmp_path: Path, delimiter: str) -> None:
    text = ORDERS.replace('"a, b"', "a+b").replace(",", delimiter)
    (tmp_path / "orders.txt").write_text(text, encoding="utf-8")
    assert read(tmp_path, path="orders.txt") == [*EXPECTED[:2], (*EXPECTED[2][:4], "a+b")]


def test_csv_may_be_compressed(tmp_path: Path) -> None:
    import gzip

    (tmp_path / "orders.csv.gz").write_bytes(gzip.compress(ORDERS.encode()))
    assert read(tmp_path, path="orders.csv.gz") == EXPECTED


def test_parquet_gives_the_same_rows(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    duckdb.sql(f"SELECT * FROM read_csv('{tmp_path}/orders.csv', all_varchar=true)").write_parquet(f"{tmp_path}/orders.parquet")
    assert read(tmp_path, path="orders.parquet") == EXPECTED


def test_typed_parquet_columns_keep_their_values(tmp_path: Path) -> None:
    duckdb.sql(
        "SELECT 7::BIGINT AS customer, 'A1' AS \"order\", TIMESTAMPTZ '2020-01-02 01:00:00+01:00' AS date, 0.1::DOUBLE AS paid, "
        "'' AS note"
    ).write_parquet(f"{tmp_path}/orders.parquet")
    assert read(tmp_path, path="orders.parquet") == [("7", "A1", datetime(2020, 1, 2), Decimal("0.1000"), None)]


def test_excel_gives_the_same_rows(tmp_path: Path) -> None:
    header, *rows = [line.split(",") for line in ORDERS.replace('"a, b"', "a+b").splitlines()]
    rows[1] = ["00123", "A2", datetime(2020, 1, 3, 8, 30), 7, None]  # type: ignore[list-item]
    excel(tmp_path / "orders.xlsx", [header, *rows])
    assert read(tmp_path, path="orders.xlsx") == [*EXPECTED[:2], (*EXPECTED[2][:4], "a+b")]


def test_excel_reads_the_sheet_it_is_told_to(tmp_path: Path) -> None:
    excel(tmp_path / "orders.xlsx", [["customer", "order", "date"], ["1", "A", "2020-01-01"]], sheet="Orders")
    columns = {"customer_id": "customer", "order_id": '"order"', "ordered_at": "date"}
    assert read(tmp_path, path="orders.xlsx", sheet="Orders", columns=columns) == [("1", "A", datetime(2020, 1, 1))]
    with pytest.raises(DataUnfitError, match=r"orders\.xlsx: no sheet 'Returns'; there are 'Orders'"):
        read(tmp_path, path="orders.xlsx", sheet="Returns", columns=columns)


def test_numeric_identifiers_of_excel_have_no_decimals(tmp_path: Path) -> None:
    excel(tmp_path / "orders.xlsx", [["customer", "order", "date"], [17850.0, 5, "2020-01-01"], [None, 6, "2020-01-01"]])
    columns = {"customer_id": "customer", "order_id": '"order"', "ordered_at": "date"}
    rows = read(tmp_path, path="orders.xlsx", columns=columns)
    assert rows == [("17850", "5", datetime(2020, 1, 1)), (None, "6", datetime(2020, 1, 1))]


def test_the_text_na_in_excel_is_a_value(tmp_path: Path) -> None:
    excel(tmp_path / "orders.xlsx", [["customer", "order", "date", "country"], ["1", "A", "2020-01-01", "NA"]])
    columns = {"customer_id": "customer", "order_id": '"order"', "ordered_at": "date", "channel": "country"}
    assert read(tmp_path, path="orders.xlsx", columns=columns, wanted=("channel",)) == [("NA",)]


def test_lines_are_split_into_words(tmp_path: Path) -> None:
    (tmp_path / "master.dat").write_text(" 00001 19970101  1   11.77\n 00002 19970112  5   77.00\n", encoding="utf-8")
    columns = {
        "customer_id": "word[1]",
        "order_id": "_row",
        "ordered_at": "strptime(word[2], '%Y%m%d')",
        "amount": "word[4]",
    }
    assert read(tmp_path, path="master.dat", format="lines", columns=columns) == [
        ("00001", "1", datetime(1997, 1, 1), Decimal("11.7700")),
        ("00002", "2", datetime(1997, 1, 12), Decimal("77.0000")),
    ]


@pytest.mark.parametrize("path", ["parts", "parts/*.csv", "**/part_*.csv"])
def test_a_folder_or_a_glob_is_all_its_files(tmp_path: Path, path: str) -> None:
    header, *rows = ORDERS.splitlines(keepends=True)
    (tmp_path / "parts" / "deep").mkdir(parents=True)
    for number, row in enumerate(rows):
        folder = tmp_path / "parts" / ("deep" if number == 2 and path != "parts/*.csv" else "")
        (folder / f"part_{number}.csv").write_text(header + row, encoding="utf-8")
    (tmp_path / "parts" / ".hidden").write_text("no rows", encoding="utf-8")
    assert read(tmp_path, path=path) == EXPECTED


def test_files_are_matched_by_the_names_of_their_columns(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("customer,order,date,paid,note\n1,A,2020-01-01,5,x\n", encoding="utf-8")
    (tmp_path / "2.csv").write_text("note;paid;date;order;customer;more\n;6;2020-01-02;B;2;?\n", encoding="utf-8")
    assert read(tmp_path, path="*.csv") == [
        ("1", "A", datetime(2020, 1, 1), Decimal(5), "x"),
        ("2", "B", datetime(2020, 1, 2), Decimal(6), None),
    ]


def test_a_file_that_lacks_a_column_of_the_others_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("customer,order,date,paid,note\n1,A,2020-01-01,5,x\n", encoding="utf-8")
    (tmp_path / "2.csv").write_text("customer,order,date,price,note\n2,B,2020-01-02,6,y\n", encoding="utf-8")
    with pytest.raises(DataUnfitError, match=r"transactions\.columns\.amount: 2\.csv: .*\"paid\" not found"):
        read(tmp_path, path="*.csv")


def test_rows_are_numbered_over_all_files_in_their_order(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("customer,date\na,2020-01-01\nb,2020-01-01\n", encoding="utf-8")
    (tmp_path / "2.csv").write_text("date,customer\n2020-01-01,c\n2020-01-01,d\n", encoding="utf-8")
    columns = {"customer_id": "customer", "order_id": "_row", "ordered_at": "date"}
    rows = read(tmp_path, path="*.csv", columns=columns, wanted=("customer_id", "order_id"))
    assert rows == [("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")]


def test_a_file_name_may_hold_the_characters_of_a_glob(tmp_path: Path) -> None:
    (tmp_path / "orders [2020].csv").write_text(ORDERS, encoding="utf-8")
    assert read(tmp_path, path="orders [2020].csv") == EXPECTED


def test_blanks_are_null_and_edges_are_trimmed(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text('customer,order,date,paid,note\n" 7 ",A,2020-01-01,"  ","   "\n', encoding="utf-8")
    assert read(tmp_path, path="orders.csv") == [("7", "A", datetime(2020, 1, 1), None, None)]


def test_the_text_stays_beside_a_value_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("customer,order,date,paid,note\n7,A,soon,12€,x\n", encoding="utf-8")
    wanted = ("ordered_at", "raw_ordered_at", "amount", "raw_amount", "margin", "raw_margin")
    assert read(tmp_path, path="orders.csv", wanted=wanted) == [(None, "soon", None, "12€", None, None)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020-01-02", datetime(2020, 1, 2)),
        ("2020-01-02 03:04:05.000006", datetime(2020, 1, 2, 3, 4, 5, 6)),
        ("2020-01-02T03:04:05Z", datetime(2020, 1, 2, 3, 4, 5)),
        ("2020-01-02T00:30:00+02:00", datetime(2020, 1, 1, 22, 30)),
        ("2020-01-01 20:00:00-05", datetime(2020, 1, 2, 1)),
        ("infinity", None),
        ("02/01/2020", None),
    ],
)
def test_times_are_utc_and_finite(tmp_path: Path, text: str, expected: datetime | None) -> None:
    (tmp_path / "orders.csv").write_text(f"customer,order,date,paid,note\n7,A,{text},1,x\n", encoding="utf-8")
    assert read(tmp_path, path="orders.csv", wanted=("ordered_at", "raw_ordered_at")) == [(expected, text)]


def test_where_keeps_rows_for_which_it_is_true(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    assert read(tmp_path, path="orders.csv", where="note LIKE 'f%'") == EXPECTED[:1]


def test_an_expression_over_columns_is_a_column(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    columns = COLUMNS | {"amount": "CAST(paid AS DECIMAL(18,4)) * 2", "is_return": "paid LIKE '-%'"}
    assert read(tmp_path, path="orders.csv", columns=columns, wanted=("amount", "is_return")) == [
        (Decimal("-4.5"), True),
        (Decimal(14), False),
        (Decimal(21), False),
    ]


LOOKUP = {"products": {"path": "products.csv", "key": ["sku"]}}
LOOKUP_COLUMNS = {"customer_id": "customer", "order_id": '"order"', "ordered_at": "date", "category": "products.kind"}


def _lines_and_products(folder: Path, products: str) -> None:
    (folder / "lines.csv").write_text("customer,order,date,sku\n1,A,2020-01-01,t\n2,B,2020-01-02,?\n", encoding="utf-8")
    (folder / "products.csv").write_text(products, encoding="utf-8")


def test_a_lookup_adds_columns_and_loses_no_row(tmp_path: Path) -> None:
    _lines_and_products(tmp_path, "sku,kind\nt,tea\nc,cup\n")
    rows = read(tmp_path, path="lines.csv", lookups=LOOKUP, columns=LOOKUP_COLUMNS, wanted=("customer_id", "category"))
    assert rows == [("1", "tea"), ("2", None)]


def test_the_key_of_a_lookup_may_be_a_column_of_the_canonical_table_too(tmp_path: Path) -> None:
    _lines_and_products(tmp_path, "sku,kind\nt,tea\n?,other\n")
    columns = LOOKUP_COLUMNS | {"product_id": "sku", "channel": "raw.date"}
    rows = read(tmp_path, path="lines.csv", lookups=LOOKUP, columns=columns, wanted=("product_id", "category", "channel"))
    assert rows == [("?", "other", "2020-01-02"), ("t", "tea", "2020-01-01")]


def test_a_lookup_whose_key_occurs_twice_is_refused(tmp_path: Path) -> None:
    _lines_and_products(tmp_path, "sku,kind\nt,tea\nt,more tea\nc,cup\n")
    with pytest.raises(DataUnfitError, match=r"transactions\.lookups\.products: 1 keys \(sku\) occur twice in products\.csv"):
        read(tmp_path, path="lines.csv", lookups=LOOKUP, columns=LOOKUP_COLUMNS)


def test_a_lookup_without_its_key_is_refused(tmp_path: Path) -> None:
    _lines_and_products(tmp_path, "number,kind\nt,tea\n")
    with pytest.raises(DataUnfitError, match=r"transactions\.lookups\.products: .*sku"):
        read(tmp_path, path="lines.csv", lookups=LOOKUP, columns=LOOKUP_COLUMNS)


def test_a_missing_lookup_file_is_named(tmp_path: Path) -> None:
    _lines_and_products(tmp_path, "sku,kind\n")
    (tmp_path / "products.csv").unlink()
    with pytest.raises(DataUnfitError, match=r"source\.tables\.transactions\.lookups\.products\.path: no file products\.csv"):
        read(tmp_path, path="lines.csv", lookups=LOOKUP, columns=LOOKUP_COLUMNS)


def test_unpivoted_columns_become_facts_with_names(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("customer,land,level\n1,DE,gold\n2,TR,\n", encoding="utf-8")
    rows = read(
        tmp_path,
        "attributes",
        path="people.csv",
        columns={"customer_id": "customer"},
        unpivot={"country": "land", "tier": "upper(level)"},
    )
    assert rows == [("1", "country", "DE"), ("1", "tier", "GOLD"), ("2", "country", "TR"), ("2", "tier", None)]


REFUSED = [
    ({"path": "missing.csv"}, r"source\.tables\.transactions\.path: no file missing\.csv in .*; correct the path"),
    ({"path": "missing/*.csv"}, r"source\.tables\.transactions\.path: no file missing/\*\.csv"),
    ({"path": "empty.csv"}, r"empty\.csv is empty \(0 bytes\)"),
    ({"path": "orders.csv", "columns": COLUMNS | {"amount": "price"}}, r"transactions\.columns\.amount: orders\.csv: .*price"),
    ({"path": "orders.csv", "columns": COLUMNS | {"amount": "paid +"}}, r"transactions\.columns\.amount: orders\.csv: "),
    ({"path": "orders.csv", "columns": COLUMNS | {"amount": "max(paid)"}}, r"transactions: orders\.csv: .*"),
    ({"path": "orders.csv", "where": "colour = 'red'"}, r"transactions\.where: orders\.csv: .*colour"),
    ({"path": "broken.parquet"}, r"transactions: .*broken\.parquet"),
    ({"path": "broken.xlsx"}, r"broken\.xlsx is no \.xlsx workbook; save it again"),
]


@pytest.mark.parametrize(("mapping", "message"), REFUSED)
def test_what_cannot_be_read_is_one_line_that_names_it(tmp_path: Path, mapping: dict, message: str) -> None:
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    (tmp_path / "empty.csv").touch()
    for name in ("broken.parquet", "broken.xlsx"):
        (tmp_path / name).write_text("no such format", encoding="utf-8")
    with pytest.raises(DataUnfitError, match=message) as refused:
        read(tmp_path, **mapping)
    assert "\n" not in str(refused.value)


def test_a_file_of_no_known_kind_is_a_matter_of_configuration(tmp_path: Path) -> None:
    (tmp_path / "orders.dat").write_text(ORDERS, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"orders\.dat: what kind of file is this\? set `format`"):
        read(tmp_path, path="orders.dat")
    assert read(tmp_path, path="orders.dat", format="csv") == EXPECTED


@pytest.mark.parametrize("path", ["/missing/orders.csv", "../orders.csv", "in/../../orders.csv"])
def test_what_lies_outside_the_folder_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(ConfigError, match=r"transactions\.path: .*orders\.csv lies outside source\.path"):
        read(tmp_path, path=path)


def test_a_lookup_is_joined_by_text_whatever_the_types(tmp_path: Path) -> None:
    columns = "SELECT 1 AS customer, 1 AS \"order\", DATE '2020-01-01' AS date"
    duckdb.sql(f"{columns}, 7 AS sku UNION ALL {columns}, 8").write_parquet(f"{tmp_path}/lines.parquet")
    (tmp_path / "products.csv").write_text("sku,kind\n7,tea\n07,coffee\n 8 ,cup\n", encoding="utf-8")
    wanted = ("product_id", "category")
    columns = LOOKUP_COLUMNS | {"product_id": "sku"}
    assert read(tmp_path, path="lines.parquet", lookups=LOOKUP, columns=columns, wanted=wanted) == [("7", "tea"), ("8", "cup")]


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_the_name_of_the_file_is_the_one_below_the_folder(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "in").mkdir()
    for name in ("a", "b"):
        (tmp_path / "in" / f"{name}.csv").write_text(ORDERS.splitlines()[0] + "\n1,A,2020-01-01,5,x\n", encoding=encoding)
    columns = COLUMNS | {"channel": "_file"}
    assert read(tmp_path, path="in", encoding=encoding, columns=columns, wanted=("channel",)) == [("in/a.csv",), ("in/b.csv",)]


@pytest.mark.parametrize(
    ("expression", "message"), [(" ", "columns.amount is empty"), ("unnest([1, 2])", "unnest makes several")]
)
def test_an_expression_says_something_of_one_row(tmp_path: Path, expression: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read(tmp_path, path="orders.csv", columns=COLUMNS | {"amount": expression})


def test_a_line_of_a_million_is_multiplied(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("customer,order,date,n,price\n1,A,2020-01-01,100,1500000.123456\n", encoding="utf-8")
    columns = {name: COLUMNS[name] for name in ("customer_id", "order_id", "ordered_at")} | {
        "amount": "number(n) * number(price)"
    }
    assert read(tmp_path, path="orders.csv", columns=columns, wanted=("amount",)) == [(Decimal("150000012.3456"),)]


def test_a_source_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataUnfitError, match=r"source\.path: .*nowhere is not a folder"):
        read(tmp_path / "nowhere", path="orders.csv")
