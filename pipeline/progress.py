"""Progress of long work: a bar on a terminal, plain lines in a log."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
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
