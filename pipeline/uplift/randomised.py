"""Matured deliveries -> the rows an uplift model learns from: everybody whom a churn list drew, by the draw."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.arrays import Bools, Floats, Ints
from pipeline.outcomes.earlier import refuse_earlier

# What a list says before anybody is drawn: what says the arm in other words (contact_intensity), or follows from an effect that
# was estimated before (expected_profit), would lead a model to itself.
NUMBERS = (
    "churn_probability", "risk_score", "recency_days", "orders_count", "revenue_total", "expected_value", "value_at_risk",
)  # fmt: skip
WORDS = ("lifecycle", "value_tier", "channel", "offer")
CATALOG = [{"name": name, "type": "number"} for name in NUMBERS] + [{"name": name, "type": "category"} for name in WORDS]
LIST = "churn"
DRAW = ("since", "customer_id")


@dataclass(frozen=True)
class Randomised:
    """Rows by day of the draw and customer: what the list said, whether contacted, by which chance, and who stayed.

    `customer` numbers the customers, whose rows belong together; `worth` is what a saved customer brings (1 without money) and
    `besides` what contacting brings beside those it saves, its cost paid: (1 − p) η V − c.
    """

    rows: pd.DataFrame
    customer: Ints
    contacted: Bools
    chance: Floats
    stayed: Floats
    worth: Floats
    besides: Floats
    with_money: bool

    def taken(self, at: Bools | Ints) -> Randomised:
        """Some of the rows."""
        return Randomised(
            rows=self.rows[at] if at.dtype == bool else self.rows.iloc[at],
            customer=self.customer[at],
            contacted=self.contacted[at],
            chance=self.chance[at],
            stayed=self.stayed[at],
            worth=self.worth[at],
            besides=self.besides[at],
            with_money=self.with_money,
        )

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.rows)


def randomised(matured: Iterable[pd.DataFrame], stayer_uplift: dict[str, float]) -> Randomised:
    """Everybody drawn for contact or hold-out by a churn list; the order of deliveries and rows never matters.

    `matured` are frames of data/matured, of which those that are `suspect` teach nothing; `stayer_uplift` is η by offer. With
    money customers of no known value are left out, as no list with money has them. Raises DataUnfitError for frames of an earlier
    version, which do not say whether they are suspect.
    """
    parts = [_of_churn_list(frame) for frame in matured]
    found = pd.concat([part for part in parts if len(part)], ignore_index=True) if any(map(len, parts)) else _none()
    found = found.sort_values(list(DRAW), ignore_index=True)
    with_money = bool(found["expected_value"].notna().any())
    if with_money:
        found = found[found["expected_value"].notna() & found["expected_cost"].notna()].reset_index(drop=True)
    p, value, cost = (found[name].to_numpy(np.float64) for name in ("churn_probability", "expected_value", "expected_cost"))
    eta = found["offer"].map(stayer_uplift).fillna(0.0).to_numpy(np.float64)
    value = np.maximum(value, 0.0) if with_money else np.ones(len(found))
    return Randomised(
        rows=found,
        customer=np.asarray(pd.factorize(found["customer_id"], sort=True)[0], dtype=np.int64),
        contacted=(found["arm"] == "contact").to_numpy(bool),
        chance=found["assignment_probability"].to_numpy(np.float64),
        stayed=1 - found["churned"].to_numpy(np.float64),
        worth=value,
        besides=(1 - p) * eta * value - cost if with_money else np.zeros(len(found)),
        with_money=with_money,
    )


def _of_churn_list(frame: pd.DataFrame) -> pd.DataFrame:
    """The drawn of the churn list, unless the delivery is suspect, with the offer that they were drawn for, in both arms."""
    refuse_earlier(frame, "suspect", "which deliveries are suspect")
    rows = frame[frame["drawn"] & ~frame["suspect"] & (frame["list"] == LIST) & frame["churn_probability"].notna()]
    return rows.assign(**{name: rows[name].astype(object) for name in ("since", *WORDS)})


def _none() -> pd.DataFrame:
    """No rows, with every column that is asked for."""
    texts, numbers = (*DRAW, "arm", *WORDS), (*NUMBERS, "expected_cost", "assignment_probability", "churned")
    return pd.DataFrame(
        {name: pd.Series(dtype="object") for name in texts} | {name: pd.Series(dtype="float64") for name in numbers}
    )
