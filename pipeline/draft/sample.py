"""The beginning of a file the user names, and how it is written: format, encoding, separator, columns."""

from __future__ import annotations

import codecs
import csv
import io
import json
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.config import Format
from pipeline.engine import engine, quoted
from pipeline.errors import DataUnfitError

ROWS = 20_000
HEAD, TAIL = 4_000_000, 1_000_000  # bytes of text; the end of a file sorted by time has other days than its beginning
SCAN = 200_000_000  # bytes read to see whether a text is UTF-8 throughout
DELIMITERS = (",", ";", "\t", "|")
COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}
TEXTS = {
    "": None,
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".dat": "csv",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
}


@dataclass(frozen=True)
class Sample:
    """The sampled rows of a file or sheet, column by column, as text; `typed` columns hold numbers, not text."""

    path: Path
    format: Format
    columns: dict[str, list[str | None]]
    encoding: str = "utf-8"
    delimiter: str | None = None
    sheet: str | None = None
    typed: frozenset[str] = frozenset()
    pattern: str | None = None  # of several files taken as one
    labels: dict[str, str] = field(default_factory=dict)  # what the header calls a word of a line


def samples(path: Path) -> list[Sample]:
    """One sample of a file, or one of each sheet that has rows; DataUnfitError names a file that cannot be read."""
    try:
        if path.stat().st_size == 0:
            raise DataUnfitError(f"{path} is empty (0 bytes); bring the file again, or leave it out")
        kind = path.suffix.lower()
        if kind in (".parquet", ".pq"):
            return [_parquet(path)]
        if kind in (".xlsx", ".xlsm"):
            return _excel(path)
        return [_text(path)]
    except (DataUnfitError, MemoryError):
        raise
    except OSError as error:
        raise DataUnfitError(f"{path}: {_said(error)}; correct the name, or leave it out") from None
    except Exception as error:  # readers raise many kinds; each means the same to the user
        raise DataUnfitError(f"{path}: not readable ({_said(error)}); export it again, or leave it out") from None


def _said(error: Exception) -> str:
    said = getattr(error, "strerror", None) or str(error).strip() or type(error).__name__
    return str(said).splitlines()[0][:150]


def _parquet(path: Path) -> Sample:
    with engine() as connection:
        relation = f"read_parquet({quoted(path)})"
        kinds = {row[0]: str(row[1]) for row in connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()}
        rows = connection.execute(f"SELECT CAST(COLUMNS(*) AS VARCHAR) FROM {relation} LIMIT {ROWS}").fetchall()
    numbers = ("INT", "UINT", "BIGINT", "UBIGINT", "SMALLINT", "TINYINT", "HUGEINT", "DOUBLE", "FLOAT", "DECIMAL")
    typed = frozenset(name for name, kind in kinds.items() if kind.startswith(numbers) and not kind.endswith("]"))
    return Sample(path, "parquet", _by_column(list(kinds), rows), typed=typed)


def _by_column(names: list[str], rows: Any) -> dict[str, list[str | None]]:
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    found: dict[str, list[str | None]] = {}
    for name, column in zip(names, columns, strict=True):
        found.setdefault(name, list(column))  # of two columns of one name, the first bears it
    return found


def _excel(path: Path) -> list[Sample]:
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    found = []
    for sheet in book.worksheets:
        rows = list(sheet.iter_rows(max_row=ROWS + 1, values_only=True))
        header = [str(cell).strip() for cell in (rows[0] if rows else ()) if cell is not None]
        numbers = frozenset(
            name
            for i, name in enumerate(header)
            if all(isinstance(row[i], int | float) for row in rows[1:] if len(row) > i and row[i] is not None)
        )
        body = [[None if cell is None else str(cell) for cell in row[: len(header)]] for row in rows[1:]]
        if header and body:
            body = [row + [None] * (len(header) - len(row)) for row in body]
            found.append(Sample(path, "excel", _by_column(header, body), sheet=str(sheet.title), typed=numbers))
    book.close()
    if not found:
        raise DataUnfitError(f"{path} has no rows in any sheet; bring the file again, or leave it out")
    return found


def _text(path: Path) -> Sample:
    compression = COMPRESSIONS.get(path.suffix.lower())
    inner = Path(path.stem).suffix.lower() if compression else path.suffix.lower()
    if inner not in TEXTS:
        raise DataUnfitError(f"{path}: not a kind of file this reads; give CSV, JSON lines, Parquet or .xlsx, or leave it out")
    data, end, whole, encoding = _bytes(path, compression)
    lines = _lines(data, encoding, whole)
    if not any(line.strip() for line in lines):
        raise DataUnfitError(f"{path} has no text; bring the file again, or leave it out")
    if TEXTS[inner] == "json" or lines[0].lstrip().startswith(("{", "[{")):
        columns, numbers = _json(lines)
        return Sample(path, "json", columns, encoding, typed=numbers)
    delimiter = _delimiter(lines[:200])
    if delimiter is None:
        columns = _words(lines)
        labels = {name: str(cells[0]) for name, cells in columns.items() if cells}
        if any(character.isdigit() for word in labels.values() for character in word) or len(labels) < 2:
            return Sample(path, "lines", columns, encoding)
        return Sample(path, "lines", {name: cells[1:] for name, cells in columns.items()}, encoding, labels=labels)
    header, *records = _records(lines, delimiter)
    records = records[:ROWS] + _records(_lines(end, encoding, True)[1:], delimiter)[-ROWS:]
    body = [[cell or None for cell in row] for row in records if len(row) == len(header)]
    if not body:
        raise DataUnfitError(f"{path} has a header and no rows; bring the file again, or leave it out")
    return Sample(path, "csv", _by_column(header, body), encoding, delimiter)


def _records(lines: list[str], delimiter: str) -> list[list[str]]:
    """The rows that are not blank, up to the first that is no CSV (the end of a file may begin within quotes)."""
    found: list[list[str]] = []
    with suppress(csv.Error):
        found.extend(row for row in csv.reader(lines, delimiter=delimiter) if row)
    return found


def _bytes(path: Path, compression: str | None) -> tuple[bytes, bytes, bool, str]:
    """The beginning of a text, its end where it can be had cheaply, whether the beginning is all, and the encoding."""
    import pyarrow as pa

    size, end = path.stat().st_size, b""
    with pa.input_stream(str(path), compression=compression) as stream:
        data = stream.read(HEAD)
        encoding, read = _encoding(data), len(data)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            block = data
            while encoding == "utf-8" and block and read < SCAN:
                decoder.decode(block)
                block = stream.read(HEAD)
                read += len(block)
        except UnicodeDecodeError:
            encoding = "windows-1252"
    if compression is None and size > HEAD + TAIL and not encoding.startswith("utf-16"):
        with path.open("rb") as file:
            file.seek(-TAIL, 2)
            end = file.read()
    return data, end, len(data) < HEAD, encoding


def _encoding(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    even, odd = data[:4000:2].count(0), data[1:4000:2].count(0)
    if max(even, odd) > len(data[:4000]) // 6:
        return "utf-16-be" if even > odd else "utf-16-le"
    if 0 in data[:4000]:
        raise ValueError("binary, not text")
    return "utf-8"


def _lines(data: bytes, encoding: str, whole: bool) -> list[str]:
    text = data.decode(encoding, errors="replace" if encoding == "windows-1252" else "ignore").removeprefix("\ufeff")
    lines = list(io.StringIO(text, newline=""))  # not splitlines, which also splits at signs that stand within texts
    return lines if whole else lines[:-1]


def _delimiter(lines: list[str]) -> str | None:
    """The sign that splits most lines into as many fields as the first; None where none does."""

    def agreeing(sign: str) -> tuple[float, int]:
        widths = [len(row) for row in csv.reader(lines, delimiter=sign) if row]
        return (sum(width == widths[0] for width in widths) / len(widths) if widths[0] > 1 else 0, widths[0])

    best = max(DELIMITERS, key=agreeing)
    return best if agreeing(best)[0] > 0.5 else None


def _words(lines: list[str]) -> dict[str, list[str | None]]:
    """Words between blanks, as columns `word[1]`, …, or none where lines differ."""
    rows = [line.split() for line in lines[: ROWS + 1] if line.strip()]
    width = len(rows[-1])
    if width < 3 or sum(len(row) == width for row in rows) < 0.9 * len(rows):
        return {"line": [line.strip() for line in lines[:ROWS]]}
    return _by_column([f"word[{i + 1}]" for i in range(width)], [row for row in rows if len(row) == width])


def _json(lines: list[str]) -> tuple[dict[str, list[str | None]], frozenset[str]]:
    """The fields of the records as text, and which of them hold numbers."""
    whole = "".join(lines).strip()
    records = json.loads(whole) if whole.startswith("[") else [json.loads(line) for line in lines[:ROWS] if line.strip()]
    values = {name: [record.get(name) for record in records] for name in dict.fromkeys(n for record in records for n in record)}
    numbers = (name for name, cells in values.items() if all(cell is None or isinstance(cell, int | float) for cell in cells))
    return {name: [_json_text(cell) for cell in cells] for name, cells in values.items()}, frozenset(numbers)


def _json_text(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)
