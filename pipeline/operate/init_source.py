"""A first mapping for files nobody has described yet: look at them, guess, write configs/source/<name>.yaml."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from pipeline.draft.filling import Guess
from pipeline.draft.guess import guesses
from pipeline.draft.sample import Sample, samples
from pipeline.draft.write import draft, inside
from pipeline.errors import ConfigError, DataUnfitError

DULL = {"data", "input", "raw", "tmp", "temp", "export", "exports", "downloads", "files", "desktop", "home"}


def init_source(files: list[Path], name: str | None, root: Path) -> list[str]:
    """Write configs/source/<name>.yaml below `root` and return what to tell the user.

    Raises ConfigError where the name is taken, DataUnfitError for a file that cannot be read or where none has orders.
    """
    found = list(_all(files))
    folder = Path(os.path.commonpath([file.parent for file in found]))
    called = name or _name(folder, found)
    target = root / "configs" / "source" / f"{called}.yaml"
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", called):
        raise ConfigError(f"--name {called}: write small letters, digits, _ and -")
    if target.exists():
        raise ConfigError(f"{target.relative_to(root)} exists and is not overwritten; give another --name, or remove it")
    made = guesses(_together([sample for file in found for sample in samples(file)]))
    if not any(guess.table == "transactions" for guess in made):
        told = "; ".join(f"{inside(guess.sample, folder)}: {guess.table or guess.why}" for guess in made)
        raise DataUnfitError(
            f"none of the files looks like orders (a customer, an order number and a time): {told}; nothing written"
        )
    inner = folder.is_relative_to(root.resolve())
    path = folder.relative_to(root.resolve()).as_posix() if inner else str(folder)
    with target.open("x", encoding="utf-8") as file:
        file.write(draft(called, folder, path, made))
    return [*_told(made, folder), f"wrote {target.relative_to(root)}", *_next(called)]


def _all(files: list[Path]) -> Iterable[Path]:
    """The files named, those below a folder, each once."""
    known = set()
    for file in files:
        below = (
            sorted(one for one in file.rglob("*") if one.is_file() and not one.name.startswith(".")) if file.is_dir() else [file]
        )
        if file.is_dir() and not below:
            raise DataUnfitError(f"{file}: no files in this folder; name the files")
        for one in below:
            if one.resolve() not in known:
                known.add(one.resolve())
                yield one.resolve()


def _name(folder: Path, files: list[Path]) -> str:
    """The folder's name, or the first file's where the folder's says nothing."""
    said = folder.name if folder.name.lower() not in DULL else files[0].name.split(".")[0]
    plain = unicodedata.normalize("NFKD", said).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_") or "mine"


def _together(found: list[Sample]) -> list[Sample]:
    """Files of one folder that differ by numbers only (orders_2023, orders_2024) and have the same columns are one input."""
    groups: dict[tuple[object, ...], list[Sample]] = {}
    for one in found:
        pattern = re.sub(r"\d+([-_.]?\d+)*", "*", one.path.name)
        groups.setdefault((one.path.parent, pattern, one.sheet, one.delimiter, one.encoding, *one.columns), []).append(one)
    made = []
    for key, members in groups.items():
        first = members[0]
        if len(members) > 1:
            columns = {name: [cell for member in members for cell in member.columns[name]] for name in first.columns}
            first = replace(first, columns=columns, pattern=str(key[1]))
        made.append(first)
    return made


def _told(made: list[Guess], folder: Path) -> list[str]:
    lines = []
    for guess in made:
        where = inside(guess.sample, folder)
        if guess.table is None:
            lines.append(f"{where}: {'looked up' if guess.why == 'lookup' else f'not placed: {guess.why}'}")
            continue
        lines.append(f"{where} -> {guess.table}: {', '.join([*guess.columns, *guess.unpivot])}")
        lines += [f"  check: {name}: {doubt}" for name, (_, doubt) in (guess.columns | guess.unpivot).items() if doubt]
        lines += [f"  check: {guess.times_doubt}"] if guess.times_doubt else []
        lines += [f"  check: {check}" for check in guess.checks]
        lines += [f"  left out, personal data: {', '.join(guess.left_out)}"] if guess.left_out else []
    return lines


def _next(name: str) -> list[str]:
    return [
        "every guess is marked there: check it, above all times, amounts and time_zone; then",
        f"  churn compose source={name}",
        "  dvc repro ingest",
    ]
