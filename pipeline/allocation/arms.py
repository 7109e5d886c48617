"""Control, hold-out and offer against offer: who was drawn for what, by which chance, and for how long it holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from pipeline.arrays import Bools, Floats
from pipeline.campaign.id_lookup import beside, places
from pipeline.config.allocation_section import Allocation, OfferArm
from pipeline.statistics.keyed_uniform import keyed_uniform

EARLIER = ("customer_id", "arm", "since", "assignment_probability")


@dataclass(frozen=True)
class Drawing:
    """What a delivery draws with: the `day` is that of the delivery and its name, `running_days` the gap and the horizon."""

    seed: int
    day: date
    running_days: int
    rules: Allocation

    def uniform(self, customers: pd.Series, what: str) -> Floats:
        """Numbers in [0, 1) of the customer, the seed and what is drawn."""
        return keyed_uniform(customers.to_numpy(dtype=object), f"{self.seed}/{what}")

    def running(self, earlier: pd.DataFrame, customers: pd.Series) -> pd.DataFrame:
        """The arm that still holds for each customer, missing where none does: begun less than `running_days` ago.

        `earlier` has the columns of EARLIER, `since` the day an arm was drawn (date or ISO text); of several of a customer the
        first holds. Arms begun on this very day are this delivery's own, made before, and not earlier ones.
        """
        began = pd.to_datetime(earlier["since"])
        today = pd.Timestamp(self.day)
        holds = (began > today - timedelta(days=self.running_days)) & (began < today)
        held = earlier.assign(since=began.dt.date)[holds.to_numpy()].sort_values(["customer_id", "since", "arm"])
        first = held.drop_duplicates("customer_id")
        return beside(first[list(EARLIER[1:])], places(customers, first["customer_id"])).set_axis(
            pd.Index(customers), axis="index"
        )

    @property
    def control_key(self) -> str:
        """One key for `control_days`, or the controls of many deliveries would add up to everybody."""
        return f"control/{self.day.toordinal() // self.rules.control_days}"

    def control(self, customers: pd.Series, running: pd.DataFrame) -> Bools:
        """Who is in the control of the whole population, listed or not; whose other arm still runs joins it only afterwards."""
        held = running["arm"]
        drawn = self.uniform(customers, self.control_key) < self.rules.control_share
        return np.asarray((held == "control") | (held.isna() & drawn), dtype=bool)

    def arms(self, listed: pd.DataFrame, running: pd.DataFrame) -> pd.DataFrame:
        """`arm` contact or holdout of an intended list, `assignment_probability` of contact, and `since` when.

        A running arm stays, with the probability it was drawn with, whatever the share is now.
        """
        held = running.iloc[listed["place"].to_numpy()]
        stays = held["arm"].isin(["contact", "holdout"]).to_numpy(dtype=bool)
        drawn = self.uniform(listed["customer_id"], self.day.isoformat()) < self.rules.holdout_share
        chance = held["assignment_probability"].to_numpy(dtype=np.float64, na_value=np.nan)
        return listed.assign(
            arm=np.where(stays, held["arm"].to_numpy(dtype=object), np.where(drawn, "holdout", "contact")),
            assignment_probability=np.where(stays, chance, 1 - self.rules.holdout_share),
            since=pd.Series(held["since"].to_numpy(dtype=object), listed.index, dtype=object).where(stays, self.day),
        )

    def offers(self, listed: pd.DataFrame) -> pd.DataFrame:
        """The offer that each gets, what it should earn and cost, and the chance it was drawn with: 1 where there is no test.

        `intended_offer` is the one before the draw. The key has no date: who is listed again while a test runs gets the same.
        """
        out = listed.assign(intended_offer=listed["offer"], offer_probability=1.0)
        for offer, test in self.rules.offer_arms.items():
            among = (listed["offer"] == offer) & (listed["against"] == test.against)
            swapped = among.copy()
            swapped[among] = self.uniform(listed.loc[among, "customer_id"], f"{offer}/{test.against}") < test.share
            for name in ("offer", "expected_profit", "cost"):
                other = {"offer": "against", "expected_profit": "against_profit", "cost": "against_cost"}[name]
                out.loc[swapped, name] = listed.loc[swapped, other]
            out.loc[among, "offer_probability"] = np.where(swapped[among], test.share, 1 - test.share)
        return out


def contested(candidates: pd.DataFrame, tests: Mapping[str, OfferArm]) -> pd.DataFrame:
    """Candidates with the offer they may be swapped for on the same channel: `against`, with its profit and cost.

    Only where the customer has both; elsewhere `against` is empty. `most` is the dearer of the two costs.
    """
    out = candidates.assign(against="", against_profit=np.nan, against_cost=np.nan)
    place = ["customer_id", "list", "channel"]
    for offer, test in tests.items():
        other = candidates.loc[candidates["offer"] == test.against, [*place, "expected_profit", "cost"]].set_index(place)
        rows = out.index[out["offer"] == offer]
        pair = other.reindex(pd.MultiIndex.from_frame(out.loc[rows, place]))
        both = pd.MultiIndex.from_frame(out.loc[rows, place]).isin(other.index)
        out.loc[rows[both], "against"] = test.against
        out.loc[rows, "against_profit"] = pair["expected_profit"].to_numpy()
        out.loc[rows, "against_cost"] = pair["cost"].to_numpy()
    return out.assign(most=np.fmax(out["cost"].to_numpy(np.float64), out["against_cost"].to_numpy(np.float64)))
