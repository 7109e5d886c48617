"""What a source hands over: runs of raw files, and the SQL of the canonical rows in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Run:
    """Rows of files that have the same columns, in the order of the files.

    `relation` is what SQL selects from: the files' `columns` (name, type) and `_file`, one of the keys of `files`, whose values
    are the names that messages and accounts use. `place` is the SQL of a row's number in its file, None where only the order of
    rows tells it; `first_line` is the line of row 1. Lines that do not fit the header go to the tables `rejects` and
    `<rejects>_scan`. `verify` raises DataUnfitError when the files are not what they were, or hold what cannot be cut into lines.
    """

    relation: str
    columns: tuple[tuple[str, str], ...]
    files: dict[str, str]
    first_line: int
    verify: Callable[[], None]
    place: str | None = None
    rejects: str | None = None


@dataclass(frozen=True)
class Rows:
    """Canonical rows of one run.

    `query` selects for every canonical column the typed value (null where it cannot be read) and `raw_<column>`, its text, then
    `_kept` (false where the mapping's `where` leaves the row out), `_file` and `_place` (the raw row's number in its file, or
    null). Every raw row becomes `facts` canonical ones.
    """

    query: str
    run: Run
    facts: int
