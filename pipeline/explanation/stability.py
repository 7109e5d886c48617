"""Whether the reasons that are given for a score would be given again by another model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Agreement:
    """How far two sets of reasons for the same rows agree: shares of rows, 0 … 1.

    `first` have the same strongest reason, `all` the same reasons in any order; `overlap` is the mean share of a row's reasons
    that it keeps. Rows without a reason in either are left out; without any row all three are NaN.
    """

    first: float
    all: float
    overlap: float


def agreement(reasons: NDArray[np.object_], again: NDArray[np.object_]) -> Agreement:
    """Compare what `top_reasons` gives by one model with what it gives by another for the same rows."""
    pairs = [
        (one[0] == two[0], set(one) - {None}, set(two) - {None})
        for one, two in zip(reasons, again, strict=True)
        if one[0] is not None or two[0] is not None
    ]
    if not pairs:
        return Agreement(float("nan"), float("nan"), float("nan"))
    kept = [(same, one == two, len(one & two) / max(len(one), len(two))) for same, one, two in pairs]
    first, every, overlap = np.mean(np.array(kept, dtype=np.float64), axis=0)
    return Agreement(float(first), float(every), float(overlap))
