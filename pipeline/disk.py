"""Files and folders on the disk: whole or not at all, and nothing left of a process that was killed."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir


def from_here(path: Path) -> Path:
    """A path as one types it: below the current folder without that folder's name."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def partial(path: Path) -> Path:
    """Where an output grows until it is complete: beside its final place, so that the rename is atomic."""
    return path.with_name(f".{path.name}.partial")


def remove(path: Path) -> None:
    """Remove a file or a folder, or nothing."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def replace(path: Path, complete: Path) -> None:
    """Put a complete output in its final place; a file takes another's in one step."""
    if path.is_dir() or complete.is_dir():
        remove(path)
    complete.replace(path)


def write_text(path: Path, text: str) -> None:
    """Write a file in one step, in a folder that is made; it is on the disk before it has its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with partial(path).open("w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    replace(path, partial(path))


def sha256(path: Path) -> str:
    """Checksum of a file's bytes, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def scratch(name: str) -> Iterator[Path]:
    """A private folder below TMPDIR, removed at the end; those that killed processes of this machine left go first."""
    mine = f"{name}-{platform.node()}-"  # TMPDIR may be shared between machines or containers, whose processes are not seen here
    for folder in Path(gettempdir()).glob(f"{mine}*-*"):
        if not _runs(folder.name.removeprefix(mine).partition("-")[0]):
            shutil.rmtree(folder, ignore_errors=True)
    with TemporaryDirectory(prefix=f"{mine}{os.getpid()}-") as made:
        yield Path(made)


def _runs(pid: str) -> bool:
    """Whether a process runs, whoever's it is; what is no number may be anything."""
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except (PermissionError, ValueError, OverflowError):
        return True
    return True
