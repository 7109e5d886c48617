"""The archive of deliveries -> those that were made, oldest first, as they were handed over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pandas as pd

from pipeline.campaign.archive import ASSIGNMENTS, CUSTOMERS, delivered_list, named
from pipeline.outcomes.read_out import Delivered

OF_CUSTOMERS = ("customer_id", "churn_probability", "arm")
NUMBERS = (
    "assignment_probability",
    "offer_probability",
    "churn_probability",
    "expected_value",
    "expected_profit",
    "expected_cost",
)
TEXTS = ("customer_id", "list", "segment", "channel", "offer", "intended_offer", "arm", "taken_off")


def read_archive(archive: Path, until: date, pseudonyms: Mapping[str, str]) -> list[Delivered]:
    """Every delivery dated before `until`, under the pseudonyms there are; of the older ones lists have real ids.

    Raises DataUnfitError for a list that is not that of its manifest or lacks a column.
    """
    folders = sorted(path for path in archive.glob("????-??-??") if path.name < until.isoformat())
    return [_read(folder, pseudonyms) for folder in folders]


def _read(folder: Path, pseudonyms: Mapping[str, str]) -> Delivered:
    customers = named(delivered_list(folder / CUSTOMERS, OF_CUSTOMERS), pseudonyms)[list(OF_CUSTOMERS)]
    assigned = named(delivered_list(folder / ASSIGNMENTS, (*TEXTS, *NUMBERS)), pseudonyms)
    numbers = {name: pd.to_numeric(assigned[name].replace("", None)).astype(float) for name in NUMBERS}
    score = pd.to_numeric(customers["churn_probability"].replace("", None)).astype(float)
    return Delivered(date.fromisoformat(folder.name), customers.assign(churn_probability=score), assigned.assign(**numbers))
