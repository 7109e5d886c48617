"""Bootstrap samples of customers, and the interval that they give."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.arrays import Floats

PERCENTILES = (0.025, 0.975)  # ends of a 95 % interval among the samples


def resampled(weight: Floats, customer: NDArray[Any] | None, samples: int, seed: int) -> Iterator[Floats]:
    """Weights of the rows in each bootstrap sample of rows, or of customers with all of their rows."""
    generator = np.random.default_rng(seed)
    unit = np.arange(len(weight)) if customer is None else np.unique(customer, return_inverse=True)[1]
    units = int(unit.max(initial=-1)) + 1
    for _ in range(samples):
        times = np.bincount(generator.integers(0, units, units), minlength=units)
        yield weight * times[unit]
