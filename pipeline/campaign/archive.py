"""What earlier deliveries said, as far as today's lists depend on it: arms that still hold, labels, who was listed."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from pipeline.allocation.arms import EARLIER
from pipeline.campaign.entries import refuse_absent_before
from pipeline.campaign.manifest import MANIFEST
from pipeline.disk import sha256
from pipeline.errors import DataUnfitError
from pipeline.spreadsheet import read_csv

ASSIGNMENTS, CUSTOMERS = "assignments.csv", "customers.csv"
MOST = 1e15  # a figure beyond it is damage
LABELS = ("customer_id", "risk_segment", "state", "left_out_reason")


@dataclass(frozen=True)
class Earlier:
    """Arms of all deliveries before a day (columns EARLIER), and the labels of the latest one (LABELS); both may be empty."""

    arms: pd.DataFrame
    labels: pd.DataFrame
    delivery: str | None = None


def before(archive: Path, day: date, identities: Mapping[str, str], entered: Path | None = None) -> Earlier:
    """The deliveries in `archive` that are dated before `day`.

    `identities` are the real ids by pseudonym: deliveries from before there were pseudonyms have those. Raises DataUnfitError for
    a delivery that the file `entered` names and that is not here, and for a file that is not that of its manifest or does not say
    what is asked: who was held out must not be contacted by mistake.
    """
    if entered is not None:
        refuse_absent_before(archive, entered, day)
    pseudonyms = {name: pseudonym for pseudonym, name in identities.items()}
    folders = sorted(path for path in archive.glob("????-??-??") if path.name < day.isoformat())
    arms, labels = pd.DataFrame(columns=list(EARLIER)), pd.DataFrame(columns=list(LABELS))
    if not folders:
        return Earlier(arms, labels)
    parts = [named(delivered_list(folder / ASSIGNMENTS, EARLIER, EARLIER[-1:]), pseudonyms) for folder in folders]
    arms = pd.concat(parts, ignore_index=True)[list(EARLIER)]
    listed = named(delivered_list(folders[-1] / CUSTOMERS, (*LABELS[:2], "arm", LABELS[3])), pseudonyms)
    listed["state"] = listed["arm"].replace("none", "left_out")
    labels = listed[list(LABELS)].replace("", None)
    return Earlier(arms, labels, folders[-1].name)


def named(rows: pd.DataFrame, pseudonyms: Mapping[str, str]) -> pd.DataFrame:
    """A list with the pseudonyms of those who have one by now."""
    return rows.assign(customer_id=[pseudonyms.get(name, name) for name in rows["customer_id"]])


def delivered_list(file: Path, columns: tuple[str, ...], numbers: tuple[str, ...] = ()) -> pd.DataFrame:
    """A list of the archive as it was delivered, with at least these columns; held against its manifest, if that is there.

    Cells of the columns `numbers`, of those that there are, become numbers, of the others texts. Every customer has one row.
    Raises DataUnfitError.
    """
    try:
        manifest = file.parent / MANIFEST
        if manifest.exists() and json.loads(manifest.read_text(encoding="utf-8"))["files"][file.name]["sha256"] != sha256(file):
            raise ValueError("it is not the file its manifest names")
        rows = read_csv(file)
        missing = [name for name in columns if name not in rows]
        if missing:
            raise ValueError(f"it has no column {missing[0]}")
        if not rows["customer_id"].is_unique:
            raise ValueError("it has a customer twice")
        if "since" in rows:
            pd.to_datetime(rows["since"], format="%Y-%m-%d")
        rows = rows.assign(**{name: _numbers(rows[name]) for name in numbers if name in rows})
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
        raise DataUnfitError(
            f"{file}: the delivery cannot be read as it was made ({error}); bring the folder back as it was, end a "
            "`churn forget` that was killed by forgetting the same customers again, or move a void delivery away"
        ) from None
    return rows


def _numbers(cells: pd.Series) -> pd.Series:
    """Cells as numbers, an empty one as a gap; chances within 0 … 1. Raises ValueError for any other."""
    found = pd.to_numeric(cells.replace("", None)).astype(float)
    least, most = (0, 1) if str(cells.name).endswith("probability") else (-MOST, MOST)
    if not found.dropna().between(least, most).all():
        raise ValueError(f"{cells.name} is not a number from {least:g} to {most:g}")
    return found
