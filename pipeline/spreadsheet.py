"""The CSV that people open in a spreadsheet: no cell is taken for a formula, and every cell can be read back as it was.

The rule: a text that begins with = + - @ TAB or CR, after any number of apostrophes, is written with one more apostrophe.
So: take one leading apostrophe away if what follows, after further apostrophes, is one of = + - @ TAB CR. Numbers stay numbers.

What only people and their tools read may have another `Layout`; the rule is the same.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Mapping
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from pipeline.disk import sha256

TAKEN_FOR_A_FORMULA = re.compile(r"'*[=+\-@\t\r]")
GUARDED = re.compile(r"'+[=+\-@\t\r]")
NEEDS_QUOTES = {delimiter: re.compile(rf'["{delimiter}\r\n]') for delimiter in (",", ";")}
BOM = "\ufeff"


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
    cells = pd.DataFrame({place: _cells(frame.iloc[:, place], layout.decimal) for place in range(frame.shape[1])}, dtype=object)
    cells.columns = pd.Index([guarded(str(name)) for name in frame.columns], dtype=object)
    write_cells(cells, path, layout)


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
    texts = cells.apply(lambda column: column.map(freed) if column.str.startswith("'").any() else column).astype("str")
    texts.columns = pd.Index([freed(name) for name in cells.columns], dtype=object)
    return texts


def write_cells(cells: pd.DataFrame, path: Path, layout: Layout = PLAIN) -> None:
    """Write cells that `read_cells` read, or a selection of them, without a change to any."""
    special, parted = NEEDS_QUOTES[layout.delimiter], layout.delimiter.join
    columns = [_quoted(list(cells.iloc[:, place]), special) for place in range(cells.shape[1])]
    with path.open("w", encoding=layout.encoding, newline="") as file:
        for line in (tuple(_quoted(list(cells.columns), special)), *zip(*columns, strict=True)):
            file.write(parted(line) + "\n" if line != ("",) else '""\n')  # an empty line would be no row


def read_cells(path: Path, layout: Layout = PLAIN) -> pd.DataFrame:
    """The cells of a list as they stand in the file, guards included, so that a list can be cut without touching a cell."""
    with path.open(encoding=layout.encoding, newline="") as file:
        header, *rows = csv.reader(file, delimiter=layout.delimiter, strict=True)
    return pd.DataFrame(rows, columns=pd.Index(header, dtype=object), dtype=object)


def _cells(column: pd.Series, decimal: str) -> list[str]:
    """A column as written: only what is text is guarded, a negative amount is a number."""
    plain = zip(column.tolist(), column.isna().tolist(), strict=True)
    return ["" if gap else _cell(value, decimal) for value, gap in plain]


def _cell(value: object, decimal: str) -> str:
    if isinstance(value, str):
        return guarded(value)
    return str(value).replace(".", decimal) if isinstance(value, (float, Decimal)) else str(value)


def _quoted(cells: list[str], special: re.Pattern[str]) -> list[str]:
    """Cells with quotes where they need them; most columns need none, which one look tells."""
    if not special.search("".join(cells)):
        return cells
    return ['"' + cell.replace('"', '""') + '"' if special.search(cell) else cell for cell in cells]
