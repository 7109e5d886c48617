"""Who the customers are: the traits they bring along and the condition they are in."""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from pipeline.arrays import Bools, Floats, Ints
from pipeline.simulator.luck import Luck, choose
from pipeline.simulator.offers import responses

LOYAL, COOLING, GONE = 0, 1, 2
STATES = ("loyal", "cooling", "gone")
CATEGORIES = ("grocery", "household", "beauty", "fashion", "sports", "toys", "garden", "electronics")
CHANNELS = ("web", "app", "store")
COUNTRIES = ("DE", "AT", "CH", "NL", "FR")
ACQUISITION = ("organic", "search_ad", "social_ad", "referral", "partner")
CONSENTS = {"email": 0.86, "sms": 0.45, "phone": 0.5, "push": 0.4, "profiling": 0.98}
# Customers bought by advertising leave sooner, those sent by friends later.
ACQUISITION_PULL = np.array([0.0, 0.15, 0.55, -0.5, 0.1])


@dataclass
class Columns:
    """Arrays of one length, one entry per customer."""

    def extended(self, other: Self) -> Self:
        """These customers followed by others."""
        names = [field.name for field in fields(self)]
        return type(self)(**{name: np.concatenate([getattr(self, name), getattr(other, name)]) for name in names})

    def taken(self, index: Ints) -> Self:
        """The customers at the given positions."""
        return type(self)(**{field.name: getattr(self, field.name)[index] for field in fields(self)})


@dataclass
class Traits(Columns):
    """What a customer is and stays: rhythm, tastes, leanings, consents; `response`, `annoyance` are per offer."""

    customer: Ints
    joined: Ints
    rate: Floats
    regularity: Ints
    season_pull: Floats
    discontent: Floats
    interest: Floats
    spending: Floats
    favourite: Ints
    channel: Ints
    country: Ints
    acquisition: Ints
    birth_year: Ints
    app_user: Bools
    points_member: Bools
    pass_prone: Bools
    consents: Bools
    response: Floats
    annoyance: Floats


@dataclass
class Condition(Columns):
    """What changes: latent state, operational time since and until a purchase, last purchase (day), offer in effect."""

    state: Ints
    elapsed: Floats
    remaining: Floats
    last_purchase: Floats
    offer: Ints
    offer_age: Ints


def new_traits(luck: Luck, customer: Ints, joined: int) -> Traits:
    """Traits of customers who join in month `joined` (-1: before the history)."""

    def uniform(purpose: str) -> Floats:
        return luck.uniform(f"trait/{purpose}", 0, customer)

    def normal(purpose: str) -> Floats:
        return luck.normal(f"trait/{purpose}", 0, customer)

    birth_year = 1940 + choose(uniform("age"), tuple(np.interp(range(67), (0, 30, 50, 66), (1, 4, 6, 1))))
    app_user = uniform("app") < np.where(birth_year > 1985, 0.6, 0.3)
    discontent = normal("discontent")
    response, annoyance = responses(luck, customer, discontent)
    return Traits(
        customer=customer,
        joined=np.full(len(customer), joined, dtype=np.int64),
        rate=np.clip(0.45 * np.exp(0.75 * normal("rate")), 0.05, 3.5),
        regularity=1 + choose(uniform("regularity"), (0.55, 0.32, 0.13)),
        season_pull=0.3 + 1.4 * uniform("season"),
        discontent=discontent,
        interest=np.exp(0.45 * normal("interest")),
        spending=normal("spending"),
        favourite=choose(uniform("favourite"), (20, 16, 14, 16, 10, 8, 7, 9)),
        channel=np.where(app_user & (uniform("channel") < 0.6), 1, choose(uniform("shop"), (0.6, 0.0, 0.4))),
        country=choose(uniform("country"), (0.58, 0.12, 0.1, 0.12, 0.08)),
        acquisition=choose(uniform("acquisition"), (0.36, 0.24, 0.18, 0.12, 0.1)),
        birth_year=birth_year,
        app_user=app_user,
        points_member=uniform("points") < 0.6,
        pass_prone=uniform("pass") < 0.5,
        consents=np.stack([uniform(name) < share for name, share in CONSENTS.items()], axis=1),
        response=response,
        annoyance=annoyance,
    )


def first_condition(luck: Luck, traits: Traits) -> Condition:
    """Condition of new customers right after their first purchase; a part of them will never come back."""
    customer, count = traits.customer, len(traits.customer)
    once = np.clip(0.13 * np.exp(ACQUISITION_PULL[traits.acquisition] + 0.3 * traits.discontent), 0, 0.6)
    uniform = luck.uniform("first/state", 0, customer)
    return Condition(
        state=np.where(uniform < once, GONE, np.where(uniform < once + 0.12, COOLING, LOYAL)),
        elapsed=np.zeros(count),
        remaining=luck.erlang("first/gap", 0, customer, 0, shape=traits.regularity),
        last_purchase=np.zeros(count),
        offer=np.full(count, -1),
        offer_age=np.zeros(count, dtype=np.int64),
    )


def base_condition(luck: Luck, traits: Traits) -> Condition:
    """Condition of the customers at the start: renewal processes that have been running for long.

    The running gap is length-biased (Erlang of one phase more), the instant uniform in it; given the time elapsed, the
    time remaining then follows the gap's own conditional law (Cox 1962, Renewal Theory), which the truth relies on.
    """
    customer, shape = traits.customer, traits.regularity
    gap = luck.erlang("base/gap", 0, customer, 0, shape=shape)
    gap = gap - np.log(luck.uniform("base/phase", 0, customer)) / shape
    seen = luck.uniform("base/seen", 0, customer)
    return Condition(
        state=choose(luck.uniform("base/state", 0, customer), (0.74, 0.16, 0.10)),
        elapsed=gap * seen,
        remaining=gap * (1 - seen),
        last_purchase=-30.0 * gap * seen / traits.rate,
        offer=np.full(len(customer), -1),
        offer_age=np.zeros(len(customer), dtype=np.int64),
    )
