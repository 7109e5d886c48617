"""One simulated month as the makers of raw tables see it, and the moments at which its events fall."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipeline.arrays import Floats, Ints
from pipeline.simulator.luck import Luck, poisson, repeat
from pipeline.simulator.population import Condition, Traits
from pipeline.simulator.purchases import Purchases
from pipeline.simulator.settings import DAY_SECONDS, MONTH_DAYS, MONTH_SECONDS, Settings

Instants = NDArray[np.datetime64]
# Room for one customer's and one kind's events of a month in a packed number.
MOST_EVENTS = 63
_ODD = 0x5851F42D4C957F2D


@dataclass(frozen=True)
class Month:
    """The month that has just been lived: states held, purchases made; `first_day` (0..30) is when newcomers came."""

    settings: Settings
    number: int
    luck: Luck
    traits: Traits
    condition: Condition
    first_day: Floats
    purchases: Purchases
    names: pa.Array

    @property
    def start(self) -> np.datetime64:
        """First instant of the month."""
        return self.settings.boundary(self.number)

    @property
    def end(self) -> np.datetime64:
        """First instant after the month."""
        return self.settings.boundary(self.number + 1)

    def instants(self, seconds: Floats | Ints) -> Instants:
        """Instants from seconds since the month's start."""
        return self.start + np.asarray(seconds, dtype=np.int64).astype("timedelta64[s]")

    def uniform(self, purpose: str, customer: Ints, nth: Ints | int = 0) -> Floats:
        """The month's uniform numbers for a purpose."""
        return self.luck.uniform(purpose, self.number, customer, nth)


@dataclass(frozen=True)
class Happenings:
    """Events of one kind: customer position, running number within the month, seconds since the month's start."""

    customer: Ints
    nth: Ints
    seconds: Ints


def time_of_day(uniform: Floats) -> Ints:
    """Seconds since midnight between 7:00 and 23:00, mostly in the afternoon."""
    rising = np.sqrt(uniform * 0.6)
    falling = 1 - np.sqrt((1 - uniform) * 0.4)
    return ((7 + 16 * np.where(uniform < 0.6, rising, falling)) * 3600).astype(np.int64)


def moments(day: Floats, uniform: Floats) -> Ints:
    """Seconds since the month's start for events on the given days (fractions are dropped)."""
    return np.floor(day).astype(np.int64) * DAY_SECONDS + time_of_day(uniform)


def happen(month: Month, kind: str, rate: Floats) -> Happenings:
    """Poisson events at a monthly `rate` per customer, from the day on which the customer is there."""
    everyone = np.arange(len(rate))
    present = 1 - month.first_day / MONTH_DAYS
    counts = poisson(month.uniform(f"{kind}/count", everyone), rate * present, most=MOST_EVENTS)
    customer, nth = repeat(everyone, counts)
    day = month.first_day[customer]
    day = day + (MONTH_DAYS - day) * month.uniform(f"{kind}/day", customer, nth)
    return Happenings(customer, nth, moments(day, month.uniform(f"{kind}/time", customer, nth)))


def packed(month: Month, customer: Ints, nth: Ints, *, kind: int = 0, bits: int = 40) -> Ints:
    """Numbers that are unique over months, customers, kinds (below 16) and `nth` (below 64), and look unordered."""
    number = ((month.number * (1 << 20) + customer) * 16 + kind) * 64 + nth
    # Multiplying by an odd number is one to one modulo a power of two, so int64 may wrap around.
    return np.asarray((number * np.int64(_ODD)) & np.int64((1 << bits) - 1), dtype=np.int64)


def numbered(prefix: str, numbers: Ints, width: int) -> pa.Array:
    """Texts such as `A0000123` from numbers."""
    digits = pc.utf8_lpad(pc.cast(pa.array(numbers), pa.string()), width=width, padding="0")
    return pc.binary_join_element_wise(pa.scalar(prefix), digits, pa.scalar("")) if prefix else digits


def customer_numbers(customer: Ints) -> pa.Array:
    """The shop's customer numbers, eight digits with leading zeros, from positions (0-based)."""
    return numbered("", customer + 1, 8)


def labels(values: tuple[str, ...], codes: Ints) -> pa.Array:
    """Texts by their positions."""
    return pa.array(values, pa.string()).take(pa.array(codes))


def within(seconds: Floats | Ints) -> Ints:
    """Seconds that stay inside the month."""
    return np.minimum(np.asarray(seconds, dtype=np.int64), MONTH_SECONDS - 1)
