"""The newest data: a fresh ingest beside the project's own clean tables, which it leaves as they are."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

from pipeline.artifacts import ARTIFACTS
from pipeline.config import Config
from pipeline.disk import partial, remove
from pipeline.stages.ingest import ingest


@contextmanager
def newest_clean(config: Config, root: Path) -> Iterator[Path]:
    """The clean tables of what `source.path` holds now, without who is forgotten, in a folder that is removed at the end.

    It lies in the archive under a partial name: what a killed process leaves there goes with the next delivery, and customers
    with `churn forget`. Raises what ingest raises.
    """
    place = partial(root / ARTIFACTS["deliveries"] / "newest")
    forgotten = root / ARTIFACTS["forgotten"]
    remove(place)
    try:
        (place / ARTIFACTS["forgotten"]).parent.mkdir(parents=True)
        if forgotten.exists():
            shutil.copyfile(forgotten, place / ARTIFACTS["forgotten"])
        with redirect_stdout(sys.stderr):  # how far it is; what a command prints is what it did
            ingest.run(config, place)
        yield place / ARTIFACTS["clean"]
    finally:
        remove(place)
