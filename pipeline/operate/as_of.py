"""params.yaml as of another day for the time of a run: what it held is put back at the end, or by the next run after a kill."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from pipeline.compose import SET_ASIDE, composed
from pipeline.config import PARAMS
from pipeline.disk import write_text


def put_back(root: Path = Path()) -> None:
    """Bring back the params.yaml that a run which was killed had set aside."""
    if (root / SET_ASIDE).exists():
        write_text(root / PARAMS, (root / SET_ASIDE).read_text(encoding="utf-8"))
        (root / SET_ASIDE).unlink()


@contextmanager
def pinned(day: date | None, root: Path = Path()) -> Iterator[None]:
    """Have params.yaml say `snapshots.as_of=<day>` meanwhile; None leaves it as it is."""
    put_back(root)
    if day is None:
        yield
        return
    text = composed(root / "configs", [f"snapshots.as_of={day.isoformat()}"])
    write_text(root / SET_ASIDE, (root / PARAMS).read_text(encoding="utf-8"))
    try:
        write_text(root / PARAMS, text)
        yield
    finally:
        put_back(root)
