"""The words of the typed configuration: what a section is, and dates, days, shares, names, zones as its values."""

from __future__ import annotations

import codecs
from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


class Section(BaseModel):
    """A part of the configuration: frozen, no unknown keys, no silent conversions."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _as_date(value: object) -> object:
    return date.fromisoformat(value) if isinstance(value, str) else value


def as_tuple(value: object) -> object:
    """A list of YAML as the tuple that a frozen section holds."""
    return tuple(value) if isinstance(value, list) else value


Date = Annotated[date, BeforeValidator(_as_date)]
Share = Annotated[float, Field(ge=0, le=1)]
Money = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Days = Annotated[int, Field(ge=0, le=36_525)]  # a hundred years: beyond it dates themselves end
PositiveDays = Annotated[int, Field(ge=1, le=36_525)]
Count = Annotated[int, Field(ge=1, le=10_000_000)]
Windows = Annotated[tuple[PositiveDays, ...], BeforeValidator(as_tuple), Field(min_length=2)]
Steps = Annotated[tuple[Count, ...], BeforeValidator(as_tuple)]
Names = Annotated[tuple[str, ...], BeforeValidator(as_tuple)]


def _as_encoding(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        "".encode(value)  # refuses codecs that are none of text: rot13, base64
        return codecs.lookup(value).name
    except (LookupError, UnicodeError):
        raise ValueError(f"{value!r} is no encoding; give utf-8, latin-1, windows-1252, utf-16, …") from None


def _as_zone(value: object) -> object:
    try:
        return ZoneInfo(value).key if isinstance(value, str) else value
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{value!r} is no time zone; give a name such as Europe/Rome, or UTC") from None


Encoding = Annotated[str, BeforeValidator(_as_encoding)]
Zone = Annotated[str, BeforeValidator(_as_zone)]
