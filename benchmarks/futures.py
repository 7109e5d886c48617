"""What customers of the simulated company will earn under each offer and under none: the months to come, lived again and again.

All luck of a simulated customer is drawn per customer, so one future under two offers differs by what the offer does and by
nothing else. The mean over many futures is the truth that no company has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from pipeline.arrays import Floats, Ints
from pipeline.simulator.behaviour import next_state, pace, season, transitions
from pipeline.simulator.luck import Luck
from pipeline.simulator.month import Month, customer_numbers
from pipeline.simulator.offers import EFFECT_MONTHS, NO_OFFER, OFFERS
from pipeline.simulator.orders import Basket, return_chances
from pipeline.simulator.population import Condition, Traits
from pipeline.simulator.purchases import buy
from pipeline.simulator.world import World

NOTHING = "nothing"


@dataclass(frozen=True)
class Lives:
    """Some customers of a world, and the luck of one future of theirs."""

    world: World
    traits: Traits
    luck: Luck


def futures(world: World, who: pd.Series, ends: tuple[int, ...], seeds: range) -> dict[int, pd.DataFrame]:
    """Means over a future for each of `seeds`, of the customers `who`: a frame for each end, in months, by `customer_id`.

    `nothing` is the margin until then if nothing is offered, returns and discounts taken off; a column named like an offer what
    it adds to that, its contact paid. `stays` is the share of futures with a purchase before the end if nothing is offered.
    """
    people = _people(who)
    mean, stays = margins(world, who, [np.full(len(people), code) for code in range(NO_OFFER, len(OFFERS))], ends, seeds)
    numbers = customer_numbers(people).to_pandas()
    return {end: _told(numbers, mean[:, place], stays[place]) for place, end in enumerate(ends)}


def margins(world: World, who: pd.Series, offered: Sequence[Ints], ends: tuple[int, ...], seeds: range) -> tuple[Floats, Floats]:
    """Mean margin of the customers `who`, by id, shape (lists, ends, customers), and the share who buy under the first list.

    Each of `offered` is a list of offers now made to them, positions in OFFERS, NO_OFFER for nothing new. Luck is the same for
    every list of the same `who`.
    """
    people = _people(who)
    traits, condition = world.traits.taken(people), world.condition.taken(people)
    total, stayed = np.zeros((len(offered), len(ends), len(people))), np.zeros((len(ends), len(people)))
    for seed in seeds:
        luck = Luck(seed)
        waiting = replace(condition, remaining=_remaining(luck, world.month, traits, condition))
        for row, codes in enumerate(offered):
            earned, bought = _lived(Lives(world, traits, luck), _offered(waiting, codes), ends)
            total[row] += earned
            stayed += bought if row == 0 else 0
    return total / len(seeds), stayed / len(seeds)


def _people(who: pd.Series) -> Ints:
    return np.asarray(np.sort(who.unique().astype(np.int64)) - 1)


def _told(numbers: pd.Series, mean: Floats, stays: Floats) -> pd.DataFrame:
    added = {offer.name: mean[row + 1] - mean[0] - offer.cost for row, offer in enumerate(OFFERS)}
    return pd.DataFrame({"customer_id": numbers, NOTHING: mean[0], "stays": stays, **added})


def _offered(condition: Condition, codes: Ints) -> Condition:
    """A copy in which these offers have just been made; who is made none keeps those of earlier months in effect."""
    copy = condition.taken(np.arange(len(condition.offer)))
    made = codes != NO_OFFER
    return replace(
        copy,
        offer=np.where(made, codes, copy.offer).astype(copy.offer.dtype),
        offer_age=np.where(made, 0, copy.offer_age).astype(copy.offer_age.dtype),
    )


def _remaining(luck: Luck, month: int, traits: Traits, condition: Condition) -> Floats:
    """Operational time to the next purchase, given that since the last one, of gaps that are Erlang of shape k and mean 1.

    Of the k phases j are over with a chance proportional to (k e)^j / j!, as the phases of an Erlang gap end like a Poisson
    process; those that are left take 1 / k each on average.
    """
    k, spent = traits.regularity, traits.regularity * condition.elapsed
    weights = np.stack([np.ones(len(k)), np.where(k > 1, spent, 0), np.where(k > 2, spent**2 / 2, 0)])
    reached = np.cumsum(weights / weights.sum(axis=0), axis=0)
    over = (luck.uniform("future/over", month, traits.customer) > reached[:2]).sum(axis=0)
    phases = -np.log(np.stack([luck.uniform(f"future/phase{j}", month, traits.customer) for j in range(3)]))
    return np.asarray(np.where(np.arange(3)[:, None] < k - over, phases, 0).sum(axis=0) / k)


def _lived(of: Lives, condition: Condition, ends: tuple[int, ...]) -> tuple[Floats, Floats]:
    """Margin of each customer until each end, and whether they bought, shape (ends, customers), in the world's own order."""
    traits, settings, everyone = of.traits, of.world.settings, np.arange(len(of.traits.customer))
    earned, bought = np.zeros((2, len(ends), len(everyone)))
    first_day = np.zeros(len(everyone))
    for lead in range(max(ends)):
        number, later = of.world.month + lead, np.array(ends) > lead
        uniform, habits = of.luck.uniform("state", number, traits.customer), settings.habits(number)
        condition.state = next_state(transitions(traits, condition.offer, condition.offer_age, habits), condition.state, uniform)
        paces = pace(traits, condition.offer, condition.offer_age, season(settings, number), habits)
        purchases = buy(of.luck, number, traits, condition, paces[condition.state, everyone], first_day)
        month = Month(settings, number, of.luck, traits, condition, first_day, purchases, customer_numbers(everyone[:0]))
        basket = Basket(month)
        kept = basket.margin * (1 - return_chances(month, basket))
        earned[later] += np.bincount(basket.customer, kept, len(everyone))
        bought[np.ix_(later, np.unique(purchases.customer))] = 1
        _grow_older(condition)
    return earned, bought


def _grow_older(condition: Condition) -> None:
    made: Ints = np.flatnonzero(condition.offer != NO_OFFER)
    condition.offer_age[made] += 1
    condition.offer[condition.offer_age >= EFFECT_MONTHS] = NO_OFFER
