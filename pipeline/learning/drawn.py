"""Matured deliveries -> who was drawn for contact or hold-out, by what chance, and what became of them.

A customer who is listed week after week is one draw, which counts in the delivery that drew them (`drawn`, by the outcomes). Two
draws of one customer are independent: the chance of the later one is known whatever the earlier one did, so their errors are
uncorrelated.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from pipeline.campaign.lifecycle import assumed_probability
from pipeline.config.campaign_section import AssumedChurn
from pipeline.outcomes.earlier import refuse_earlier

DRAW = ("delivery", "customer_id")
COLUMNS = (*DRAW, "offer", "channel", "segment", "p", "contacted", "chance", "churned", "reached", "own_cost", "own_contacts")


def drawn(matured: Iterable[pd.DataFrame], assumed: AssumedChurn) -> pd.DataFrame:
    """A row for each draw, by delivery and customer, with COLUMNS; the order of what is given never matters.

    `matured` are tables as the stage outcomes keeps them. `p` is the forecast that the list was made with, that which is assumed
    of the lapsed and the new included; draws without one, or without an offer, teach nothing and are left out. `own_cost` is what
    the contact log says of this delivery: who is listed again is contacted again, and what that cost says nothing of who took the
    first offer. Raises DataUnfitError for tables of an earlier version that lack it.
    """
    frames = [_read(rows[rows["drawn"]], assumed) for rows in matured]
    if not frames:
        return pd.DataFrame({name: [] for name in COLUMNS})
    rows = pd.concat(frames, ignore_index=True).sort_values(list(DRAW))
    return rows[rows["p"].notna() & rows["offer"].ne("") & rows["offer"].notna()].reset_index(drop=True)


def _read(rows: pd.DataFrame, assumed: AssumedChurn) -> pd.DataFrame:
    refuse_earlier(rows, "own_contacts", "how many contacts a delivery made of each customer, and what those cost")
    score = rows["churn_probability"].to_numpy(np.float64, na_value=np.nan)
    told = {name: rows[name].astype(object) for name in ("customer_id", "offer", "channel", "segment")}
    found = {
        **told,
        "delivery": pd.to_datetime(rows["delivery"]),
        "p": assumed_probability(score, rows["lifecycle"], assumed),
        "contacted": rows["arm"].eq("contact").to_numpy(bool),
        "chance": rows["assignment_probability"].to_numpy(np.float64),
        "churned": rows["churned"].to_numpy(bool),
        "reached": rows["reached"].to_numpy(bool),
        "own_cost": rows["own_cost"].to_numpy(np.float64, na_value=np.nan),
        "own_contacts": rows["own_contacts"].to_numpy(np.int64),
    }
    return pd.DataFrame(found)[list(COLUMNS)]
