"""What customers are foreseen to bring, beside the retention figures of what they brought."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pipeline.report.retention import Figure
from pipeline.report.words import Words


def predicted_lifetime_value(scored: pd.DataFrame, value: Mapping[str, Any], words: Words) -> tuple[Figure, ...]:
    """Mean margin expected of the scored customers over the value horizon; none where none was ever measured or expected.

    It is not discounted, as the horizon is short, and who leaves brings nothing.
    """
    known = scored[scored["expected_value"].notna()]
    if known.empty or "off" in value:
        return ()
    expected = ((1 - known["churn_probability"]) * known["expected_value"]).mean()
    formula = words("worth.lifetime_formula", customers=words.counted(len(known), "scored"), days=value["days"])
    return (Figure(words("worth.lifetime"), words.decimal(float(expected), 2), "", formula, ""),)
