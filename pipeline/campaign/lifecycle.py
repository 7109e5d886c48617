"""Profile + scores -> where a customer stands and how much is at stake: lifecycle, expected value, value tier."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from pipeline.arrays import Bools, Floats
from pipeline.campaign.categories import category
from pipeline.campaign.profile import UNPROFILED
from pipeline.campaign.profile_columns import LIFECYCLES, TIERS
from pipeline.config import Definition
from pipeline.config.campaign_section import AssumedChurn, Bands, ValueTiers

# A customer who comes at random is silent for twice the usual time in one of seven gaps (e⁻²).
SILENT_RHYTHMS = 2.0


class TierBounds(NamedTuple):
    """The least value of a `top` and of a `middle` customer; NaN where there is no money, infinity where no such tier."""

    top: float
    middle: float


def lifecycle(profile: pd.DataFrame, churn_probability: Floats, definition: Definition, bands: Bands) -> pd.Series:
    """Where each customer stands, the first that is true; a category, null for who refuses profiling.

    `lapsed`: by the status, or never active though known for more than `active_days`. `new`: not active yet, or first active at
    most `horizon_days` before `t`. `one_time`: active on a
    single day, longer ago. `at_risk`: probability in the band high or above. `cooling`: in the band medium, or silent for more
    than twice their own rhythm. `active`: everybody else. Unscored customers (NaN) are judged by their rhythm only.
    """
    refused = profile["status"].eq(UNPROFILED).to_numpy(bool)
    recency, rhythm, tenure, days, known = (
        profile[name].to_numpy(np.float64, na_value=np.nan)
        for name in ("recency_days", "rhythm_days", "tenure_days", "activity_days", "known_days")
    )
    p = np.asarray(churn_probability, dtype=np.float64)
    stands: dict[str, Bools] = {
        "lapsed": profile["status"].eq("lapsed").to_numpy(bool) | ((days == 0) & (known > definition.active_days)),
        "new": profile["status"].eq("too_new").to_numpy(bool) | (days == 0) | (tenure <= definition.horizon_days),
        "one_time": days == 1,
        "at_risk": p >= bands.high,
        "cooling": (p >= bands.medium) | (recency > SILENT_RHYTHMS * rhythm),
    }
    otherwise = LIFECYCLES.index("active")
    codes = np.select(list(stands.values()), [LIFECYCLES.index(name) for name in stands], otherwise)
    return category(np.where(refused, -1, codes), LIFECYCLES, profile.index)


def assumed_probability(churn_probability: Floats, stands: pd.Series, assumed: AssumedChurn) -> Floats:
    """The score where there is one, else what is assumed of the lapsed and the new; NaN for everybody else."""
    missing = np.isnan(churn_probability)
    filled = np.select(
        [missing & stands.eq("lapsed").to_numpy(bool), missing & stands.eq("new").to_numpy(bool)],
        [assumed.lapsed, assumed.new],
        churn_probability,
    )
    return np.asarray(filled, dtype=np.float64)


def worth(expected_value: Floats, profile: pd.DataFrame, days: int) -> Floats:
    """Margin over `days` of each customer if they stay, or come back: the expected value, else that of their past pace.

    NaN where neither is known, and for who refuses profiling.
    """
    pace = profile["margin_of_year"].to_numpy(np.float64, na_value=np.nan) * days / 365
    known = np.where(np.isnan(expected_value), pace, expected_value)
    return np.where(profile["status"].eq(UNPROFILED).to_numpy(bool), np.nan, known)


def tier_bounds(value: Floats, tiers: ValueTiers) -> TierBounds:
    """Where the tiers begin: a tier is the smallest group of highest values that is at least its share of all known ones.

    Customers of one value are in one tier.
    """
    known = np.sort(value[np.isfinite(value)])[::-1]
    if not len(known):
        return TierBounds(np.nan, np.nan)
    # less a little, or a share that is no exact binary fraction would take one customer more
    counts = [int(np.ceil(share * len(known) - 1e-9)) for share in (tiers.top, tiers.top + tiers.middle)]
    return TierBounds(*(float(known[count - 1]) if count else np.inf for count in counts))


def value_tier(value: Floats, bounds: TierBounds, index: pd.Index | None = None) -> pd.Series:
    """`top`, `middle` or `low`, a category; a value of 0 or less is low, an unknown one null."""
    worthy = value > 0
    codes = np.select([np.isnan(value), worthy & (value >= bounds.top), worthy & (value >= bounds.middle)], [-1, 0, 1], 2)
    return category(codes, TIERS, index)
