"""What contacting really changed: a delivery's customers beside themselves, living on with the same luck and no contacts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.arrays import Floats
from pipeline.simulator.offers import NO_OFFER, OFFER_NAMES
from pipeline.simulator.played import played_codes
from pipeline.simulator.settings import MONTH_DAYS
from pipeline.simulator.world import World

WINDOW_DAYS = 90
WINDOW = WINDOW_DAYS // MONTH_DAYS
LATE = 1  # months after the window in which orders of it still come in
READ = ["order_no", "line_no", "line_type", "customer_no", "order_time", "line_total", "margin"]
Months = Sequence[dict[str, pa.Table]]


def sold(months: Months) -> pd.DataFrame:
    """The order lines of some months, without copies of rows and rows of nobody."""
    lines = pa.concat_tables([month["order_lines"].select(READ) for month in months]).to_pandas()
    return lines.dropna(subset="customer_no").drop_duplicates()


def delivery_truth(before: World, contacts: pd.DataFrame, months: Months) -> pd.DataFrame:
    """A row for each of `contacts` (hold-outs and their offers included) with what is true of 90 days; `before` is used up.

    `before` is the world as it was before they were made, `months` what it exported from then on. `untreated` and `treated` are
    the chances of no purchase without and with the offer. `churned_by_contact` and `margin_by_contact` are what those contacted
    did less what they had done in a life of the same luck without any further contact; null where the window is not over.
    """
    known = before.truth(WINDOW_DAYS, only_eligible=False).set_index("customer_id").loc[contacts["customer_id"]]
    codes, untreated = played_codes(contacts["offer"]), known[f"untreated_no_purchase_probability_{WINDOW_DAYS}d"].to_numpy()
    chances = [known[f"no_purchase_probability_{WINDOW_DAYS}d_{name}"].to_numpy() for name in OFFER_NAMES]
    treated = np.select([codes == code for code in range(len(OFFER_NAMES))], chances, untreated)
    told = contacts[["delivery_id", "customer_id", "arm", "offer", "cost"]].reset_index(drop=True)
    played = np.array([*OFFER_NAMES, None], dtype=object)[np.where(codes == NO_OFFER, len(OFFER_NAMES), codes)]
    told = told.assign(played=pd.Series(played, dtype="str"), untreated=untreated, treated=treated)
    return told.assign(**_by_contact(before, pd.Index(told["customer_id"]), months[: WINDOW + LATE]))


def _by_contact(before: World, who: pd.Index, months: Months) -> dict[str, Floats]:
    names = ("churned_by_contact", "margin_by_contact")
    if len(months) < WINDOW:
        return {name: np.full(len(who), np.nan) for name in names}
    began = before.now
    here, alone = _lived(months, began, who), _lived([before.step() for _ in months], began, who)
    return {name: mine - other for name, mine, other in zip(names, here, alone, strict=True)}


def _lived(months: Months, began: pd.Timestamp, who: pd.Index) -> tuple[Floats, Floats]:
    """Whether each customer left within the window, 0 or 1, and the margin in it."""
    lines = sold(months)
    lines = lines[(lines["order_time"] >= began) & (lines["order_time"] < began + pd.Timedelta(days=WINDOW_DAYS))]
    bought = lines.loc[(lines["line_type"] == "SALE") & (lines["line_total"] > 0), "customer_no"].unique()
    margin = lines.groupby("customer_no")["margin"].sum().reindex(who).fillna(0)
    return (~who.isin(bought)).astype(np.float64), margin.to_numpy(np.float64)
