"""Random numbers that belong to a customer, so that what happens to one never shifts the luck of another.

A number is a pure function of (seed, purpose, month, customer, nth). A sequential generator would hand out its numbers in
the order of asking: one contact more would change every later number of everybody.
"""

import hashlib
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from pipeline.arrays import Floats, Ints

_CUSTOMER_STEP = np.uint64(0x9E3779B97F4A7C15)
_NTH_STEP = np.uint64(0xD1342543DE82EF95)


@dataclass(frozen=True)
class Luck:
    """A source of reproducible numbers, independent over purposes, months, customers and `nth`."""

    seed: int

    def uniform(self, purpose: str, month: int, customer: Ints, nth: Ints | int = 0) -> Floats:
        """Numbers strictly inside (0, 1), one per customer; bit mixing as in splitmix64 (Steele, Lea, Flood 2014)."""
        text = f"{self.seed}/{purpose}/{month}".encode()
        key = np.uint64(int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little"))
        with np.errstate(over="ignore"):
            mixed = customer.astype(np.uint64) * _CUSTOMER_STEP + key
            mixed = mixed + np.asarray(nth, dtype=np.uint64) * _NTH_STEP
            mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            mixed = mixed ^ (mixed >> np.uint64(31))
        return ((mixed >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53

    def normal(self, purpose: str, month: int, customer: Ints, nth: Ints | int = 0) -> Floats:
        """Standard normal numbers, one per customer."""
        return np.asarray(ndtri(self.uniform(purpose, month, customer, nth)), dtype=np.float64)

    def erlang(self, purpose: str, month: int, customer: Ints, nth: int, *, shape: Ints) -> Floats:
        """Erlang numbers of mean 1 and integer `shape` 1..3 per customer."""
        total = np.zeros(len(customer))
        for phase in range(3):
            waiting = -np.log(self.uniform(f"{purpose}/phase{phase}", month, customer, nth))
            total += np.where(phase < shape, waiting, 0.0)
        return total / shape


def poisson(uniform: Floats, rate: Floats, most: int = 60) -> Ints:
    """Poisson counts by inversion, so that one uniform number gives one count; never above `most`."""
    count = np.zeros(len(uniform), dtype=np.int64)
    live = np.arange(len(uniform))
    chance = np.exp(-rate)
    reached = chance.copy()
    for step in range(1, most + 1):
        live = live[uniform[live] > reached[live]]
        if not live.size:
            break
        count[live] = step
        chance[live] *= rate[live] / step
        reached[live] += chance[live]
    return count


def choose(uniform: Floats, weights: tuple[float, ...]) -> Ints:
    """Positions 0..len(weights)-1, drawn in proportion to the weights."""
    edges = np.cumsum(np.asarray(weights, dtype=np.float64))
    return np.searchsorted(edges[:-1] / edges[-1], uniform, side="right").astype(np.int64)


def repeat(customer: Ints, count: Ints) -> tuple[Ints, Ints]:
    """Each customer as often as counted, and the running number of each repetition (0-based)."""
    first = np.repeat(np.cumsum(count) - count, count)
    return np.repeat(customer, count), np.arange(int(count.sum()), dtype=np.int64) - first
