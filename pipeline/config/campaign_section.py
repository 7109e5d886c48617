"""The section `campaign` of the configuration: bands, costs, and the playbook of offers with what each costs and does."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints, field_validator, model_validator

from pipeline.campaign.profile_columns import CHANNELS, Channel
from pipeline.config.allocation_section import Allocation
from pipeline.config.key_types import Money, Names, Section, Share, as_tuple
from pipeline.playbook.predicate import Predicate, parse
from pipeline.spreadsheet import Layout

ListName = Literal["churn", "win_back", "onboarding"]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Uplift = Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]


class Costs(Section):
    """What contacting a customer costs and does; amounts in the currency, chances, and a share (docs/definitions.md)."""

    offer: Money
    contact: Money
    kept: Share
    taken_by_lost: Share
    taken_by_stayers: Share
    driven_away: Share
    stayer_uplift: Uplift = 0.0


class Bands(Section):
    """Lower bounds on churn_probability; below `medium` is `low`."""

    critical: Share
    high: Share
    medium: Share

    @model_validator(mode="after")
    def _fall(self) -> Bands:
        if not self.critical > self.high > self.medium:
            raise ValueError("campaign.bands must fall: critical > high > medium")
        return self


class ValueTiers(Section):
    """Which share of the customers of known value is `top` and which comes next, `middle`; the others are `low`."""

    top: Share = 0.2
    middle: Share = 0.3

    @model_validator(mode="after")
    def _fit(self) -> ValueTiers:
        if self.top + self.middle > 1:
            raise ValueError("campaign.value_tiers: top and middle are more than everybody; their sum is at most 1")
        return self


class AssumedChurn(Section):
    """Chance of not coming (back) by themselves of customers without a score: the lapsed, and the new."""

    lapsed: Share = 0.95
    new: Share = 0.5


class Learning(Section):
    """Whether matured deliveries correct the playbook, and how far its figures are believed to be from the truth.

    Standard deviations: of the true share kept about the playbook's, of that of a segment about its offer's, and of the true
    take-up about the playbook's as a factor. With 0 the playbook is never moved.
    """

    enabled: bool = True
    sd_of_playbook: Share = 0.1
    sd_between_segments: Share = 0.05
    sd_of_take_up: Share = 0.5


class Said(Section):
    """A text in the languages of the lists."""

    en: Text
    it: Text

    def text(self, locale: Literal["en", "it"]) -> str:
        """In one language."""
        return self.en if locale == "en" else self.it


class ChannelTerms(Section):
    """What a contact by a channel costs, and the share it keeps where that is not the offer's."""

    contact: Money
    kept: Share | None = None


def _as_alternatives(value: object) -> object:
    return (value,) if isinstance(value, str) else as_tuple(value)


# One condition, or several of which any will do.
Condition = Annotated[tuple[str, ...], BeforeValidator(_as_alternatives), Field(min_length=1)]
Conditions = Annotated[tuple[Condition, ...], BeforeValidator(as_tuple)]


class PlaybookOffer(Section):
    """An offer: whom it serves, what it costs when taken, what contacts cost, and what it is assumed to do and why.

    It costs `cost` and `order_share` of the customer's mean order. All of `eligibility` must hold; of a list within it any one.
    """

    list: ListName
    name: Said
    action: Said
    cost: Money
    order_share: Share = 0.0
    channels: Annotated[dict[Channel, ChannelTerms], Field(min_length=1)]
    eligibility: Conditions
    kept: Share
    taken_by_lost: Share
    taken_by_stayers: Share
    driven_away: Share
    stayer_uplift: Uplift = 0.0
    source: Text

    @field_validator("eligibility")
    @classmethod
    def _in_the_vocabulary(cls, given: tuple[Condition, ...]) -> tuple[Condition, ...]:
        for condition in given:
            for text in condition:
                parse(text)
        return given

    @property
    def predicates(self) -> tuple[tuple[Predicate, ...], ...]:
        """The conditions: all of them, of each any."""
        return tuple(tuple(map(parse, condition)) for condition in self.eligibility)


class Export(Section):
    """The layout of the lists by channel and of who is left out; what the pipeline reads back keeps its own."""

    bom: bool = False
    delimiter: Literal[",", ";"] = ","
    decimal: Literal[".", ","] = "."

    @model_validator(mode="after")
    def _apart(self) -> Export:
        if self.decimal == self.delimiter:
            raise ValueError('campaign.export: a comma cannot part cells and decimals; give delimiter: ";" with decimal: ","')
        return self

    @property
    def layout(self) -> Layout:
        """As files are written."""
        return Layout(self.bom, self.delimiter, self.decimal)


CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")


class Campaign(Section):
    """Bands, costs, and the playbook; an offer that is null is not made.

    `segments` only matter in ranked mode, without money: churn offers are then for customers of these risk segments. `channels`
    are those the company has: offers are made by no others.
    """

    bands: Bands
    costs: Costs
    segments: Names
    allocation: Allocation
    value_tiers: ValueTiers = ValueTiers()
    assumed_churn: AssumedChurn = AssumedChurn()
    learning: Learning = Learning()
    channels: Annotated[tuple[Channel, ...], BeforeValidator(as_tuple), Field(min_length=1)] = CHANNELS
    offers: dict[str, PlaybookOffer | None] = Field(default_factory=dict)
    export: Export = Export()

    @field_validator("offers")
    @classmethod
    def _named(cls, offers: dict[str, PlaybookOffer | None]) -> dict[str, PlaybookOffer | None]:
        for code in offers:
            if not CODE.fullmatch(code):
                raise ValueError(f"{code!r} is no code of an offer; write small letters, digits and _, e.g. tier_upgrade")
        return offers

    @property
    def playbook(self) -> dict[str, PlaybookOffer]:
        """The offers that are made, by code, with the channels that the company has; without any there is no offer."""
        made = {}
        for code, offer in sorted(self.offers.items()):
            channels = {} if offer is None else {by: terms for by, terms in offer.channels.items() if by in self.channels}
            if offer is not None and channels:
                made[code] = offer.model_copy(update={"channels": channels})
        return made

    @model_validator(mode="after")
    def _limits_of_offers_that_are_made(self) -> Campaign:
        arms = self.allocation.offer_arms
        tested = {name for offer, arm in arms.items() for name in (offer, arm.against)}
        for key, names in (("offer_limits", set(self.allocation.offer_limits)), ("offer_arms", tested)):
            unknown = sorted(names - set(self.playbook))
            if unknown:
                made = ", ".join(self.playbook) or "none"
                raise ValueError(f"allocation.{key}: {unknown[0]!r} is no offer of the playbook; there are {made}")
        return self
