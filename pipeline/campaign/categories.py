"""Places in a declared list -> a column of its words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def category(codes: NDArray[Any], words: Sequence[str], index: pd.Index | None = None) -> pd.Series:
    """The word at each place, in the declared order; null at −1."""
    return pd.Series(pd.Categorical.from_codes(codes.astype(np.int8), pd.Index(list(words), dtype="str")), index=index)
