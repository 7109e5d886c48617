"""Progress of long work: a bar on a terminal, plain lines in a log."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")


def track(items: Collection[Item], label: str) -> Iterator[Item]:
    """Yield the items while showing how many are done."""
    if sys.stderr.isatty():
        from rich.progress import track as bar

        yield from bar(items, description=label, transient=True)
        return
    for number, item in enumerate(items, start=1):
        name = f" {item[0]}" if isinstance(item, tuple) else ""
        print(f"{label}: {number}/{len(items)}{name}", flush=True)
        yield item


@contextmanager
def counter(label: str) -> Iterator[Callable[[int, int], None]]:
    """A callback `(done, total)` for work that counts its own steps: a bar on a terminal, five lines in a log."""
    if sys.stderr.isatty():
        from rich.progress import Progress

        with Progress(transient=True) as bar:
            task = bar.add_task(label)
            yield lambda done, total: bar.update(task, completed=done, total=total)
        return
    said: set[int] = set()

    def tell(done: int, total: int) -> None:
        fifth = 5 * done // total
        if fifth and fifth not in said:
            said.add(fifth)
            print(f"{label} {done}/{total}", flush=True)

    yield tell
