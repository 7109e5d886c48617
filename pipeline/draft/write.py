"""A first mapping as YAML: every guess is marked, so that whoever knows the data can check it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from pipeline.contract.tables import TABLES
from pipeline.draft.filling import Guess
from pipeline.draft.parts import identifier
from pipeline.draft.sample import Sample

CHECK = "please check"
TELLS = (".csv", ".tsv", ".txt", ".csv.gz", ".parquet", ".pq", ".xlsx")  # endings that tell the format


def scalar(text: str) -> str:
    """A text as YAML writes it on one line."""
    written = str(yaml.safe_dump(text, width=100_000, allow_unicode=True)).removesuffix("\n").removesuffix("\n...")
    if "'" in text and written.startswith("'") and not re.search(r'["\\]', text):  # SQL's own quotes need no doubling between "
        return f'"{text}"'
    return written


def draft(name: str, folder: Path, path: str, guesses: list[Guess]) -> str:
    """The text of configs/source/<name>.yaml for files below `folder`, which the configuration calls `path`."""
    currencies = {guess.currency for guess in guesses if guess.currency}
    lines = [
        f"# {name}: a first mapping, guessed from names and values. Check every line that says so (docs/bring-your-own-data.md);",
        f"name: {scalar(name)}",
        f"path: {scalar(path)}",
        "simulate: {}",
        "sector: null                 # ecommerce, retail, …: churn compose source=NAME sector=SECTOR",
        *([f"currency: {currencies.pop()}   # guessed: {CHECK}"] if len(currencies) == 1 else []),
        "# time_zone: Europe/Rome     # of the times below; they are taken as UTC",
        "static_attributes: []        # facts that never change, such as a birth year, may be features: name them here",
        "tables:",
    ]
    for table in TABLES:
        placed = [guess for guess in guesses if guess.table == table]
        if placed:
            lines.append(f"  {table}:")
        for guess in placed:
            body = list(_mapping(guess, folder))
            indent = "    " if len(placed) == 1 else "      "
            block = [indent + line for line in body]
            lines += block if len(placed) == 1 else ["    - " + body[0], *block[1:]]
    for guess in guesses:
        if guess.table is None and guess.why != "lookup":
            lines.append(f"# not placed: {comment(inside(guess.sample, folder))}: {comment(guess.why)}")
    return "\n".join(lines) + "\n"


def inside(sample: Sample, folder: Path) -> str:
    """A file as the mapping names it, with its sheet."""
    path = sample.pattern or sample.path.relative_to(folder).as_posix()
    return f"{path} ({sample.sheet})" if sample.sheet else path


def comment(text: str) -> str:
    """A text that cannot end a comment's line."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]+", " ", text)


def _mapping(guess: Guess, folder: Path) -> Iterator[str]:
    """The lines of one mapping, the first of which is its path."""
    yield from _reading(guess.sample, folder)
    if guess.decimal == ",":
        yield f'decimal: ","   # guessed: {CHECK}'
    if guess.time_format:
        yield f"time_format: {scalar(guess.time_format)}   # guessed: {_doubt(guess.times_doubt)}"
    yield from _lookups(guess, folder)
    for section, entries in (("columns", guess.columns), ("unpivot", guess.unpivot)):
        yield from [f"{section}:"] if entries else []
        for name, (sql, doubt) in entries.items():
            yield f"  {scalar(name)}: {scalar(sql)}   # guessed: {_doubt(doubt)}"
    if guess.where:
        yield f"where: {scalar(guess.where)}   # the header"
    if guess.left_out:
        yield f"# left out on purpose, personal data that no model needs: {comment(', '.join(guess.left_out))}"
    for check in guess.checks:
        yield f"# {CHECK}: {comment(check)}"


def _lookups(guess: Guess, folder: Path) -> Iterator[str]:
    yield from ["lookups:"] if guess.lookups else []
    for alias, (other, key) in guess.lookups.items():
        yield f"  {alias}:   # guessed: {CHECK} that {comment(key)} is unique in it"
        yield from (f"    {line}" for line in _reading(other, folder))
        yield f"    key: [{scalar(identifier(key))}]"


def _doubt(doubt: str) -> str:
    return f"{comment(doubt)}; {CHECK}" if doubt else CHECK


def _reading(sample: Sample, folder: Path) -> Iterator[str]:
    path = sample.pattern or sample.path.relative_to(folder).as_posix()
    yield f"path: {scalar(path)}"
    if sample.format == "lines" or not path.lower().endswith(TELLS):
        yield f"format: {sample.format}"
    if sample.sheet:
        yield f"sheet: {scalar(sample.sheet)}"
    if sample.encoding != "utf-8":
        yield f"encoding: {sample.encoding}   # guessed: {CHECK}"
    if sample.delimiter:
        yield f"delimiter: {yaml.safe_dump(sample.delimiter, default_style=chr(34)).strip()}"
