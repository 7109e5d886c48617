"""Which offer of the simulated shop each offer of a playbook is played as: what contacting does there, and so the truth of it.

The simulated customers know three offers. Money off is a discount, points and status are a bonus, someone who listens is a call.
Words without anything given, such as a welcome, are played as nothing: they cost their contact and move nobody.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from pipeline.arrays import Ints
from pipeline.simulator.offers import NO_OFFER, OFFER_NAMES

PLAYED: Mapping[str, str | None] = {
    **{name: name for name in OFFER_NAMES},
    "account_review": "service_call",
    "early_access": None,
    "exclusive_offer": "discount_10",
    "feedback_survey": None,
    "flexible_plan": "service_call",
    "loyalty_reward": "loyalty_bonus",
    "next_order_reward": "loyalty_bonus",
    "referral_invitation": None,
    "second_order_voucher": "discount_10",
    "service_recovery": "service_call",
    "tier_upgrade": "loyalty_bonus",
    "welcome": None,
    "win_back_discount": "discount_10",
}
# What the simulated shop pays for a contact; what is given with it comes off the margin of the orders that it brings.
CONTACT_COST: Mapping[str, float] = {"email": 0.1, "sms": 0.1, "push": 0.02, "phone": 6.0}


def played_codes(offers: pd.Series) -> Ints:
    """Positions in OFFERS of what each offer is played as, NO_OFFER for words. Raises ValueError for an unknown offer."""
    unknown = offers[~offers.isin(list(PLAYED))]
    if len(unknown):
        raise ValueError(
            f"{len(unknown)} rows with an unknown offer, such as {unknown.iloc[0]!r}; say in PLAYED what it is played as"
        )
    codes = {offer: NO_OFFER if name is None else OFFER_NAMES.index(name) for offer, name in PLAYED.items()}
    return offers.map(codes).to_numpy().astype(np.int64)
