"""Delimited text -> a DuckDB relation of text columns: encoding, separator and header are settled here, not guessed."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from pipeline.engine import quoted
from pipeline.errors import DataUnfitError
from pipeline.sources.paths import compression, opened, scratch

SEPARATORS = (",", ";", "\t", "|")
HEAD, CHUNK, LONGEST_HEADER, LONGEST_LINE = 1 << 16, 1 << 22, 1 << 22, 1 << 24
WIDEST = 16_384  # columns, as in a spreadsheet: more are no columns but a mistaken separator
RESERVED = ("_file", "_row", "_place")  # what expressions may use besides the columns of the file
MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


@dataclass(frozen=True)
class Dialect:
    """How one file is written: what separates its cells, and the names in its header."""

    separator: str
    names: tuple[str, ...]


def as_utf8(file: Path, encoding: str, spill: Path) -> Path:
    """The file itself if it is UTF-8, otherwise a UTF-8 copy in `spill`. Raises DataUnfitError for bytes that do not decode."""
    if encoding in ("utf-8", "utf_8_sig", "utf-8-sig", "ascii"):
        return file
    copy = scratch(spill, ".utf8")
    decoder = codecs.getincrementaldecoder(encoding)()
    seen = 0
    with opened(file) as raw, copy.open("w", encoding="utf-8", newline="") as out:
        try:
            while chunk := raw.read(CHUNK):
                out.write(decoder.decode(chunk))
                seen += len(chunk)
            out.write(decoder.decode(b"", final=True))
        except UnicodeError as error:
            raise DataUnfitError(
                f"{file} is not {encoding} ({error.__class__.__name__} near byte {seen}); set `encoding`"
            ) from None
    return copy


def dialect(file: Path, named: Path, separator: str | None) -> Dialect:
    """Separator and column names of a UTF-8 file; `named` is what messages call it.

    The separator that cuts the header into most cells is taken, unless it is given. A name that occurs twice gets a number each
    time, so that neither is taken for the other; an empty one is `column_N`.
    """
    text = _head(file, named)
    records = {mark: _first_record(text, mark) for mark in ([separator] if separator else SEPARATORS)}
    best = max(records, key=lambda mark: len(records[mark]))
    check_width(len(records[best]), named)
    return Dialect(best, tuple(unique([name.strip() for name in records[best]])))


def unique(names: list[str]) -> list[str]:
    """Column names that differ even without regard to capitals."""
    filled = [name or f"column_{number}" for number, name in enumerate(names, 1)]
    lowered = [name.lower() for name in filled]
    times, seen = Counter([*lowered, *RESERVED]), Counter[str]()
    made = []
    for name, low in zip(filled, lowered, strict=True):
        seen[low] += 1
        made.append(f"{name}_{seen[low]}" if times[low] > 1 else name)
    return made if len({name.lower() for name in made}) == len(made) else unique(made)


def check_width(columns: int, named: Path | str) -> None:
    """Raise DataUnfitError for more columns than any table has."""
    if columns > WIDEST:
        raise DataUnfitError(f"{named} has {columns:,} columns, more than {WIDEST:,}; is it a table, and the separator right?")


def _head(file: Path, named: Path) -> str:
    """The beginning of a file, long enough to hold its first record."""
    with opened(file) as raw:
        head = raw.read(HEAD)
        while head and b"\n" not in head and b"\r" not in head and len(head) < LONGEST_HEADER and (more := raw.read(HEAD)):
            head += more
    for mark, encoding in MARKS.items():
        if head.startswith(mark):
            raise DataUnfitError(f"{named} is {encoding}; set `encoding: {encoding}`")
    if b"\0" in head:
        raise DataUnfitError(f"{named} is not text (it holds NUL bytes); is it another `format`, or another `encoding`?")
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    try:
        return decoder.decode(head)
    except UnicodeDecodeError:
        raise not_utf8(named, None) from None


def not_utf8(named: Path | str, line: int | None) -> DataUnfitError:
    """The error of a file that is written in another encoding than was said."""
    place = f" (line {line})" if line else ""
    return DataUnfitError(f"{named} is not UTF-8{place}; set `encoding`, e.g. windows-1252 or latin-1")


def _first_record(text: str, separator: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=separator), [])
    except csv.Error:
        return []


def relation(files: list[Path], how: Dialect, rejects: str) -> str:
    """SQL reading files of one dialect: text columns, `_file`, and the lines that do not fit in the table `<rejects>`."""
    columns = ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in how.names)
    paths = ", ".join(quoted(file) for file in files)
    packed = compression(files[0]) or "none"
    return (
        f"read_csv([{paths}], auto_detect = false, header = true, delim = {quoted(how.separator)}, quote = '\"', escape = '\"', "
        f"columns = {{{columns}}}, filename = '_file', compression = '{packed}', max_line_size = {LONGEST_LINE}, "
        f"buffer_size = {4 * LONGEST_LINE}, store_rejects = true, rejects_table = '{rejects}', rejects_scan = '{rejects}_scan')"
    )
