"""One act at a time: a lock that ends with the process that holds it."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import BusyError

LOCK = Path(".churn.lock")


@contextmanager
def alone(root: Path = Path()) -> Iterator[None]:
    """Hold the project's lock. Raises BusyError at once when another act holds it."""
    with (root / LOCK).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError("another act is running in this folder; try again when it has ended") from None
        yield
