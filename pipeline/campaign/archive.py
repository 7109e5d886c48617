"""What earlier deliveries said, as far as today's lists depend on it: arms that still hold, labels, who was listed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from pipeline.allocation.arms import EARLIER
from pipeline.campaign.entries import delivered_list, deliveries_before

ASSIGNMENTS, CUSTOMERS = "assignments.csv", "customers.csv"
LABELS = ("customer_id", "risk_segment", "state", "left_out_reason")


@dataclass(frozen=True)
class Earlier:
    """Arms of all deliveries before a day (columns EARLIER), and the labels of the latest one (LABELS); both may be empty."""

    arms: pd.DataFrame
    labels: pd.DataFrame
    delivery: str | None = None


def before(archive: Path, day: date, identities: Mapping[str, str], entered: Path) -> Earlier:
    """The deliveries in `archive` that are dated before `day`.

    `identities` are the real ids by pseudonym: deliveries from before there were pseudonyms have those. Raises DataUnfitError for
    a delivery that is not here, or not the one, that the file `entered` names, and for a list that is not that of its manifest or
    does not say what is asked: who was held out must not be contacted by mistake.
    """
    pseudonyms = {name: pseudonym for pseudonym, name in identities.items()}
    folders = deliveries_before(archive, entered, day)
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
