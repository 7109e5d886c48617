"""Files as they should be, and the ways in which they arrive: cut off, overwritten, mislabelled, enormous, or something else."""

from __future__ import annotations

import gzip
import io
import json
import random
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

NAMES = ("customer_id", "order_id", "ordered_at", "amount", "note")
MEGABYTE = 1 << 20
Rows = list[tuple[str, ...]]
Dice = random.Random


@dataclass(frozen=True)
class Damaged:
    """The name under which a file arrives, what happened to it, and its bytes."""

    name: str
    damage: str
    content: bytes


def rows(dice: Dice, most: int = 200) -> Rows:
    """Order lines as text."""
    return [
        (
            f"{dice.randrange(50):05d}",
            f"A{number}",
            str(date(2020, 1, 1) + timedelta(days=dice.randrange(300))),
            f"{dice.randrange(-500, 9_999) / 100:.2f}",
            dice.choice(["", "tea, green", 'a "cup"', "ünal", "two\nlines"]),
        )
        for number in range(dice.randrange(1, most))
    ]


def as_csv(told: Rows, separator: str = ",", newline: str = "\n") -> bytes:
    """Delimited text."""
    lines = (separator.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in (NAMES, *told))
    return (newline.join(lines) + newline).encode()


def as_jsonl(told: Rows) -> bytes:
    """A JSON object per line."""
    return "".join(json.dumps(dict(zip(NAMES, row, strict=True)), ensure_ascii=False) + "\n" for row in told).encode()


def as_json(told: Rows) -> bytes:
    """One JSON array."""
    return json.dumps([dict(zip(NAMES, row, strict=True)) for row in told], indent=1).encode()


def as_parquet(told: Rows) -> bytes:
    """A Parquet file of text columns in several row groups."""
    table = pa.table({name: [row[place] for row in told] for place, name in enumerate(NAMES)})
    out = io.BytesIO()
    pq.write_table(table, out, row_group_size=64, compression=("snappy", "zstd", "none")[len(told) % 3])
    return out.getvalue()


def as_xlsx(told: Rows) -> bytes:
    """A workbook of one sheet; nothing in it tells when it was made."""
    book = openpyxl.Workbook()
    for row in (NAMES, *told):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return repacked(out.getvalue(), lambda name, part: re.sub(rb"20\d\d-\d\d-\d\dT[\d:]+Z", b"2020-01-01T00:00:00Z", part))


def repacked(archive: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    """An archive of which each part is changed, or left out where None."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if (part := change(name, old.read(name))) is not None:
                new.writestr(zipfile.ZipInfo(name), part, zipfile.ZIP_DEFLATED)
    return out.getvalue()


WRITERS: dict[str, Callable[[Rows], bytes]] = {
    "csv": as_csv,
    "jsonl": as_jsonl,
    "json": as_json,
    "parquet": as_parquet,
    "xlsx": as_xlsx,
}
TEXT = ("csv", "jsonl", "json")
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "": lambda content: content,
    ".gz": lambda content: gzip.compress(content, 1, mtime=0),
    ".zst": lambda content: pa.compress(content, "zstd", asbytes=True),
}


def _cut(content: bytes, dice: Dice) -> bytes:
    return content[: dice.randrange(len(content) + 1)]


def _flipped(content: bytes, dice: Dice) -> bytes:
    changed = bytearray(content)
    for _ in range(dice.choice([1, 3, 30])):
        changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
    return bytes(changed)


def _flipped_at_the_end(content: bytes, dice: Dice) -> bytes:
    return content[:-80] + _flipped(content[-80:], dice)


def _inserted(*pieces: bytes) -> Callable[[bytes, Dice], bytes]:
    def insert(content: bytes, dice: Dice) -> bytes:
        for _ in range(dice.choice([1, 1, 5])):
            place = dice.randrange(len(content) + 1)
            content = content[:place] + dice.choice(pieces) + content[place:]
        return content

    return insert


def _noise_within(content: bytes, dice: Dice) -> bytes:
    return _inserted(dice.randbytes(dice.randrange(1, 400)))(content, dice)


def _zeroed(content: bytes, dice: Dice) -> bytes:
    start, length = dice.randrange(len(content)), dice.randrange(1, 5_000)
    return content[:start] + bytes(min(length, len(content) - start)) + content[start + length :]


def _repeated(content: bytes, dice: Dice) -> bytes:
    start, end = sorted((dice.randrange(len(content)), dice.randrange(len(content))))
    return content[:end] + content[start:]


# What can happen to any file on its way.
TRANSIT: dict[str, Callable[[bytes, Dice], bytes]] = {
    "untouched": lambda content, dice: content,
    "cut": _cut,
    "flipped": _flipped,
    "flipped at the end": _flipped_at_the_end,
    "zeroed within": _zeroed,
    "noise within": _noise_within,
    "part repeated": _repeated,
    "noise after": lambda content, dice: content + dice.randbytes(dice.randrange(1, 5_000)),
    "zeros after": lambda content, dice: content + bytes(dice.randrange(1, 5_000)),
    "halves swapped": lambda content, dice: content[len(content) // 2 :] + content[: len(content) // 2],
    "noise": lambda content, dice: dice.randbytes(dice.randrange(1, 20_000)),
    "zeros": lambda content, dice: bytes(dice.randrange(1, 100_000)),
    "nothing": lambda content, dice: b"",
    "twice": lambda content, dice: content * 2,
}
# What can happen to a text before it is packed.
WRITING: dict[str, Callable[[bytes, Dice], bytes]] = {
    "NUL inserted": _inserted(b"\0", b"\0\0\0"),
    "invalid UTF-8 inserted": _inserted(b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\x80"),
    "control characters inserted": _inserted(b"\x07", b"\x1b[31m", b"\x08", b"\x7f", "\u2028".encode(), "\u202e".encode()),
    "quotes inserted": _inserted(b'"', b"'", b'""', b'"""'),
    "newlines mixed": _inserted(b"\r", b"\r\n", b"\n\r", b"\n\n"),
    "separators inserted": _inserted(b",", b";", b"\t", b"|", b",,,,,,,"),
    "brackets inserted": _inserted(b"{", b"}", b"[", b"]", b":", b"\\"),
    "marks of order": _inserted(b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"),
    "UTF-16": lambda content, dice: content.decode().encode(dice.choice(["utf-16", "utf-16-le", "utf-32"])),
    "latin-1": lambda content, dice: content.decode().encode("latin-1", "replace"),
    "only newlines": lambda content, dice: dice.choice([b"\n", b"\r\n", b"\r"]) * dice.randrange(1, 10_000),
    "only quotes": lambda content, dice: b'"' * dice.randrange(1, 10_000),
    "only separators": lambda content, dice: b"," * dice.choice([1, 100, 9_999]),
    "only a mark": lambda content, dice: b"\xef\xbb\xbf",
    "only blanks": lambda content, dice: b" " * dice.randrange(1, 100_000),
    "first line only": lambda content, dice: content.split(b"\n")[0] + dice.choice([b"", b"\n"]),
    "other newlines": lambda content, dice: content.replace(b"\n", dice.choice([b"\r\n", b"\r", b"\n\r"])),
    "lines cut": lambda content, dice: b"\n".join(_cut(line, dice) for line in content.split(b"\n")),
    "lines dropped": lambda content, dice: b"\n".join(line for line in content.split(b"\n") if dice.random() < 0.7),
    "every quote dropped": lambda content, dice: content.replace(b'"', b""),
}


def damaged(dice: Dice) -> Damaged:
    """One file: sound, harmed on its way, harmed while it was written, mislabelled, or made to be difficult."""
    from tests.sources.difficult import DIFFICULT  # which is written with what is declared here

    kind = dice.choice(["csv", "csv", "jsonl", "json", "parquet", "xlsx"])
    packing = dice.choice(["", "", ".gz", ".zst"]) if kind in TEXT else ""
    content, how = WRITERS[kind](rows(dice)), dice.random()
    if how < 0.35:
        damage = dice.choice(list(TRANSIT))
        return Damaged(f"orders.{kind}{packing}", damage, TRANSIT[damage](PACKERS[packing](content), dice))
    if how < 0.6 and kind in TEXT:
        damage = dice.choice(list(WRITING))
        return Damaged(f"orders.{kind}{packing}", damage, PACKERS[packing](WRITING[damage](content, dice)))
    if how < 0.7:
        other, wrong = dice.choice(list(WRITERS)), dice.choice(list(PACKERS))
        return Damaged(f"orders.{other}{wrong if other in TEXT else ''}", f"is {kind}{packing}", PACKERS[packing](content))
    damage = dice.choice(list(DIFFICULT[kind]))
    return Damaged(f"orders.{kind}{packing}", damage, PACKERS[packing](DIFFICULT[kind][damage](dice)))
