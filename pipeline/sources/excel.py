"""Sheets of an Excel workbook -> Parquet of text columns, row by row."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import DataUnfitError
from pipeline.sources.cell import as_text
from pipeline.sources.delimited import check_width, unique
from pipeline.sources.paths import NO_ROOM, scratch

BATCH = 20_000
EVERY = "*"
ROW = "_sheet_row"
TALLEST = 1_048_576  # rows of a sheet; a file that claims more is broken


def spool(file: Path, wanted: tuple[str, ...], spill: Path) -> dict[str, Path]:
    """Write each wanted sheet (none named: the first; `*`: all) to a Parquet file in `spill`; the files by sheet name.

    The first row of a sheet is its header. Raises DataUnfitError for a file or sheet that cannot be read.
    """
    with _opened(file) as book:
        names = [sheet.title for sheet in book.worksheets]
        chosen = names[:1] if not wanted else names if EVERY in wanted else list(wanted)
        for name in chosen:
            if name not in names:
                raise DataUnfitError(f"{file}: no sheet {name!r}; there are {', '.join(map(repr, names))}")
        return {name: _spool_sheet(file, book[name], spill) for name in chosen}


def sheets(file: Path) -> list[str]:
    """The sheets of a workbook that have a header. Raises DataUnfitError for a file that cannot be read."""
    with _opened(file) as book:
        return [sheet.title for sheet in book.worksheets if _begun(sheet)[0]]


@contextmanager
def _opened(file: Path) -> Iterator[Any]:
    """A workbook; whatever it raises while it is read becomes one line."""
    import openpyxl

    try:
        with closing(openpyxl.load_workbook(file, read_only=True, data_only=True)) as book:
            yield book
    except DataUnfitError:
        raise
    except Exception as error:  # a broken part of the archive raises whatever its XML or compression raises
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            raise
        if not zipfile.is_zipfile(file):
            raise DataUnfitError(f"{file} is no .xlsx workbook; save it again as .xlsx or CSV") from None
        why = str(error).strip().splitlines()[:1] or [type(error).__name__]
        raise DataUnfitError(f"{file}: not readable as Excel ({why[0][:120]}); save it again as .xlsx or CSV") from None


def _begun(sheet: Any) -> tuple[list[Any], Iterator[tuple[Any, ...]]]:
    """The header of a sheet and the rows below it."""
    sheet.reset_dimensions()  # what the file claims about its size may be wrong
    rows = sheet.iter_rows(values_only=True)
    header = list(next(rows, ()))
    while header and header[-1] is None:
        header.pop()
    return header, rows


def _spool_sheet(file: Path, sheet: Any, spill: Path) -> Path:
    target = scratch(spill, ".parquet")
    header, rows = _begun(sheet)
    if not header:
        raise DataUnfitError(f"{file}: the sheet {sheet.title!r} is empty; name another `sheet`")
    check_width(len(header), file)
    names = unique([(as_text(cell) or "").strip() for cell in header])
    schema = pa.schema([*((name, pa.string()) for name in names), (ROW, pa.int64())])
    with pq.ParquetWriter(target, schema) as writer:
        for columns in _batches(rows, len(names)):
            writer.write_table(pa.table(columns, schema=schema))
    return target


def _batches(rows: Iterator[tuple[Any, ...]], width: int) -> Iterator[list[list[Any]]]:
    """Columns of text, and the rows' numbers below the header, of up to BATCH rows at a time; empty rows do not count."""
    columns: list[list[Any]] = [[] for _ in range(width + 1)]
    for number, row in enumerate(rows, 1):
        if number > TALLEST:
            raise ValueError(f"more than {TALLEST:,} rows")
        cells = [as_text(cell) for cell in row[:width]]
        if any(cells):
            for column, cell in zip(columns, [*cells, *[None] * (width - len(cells)), number], strict=True):
                column.append(cell)
        if len(columns[0]) == BATCH:
            yield columns
            columns = [[] for _ in range(width + 1)]
    yield columns
