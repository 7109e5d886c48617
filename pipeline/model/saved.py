"""Models on disk: whichever kind was saved under a name, and the version of a folder of them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pipeline.model.booster import ChurnModel
from pipeline.model.sealed import of_this_version, read_body
from pipeline.model.simple import SimpleModel

SHIPPED = ("ship.txt", "ship.json", "ship-value.txt", "ship-value.json")


def load(folder: Path, name: str) -> ChurnModel | SimpleModel:
    """Read what `save` of either model wrote. Raises DataUnfitError when a file is missing or was changed."""
    return SimpleModel.load(folder, name) if "kind" in read_body(folder, name) else ChurnModel.load(folder, name)


def version_of(folder: Path) -> str:
    """Version of the shipped model, that of value included: its `as_of` date and the first digits of a checksum of its files."""
    with of_this_version(folder, "ship"):
        return f"{read_body(folder, 'ship')['about']['as_of'].replace('-', '')}-{checksum_of(folder)[:8]}"


def checksum_of(folder: Path) -> str:
    """SHA-256, hex, of the files of the shipped model, that of value included."""
    files = [path for path in (folder / name for name in SHIPPED) if path.exists()]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
