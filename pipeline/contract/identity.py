"""Pseudonyms: a keyed name for every customer, in the engine and in Python, and the map that leads back to the real ids."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pipeline.engine import engine, quoted, write_parquet
from pipeline.errors import ConfigError, DataUnfitError

FILE = "identities.parquet"
HEX_DIGITS = 32  # 128 bits: two of a billion customers share one with a chance of 1e-21
BLOCK_BYTES = 64  # of SHA-256, RFC 2104
SHORTEST_KEY_BYTES = 16


@dataclass(frozen=True)
class Identity:
    """What becomes of a customer's identifier, as SQL made from the SQL of its text: a pseudonym; whether it is forgotten."""

    pseudonym: Callable[[str], str] | None = None
    forgotten: Callable[[str], str] | None = None

    @property
    def plain(self) -> bool:
        """Whether real ids may be kept as they are found, in lines too that nobody can cut into cells."""
        return self.pseudonym is None and self.forgotten is None


def key_from_environment(name: str) -> bytes:
    """The key in an environment variable, as UTF-8. Raises ConfigError when it is not set or shorter than 16 bytes."""
    key = os.environ.get(name, "").encode()
    if len(key) < SHORTEST_KEY_BYTES:
        what = f"holds {len(key)} bytes" if key else "is not set"
        raise ConfigError(
            f"source.pseudonym_key: the environment variable {name} {what}; set a secret of at least {SHORTEST_KEY_BYTES} bytes"
        )
    return key


def pseudonym(text: str, key: bytes) -> str:
    """HMAC-SHA256 of an id as UTF-8, hex, first 32 characters."""
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:HEX_DIGITS]


def how_to_know(name: str) -> str:
    """What to do, as `; …`, about a customer whom nobody here is called, if that looks like a pseudonym; empty otherwise."""
    if re.fullmatch(f"[0-9a-f]{{{HEX_DIGITS}}}", name) is None:
        return ""
    return f"; {name} looks like a pseudonym: if it is, set source.pseudonym_key and its key as they were then"


def pseudonym_sql(text_sql: str, key: bytes) -> str:
    """DuckDB SQL of `pseudonym` (RFC 2104: H(K ^ opad, H(K ^ ipad, text))); null stays null.

    The expression holds the key: it must not be logged.
    """
    short = hashlib.sha256(key).digest() if len(key) > BLOCK_BYTES else key
    block = short.ljust(BLOCK_BYTES, b"\0")
    inner, outer = (bytes(byte ^ pad for byte in block).hex() for pad in (0x36, 0x5C))
    text = f"encode(CAST(({text_sql}) AS VARCHAR))"
    return f"left(sha256(unhex('{outer}') || unhex(sha256(unhex('{inner}') || {text}))), {HEX_DIGITS})"


def read_identities(folder: Path) -> dict[str, str]:
    """Real id by pseudonym; empty where pseudonyms are off. Raises DataUnfitError when the file is missing."""
    if not (folder / FILE).exists():
        raise DataUnfitError(f"{folder / FILE} is missing; run `dvc repro`, which makes it")
    listed = pd.read_parquet(folder / FILE, columns=["customer_id", "identity"])
    return dict(zip(listed["customer_id"], listed["identity"], strict=True))


def join_identities(folder: Path) -> None:
    """Put the pairs of every table in a folder together in its `identities.parquet`, empty where there are none."""
    folder.mkdir(exist_ok=True)
    parts = sorted(folder.glob("*.parquet"))
    pairs = "SELECT CAST(NULL AS VARCHAR) AS customer_id, CAST(NULL AS VARCHAR) AS identity WHERE false"
    with engine() as connection:
        query = " UNION ".join([pairs, *(f"SELECT customer_id, identity FROM read_parquet({quoted(part)})" for part in parts)])
        write_parquet(connection, query, folder / FILE, "customer_id, identity")
    for part in parts:
        part.unlink()


def renamed(frame: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """The frame with every `customer_id` under its other name; unchanged where there are no other names.

    Raises DataUnfitError when a customer has none.
    """
    if not names:
        return frame
    other = frame["customer_id"].map(names)
    if other.isna().any():
        raise DataUnfitError(
            f"{int(other.isna().sum()):,} of {len(frame):,} customers are not in data/identities; run `dvc repro`, which makes "
            "both anew"
        )
    return frame.assign(customer_id=other)
