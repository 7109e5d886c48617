"""How customers drift between loyal, cooling and gone, and how fast they buy in each state."""

import numpy as np

from pipeline.arrays import Bools, Floats, Ints
from pipeline.simulator.offers import buying_lift, first_month, in_effect
from pipeline.simulator.population import ACQUISITION_PULL, COOLING, GONE, LOYAL, Traits
from pipeline.simulator.settings import MONTH_DAYS, USUAL, Habits, Settings

# Buying pace in each state, as a share of the personal rate.
PACE = np.array([1.0, 0.35, 0.06])
# Buying by calendar month, January first.
SEASON = np.array([0.88, 0.86, 0.95, 0.99, 1.02, 0.96, 0.9, 0.88, 0.98, 1.04, 1.28, 1.36])
COOLS, LEAVES, RECOVERS, RETURNS = 0.045, 0.17, 0.15, 0.03
REVIVES = 0.12


def season(settings: Settings, month: int) -> float:
    """The shop's buying pace in a simulated month: the calendar months it overlaps, weighted by days."""
    days = settings.boundary(month) + np.arange(MONTH_DAYS) * np.timedelta64(1, "D")
    calendar = days.astype("datetime64[M]").astype(np.int64) % 12
    return float(SEASON[calendar].mean())


def transitions(traits: Traits, offer: Ints, age: Ints, habits: Habits = USUAL) -> Floats:
    """Chances of going from state a to state b at the coming month's start, shape (3, 3, customers).

    `offer` (-1 none) was made `age` months ago. Persuasion keeps the loyal, wins back the cooling, and hardly moves the
    gone; annoyance sends some straight to gone.
    """
    persuasion = in_effect(traits.response, offer, age)
    annoyed = first_month(traits.annoyance, offer, age)
    pull = np.exp(habits.pull * (0.55 * traits.discontent + ACQUISITION_PULL[traits.acquisition]))
    cools = np.clip(COOLS * habits.cools * pull, 0, 0.5) * (1 - 0.6 * persuasion)
    leaves = np.clip(LEAVES * np.exp(0.25 * traits.discontent), 0, 0.6) * (1 - 0.8 * persuasion)
    recovers = RECOVERS + (0.9 - RECOVERS) * persuasion * 0.9
    recovers = np.minimum(recovers, 1 - leaves)
    returns = RETURNS + REVIVES * persuasion
    chances = np.zeros((3, 3, len(cools)))
    chances[LOYAL, COOLING] = cools * (1 - annoyed)
    chances[LOYAL, GONE] = annoyed
    chances[COOLING, LOYAL] = recovers * (1 - annoyed)
    chances[COOLING, GONE] = leaves + (1 - leaves) * annoyed
    chances[GONE, LOYAL] = returns * (1 - annoyed)
    for state in (LOYAL, COOLING, GONE):
        chances[state, state] = 1 - chances[state].sum(axis=0)
    return chances


def next_state(chances: Floats, state: Ints, uniform: Floats) -> Ints:
    """The state of the coming month; better luck (a lower number) never means a worse state."""
    row = chances[state, :, np.arange(len(state))]
    return (uniform > row[:, 0]).astype(np.int64) + (uniform > row[:, 0] + row[:, 1])


def pace(traits: Traits, offer: Ints, age: Ints, shop_season: float, habits: Habits = USUAL) -> Floats:
    """Expected purchases in the month by state, shape (3, customers)."""
    personal = traits.rate * np.exp(traits.season_pull * np.log(shop_season))
    lift = buying_lift(in_effect(traits.response, offer, age), offer)
    personal = habits.pace * personal
    by_state: Floats = PACE[:, None] * np.stack([personal * lift, personal * lift, personal])
    return by_state


def eligible(last_purchase: Floats, day: float, active_days: int) -> Bools:
    """Who bought in the `active_days` before `day` (days since the start)."""
    return (last_purchase >= day - active_days) & (last_purchase >= 0)
