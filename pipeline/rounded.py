"""Figures as the JSON files of reports hold them."""

from __future__ import annotations

import json
from typing import Any

DIGITS = 8  # the last digits of a fit depend on the processor; so many are the same everywhere


def rounded(figures: Any) -> Any:
    """The same as plain values, numbers to eight digits behind the point, what is no number (NaN, infinity) None."""
    return json.loads(json.dumps(figures), parse_float=lambda digits: round(float(digits), DIGITS), parse_constant=lambda _: None)
