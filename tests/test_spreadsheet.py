"""CSV out: nothing a spreadsheet would run, and every cell back as it was."""

import csv
import io
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.spreadsheet import (
    BOM,
    PLAIN,
    Layout,
    freed,
    freed_column,
    guarded,
    guarded_column,
    layout_of,
    read_cells,
    read_csv,
    write_cells,
    write_csv,
)

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
TEXT = st.text(st.one_of(st.sampled_from("=+-@\t\r\n'\",;0a \x00é"), st.characters(codec="utf-8")), max_size=8)


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+39 333", "'+39 333"),
        ("-17", "'-17"),
        ("@ann", "'@ann"),
        ("\tx", "'\tx"),
        ("'=1", "''=1"),
        ("''-", "'''-"),
        ("'quoted'", "'quoted'"),
        ("'", "'"),
        ("007", "007"),
        ("a=b", "a=b"),
        ("", ""),
    ],
)
def test_a_text_is_guarded_and_freed(text, cell):
    assert guarded(text) == cell
    assert freed(cell) == text
    assert guarded_column(pd.Series([text, "ann"], dtype="str")).tolist() == [cell, "ann"]
    assert freed_column(pd.Series([cell, "ann"], dtype="str")).tolist() == [text, "ann"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT), max_size=4), TEXT, TEXT)
def test_what_is_written_is_read_and_no_cell_is_a_formula(tmp_path, rows, first, second):
    path = tmp_path / "list.csv"
    frame = pd.DataFrame(rows, columns=pd.Index([first, second], dtype=object), dtype=object)
    write_csv(frame, path)
    read = read_csv(path)
    assert list(read.columns) == [first, second]
    assert list(read.itertuples(index=False, name=None)) == rows
    cells = read_cells(path)
    assert not [cell for line in (cells.columns, *cells.to_numpy()) for cell in line if cell.startswith(DANGEROUS)]
    before = path.read_bytes()
    write_cells(cells, path)
    assert path.read_bytes() == before


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(TEXT, max_size=5))
def test_a_list_of_one_column_keeps_its_rows(tmp_path, ids):
    write_csv(pd.DataFrame({"customer_id": pd.Series(ids, dtype=object)}), tmp_path / "ids.csv")
    assert list(read_csv(tmp_path / "ids.csv")["customer_id"]) == ids


def test_numbers_stay_numbers_and_lines_stay_in_their_cell(tmp_path):
    frame = pd.DataFrame(
        {
            "customer_id": ["-1", "a,b", 'say "x"', "two\nlines", "carriage\rreturn"],
            "revenue": [Decimal("-5.00"), Decimal("12.30"), None, Decimal(0), Decimal(1)],
            "change": [-0.25, 1.0, float("nan"), 0.5, 2.0],
            "days": pd.array([-3, 4, None, 5, 6], dtype="Int64"),
        }
    )
    write_csv(frame, tmp_path / "list.csv")
    assert (tmp_path / "list.csv").read_bytes().decode() == (
        "customer_id,revenue,change,days\n"
        "'-1,-5.00,-0.25,-3\n"
        '"a,b",12.30,1.0,4\n'
        '"say ""x""",,,\n'
        '"two\nlines",0,0.5,5\n'
        '"carriage\rreturn",1,2.0,6\n'
    )


def test_the_documented_import_with_pandas_keeps_ids(tmp_path):
    ids = ["007", "00006091", "12345678901234567890", "1e5", "NA", "null", "2024-06-01"]
    write_csv(pd.DataFrame({"customer_id": ids, "recency_days": range(7)}), tmp_path / "list.csv")
    assert list(pd.read_csv(tmp_path / "list.csv", dtype=str, keep_default_na=False)["customer_id"]) == ids


def test_the_documented_rule_for_a_crm_gives_the_ids_back(tmp_path):
    ids = ["=ann", "-17", "'+x", "bob"]
    write_csv(pd.DataFrame({"customer_id": ids}), tmp_path / "list.csv")
    cells = pd.read_csv(tmp_path / "list.csv", dtype=str, keep_default_na=False)["customer_id"]
    assert list(cells.str.replace(r"^'('*[=+\-@\t\r])", r"\1", regex=True)) == ids


LAYOUTS = [Layout(bom, delimiter) for bom in (False, True) for delimiter in (",", ";")]


def test_a_list_for_a_spreadsheet_of_another_country(tmp_path):
    rows = pd.DataFrame(
        {"customer_id": ["007", "=1"], "why": ["a;b", "c,d"], "profit": [-1234.5, float("nan")], "orders": [3, 4]}
    )
    write_csv(rows, tmp_path / "list.csv", Layout(bom=True, delimiter=";", decimal=","))
    expected = '\ufeffcustomer_id;why;profit;orders\n007;"a;b";-1234,5;3\n\'=1;c,d;;4\n'
    assert (tmp_path / "list.csv").read_bytes() == expected.encode()
    write_csv(rows.assign(profit=[Decimal("0.10"), None]), tmp_path / "list.csv", Layout(delimiter=";", decimal=","))
    assert '007;"a;b";0,10;3\n' in (tmp_path / "list.csv").read_text(encoding="utf-8")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT), max_size=4), st.sampled_from(LAYOUTS))
def test_in_every_layout_what_is_written_is_read_and_the_header_tells_which(tmp_path, rows, layout):
    path = tmp_path / "list.csv"
    frame = pd.DataFrame(rows, columns=["customer_id", "why"], dtype="str")
    write_csv(frame, path, layout)
    assert layout_of(path, "customer_id") == layout
    cells = read_cells(path, layout)
    assert [tuple(map(freed, row)) for row in cells.itertuples(index=False)] == rows
    before = path.read_bytes()
    write_cells(cells, path, layout)
    assert path.read_bytes() == before


def test_a_file_without_the_column_is_taken_for_a_plain_one(tmp_path):
    (tmp_path / "other.csv").write_text("name;customer\n", encoding="utf-8")
    (tmp_path / "empty.csv").touch()
    assert layout_of(tmp_path / "other.csv", "customer_id") == layout_of(tmp_path / "empty.csv", "customer_id") == PLAIN


def cell_by_cell(frame, layout):
    """The rule of the module, a cell at a time."""

    def cell(value):
        if pd.isna(value):
            return ""
        if isinstance(value, str):
            return guarded(value)
        return str(value).replace(".", layout.decimal) if isinstance(value, (float, Decimal)) else str(value)

    def line(cells):
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=layout.delimiter, lineterminator="\r\n").writerow(cells)  # so that both ends are quoted
        return text.getvalue().removesuffix("\r\n") + "\n"

    columns = [frame[name].tolist() for name in frame]
    lines = [[guarded(name) for name in frame], *([cell(value) for value in row] for row in zip(*columns, strict=True))]
    return (BOM if layout.bom else "") + "".join(map(line, lines))


VALUES = {
    "float64": st.floats(),
    "Int64": st.one_of(st.none(), st.integers(-(2**60), 2**60)),
    "int64": st.integers(-9, 9),
    "bool": st.booleans(),
    "str": st.one_of(st.none(), TEXT),
    "category": st.one_of(st.none(), TEXT),
    "object": st.one_of(st.none(), TEXT, st.floats(), st.decimals(places=2, allow_nan=False, allow_infinity=False), st.dates()),
}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
@given(st.lists(st.tuples(*VALUES.values()), max_size=5), st.sampled_from(LAYOUTS), st.sampled_from(".,"), st.integers(1, 3))
def test_columns_are_written_as_cell_by_cell(tmp_path, monkeypatch, rows, layout, decimal, together):
    layout = layout._replace(decimal=decimal)
    monkeypatch.setattr("pipeline.spreadsheet.TOGETHER", together)
    columns = zip(*rows, strict=True) if rows else [()] * len(VALUES)
    frame = pd.DataFrame({f"+{kind}": pd.Series(list(column), dtype=kind) for kind, column in zip(VALUES, columns, strict=True)})
    write_csv(frame, tmp_path / "list.csv", layout)
    assert (tmp_path / "list.csv").read_bytes().decode() == cell_by_cell(frame, layout)


def test_a_file_that_is_no_table_is_refused(tmp_path):
    path = tmp_path / "list.csv"
    for content in ("", "customer_id,arm\nann,contact\nbob\n", "customer_id,arm\nann,contact,more\n"):
        path.write_text(content, encoding="utf-8")
        with pytest.raises(ValueError, match=r"(?i)csv"):
            read_cells(path)
