"""`data/deliveries.json` as the lists read it: which deliveries there are, whether or not their folders are here."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from pipeline.disk import from_here
from pipeline.errors import DataUnfitError


def read_delivered(path: Path) -> dict[str, str]:
    """Checksum of the manifest by delivery, in the order of their dates; empty where nothing was delivered.

    Raises DataUnfitError for a damaged file.
    """
    try:
        written = json.loads(path.read_text(encoding="utf-8"))
        return {str(one["id"]): str(one["sha256"]) for one in written["deliveries"]}
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError):
        raise DataUnfitError(f"{path} does not list deliveries by id and sha256; restore it from git") from None


def refuse_absent_before(archive: Path, path: Path, day: date) -> None:
    """Raise DataUnfitError if a delivery from before `day` is entered, but not here: whom it held out nobody here would know."""
    absent = [name for name in sorted(read_delivered(path)) if name < day.isoformat() and not (archive / name).is_dir()]
    if absent:
        archive, path = from_here(archive), from_here(path)
        known = archive.with_name(f"{archive.name}.dvc")
        how = f"`dvc pull {known}` brings it" if known.exists() else "bring that folder"
        raise DataUnfitError(
            f"{path} names the delivery of {absent[-1]}, which is not in {archive}; {how}, or remove its entry if it is void"
        )
