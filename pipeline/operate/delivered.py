"""`data/deliveries.json`: which deliveries there are, each pinned by the checksum of its manifest, which pins its files."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from pipeline.campaign.entries import MANIFEST, delivery_folders, read_delivered, refuse_changed
from pipeline.disk import sha256, write_text
from pipeline.errors import ConfigError


def register(archive: Path, path: Path) -> None:
    """Enter every delivery of the archive that is not entered yet: the last step of a delivery, and its repair after a kill.

    A folder of the archive is complete since it was renamed. An entry without a folder stays: the archive is not in git. Raises
    DataUnfitError when a manifest is not the one that was entered, and for a folder that is named by no day.
    """
    entered, folders = read_delivered(path), delivery_folders(archive)
    for folder in folders:
        refuse_changed(folder, entered, path)
    found = {folder.name: sha256(folder / MANIFEST) for folder in folders if (folder / MANIFEST).is_file()}
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
