"""What each seed gave, kept in a file of JSON lines, so that a run that was stopped goes on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any


def resumed(seeds: Iterable[int], path: Path | None, make: Callable[[int], dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """What `make` gives of each seed; those that `path` has from before are not made again."""
    before = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path and path.exists() else []
    done = {found["seed"]: found for found in before}
    for seed in seeds:
        found = done.get(seed) or make(seed)
        if path and seed not in done:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(found) + "\n")
        yield found
