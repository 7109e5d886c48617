"""The CSV that people open in a spreadsheet: no cell is taken for a formula, and every cell can be read back as it was.

The rule: a text that begins with = + - @ TAB or CR, after any number of apostrophes, is written with one more apostrophe.
So: take one leading apostrophe away if what follows, after further apostrophes, is one of = + - @ TAB CR. Numbers stay numbers.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pandas as pd

TAKEN_FOR_A_FORMULA = re.compile(r"'*[=+\-@\t\r]")
GUARDED = re.compile(r"'+[=+\-@\t\r]")
NEEDS_QUOTES = re.compile(r'[",\r\n]')


def guarded(text: str) -> str:
    """A text as it is written: with one more apostrophe where a spreadsheet would take it for a formula."""
    return f"'{text}" if TAKEN_FOR_A_FORMULA.match(text) else text


def freed(cell: str) -> str:
    """The text a written cell stands for; the inverse of `guarded`."""
    return cell[1:] if GUARDED.match(cell) else cell


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame as UTF-8 with one header line; texts are guarded, numbers are written as they are, a gap is empty."""
    cells = pd.DataFrame({place: _cells(frame.iloc[:, place]) for place in range(frame.shape[1])}, dtype=object)
    cells.columns = pd.Index([guarded(str(name)) for name in frame.columns], dtype=object)
    write_cells(cells, path)


def read_csv(path: Path) -> pd.DataFrame:
    """What `write_csv` wrote, every cell as text: the exact inverse for texts; a gap is an empty text."""
    cells = read_cells(path)
    texts = cells.apply(lambda column: column.map(freed) if column.str.startswith("'").any() else column).astype("str")
    texts.columns = pd.Index([freed(name) for name in cells.columns], dtype=object)
    return texts


def write_cells(cells: pd.DataFrame, path: Path) -> None:
    """Write cells that `read_cells` read, or a selection of them, without a change to any."""
    columns = [_quoted_column(list(cells.iloc[:, place])) for place in range(cells.shape[1])]
    with path.open("w", encoding="utf-8", newline="") as file:
        for line in (tuple(map(_quoted, cells.columns)), *zip(*columns, strict=True)):
            file.write(",".join(line) + "\n" if line != ("",) else '""\n')  # an empty line would be no row


def read_cells(path: Path) -> pd.DataFrame:
    """The cells of a list as they stand in the file, guards included, so that a list can be cut without touching a cell."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file, strict=True)
    return pd.DataFrame(rows, columns=pd.Index(header, dtype=object), dtype=object)


def _cells(column: pd.Series) -> list[str]:
    """A column as written: only what is text is guarded, a negative amount is a number."""
    plain = zip(column.tolist(), column.isna().tolist(), strict=True)
    return ["" if gap else guarded(value) if isinstance(value, str) else str(value) for value, gap in plain]


def _quoted_column(cells: list[str]) -> list[str]:
    """Cells with quotes where they need them; most columns need none, which one look tells."""
    return [_quoted(cell) for cell in cells] if NEEDS_QUOTES.search("".join(cells)) else cells


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if NEEDS_QUOTES.search(cell) else cell
