"""The draws of all deliveries -> of how many customers each of those stands who were left alone after a delivery.

A customer is left alone who is not contacted inside the window, by this delivery or a later one. Whom chance alone decided about
is stood for by who was held out: 1 / (1 − p) for each draw of the window, p being its chance of a contact. Whose arm was drawn
before the delivery and holds still is not decided about again: the contacted would be contacted again for certain, so they are no
part of what is judged, and the held out stand for themselves, as no more is known of them than of others who are left alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import numpy as np
import pandas as pd

from pipeline.arrays import Floats
from pipeline.outcomes.archived import Delivered

DRAW = ["customer_id", "arm", "assignment_probability", "since"]


def draws(deliveries: Iterable[Delivered]) -> pd.DataFrame:
    """Every draw for contact or hold-out once, however many deliveries repeat it: DRAW, `since` as a timestamp, by customer."""
    rows = pd.concat([pd.DataFrame(columns=DRAW), *(one.assignments[DRAW] for one in deliveries)], ignore_index=True)
    rows = rows[rows["arm"].isin(["contact", "holdout"])].drop_duplicates(["customer_id", "since"])
    return rows.assign(since=pd.to_datetime(rows["since"])).sort_values(["customer_id", "since"], ignore_index=True)


def untreated(happened: pd.DataFrame, t: date, matures_on: date, drawn: pd.DataFrame) -> pd.DataFrame:
    """`happened` with the `weight` of what the log says times that of what was drawn; `drawn` by `draws`.

    The window is `[t, matures_on)`, and an arm holds for as many days from its draw.
    """
    window = drawn[(drawn["since"] >= pd.Timestamp(t)) & (drawn["since"] < pd.Timestamp(matures_on))]
    by_customer = pd.Series(_times(window), window["customer_id"]).groupby(level=0).prod()
    factor = (
        happened["customer_id"].map(by_customer).fillna(1.0).mask(happened["customer_id"].isin(bound(t, matures_on, drawn)), 0.0)
    )
    return happened.assign(weight=happened["weight"] * factor)


def bound(t: date, matures_on: date, drawn: pd.DataFrame) -> pd.Series:
    """The customers whose arm at `t` was drawn before and is that of contact: they are contacted whenever they are listed."""
    start = pd.Timestamp(t)
    running = drawn[(drawn["since"] > start - (matures_on - t)) & (drawn["since"] < start)].drop_duplicates("customer_id")
    return running.loc[running["arm"] == "contact", "customer_id"]


def _times(window: pd.DataFrame) -> Floats:
    chance = window["assignment_probability"].to_numpy(np.float64)
    held = ((window["arm"] == "holdout") & (chance < 1)).to_numpy()
    return np.where(held, 1 / np.where(held, 1 - chance, 1), 0.0)
