"""Who is forgotten: a salted SHA-256 for each, so that ingest can drop a customer whose id is kept nowhere.

The file is `salt,tombstone` lines under a header. Salt and hash together are checkable, so they are not anonymous: whoever holds
the file and guesses an id can confirm the guess.
"""

from __future__ import annotations

import csv
import hashlib
import os
import re
import secrets
from pathlib import Path

from pipeline.engine import quoted
from pipeline.errors import DataUnfitError

HEADER = ("salt", "tombstone")
SALT_BYTES = 16
HEX = re.compile("[0-9a-f]{64}")  # of SHA-256


def tombstone(identity: str, salt: str) -> str:
    """What is kept of a forgotten id: SHA-256 of salt and id as UTF-8, hex."""
    return hashlib.sha256(f"{salt}{identity}".encode()).hexdigest()


def forgotten_sql(text_sql: str, salt: str) -> str:
    """DuckDB SQL of `tombstone`; null stays null."""
    return f"sha256({quoted(salt)} || CAST(({text_sql}) AS VARCHAR))"


def read_tombstones(path: Path) -> tuple[str, list[str]]:
    """The salt and the tombstones, sorted; ("", []) where nobody was forgotten. Raises DataUnfitError for a damaged file."""
    if not path.exists():
        return "", []
    try:
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = [tuple(row) for row in csv.reader(file)] or [()]
    except (UnicodeDecodeError, csv.Error):
        header, rows = (), []
    if header != HEADER or any(len(row) != len(HEADER) or not HEX.fullmatch(row[1]) for row in rows):
        raise DataUnfitError(f"{path} does not hold lines of {','.join(HEADER)}; restore it from git or a backup")
    salts = sorted({row[0] for row in rows})
    if len(salts) > 1:
        raise DataUnfitError(
            f"{path} holds {len(salts)} salts: copies of the project forgot customers apart; keep the lines of one salt and run "
            "`churn forget` again for the customers of the others"
        )
    return (salts[0], sorted({row[1] for row in rows})) if salts else ("", [])


def bury(identities: list[str], path: Path) -> int:
    """Add tombstones in one step, with a random salt for the first; return how many are new."""
    salt, known = read_tombstones(path)
    salt = salt or secrets.token_hex(SALT_BYTES)
    everyone = sorted({*known, *(tombstone(identity, salt) for identity in identities)})
    growing = path.with_name(f".{path.name}.partial")
    path.parent.mkdir(parents=True, exist_ok=True)
    with growing.open("w", encoding="utf-8", newline="") as file:
        file.write("".join(f"{first},{second}\n" for first, second in (HEADER, *((salt, stone) for stone in everyone))))
        file.flush()
        os.fsync(file.fileno())
    growing.replace(path)
    return len(everyone) - len(known)
