"""Contacts as the world takes them in: checked, turned into positions, and logged as raw rows."""

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.arrays import Ints
from pipeline.simulator.campaigns import CONTACT, CONTACT_COLUMNS
from pipeline.simulator.month import Instants
from pipeline.simulator.offers import NO_OFFER
from pipeline.simulator.played import played_codes

CONTACT_SCHEMA = pa.schema([
    ("contact_no", pa.string()),
    ("campaign", pa.string()),
    ("delivery", pa.string()),
    ("customer_no", pa.string()),
    ("contacted_at", pa.timestamp("s")),
    ("channel", pa.string()),
    ("offer", pa.string()),
    ("arm", pa.string()),
    ("assignment_probability", pa.float64()),
    ("cost", pa.float64()),
])  # fmt: skip


def positions_of(contacts: pd.DataFrame | None, known: int) -> tuple[Ints, Ints]:
    """Positions of the customers whom a contact moves, and the codes of what their offers are played as.

    Raises ValueError for unknown columns, customers or offers and for a customer contacted twice in a month.
    """
    if contacts is None or contacts.empty:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    missing = [column for column in CONTACT_COLUMNS if column not in contacts.columns]
    if missing:
        raise ValueError(f"contacts: columns missing: {', '.join(missing)}")
    try:
        codes = played_codes(contacts["offer"])
    except ValueError as error:
        raise ValueError(f"contacts: {error}") from None
    position: Ints = contacts["customer_id"].to_numpy().astype(np.int64) - 1
    strangers = (position < 0) | (position >= known)
    if strangers.any():
        example = contacts["customer_id"].to_numpy()[strangers][0]
        raise ValueError(f"contacts: {strangers.sum()} rows of customers not known yet, such as {example!r}")
    made = (contacts["arm"] == CONTACT).to_numpy()
    position = position[made]
    if len(np.unique(position)) < len(position):
        raise ValueError("contacts: a customer is contacted twice in one month")
    moved = codes[made] != NO_OFFER
    return position[moved], codes[made][moved]


def contact_rows(contacts: pd.DataFrame | None, start: np.datetime64, end: np.datetime64) -> pa.Table:
    """The contact log's raw rows; `delivery_id` is optional: the shop's own past campaigns have none."""
    if contacts is None or contacts.empty:
        return CONTACT_SCHEMA.empty_table()
    when: Instants = contacts["contacted_at"].to_numpy().astype("datetime64[s]")
    outside = (when < start) | (when >= end)
    if outside.any():
        raise ValueError(f"contacts: {outside.sum()} rows outside [{start}, {end}), such as {when[outside][0]}")
    campaign = contacts["campaign_id"]
    delivery = contacts.get("delivery_id", pd.Series(None, index=contacts.index, dtype="str"))
    return pa.Table.from_arrays(
        [
            pa.array("K-" + campaign + "-" + contacts["customer_id"], pa.string()),
            pa.array(campaign, pa.string()),
            pa.array(delivery, pa.string()),
            pa.array(contacts["customer_id"], pa.string()),
            pa.array(when),
            *(pa.array(contacts[name], pa.string()) for name in ("channel", "offer", "arm")),
            *(pa.array(contacts[name].astype("float64")) for name in ("assignment_probability", "cost")),
        ],
        schema=CONTACT_SCHEMA,
    )
