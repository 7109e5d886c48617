"""What a customer will do, known exactly: chances given the true state, and the outcome under every offer."""

from dataclasses import replace

import numpy as np
import pandas as pd

from pipeline.arrays import Bools, Floats, Ints
from pipeline.simulator.behaviour import eligible, next_state, pace, season, transitions
from pipeline.simulator.luck import Luck
from pipeline.simulator.offers import NO_OFFER, OFFER_NAMES
from pipeline.simulator.population import STATES, Condition, Traits
from pipeline.simulator.purchases import survival
from pipeline.simulator.settings import ACTIVE_DAYS, MONTH_DAYS, Settings

# An offer that moves the chance by less than this leaves a customer what they are: sure thing or lost cause.
TELLING_EFFECT = 0.02
KINDS = ("sure_thing", "lost_cause", "persuadable", "sleeping_dog")


def no_purchase_chances(settings: Settings, traits: Traits, condition: Condition, month: int, months: int) -> Floats:
    """Chance of no purchase within 1, 2, ..., `months` months from the start of `month`, a row per month.

    The offer is the one in the condition; nothing else is offered. Exact: the sum over every path of states of its
    chance times the renewal survival over the path's operational time.
    """
    offer, age = condition.offer, condition.offer_age
    habits = [settings.habits(month + lead) for lead in range(months)]
    chances = [transitions(traits, offer, age + lead, habits[lead]) for lead in range(months)]
    paces = [pace(traits, offer, age + lead, season(settings, month + lead), habits[lead]) for lead in range(months)]
    totals = np.zeros((months, len(age)))

    def walk(lead: int, row: Floats, chance: Floats, exposure: Floats) -> None:
        for state in range(len(STATES)):
            reached, spent = chance * row[state], exposure + paces[lead][state]
            totals[lead] += reached * survival(traits, condition.elapsed, spent)
            if lead + 1 < months:
                walk(lead + 1, chances[lead + 1][state], reached, spent)

    first = chances[0][condition.state, :, np.arange(len(age))].T
    walk(0, first, np.ones(len(age)), np.zeros(len(age)))
    return totals


def no_purchase_outcomes(settings: Settings, luck: Luck, traits: Traits, condition: Condition, month: int, months: int) -> Bools:
    """Whether each customer makes no purchase in the `months` months from the start of `month`, nothing more offered.

    The luck is that of the simulated world itself, so the outcome without a new offer is what happens if nobody acts.
    """
    offer, age, state = condition.offer, condition.offer_age, condition.state
    spent, everyone = np.zeros(len(age)), np.arange(len(age))
    for lead in range(months):
        uniform = luck.uniform("state", month + lead, traits.customer)
        habits = settings.habits(month + lead)
        state = next_state(transitions(traits, offer, age + lead, habits), state, uniform)
        spent += pace(traits, offer, age + lead, season(settings, month + lead), habits)[state, everyone]
    return spent <= condition.remaining


def kind_of(untreated: Floats, treated: Floats) -> Ints:
    """Position in KINDS by what the offer does to the chance of no purchase."""
    unmoved = np.where(untreated > 0.5, 1, 0)
    effect = treated - untreated
    return np.where(effect < -TELLING_EFFECT, 2, np.where(effect > TELLING_EFFECT, 3, unmoved))


def truth_table(
    settings: Settings, luck: Luck, traits: Traits, condition: Condition, month: int, horizon_days: int
) -> pd.DataFrame:
    """The truth at the start of `month`, one row per customer given: chances, kinds, outcomes, untreated and per offer.

    `untreated` means nothing is offered from now on; an offer made in the last three months still has its effect.
    """
    months, rest = divmod(horizon_days, MONTH_DAYS)
    if rest or months < 1:
        raise ValueError(f"horizon_days must be a positive multiple of {MONTH_DAYS}, got {horizon_days}")
    untreated = no_purchase_chances(settings, traits, condition, month, months)
    columns: dict[str, object] = {
        "customer": traits.customer,
        "state": np.asarray(STATES)[condition.state],
        "eligible": eligible(condition.last_purchase, MONTH_DAYS * month, ACTIVE_DAYS),
        "under_offer": condition.offer != NO_OFFER,
    }
    for lead in range(months):
        columns[f"untreated_no_purchase_probability_{MONTH_DAYS * (lead + 1)}d"] = untreated[lead]
    outcome = no_purchase_outcomes(settings, luck, traits, condition, month, months)
    columns[f"no_purchase_{horizon_days}d_untreated"] = outcome
    for code, name in enumerate(OFFER_NAMES):
        offered = replace(condition, offer=np.full_like(condition.offer, code), offer_age=np.zeros_like(condition.offer))
        treated = no_purchase_chances(settings, traits, offered, month, months)[-1]
        columns[f"no_purchase_probability_{horizon_days}d_{name}"] = treated
        columns[f"kind_{name}"] = np.asarray(KINDS)[kind_of(untreated[-1], treated)]
        outcome = no_purchase_outcomes(settings, luck, traits, offered, month, months)
        columns[f"no_purchase_{horizon_days}d_{name}"] = outcome
    return pd.DataFrame(columns)
