"""Values of databases and workbooks -> the text that reads as the same value."""

from __future__ import annotations

import json
import math
from datetime import date, datetime, time
from decimal import Decimal
from functools import singledispatch


@singledispatch
def as_text(value: object) -> str | None:
    """A value as text that loses nothing: plain digits, ISO dates and times, true and false, hex, JSON."""
    return None if value is None else str(value)


@as_text.register
def _(value: bool) -> str:
    return "true" if value else "false"


@as_text.register
def _(value: Decimal) -> str:
    return format(value, "f")


@as_text.register
def _(value: float) -> str:
    whole = math.isfinite(value) and value.is_integer() and abs(value) < 2**53
    return str(int(value)) if whole else repr(value)


@as_text.register
def _(value: datetime) -> str:
    return value.isoformat(sep=" ")


@as_text.register
def _(value: date | time) -> str:
    return value.isoformat()


@as_text.register
def _(value: bytes | bytearray | memoryview) -> str:
    return bytes(value).hex()


@as_text.register
def _(value: dict | list | tuple) -> str:
    return json.dumps(value, ensure_ascii=False, default=as_text)
