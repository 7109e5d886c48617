"""Deliveries -> the contacts that the simulated shop makes of them when it goes on after its history.

Contacted is who is in the arm `contact` and was not taken off at the hand-over; hold-outs are logged without effect, as the shop
logs its own past campaigns; the control and everybody else are left alone. A month takes in the deliveries of its first day and
of the 29 days before it; of several that name a customer the first one counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.campaign.entries import delivered_list
from pipeline.contract.identity import how_to_know
from pipeline.errors import DataUnfitError
from pipeline.simulator.campaigns import CONTACT, HOLDOUT
from pipeline.simulator.played import CONTACT_COST, PLAYED
from pipeline.simulator.settings import MONTH_DAYS, Settings

ASSIGNMENTS = "assignments.csv"
DRAWN = ("customer_id", "channel", "offer", "arm", "assignment_probability", "taken_off")
Contacts = Mapping[int, pd.DataFrame]


def contacts_of(deliveries: Iterable[Path], settings: Settings, later_months: int, names: Mapping[str, str]) -> Contacts:
    """By the number of the month that takes them in, the contacts of all deliveries from the history's end on.

    `deliveries` are their folders, oldest first, and `names` the customers' numbers by what the archive calls them. Raises
    DataUnfitError for a list that is not as it was delivered, for strangers, and for an offer of which nothing says what it is
    played as.
    """
    found: dict[int, list[pd.DataFrame]] = {}
    for folder in deliveries:
        days = (np.datetime64(folder.name) - settings.boundary(settings.months).astype("datetime64[D]")).astype(int)
        month = settings.months + -(-int(days) // MONTH_DAYS)
        if days >= 0 and month < settings.months + later_months:
            found.setdefault(month, []).append(_contacts(folder, settings.boundary(month), names))
    return {month: pd.concat(parts).drop_duplicates("customer_id", ignore_index=True) for month, parts in found.items()}


def _contacts(folder: Path, start: np.datetime64, names: Mapping[str, str]) -> pd.DataFrame:
    """Those drawn by a delivery, as `World.step` takes them in."""
    file, day = folder / ASSIGNMENTS, folder.name
    rows = delivered_list(file, DRAWN, ("assignment_probability",))
    rows = rows[rows["arm"].isin([CONTACT, HOLDOUT]) & (rows["taken_off"] == "")].reset_index(drop=True)
    unknown = sorted(set(rows["offer"]) - set(PLAYED))
    if unknown:
        raise DataUnfitError(
            f"{file}: the simulated company does not know the offer {unknown[0]!r}; say in PLAYED of "
            "pipeline/simulator/played.py what it is played as"
        )
    strangers = sorted(set(rows["customer_id"]) - set(names))
    if strangers:
        raise DataUnfitError(
            f"{file}: {len(strangers)} customers are not of the simulated company, such as {strangers[0]!r}; "
            f"move deliveries of another company away, or set source.simulate.demo.later_months=0{how_to_know(strangers[0])}"
        )
    made = rows["arm"] == CONTACT
    return rows[["offer", "arm", "channel"]].assign(
        customer_id=rows["customer_id"].map(dict(names)),
        campaign_id=f"list_{day}",
        delivery_id=day,
        assignment_probability=rows["assignment_probability"],
        cost=rows["channel"].map(CONTACT_COST).where(made, 0.0),
        contacted_at=start + np.timedelta64(9, "h"),
    )
