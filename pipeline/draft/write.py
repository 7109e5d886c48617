"""A first mapping as YAML: every guess is marked, so that whoever knows the data can check it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import yaml

from pipeline.config.source_section import Input
from pipeline.contract.tables import TABLES
from pipeline.draft.filling import Guess
from pipeline.draft.parts import identifier
from pipeline.draft.sample import Sample
from pipeline.sources.paths import by_ending

CHECK = "please check"
ENCODINGS = {"cp1252": "windows-1252", "iso8859-1": "latin-1"}  # as most know them
DULL = {"data", "input", "raw", "tmp", "temp", "export", "exports", "downloads", "files", "desktop", "home"}


def scalar(text: str) -> str:
    """A text as YAML writes it on one line."""
    written = str(yaml.safe_dump(text, width=100_000, allow_unicode=True)).removesuffix("\n").removesuffix("\n...")
    if "'" in text and written.startswith("'") and not re.search(r'["\\]', text):  # SQL's own quotes need no doubling between "
        return f'"{text}"'
    return written


def draft(name: str, path: str, guesses: list[Guess]) -> str:
    """The text of configs/source/<name>.yaml for files below `path`."""
    currencies = {guess.currency for guess in guesses if guess.currency}
    lines = [
        f"# {name}: a first mapping, guessed from names and values. Check every line that says so (docs/bring-your-own-data.md).",
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
            body = list(_mapping(guess))
            indent = "    " if len(placed) == 1 else "      "
            block = [indent + line for line in body]
            lines += block if len(placed) == 1 else ["    - " + body[0], *block[1:]]
    for guess in guesses:
        if guess.table is None and guess.why != "lookup":
            lines.append(f"# not placed: {comment(inside(guess.sample))}: {comment(guess.why)}")
    return "\n".join(lines) + "\n"


def inside(sample: Sample) -> str:
    """A file as the mapping names it, with its sheet."""
    return f"{sample.given.path} ({sample.given.sheet})" if sample.given.sheet else str(sample.given.path)


def comment(text: str) -> str:
    """A text that cannot end a comment's line."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]+", " ", text)


def _mapping(guess: Guess) -> Iterator[str]:
    """The lines of one mapping, the first of which is its path."""
    yield from _reading(guess.sample.given)
    if guess.decimal:
        yield f'decimal: "{guess.decimal}"   # guessed: {CHECK}'
    if guess.time_format:
        yield f"time_format: {scalar(guess.time_format)}   # guessed: {_doubt(guess.times_doubt)}"
    yield from _lookups(guess)
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


def _lookups(guess: Guess) -> Iterator[str]:
    yield from ["lookups:"] if guess.lookups else []
    for alias, (other, key) in guess.lookups.items():
        yield f"  {alias}:   # guessed: {CHECK} that {comment(key)} is unique in it"
        yield from (f"    {line}" for line in _reading(other.given))
        yield f"    key: [{scalar(identifier(key))}]"


def _doubt(doubt: str) -> str:
    return f"{comment(doubt)}; {CHECK}" if doubt else CHECK


def _reading(given: Input) -> Iterator[str]:
    yield f"path: {scalar(str(given.path))}"
    if by_ending(Path(str(given.path))) != given.format:
        yield f"format: {given.format}"
    if given.sheet:
        yield f"sheet: {scalar(str(given.sheet))}"
    if given.encoding != "utf-8":
        yield f"encoding: {ENCODINGS.get(given.encoding, given.encoding)}   # guessed: {CHECK}"
    if given.delimiter:
        yield f"delimiter: {yaml.safe_dump(given.delimiter, default_style=chr(34)).strip()}"


def name_of(folder: Path, files: list[Path]) -> str:
    """What a source is called that nobody named: the folder's name, or the first file's where the folder's says nothing."""
    said = folder.name if folder.name.lower() not in DULL else files[0].name.split(".")[0]
    plain = unicodedata.normalize("NFKD", said).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_") or "mine"


def summary(guesses: list[Guess]) -> Iterator[str]:
    """What was guessed, file by file, and what is to be checked."""
    for guess in guesses:
        where = inside(guess.sample)
        if guess.table is None:
            yield f"{where}: {'looked up' if guess.why == 'lookup' else f'not placed: {guess.why}'}"
            continue
        yield f"{where} -> {guess.table}: {', '.join([*guess.columns, *guess.unpivot])}"
        doubts = [f"{name}: {doubt}" for name, (_, doubt) in (guess.columns | guess.unpivot).items() if doubt]
        yield from (f"  check: {doubt}" for doubt in [*doubts, guess.times_doubt, *guess.checks] if doubt)
        if guess.left_out:
            yield f"  left out, personal data: {', '.join(guess.left_out)}"
