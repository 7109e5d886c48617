"""What psycopg would read with loss, or not at all, stays the text that PostgreSQL writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.types.datetime import DateLoader, TimestampLoader, TimestamptzLoader
from psycopg.types.string import TextLoader

if TYPE_CHECKING:
    from psycopg.abc import Buffer

# JSON numbers would become floats, a month of an interval 30 days, and 24:00:00 is a time that Python does not know
AS_WRITTEN = ("json", "jsonb", "interval", "time", "timetz")


class _Outside:
    """Loads what Python can hold; dates beyond its years, and infinity, stay text."""

    def load(self, data: Buffer) -> Any:
        try:
            return super().load(data)  # type: ignore[misc]
        except psycopg.DataError:
            return bytes(data).decode()


class _Date(_Outside, DateLoader):
    """A date, or text."""


class _Timestamp(_Outside, TimestampLoader):
    """A time without a zone, or text."""


class _Timestamptz(_Outside, TimestamptzLoader):
    """A time with a zone, or text."""


def keep_text(connection: psycopg.Connection[Any]) -> None:
    """Register the loaders on one connection."""
    adapters = connection.adapters
    for name in AS_WRITTEN:
        adapters.register_loader(name, TextLoader)
    for name, loader in (("date", _Date), ("timestamp", _Timestamp), ("timestamptz", _Timestamptz)):
        adapters.register_loader(name, loader)
