"""What customers are foreseen to bring, beside the retention figures of what they brought."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pipeline.report import words
from pipeline.report.retention import Figure


def predicted_lifetime_value(scored: pd.DataFrame, value: Mapping[str, Any]) -> tuple[Figure, ...]:
    """Mean margin expected of the scored customers over the value horizon; none where none was ever measured or expected.

    It is not discounted, as the horizon is short, and who leaves brings nothing.
    """
    known = scored[scored["expected_value"].notna()]
    if known.empty or "off" in value:
        return ()
    expected = ((1 - known["churn_probability"]) * known["expected_value"]).mean()
    customers = f"{words.number(len(known))} scored customers"
    formula = f"(1 − churn_probability) × expected_value, mean of {customers}, next {value['days']} days"
    return (Figure("Customer lifetime value, predicted", words.decimal(float(expected), 2), "", formula, ""),)
