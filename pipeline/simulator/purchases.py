"""When customers buy: a renewal process that runs on each customer's own clock."""

from dataclasses import dataclass

import numpy as np

from pipeline.arrays import Floats, Ints
from pipeline.simulator.luck import Luck
from pipeline.simulator.population import Condition, Traits
from pipeline.simulator.settings import MONTH_DAYS

MOST_PER_MONTH = 30


@dataclass(frozen=True)
class Purchases:
    """The month's purchases: customer position, day within the month (0 <= day < 30), running number per customer."""

    customer: Ints
    day: Floats
    nth: Ints


def survival(traits: Traits, elapsed: Floats, exposure: Floats) -> Floats:
    """Chance of no purchase during `exposure` more operational time, given `elapsed` since the last one.

    Gaps are Erlang of shape k and mean 1: S(x) = exp(-kx) (1 + kx + (kx)^2 / 2), cut after k terms; the result is
    S(elapsed + exposure) / S(elapsed), with the exponentials divided first so that long silences do not underflow.
    """
    k = traits.regularity

    def terms(x: Floats) -> Floats:
        scaled = k * x
        return 1 + np.where(k > 1, scaled, 0.0) + np.where(k > 2, scaled * scaled / 2, 0.0)

    return np.exp(-k * exposure) * terms(elapsed + exposure) / terms(elapsed)


def buy(luck: Luck, month: int, traits: Traits, condition: Condition, exposure: Floats, first_day: Floats) -> Purchases:
    """The purchases of one month; moves the customers' clocks on by `exposure`, spread evenly from `first_day` on."""
    left = exposure.copy()
    bought = np.arange(len(exposure))
    parts: list[tuple[Ints, Floats, Ints]] = []
    for nth in range(MOST_PER_MONTH):
        bought = bought[condition.remaining[bought] < left[bought]]
        if not bought.size:
            break
        left[bought] -= condition.remaining[bought]
        done = 1 - left[bought] / exposure[bought]
        day = first_day[bought] + done * (MONTH_DAYS - first_day[bought])
        # Rounding could otherwise put a purchase on the next month's first instant.
        parts.append((bought, np.minimum(day, MONTH_DAYS - 1e-6), np.full(len(bought), nth)))
        condition.elapsed[bought] = 0.0
        condition.remaining[bought] = luck.erlang("gap", month, bought, nth, shape=traits.regularity[bought])
        condition.last_purchase[bought] = MONTH_DAYS * month + parts[-1][1]
    condition.elapsed += left
    condition.remaining -= left
    if not parts:
        return Purchases(np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0, dtype=np.int64))
    customer, days, numbers = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((numbers, customer))
    return Purchases(customer[order], days[order], numbers[order])
