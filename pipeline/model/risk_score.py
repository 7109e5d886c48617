"""The score of a customer among all: what a person reads instead of a probability."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.arrays import Floats


def percentile(probability: Floats) -> Floats:
    """Risk score: 0 for the least, 100 for the most likely to leave; equal probabilities share the middle of their ranks."""
    ranks = pd.Series(probability).rank(method="average").to_numpy() - 1
    return np.asarray(np.round(100 * ranks / max(len(probability) - 1, 1), 1), dtype=np.float64)
