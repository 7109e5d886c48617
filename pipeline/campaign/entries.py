"""The archive of deliveries as it is read: those that `data/deliveries.json` enters, each as it was delivered, or not at all."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pandas as pd

from pipeline.disk import from_here, sha256
from pipeline.errors import DataUnfitError
from pipeline.spreadsheet import read_csv

MANIFEST = "manifest.json"
DATED = "????-??-??"
MOST = 1e15  # a figure beyond it is damage


def read_delivered(path: Path) -> dict[str, str]:
    """Checksum of the manifest by delivery, in the order of their dates; empty where nothing was delivered.

    Raises DataUnfitError for a damaged file, and for one that enters a delivery twice, as two merged branches of git may.
    """
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))["deliveries"]
        found = {str(one["id"]): str(one["sha256"]) for one in entries}
        if len(found) < len(entries):
            raise ValueError
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError):
        raise DataUnfitError(f"{path} does not list deliveries by id and sha256, each once; restore it from git") from None
    return found


def delivery_folders(archive: Path) -> list[Path]:
    """The folders of an archive, oldest first. Raises DataUnfitError for one that is named like a day and is none."""
    folders = sorted(path for path in archive.glob(DATED) if path.is_dir())
    for folder in folders:
        try:
            date.fromisoformat(folder.name)
        except ValueError:
            raise DataUnfitError(
                f"{from_here(folder)} is named by no day, so nobody can say which delivery it is; "
                "give it the name of its day, or move it away"
            ) from None
    return folders


def deliveries_before(archive: Path, path: Path, day: date) -> list[Path]:
    """The folders of deliveries from before `day`, oldest first; of `path`, which enters them, those that are entered.

    One that is not entered counts as well: a kill may have come before its entry, which the next act makes up for. Raises
    DataUnfitError where one that is entered is not here, as whom it held out nobody here would know, or is another by now.
    """
    entered = read_delivered(path)
    absent = [name for name in sorted(entered) if name < day.isoformat() and not (archive / name).is_dir()]
    if absent:
        archive, path = from_here(archive), from_here(path)
        known = archive.with_name(f"{archive.name}.dvc")
        how = f"`dvc pull {known}` brings it" if known.exists() else "bring that folder"
        raise DataUnfitError(
            f"{path} names the delivery of {absent[-1]}, which is not in {archive}; {how}, or remove its entry if it is void"
        )
    folders = [folder for folder in delivery_folders(archive) if folder.name < day.isoformat()]
    for folder in folders:
        refuse_changed(folder, entered, path)
    return folders


def refuse_changed(folder: Path, entered: Mapping[str, str], path: Path) -> None:
    """Raise DataUnfitError if the manifest of a delivery is not the one that `path` has entered for it."""
    manifest = folder / MANIFEST
    if folder.name in entered and (not manifest.is_file() or sha256(manifest) != entered[folder.name]):
        what = "is not the one" if manifest.is_file() else "is missing: it is the one"
        raise DataUnfitError(
            f"{from_here(manifest)} {what} that {from_here(path)} names; restore both as of one time, or end a "
            "`churn forget` that was killed by forgetting the same customers again"
        )


def delivered_list(file: Path, columns: tuple[str, ...], numbers: tuple[str, ...] = ()) -> pd.DataFrame:
    """A list of the archive as it was delivered, with at least these columns; held against its manifest, if that is there.

    Cells of the columns `numbers`, of those that there are, become numbers, of the others texts. Every customer has one row.
    Raises DataUnfitError.
    """
    at_fault = file.parent / MANIFEST
    try:
        named = _named(at_fault, file.name) if at_fault.exists() else None
        at_fault = file
        if named is not None and named != sha256(file):
            raise ValueError("it is not the file its manifest names")
        return _checked(read_csv(file), columns, numbers)
    except (OSError, ValueError, csv.Error) as error:
        raise DataUnfitError(
            f"{from_here(at_fault)}: the delivery cannot be read as it was made ({error}); bring the folder back as it was, end "
            "a `churn forget` that was killed by forgetting the same customers again, or move a void delivery away"
        ) from None


def _named(manifest: Path, name: str) -> str:
    """The checksum of a list. Raises ValueError for a manifest that does not say it."""
    try:
        return str(json.loads(manifest.read_text(encoding="utf-8"))["files"][name]["sha256"])
    except (KeyError, TypeError):
        raise ValueError(f"it names no checksum of {name}") from None


def _checked(rows: pd.DataFrame, columns: tuple[str, ...], numbers: tuple[str, ...]) -> pd.DataFrame:
    missing = [name for name in ("customer_id", *columns) if name not in rows]
    if missing:
        raise ValueError(f"it has no column {missing[0]}")
    if not rows["customer_id"].is_unique:
        raise ValueError("it has a customer twice")
    if "since" in rows:
        pd.to_datetime(rows["since"], format="%Y-%m-%d")
    return rows.assign(**{name: _numbers(rows[name]) for name in numbers if name in rows})


def _numbers(cells: pd.Series) -> pd.Series:
    """Cells as numbers, an empty one as a gap; chances within 0 … 1. Raises ValueError for any other."""
    found = pd.to_numeric(cells.replace("", None)).astype(float)
    least, most = (0, 1) if str(cells.name).endswith("probability") else (-MOST, MOST)
    if not found.dropna().between(least, most).all():
        raise ValueError(f"{cells.name} is not a number from {least:g} to {most:g}")
    return found
