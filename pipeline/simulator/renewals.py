"""The truth about passes: the chance that the term that ends next is not renewed, given the member's true state."""

import numpy as np
import pandas as pd

from pipeline.arrays import Floats, Ints
from pipeline.simulator.behaviour import transitions
from pipeline.simulator.memberships import (
    AFTER_TRIAL,
    CANCELLED,
    EARLY,
    NONE,
    RENEWS,
    TRIAL,
    Passes,
    membership_numbers,
)
from pipeline.simulator.month import customer_numbers
from pipeline.simulator.population import STATES, Condition, Traits
from pipeline.simulator.settings import MONTH_SECONDS, Habits, Settings

MONTHS_AHEAD = 3


def no_renewal_chances(traits: Traits, condition: Condition, passes: Passes, ahead: Ints, habits: tuple[Habits, ...]) -> Floats:
    """Chance that the running term, which ends `ahead` (0-based) months from now, is not renewed.

    Exact: the state is carried forward month by month, an annual pass may be cancelled in each month before its last,
    and the renewal is decided in the state of the last one. `habits` are those of the months ahead.
    """
    everyone = np.arange(len(ahead))
    held = np.zeros((len(STATES), len(ahead)))
    held[condition.state, everyone] = 1.0
    stays = np.where(passes.status == TRIAL, AFTER_TRIAL[:, None], RENEWS[passes.plan].T)
    renewed = np.zeros(len(ahead))
    for lead in range(MONTHS_AHEAD):
        chances = transitions(traits, condition.offer, condition.offer_age + lead, habits[lead])
        held = np.einsum("an,abn->bn", held, chances)
        renewed = np.where(ahead == lead, (held * stays).sum(axis=0), renewed)
        cancellable = (passes.plan == 1) & (passes.status != TRIAL) & (ahead > lead)
        held = held * np.where(cancellable, 1 - EARLY[:, None], 1.0)
    return 1 - np.where(passes.status == CANCELLED, 0.0, renewed)


def renewal_table(settings: Settings, traits: Traits, condition: Condition, passes: Passes, month: int) -> pd.DataFrame:
    """The passes whose term ends in the three months from the start of `month`, with the chance of no renewal."""
    ahead = passes.expires // MONTH_SECONDS - month
    rows = np.flatnonzero((passes.status != NONE) & (ahead < MONTHS_AHEAD))
    due = passes.taken(rows)
    habits = tuple(settings.habits(month + lead) for lead in range(MONTHS_AHEAD))
    chance = no_renewal_chances(traits.taken(rows), condition.taken(rows), due, ahead[rows], habits)
    return pd.DataFrame({
        "customer_id": customer_numbers(rows).to_pandas(),
        "membership_no": membership_numbers(rows, due.number).to_pandas(),
        "t": pd.Timestamp(settings.boundary(month)),
        "expires_at": settings.start + due.expires.astype("timedelta64[s]"),
        "untreated_no_renewal_probability": chance,
    })  # fmt: skip
