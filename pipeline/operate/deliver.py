"""`churn deliver`: freeze today's lists into the dated archive, without who has moved on since, and enter the delivery."""

from __future__ import annotations

import os
import shutil
from datetime import date
from pathlib import Path

import pandas as pd

from pipeline.artifacts import ARTIFACTS
from pipeline.campaign.entries import MANIFEST
from pipeline.campaign.list_columns import SCHEMA_VERSION
from pipeline.campaign.manifest import Manifest, settings, text
from pipeline.config import Config
from pipeline.contract.identity import read_identities
from pipeline.counted import counted
from pipeline.disk import partial, remove, sha256, write_text
from pipeline.errors import ConfigError, DataUnfitError
from pipeline.figure_files import read_figures
from pipeline.model.snapshot_rows import read_plan
from pipeline.operate.delivered import refuse_absent, register
from pipeline.operate.hand_over import hand_over
from pipeline.spreadsheet import read_csv


def deliver(config: Config, root: Path = Path(), refresh: bool = True) -> str:
    """Write `data/deliveries/<snapshot date>/` in one step, enter it, and return what was delivered; again changes nothing.

    With `refresh` what `source.path` holds now is read first, and whom it speaks against is taken off. The folder appears before
    its entry in `data/deliveries.json`: killed in between, the next call of any date enters it. Raises DataUnfitError when the
    lists are missing or not those of their manifest, ConfigError when they are of other settings or another delivery of that
    date exists already.
    """
    campaigns, archive, entries = (root / ARTIFACTS[name] for name in ("campaigns", "deliveries", "delivered"))
    register(archive, entries)
    manifest = read_figures(campaigns / MANIFEST)
    _check_settings(manifest, config, root)
    place = archive / manifest["snapshot_date"]
    growing = partial(place)
    remove(growing)
    try:
        growing.mkdir(parents=True)
        _copy(campaigns, growing, manifest)
        identities = read_identities(root / ARTIFACTS["identities"])
        manifest, said = hand_over(growing, manifest, identities, config, root, refresh)
        write_text(growing / MANIFEST, text(manifest))
        if place.exists():
            _refuse_another(growing, place)
            said = f"{place} was delivered before, unchanged: {said}"
        else:
            refuse_absent(growing, place, entries)
            _flush(growing)
            growing.rename(place)
            said = f"delivered {place}: {said}"
    finally:
        remove(growing)
    register(archive, entries)
    return said


def _check_settings(manifest: Manifest, config: Config, root: Path) -> None:
    if manifest.get("schema_version") != SCHEMA_VERSION:
        raise DataUnfitError(
            f"the lists are of version {manifest.get('schema_version')}, this is version {SCHEMA_VERSION}; run `dvc repro` first"
        )
    now = {"campaign": config.campaign.model_dump(mode="json"), **settings(config)}
    for name, setting in now.items():
        if manifest.get(name) != setting:
            raise ConfigError(f"the lists were made with another `{name}` than params.yaml has now; run `dvc repro` first")
    day, planned = date.fromisoformat(manifest["snapshot_date"]), read_plan(root / ARTIFACTS["snapshots"]).score
    if day != planned:
        raise DataUnfitError(f"the lists are of {day}, the snapshots of {planned}; run `dvc repro` first")


def _copy(campaigns: Path, growing: Path, manifest: Manifest) -> None:
    """Copy what the manifest names; the copies are held against it, as a stage may be writing the lists anew."""
    for name, file in manifest["files"].items():
        if (campaigns / name).exists():
            shutil.copyfile(campaigns / name, growing / name)
        if not (growing / name).exists() or sha256(growing / name) != file["sha256"]:
            raise DataUnfitError(f"{campaigns / name} is not the file its manifest names; run `dvc repro --force campaign`")


def _refuse_another(growing: Path, place: Path) -> None:
    """Raise ConfigError unless both folders hold the same files; figures of the manifest may have moved."""
    names = {file.name for folder in (growing, place) for file in folder.iterdir()} - {MANIFEST}
    if all(_checksum(growing / name) == _checksum(place / name) for name in names):
        return
    void = "deliveries are never overwritten: if it is void, move it away and remove its entry in data/deliveries.json"
    now, before = (_assigned(folder / "assignments.csv") for folder in (growing, place))
    if list(now) != list(before):
        raise ConfigError(f"{place} holds another delivery of that date; {void}")
    moved = sum(now[line] != before[line] for line in now)
    raise ConfigError(f"{place} holds these lists, but {counted(moved, 'customer')} would by now be taken off, or not; {void}")


def _assigned(file: Path) -> dict[tuple[str, ...], str]:
    """Why each line of an archived assignment was taken off, by the line without it; none where there is no such file."""
    rows = read_csv(file) if file.exists() else pd.DataFrame({"taken_off": []}, dtype="str")
    lines = rows.drop(columns="taken_off", errors="ignore").itertuples(index=False, name=None)
    return dict(zip(lines, rows.get("taken_off", rows.iloc[:, 0]), strict=True))


def _checksum(path: Path) -> str | None:
    return sha256(path) if path.is_file() else None


def _flush(folder: Path) -> None:
    """Have every file on the disk before the folder gets its name: a power cut is no excuse for an empty list."""
    for file in folder.iterdir():
        with file.open("rb") as opened:
            os.fsync(opened.fileno())
