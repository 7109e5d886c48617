"""`data/deliveries.json`: which deliveries there are, each pinned by the checksum of its manifest, which pins its files."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from pipeline.campaign.entries import read_delivered
from pipeline.campaign.manifest import MANIFEST
from pipeline.disk import sha256, write_text
from pipeline.errors import ConfigError, DataUnfitError

DATED = "????-??-??"


def register(archive: Path, path: Path) -> None:
    """Enter every delivery of the archive that is not entered yet: the last step of a delivery, and its repair after a kill.

    A folder of the archive is complete since it was renamed. An entry without a folder stays: the archive is not in git. Raises
    DataUnfitError when a manifest is not the one that was entered.
    """
    entered = read_delivered(path)
    found = {file.parent.name: sha256(file) for file in archive.glob(f"{DATED}/{MANIFEST}")}
    for name, checksum in found.items():
        if entered.get(name, checksum) != checksum:
            raise DataUnfitError(
                f"{archive / name / MANIFEST} is not the one that {path} names; restore both as of one time, or end a "
                "`churn forget` that was killed by forgetting the same customers again"
            )
    if found.keys() - entered.keys():
        _write(entered | found, path)


def refuse_absent(growing: Path, place: Path, path: Path) -> None:
    """Raise ConfigError if another delivery than the one in `growing` is entered for `place`, which is not there."""
    name = place.name
    if read_delivered(path).get(name, sha256(growing / MANIFEST)) != sha256(growing / MANIFEST):
        raise ConfigError(
            f"{path} names another delivery of {name}, which is not here; bring {place} back, or remove its entry if it is void"
        )


def follow(path: Path, folder: Path, text: str) -> None:
    """Name the manifest that a delivery is to have next, if the one it has is named now (or the next one, already)."""
    entered = read_delivered(path)
    if folder.name in entered and entered[folder.name] == sha256(folder / MANIFEST):
        _write(entered | {folder.name: hashlib.sha256(text.encode()).hexdigest()}, path)


def _write(entered: dict[str, str], path: Path) -> None:
    listed = [{"id": name, "sha256": checksum} for name, checksum in sorted(entered.items())]
    write_text(path, json.dumps({"deliveries": listed}, indent=2) + "\n")
