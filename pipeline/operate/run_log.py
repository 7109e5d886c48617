"""What a run leaves of itself while it goes on, for whoever looks at it afterwards."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.disk import write_text
from pipeline.errors import DataUnfitError, ExitCode
from pipeline.figure_files import read_figures


@dataclass
class Log:
    """`reports/retrain.json`, written anew after every step, so that a run that was killed has left what it did."""

    path: Path
    body: dict[str, Any] = field(default_factory=dict)

    def write(self, **known: Any) -> None:
        """Add what is known now."""
        self.body |= known
        write_text(self.path, json.dumps(self.body, indent=2) + "\n")

    @contextmanager
    def step(self, name: str) -> Iterator[Callable[[str], None]]:
        """One step: how long it took, and what was said; the one that is at work, or failed, is `at`."""
        self.write(at=name)
        heard: list[str] = []
        started = time.perf_counter()
        try:
            yield heard.append
        finally:
            seconds = round(time.perf_counter() - started, 1)
            self.body["steps"] = [*self.body.get("steps", ()), {"name": name, "seconds": seconds, "said": heard}]
        self.write(at=None)


def unfinished(log: Path) -> bool:
    """Whether the run before did not end well: then what it decided may not have been told."""
    try:
        return bool(read_figures(log)["exit_code"] != ExitCode.DONE)
    except DataUnfitError:
        return log.exists()
