"""A first mapping for files nobody has described yet: look at them, guess, write configs/source/<name>.yaml."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from pipeline.draft.guess import guesses
from pipeline.draft.sample import samples, together
from pipeline.draft.write import draft, inside, name_of, summary
from pipeline.errors import ConfigError, DataUnfitError


def init_source(files: list[Path], name: str | None, root: Path) -> list[str]:
    """Write configs/source/<name>.yaml below `root` and return what to tell the user.

    Raises ConfigError where the name is taken, DataUnfitError for a file that cannot be read or where none has orders.
    """
    found = list(dict.fromkeys(_all(files)))
    folder = Path(os.path.commonpath([file.parent for file in found]))
    called = name or name_of(folder, found)
    target = root / "configs" / "source" / f"{called}.yaml"
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", called):
        raise ConfigError(f"--name {called}: write small letters, digits, _ and -")
    if target.exists():
        raise ConfigError(f"{target.relative_to(root)} exists and is not overwritten; give another --name, or remove it")
    made = guesses(together([sample for file in found for sample in samples(file, folder)], folder))
    if not any(guess.table == "transactions" for guess in made):
        told = "; ".join(f"{inside(guess.sample)}: {guess.table or guess.why}" for guess in made)
        raise DataUnfitError(
            f"none of the files looks like orders (a customer, an order number and a time): {told}; nothing written"
        )
    inner = folder.is_relative_to(root.resolve())
    path = folder.relative_to(root.resolve()).as_posix() if inner else str(folder)
    with target.open("x", encoding="utf-8") as file:
        file.write(draft(called, path, made))
    return [
        *summary(made),
        f"wrote {target.relative_to(root)}",
        "every guess is marked there: check it, above all times, amounts and time_zone; then",
        f"  churn compose source={called}",
        "  churn check",
    ]


def _all(files: list[Path]) -> Iterator[Path]:
    """The files named, and those below a folder."""
    for file in files:
        if not file.exists():
            raise DataUnfitError(f"{file}: no such file or folder; correct the name, or leave it out")
        below = sorted(one for one in file.rglob("*") if one.is_file() and not one.name.startswith("."))
        if file.is_dir() and not below:
            raise DataUnfitError(f"{file}: no files in this folder; name the files")
        yield from (one.resolve() for one in below or [file])
