"""What a first mapping is guessed from: how a file is written, and some of its rows as ingest reads them."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb

from pipeline.config.source_section import Input, Source
from pipeline.contract.rows import Run
from pipeline.engine import engine, refused, scalar
from pipeline.errors import DataUnfitError
from pipeline.sources.excel import sheets
from pipeline.sources.parse import text_of
from pipeline.sources.paths import by_ending, find, opened, signature
from pipeline.sources.raw import runs

ROWS = 20_000  # from the beginning, and as many from the end: of a file sorted by time, it has other days
HEAD, SCAN = 1 << 16, 200_000_000  # bytes: what shows the separator, and what is read to see whether a text is UTF-8
DELIMITERS = (",", ";", "\t", "|")
TEXTS = ("", ".dat", ".log")  # endings that tell no format, and may be text
NUMBER = re.compile(r"\d+([-_.]?\d+)*")


@dataclass(frozen=True)
class Sample:
    """How a file or sheet is read and the sampled rows, column by column, as text; `typed` columns hold something else."""

    given: Input
    columns: dict[str, list[str | None]]
    typed: frozenset[str] = frozenset()
    labels: dict[str, str] = field(default_factory=dict)  # what the header calls a word of a line

    @property
    def stem(self) -> str:
        """The file's name up to its first dot."""
        return Path(str(self.given.path)).name.split(".")[0]


def samples(file: Path, folder: Path) -> list[Sample]:
    """One sample of a file below `folder`, or one of each sheet; DataUnfitError for one that is unreadable or without rows."""
    signature([file])
    try:
        inputs = _inputs(file, file.relative_to(folder).as_posix())
    except (OSError, EOFError) as error:  # also of a compressed file that is cut off
        raise DataUnfitError(f"{file}: not readable ({error}); bring it again, or leave it out") from None
    found = []
    for given in inputs:
        with engine() as connection, refused(str(file)):
            (run,) = runs(connection, Source.model_construct(path=str(folder)), given, str(folder), "sample")
            read = _words if given.format == "lines" else _columns
            found.append(read(connection, given, run))
    found = [sample for sample in found if any(sample.columns.values())]
    if not found:
        raise DataUnfitError(f"{file} has no rows below its header; bring the file again, or leave it out")
    return found


def _inputs(file: Path, path: str) -> list[Input]:
    """How a file is to be read, sheet by sheet."""
    format = by_ending(file)
    if format == "excel":
        return [Input(path=path, format=format, sheet=sheet) for sheet in sheets(file)]
    if format is None and file.suffix.lower() not in TEXTS:
        raise DataUnfitError(f"{file}: not a kind of file this reads; give CSV, JSON lines, Parquet or .xlsx, or leave it out")
    if format in ("parquet", "json"):
        return [Input(path=path, format=format)]
    with opened(file) as stream:
        head = stream.read(HEAD)
    encoding = _wide(head, file) or next(one for one in ("utf-8", "windows-1252", "latin-1") if _decodes(file, one))
    text = head.decode(encoding, errors="ignore").removeprefix("\ufeff")
    if text.lstrip().startswith(("{", "[{")):
        return [Input(path=path, format="json")]
    lines = list(io.StringIO(text, newline=""))[:200]  # not splitlines, which also splits at signs that stand within texts
    delimiter = _delimiter(lines[:-1] if len(head) == HEAD else lines)
    return [Input(path=path, format="csv" if delimiter else "lines", encoding=encoding, delimiter=delimiter)]


def _wide(head: bytes, file: Path) -> str | None:
    """Which UTF-16 a text is, by its mark or its zeros."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    even, odd = head[:4000:2].count(0), head[1:4000:2].count(0)
    if max(even, odd) > len(head[:4000]) // 6:
        return "utf-16-be" if even > odd else "utf-16-le"
    if even or odd:
        raise DataUnfitError(f"{file}: not readable (binary, not text); export it again, or leave it out")
    return None


def _decodes(file: Path, encoding: str) -> bool:
    """Whether the beginning of a file, up to SCAN, is text in an encoding."""
    decoder, read = codecs.getincrementaldecoder(encoding)(), 0
    with opened(file) as stream:
        try:
            while (block := stream.read(1 << 22)) and read < SCAN:
                decoder.decode(block)
                read += len(block)
        except UnicodeDecodeError:
            return False
    return True


def _delimiter(lines: list[str]) -> str | None:
    """The sign that splits most lines into as many fields as the first; None where none does."""

    def agreeing(sign: str) -> tuple[float, int]:
        widths = [len(row) for row in csv.reader(lines, delimiter=sign) if row] or [0]
        return (sum(width == widths[0] for width in widths) / len(widths) if widths[0] > 1 else 0, widths[0])

    best = max(DELIMITERS, key=agreeing)
    return best if agreeing(best)[0] > 0.5 else None


def _rows(connection: duckdb.DuckDBPyConnection, run: Run, cells: str) -> list[Any]:
    """The first rows and the last."""
    rows = connection.execute(f"SELECT {cells} FROM {run.relation} LIMIT {ROWS}").fetchall()
    if len(rows) == ROWS:
        skipped = max(int(str(scalar(connection, f"SELECT count(*) FROM {run.relation}"))) - ROWS, ROWS)
        rows += connection.execute(f"SELECT {cells} FROM {run.relation} OFFSET {skipped}").fetchall()
    return rows


def _columns(connection: duckdb.DuckDBPyConnection, given: Input, run: Run) -> Sample:
    names = {name: '"' + name.replace('"', '""') + '"' for name, _ in run.columns}
    rows = _rows(connection, run, ", ".join(text_of(names[name], type) for name, type in run.columns))
    typed = frozenset(name for name, type in run.columns if type != "VARCHAR")
    return Sample(given, {name: [row[place] for row in rows] for place, name in enumerate(names)}, typed)


def _words(connection: duckdb.DuckDBPyConnection, given: Input, run: Run) -> Sample:
    """Words between blanks, as columns `word[1]`, …, or lines as they are where these differ in number."""
    rows = [words for (words,) in _rows(connection, run, "word") if any(words or ())]
    width = len(rows[-1]) if rows else 0
    even = [words for words in rows if len(words) == width]
    if width < 3 or len(even) < 0.9 * len(rows):
        return Sample(given, {"line": [" ".join(words) for words in rows]})
    columns: dict[str, list[str | None]] = {f"word[{i + 1}]": [words[i] for words in even] for i in range(width)}
    labels = {name: str(cells[0]) for name, cells in columns.items()}
    if any(character.isdigit() for word in labels.values() for character in word):
        return Sample(given, columns)
    return Sample(given, {name: cells[1:] for name, cells in columns.items()}, labels=labels)


def together(found: list[Sample], folder: Path) -> list[Sample]:
    """Files that differ by numbers only (orders_2023, orders_2024) and are written alike are one, if a glob means just these."""
    groups: dict[tuple[object, ...], list[Sample]] = defaultdict(list)
    for one in found:
        path = Path(str(one.given.path))
        alike = one.given.model_copy(update={"path": path.with_name(NUMBER.sub("*", path.name)).as_posix()})
        groups[(alike, one.typed, *one.labels.values(), *one.columns)].append(one)
    made = []
    for (given, *_), group in groups.items():
        first, files = group[0], sorted(folder / str(one.given.path) for one in group)
        if isinstance(given, Input) and len(group) > 1 and find(folder, str(given.path), "path") == files:
            columns = {name: [cell for one in group for cell in one.columns[name]] for name in first.columns}
            made.append(replace(first, given=given, columns=columns))
        else:
            made += group
    return made
