"""The section `campaign.allocation`: what may be spent, who may be contacted how often, and whom the effect is measured on."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from pipeline.campaign.profile_columns import Channel
from pipeline.config.key_types import Count, Days, Money, PositiveDays, Section

Limit = Annotated[int, Field(ge=0, le=1_000_000_000)]
Part = Annotated[float, Field(ge=0, lt=1)]
Chance = Annotated[float, Field(gt=0, lt=1)]


class ContactCap(Section):
    """At most so many contacts in so many days, all channels together."""

    contacts: Count
    days: PositiveDays


class Consent(Section):
    """What a customer's silence on a channel means; a word that is not a clear yes is a refusal in any case."""

    unknown: Literal["refused", "allowed"]


class OfferArm(Section):
    """Of those meant to get an offer, a share drawn at random gets `against` in its place."""

    against: str
    share: Chance


class Detectable(Section):
    """The effect that is to be seen: churn lower by `effect`, two-sided level `alpha`, found with the chance `power`."""

    effect: Chance
    alpha: Chance
    power: Chance


class Allocation(Section):
    """Who of all that would pay is listed with what, under which limits, and in which arm.

    `budget` is the expected spend on everybody listed, null: without limit; channels and offers without a number have none.
    The control is drawn anew every `control_days`. A label changes when a bound is passed by `hysteresis`.
    """

    budget: Money | None
    capacity: dict[Channel, Limit]
    offer_limits: dict[str, Limit]
    contact_cap: ContactCap | None
    cool_down_days: Days
    consent: Consent
    suppression: str
    holdout_share: Part
    control_share: Part
    control_days: PositiveDays
    offer_arms: dict[str, OfferArm]
    detectable: Detectable
    hysteresis: Part
    max_turnover: Annotated[float, Field(ge=0, le=1)]

    @model_validator(mode="after")
    def _one_test_an_offer(self) -> Allocation:
        named = [name for offer, arm in self.offer_arms.items() for name in (offer, arm.against)]
        twice = sorted({name for name in named if named.count(name) > 1})
        if twice:
            raise ValueError(f"offer_arms: {twice[0]!r} stands there twice; an offer can be in one test, against another one")
        return self
