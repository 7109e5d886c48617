"""Figures as plain values of so many digits, so that they are the same everywhere."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

DIGITS = 8  # the last digits of a fit depend on the processor; so many are the same everywhere


def rounded(figures: Any, digits: int = DIGITS) -> Any:
    """The same as plain values: numbers to so many digits, what is no number (NaN, infinity) None, days as text."""
    plain = json.dumps(figures, default=lambda value: value.isoformat() if isinstance(value, date) else value.item())
    return json.loads(plain, parse_float=lambda number: round(float(number), digits), parse_constant=lambda _: None)
