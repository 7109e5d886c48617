"""One at a time: a lock that ends with the process that holds it, however that ends."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import BusyError


@contextmanager
def alone(root: Path, name: str, *, wait: bool = False) -> Iterator[None]:
    """Hold the lock `name` of a project's folder.

    Raises BusyError at once when another process holds it; with `wait` it is waited for instead.
    """
    with (root / f".{name}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            raise BusyError(f"{name} is already running in this folder; try again when it has ended") from None
        yield
