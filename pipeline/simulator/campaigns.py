"""The shop's past campaigns: rules of thumb, a random hold-out, and a log of who was meant to be contacted."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.simulator.behaviour import eligible
from pipeline.simulator.luck import Luck
from pipeline.simulator.month import customer_numbers
from pipeline.simulator.offers import EFFECT_MONTHS, NO_OFFER, OFFER_NAMES, OFFERS
from pipeline.simulator.population import CONSENTS, Condition, Traits
from pipeline.simulator.settings import ACTIVE_DAYS, MONTH_DAYS, Settings

CONTACT, HOLDOUT = "contact", "holdout"
CONTACT_COLUMNS = (
    "customer_id", "offer", "arm", "campaign_id", "assignment_probability", "channel", "cost", "contacted_at",
)  # fmt: skip


@dataclass(frozen=True)
class PastCampaign:
    """A campaign `months_before_end`: offers (drawn evenly), days of silence aimed at, and the share taken of those."""

    months_before_end: int
    offers: tuple[str, ...]
    silent_from: int
    silent_to: int
    share: float


PAST_CAMPAIGNS = (
    PastCampaign(18, ("discount_10",), silent_from=45, silent_to=240, share=0.2),
    PastCampaign(16, ("loyalty_bonus",), silent_from=0, silent_to=120, share=0.12),
    PastCampaign(14, OFFER_NAMES, silent_from=30, silent_to=300, share=0.2),
    PastCampaign(12, ("discount_10",), silent_from=45, silent_to=240, share=0.2),
    PastCampaign(10, OFFER_NAMES, silent_from=0, silent_to=300, share=0.15),
    PastCampaign(8, ("service_call",), silent_from=30, silent_to=180, share=0.12),
    PastCampaign(6, OFFER_NAMES, silent_from=0, silent_to=300, share=0.15),
    PastCampaign(4, ("discount_10", "loyalty_bonus"), silent_from=30, silent_to=240, share=0.15),
    PastCampaign(2, OFFER_NAMES, silent_from=0, silent_to=300, share=0.12),
)


def campaign_at(settings: Settings, month: int) -> PastCampaign | None:
    """The past campaign made at the start of a month of the history, if any."""
    for campaign in PAST_CAMPAIGNS:
        if 0 < month == settings.months - campaign.months_before_end:
            return campaign
    return None


def past_contacts(settings: Settings, luck: Luck, traits: Traits, condition: Condition, month: int) -> pd.DataFrame:
    """The contacts and hold-outs of the campaign at the start of `month`; empty when there is none.

    `assignment_probability` is the chance of being contacted, the same for both arms of a campaign.
    """
    campaign = campaign_at(settings, month)
    if campaign is None:
        return pd.DataFrame(columns=list(CONTACT_COLUMNS))
    who = traits.customer
    silent = MONTH_DAYS * month - condition.last_purchase
    fits = eligible(condition.last_purchase, MONTH_DAYS * month, ACTIVE_DAYS)
    fits &= (silent >= campaign.silent_from) & (silent < campaign.silent_to)
    fits &= (condition.offer == NO_OFFER) | (condition.offer_age >= EFFECT_MONTHS)
    names = np.asarray(campaign.offers)
    picked = (luck.uniform("campaign/offer", month, who) * len(names)).astype(np.int64)
    code = np.array([OFFER_NAMES.index(name) for name in names])[picked]
    consent = np.array([list(CONSENTS).index(offer.channel) for offer in OFFERS])[code]
    fits &= traits.consents[who, consent]
    chosen = np.flatnonzero(fits & (luck.uniform("campaign/take", month, who) < campaign.share))
    held = luck.uniform("campaign/arm", month, chosen) < settings.holdout_share
    offers = [OFFERS[k] for k in code[chosen]]
    return pd.DataFrame({
        "customer_id": customer_numbers(chosen).to_pandas(),
        "offer": [offer.name for offer in offers],
        "arm": np.where(held, HOLDOUT, CONTACT),
        "campaign_id": f"past_{month:02d}",
        "assignment_probability": 1 - settings.holdout_share,
        "channel": [offer.channel for offer in offers],
        "cost": np.where(held, 0.0, [offer.cost for offer in offers]),
        "contacted_at": settings.boundary(month) + np.timedelta64(9, "h"),
    })  # fmt: skip
