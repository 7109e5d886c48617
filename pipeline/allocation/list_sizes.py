"""What a delivery would be, before anything is sent: sizes, spend and profit of the lists per segment."""

from __future__ import annotations

import pandas as pd


def list_sizes(customers: pd.DataFrame, described: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """One row a list and segment, sorted, and "all" at the end: intended, contact, holdout, spend, profit, expected churners.

    `customers` as `allocate` gives them, `described` the segments named in `by` and `churn_probability` of each customer_id. The
    spend is on those contacted only, the profit theirs, null without money.
    """
    rows = customers[customers["state"].isin(["contact", "holdout"])].merge(described, on="customer_id", how="left")
    contacted = rows["arm"] == "contact"
    rows = rows.assign(
        intended=1,
        contact=contacted.astype("int64"),
        holdout=(~contacted).astype("int64"),
        expected_spend=rows["cost"] * contacted,
        expected_profit=rows["expected_profit"] * contacted,
        expected_churners=rows["churn_probability"],
    )
    keys = ["list", *by]
    names = ["intended", "contact", "holdout", "expected_churners", "expected_spend", "expected_profit"]
    filled = rows.assign(**{key: rows[key].astype(object).fillna("none") for key in keys})
    sums = filled.groupby(keys, sort=True)[names].sum(min_count=1).reset_index()
    whole = filled[names].sum(min_count=1).to_frame().T.assign(**dict.fromkeys(keys, "all"))
    out = pd.concat([sums, whole], ignore_index=True)[[*keys, *names]]
    counts = ["intended", "contact", "holdout"]
    return out.assign(**{name: out[name].fillna(0).astype("int64") for name in counts})
