"""What earlier deliveries said, as far as today's lists depend on it: arms that still hold, labels, who was listed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from pipeline.allocation.arms import EARLIER
from pipeline.spreadsheet import read_csv

ASSIGNMENTS, CUSTOMERS = "assignments.csv", "customers.csv"
LABELS = ("customer_id", "risk_segment", "state", "left_out_reason")


@dataclass(frozen=True)
class Earlier:
    """Arms of all deliveries before a day (columns EARLIER), and the labels of the latest one (LABELS); both may be empty."""

    arms: pd.DataFrame
    labels: pd.DataFrame
    delivery: str | None = None


def before(archive: Path, day: date, pseudonyms: Mapping[str, str]) -> Earlier:
    """The deliveries in `archive` that are dated before `day`.

    `pseudonyms` are the names of real ids: deliveries from before there were pseudonyms have those.
    """
    folders = sorted(path for path in archive.glob("????-??-??") if path.name < day.isoformat())
    arms, labels = pd.DataFrame(columns=list(EARLIER)), pd.DataFrame(columns=list(LABELS))
    if not folders:
        return Earlier(arms, labels)
    parts = [_named(read_csv(folder / ASSIGNMENTS), pseudonyms) for folder in folders]
    arms = pd.concat(parts, ignore_index=True)[list(EARLIER)]
    arms["assignment_probability"] = arms["assignment_probability"].astype(float)
    listed = _named(read_csv(folders[-1] / CUSTOMERS), pseudonyms)
    listed["state"] = listed["arm"].replace("none", "left_out")
    labels = listed[list(LABELS)].replace("", None)
    return Earlier(arms, labels, folders[-1].name)


def _named(rows: pd.DataFrame, pseudonyms: Mapping[str, str]) -> pd.DataFrame:
    return rows.assign(customer_id=[pseudonyms.get(name, name) for name in rows["customer_id"]])
