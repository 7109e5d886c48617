"""The offers, whom they move, whom they annoy, and for how long."""

from dataclasses import dataclass

import numpy as np

from pipeline.arrays import Floats, Ints
from pipeline.simulator.luck import Luck

NO_OFFER = -1
# Share of an offer's persuasion that is left in the months after the contact.
FADING = np.array([1.0, 0.8, 0.5, 0.0])
EFFECT_MONTHS = len(FADING) - 1


@dataclass(frozen=True)
class Offer:
    """One offer: its channel, what a contact costs, how far it lifts buying, and how easily it annoys."""

    name: str
    channel: str
    cost: float
    lift: float
    annoys: float


OFFERS = (
    Offer("discount_10", channel="email", cost=0.1, lift=0.6, annoys=0.18),
    Offer("loyalty_bonus", channel="email", cost=0.1, lift=0.4, annoys=0.12),
    Offer("service_call", channel="phone", cost=6.0, lift=0.15, annoys=0.35),
)
OFFER_NAMES = tuple(offer.name for offer in OFFERS)
_LIFTS = np.array([offer.lift for offer in OFFERS])


def responses(luck: Luck, customer: Ints, discontent: Floats) -> tuple[Floats, Floats]:
    """How strongly each offer persuades and annoys each customer, in [0, 1], shapes (customers, offers).

    A discount moves the price-minded, a bonus the status-minded, a call those with a grievance; one customer in eight
    is irritable and any contact may drive them away.
    """
    price = luck.uniform("trait/price_minded", 0, customer) ** 1.5
    status = luck.uniform("trait/status_minded", 0, customer) ** 2
    grievance = 1 / (1 + np.exp(-1.6 * (discontent - 0.3)))
    irritable = luck.uniform("trait/irritable", 0, customer) < 0.12
    response = np.stack([0.85 * price, 0.75 * status, 0.9 * grievance], axis=1)
    temper = np.where(irritable, 1.0, 0.02)
    annoyance = np.stack([offer.annoys * temper for offer in OFFERS], axis=1)
    return np.where(irritable[:, None], 0.15 * response, response), annoyance


def in_effect(values: Floats, offer: Ints, age: Ints) -> Floats:
    """Each customer's value for the offer in effect `age` months after its contact, faded; 0 without an offer."""
    chosen = values[np.arange(len(offer)), np.maximum(offer, 0)]
    left = FADING[np.minimum(age, EFFECT_MONTHS)]
    return np.where(offer == NO_OFFER, 0.0, chosen * left)


def first_month(values: Floats, offer: Ints, age: Ints) -> Floats:
    """Each customer's value for an offer made this very month; annoyance acts at the contact and never later."""
    chosen = values[np.arange(len(offer)), np.maximum(offer, 0)]
    return np.where((offer == NO_OFFER) | (age > 0), 0.0, chosen)


def buying_lift(persuasion: Floats, offer: Ints) -> Floats:
    """Factor on the buying pace of those who still come: an offer also brings purchases forward."""
    return 1 + np.where(offer == NO_OFFER, 0.0, _LIFTS[np.maximum(offer, 0)]) * persuasion
