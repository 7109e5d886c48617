"""The CSV that people open in a spreadsheet: no cell is taken for a formula, and every cell can be read back as it was.

The rule: a text that begins with = + - @ TAB or CR, after any number of apostrophes, is written with one more apostrophe.
So: take one leading apostrophe away if what follows, after further apostrophes, is one of = + - @ TAB CR. Numbers stay numbers.

What only people and their tools read may have another `Layout`; the rule is the same.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as columnar

from pipeline.disk import sha256

TAKEN_FOR_A_FORMULA = re.compile(r"'*[=+\-@\t\r]")
GUARDED = re.compile(r"'+[=+\-@\t\r]")
NEEDS_QUOTES = {delimiter: re.compile(rf'["{delimiter}\r\n]') for delimiter in (",", ";")}
BOM = "\ufeff"
TOGETHER = 100_000  # rows that are in memory as text, which must stay below 2 GiB
BLOCK_BYTES = 2**24  # read at a time; a row must be shorter
TEXT = pa.string()


class Layout(NamedTuple):
    """How a file is laid out: a byte order mark first, or none; what parts cells; what numbers have before their decimals."""

    bom: bool = False
    delimiter: str = ","
    decimal: str = "."

    @property
    def encoding(self) -> str:
        """Codec that writes the file, and reads it without its mark."""
        return "utf-8-sig" if self.bom else "utf-8"


PLAIN = Layout()


def layout_of(path: Path, column: str) -> Layout:
    """The layout under which a file's header has a column; PLAIN where it has it under none. Decimals are not looked at."""
    with path.open(encoding="utf-8", newline="") as file:
        line = file.readline()
    header = line.removeprefix(BOM)
    for delimiter in NEEDS_QUOTES:
        if column in next(csv.reader([header], delimiter=delimiter), []):
            return Layout(line.startswith(BOM), delimiter)
    return PLAIN


def guarded(text: str) -> str:
    """A text as it is written: with one more apostrophe where a spreadsheet would take it for a formula."""
    return f"'{text}" if TAKEN_FOR_A_FORMULA.match(text) else text


def freed(cell: str) -> str:
    """The text a written cell stands for; the inverse of `guarded`."""
    return cell[1:] if GUARDED.match(cell) else cell


def write_csv(frame: pd.DataFrame, path: Path, layout: Layout = PLAIN) -> None:
    """Write a frame as UTF-8 with one header line; texts are guarded, numbers are written as they are, a gap is empty."""
    header = [guarded(str(name)) for name in frame.columns]
    _write(frame, path, layout, header, lambda column: _cells(column, layout.decimal))


def write_tables(
    tables: Mapping[str, pd.DataFrame], folder: Path, layout: Layout = PLAIN, plain: Collection[str] = ()
) -> dict[str, tuple[int, str]]:
    """Write each table as `<name>.csv`, those named `plain` in no layout; the number of rows and the checksum of each file."""
    written = {}
    for name, rows in tables.items():
        path = folder / f"{name}.csv"
        write_csv(rows, path, PLAIN if name in plain else layout)
        written[path.name] = (len(rows), sha256(path))
    return written


def read_csv(path: Path) -> pd.DataFrame:
    """What `write_csv` wrote, every cell as text: the exact inverse for texts; a gap is an empty text."""
    cells = read_cells(path)
    header, cells.columns = [freed(name) for name in cells.columns], pd.RangeIndex(cells.shape[1])
    texts = pd.DataFrame({place: freed_column(column) for place, column in cells.items()})
    return texts.set_axis(pd.Index(header, dtype=object), axis="columns")


def freed_column(cells: pd.Series) -> pd.Series:
    """`freed` of each cell."""
    return cells.map(freed).astype("str") if cells.str.startswith("'").any() else cells


def guarded_column(texts: pd.Series) -> pd.Series:
    """`guarded` of each text."""
    risky = texts.str.match(TAKEN_FOR_A_FORMULA.pattern)
    return texts.mask(risky, "'" + texts) if risky.any() else texts


def write_cells(cells: pd.DataFrame, path: Path, layout: Layout = PLAIN) -> None:
    """Write cells that `read_cells` read, or a selection of them, without a change to any."""
    _write(cells, path, layout, list(cells.columns), lambda column: _encoded(pa.array(column, TEXT)))


def read_cells(path: Path, layout: Layout = PLAIN) -> pd.DataFrame:
    """The cells of a list as they stand in the file, guards included, so that a list can be cut without touching a cell.

    Raises ValueError for a file without a header, or with a line that has other cells than the header.
    """
    with path.open(encoding=layout.encoding, newline="") as file:
        header = next(csv.reader(file, delimiter=layout.delimiter, strict=True), [])
    places = [str(place) for place in range(len(header))]
    read = columnar.read_csv(
        path,
        columnar.ReadOptions(column_names=places, block_size=BLOCK_BYTES),
        columnar.ParseOptions(delimiter=layout.delimiter, newlines_in_values=True),
        columnar.ConvertOptions(column_types=dict.fromkeys(places, TEXT)),
    )
    cells: pd.DataFrame = read.slice(1).to_pandas()
    return cells.astype("str").set_axis(pd.Index(header, dtype=object), axis="columns")


def _cells(column: pd.Series, decimal: str) -> pa.DictionaryArray:
    """A column as written: only what is text is guarded, a negative amount is a number. Most columns say few things often."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes = pa.array(column.cat.codes.to_numpy(), mask=column.isna().to_numpy())
        words = [_cell(word, decimal) for word in column.cat.categories]
        return pa.DictionaryArray.from_arrays(codes, pa.array(words, TEXT))
    if column.dtype == np.float64:
        made = _encoded(pa.array(column.to_numpy().view(np.int64)))  # bits, as -0.0 is not written like 0.0
        floats = made.dictionary.to_numpy().view(np.float64).tolist()
        numbers = [None if math.isnan(number) else _cell(number, decimal) for number in floats]
        return pa.DictionaryArray.from_arrays(made.indices, pa.array(numbers, TEXT))
    if pd.api.types.is_integer_dtype(column.dtype):
        return _encoded(pa.array(column, from_pandas=True).cast(TEXT))
    if pd.api.types.infer_dtype(column, skipna=True) == "string":
        made = _encoded(pa.array(column, TEXT, from_pandas=True))
        return pa.DictionaryArray.from_arrays(made.indices, _guarded_column(made.dictionary))
    known = zip(column.tolist(), column.isna().tolist(), strict=True)
    return _encoded(pa.array([None if gap else _cell(value, decimal) for value, gap in known], TEXT))


def _cell(value: object, decimal: str) -> str:
    if isinstance(value, str):
        return guarded(value)
    return str(value).replace(".", decimal) if isinstance(value, (float, Decimal)) else str(value)


def _encoded(values: Any) -> pa.DictionaryArray:
    """Distinct values and their places; a column in pieces becomes one."""
    return (values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values).dictionary_encode()


def _guarded_column(texts: pa.Array) -> pa.Array:
    """`guarded` of each text."""
    risky = pc.match_substring_regex(texts, f"^{TAKEN_FOR_A_FORMULA.pattern}")
    return pc.if_else(risky, pc.binary_join_element_wise("'", texts, ""), texts)


def _quoted_column(cells: pa.Array, special: re.Pattern[str]) -> pa.Array:
    """Cells with quotes where they need them."""
    needy = pc.match_substring_regex(cells, special.pattern)
    doubled = pc.binary_join_element_wise('"', pc.replace_substring(cells, '"', '""'), '"', "")
    return pc.if_else(needy, doubled, cells)


def _write(
    frame: pd.DataFrame, path: Path, layout: Layout, header: list[str], cells: Callable[[pd.Series], pa.DictionaryArray]
) -> None:
    """Header and rows, many at once; `cells` of a column are text, null for a gap."""
    with path.open("wb") as file:
        file.write(BOM.encode() if layout.bom else b"")
        file.write(_lines([_encoded(pa.array([name], TEXT)) for name in header], layout.delimiter))
        with ThreadPoolExecutor() as pool:
            for start in range(0, len(frame), TOGETHER):
                part = frame.iloc[start : start + TOGETHER]
                columns = (part.iloc[:, place] for place in range(frame.shape[1]))
                file.write(_lines(list(pool.map(cells, columns)), layout.delimiter, pool.map))


def _lines(columns: list[pa.DictionaryArray], delimiter: str, each: Callable[..., Iterable[Any]] = map) -> pa.Buffer:
    """Lines as bytes; one that would be empty, which is no row, is an empty cell in quotes."""
    special = NEEDS_QUOTES[delimiter]

    def spread(column: pa.DictionaryArray) -> pa.Array:
        return pc.fill_null(_quoted_column(column.dictionary, special).take(column.indices), "")

    texts = each(spread, columns)
    lines = pc.binary_join_element_wise(*texts, delimiter)
    ended = pc.binary_join_element_wise(pc.if_else(pc.equal(lines, ""), '""', lines), "", "\n")
    return ended.buffers()[2].slice(0, pc.sum(pc.binary_length(ended)).as_py())
