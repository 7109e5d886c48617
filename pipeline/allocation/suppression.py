"""The suppression list: customers who are never contacted, whatever the data say."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from pipeline.errors import DataUnfitError
from pipeline.spreadsheet import freed

KEY = "campaign.allocation.suppression"


def read_suppressed(path: Path) -> frozenset[str]:
    """The customer ids of a CSV (comma, semicolon or tab) with a column customer_id, or of a file with one id a line.

    Ids are text, without spaces around them; one that stands behind the apostrophe of a spreadsheet counts with and without it.
    Raises DataUnfitError for what cannot be read to its end: a list in doubt must not let anybody through.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        header = text.split("\n", 1)[0].strip()
        delimiter = next((one for one in ",;\t" if one in header), ",")
        rows = [row for row in csv.reader(text.splitlines(), delimiter=delimiter, strict=True) if any(map(str.strip, row))]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        line = " ".join(str(error).split())[:120]
        raise DataUnfitError(f"{KEY}: {path} cannot be read ({line}); correct the file or the key") from None
    names = [name.strip() for name in rows[0]] if rows else []
    if "customer_id" not in names and any(len(row) > 1 for row in rows):
        raise DataUnfitError(f"{KEY}: {path} has several columns, none of them customer_id; name it, or give one id a line")
    column, first = (names.index("customer_id"), 1) if "customer_id" in names else (0, 0)
    short = next((number for number, row in enumerate(rows) if len(row) != len(names)), None)
    if short is not None:
        raise DataUnfitError(f"{KEY}: {path} has {len(rows[short])} columns in row {short + 1} and {len(names)} in its first")
    ids = [row[column].strip() for row in rows[first:]]
    return frozenset(known for one in ids for known in (one, freed(one)) if known)


def refuse_lost_zeros(path: Path, listed: frozenset[str], customers: Iterable[str]) -> None:
    """Raise DataUnfitError where ids of the list are those of customers without their leading zeros, as spreadsheets leave them.

    `customers` are all that are known, by real ids. An id of nobody is no mistake in itself: the list may be older than the data.
    """
    known = set(customers)
    whole = {name.lstrip("0"): name for name in sorted(known - listed) if name.startswith("0")}
    lost = sorted((listed - known) & whole.keys())
    if lost:
        raise DataUnfitError(
            f"{KEY}: {path} names {lost[0]!r}, who is nobody, and not {whole[lost[0]]!r}, who is a customer; {len(lost):,} ids "
            "have lost their leading zeros like that: export the list anew, its ids as text"
        )
