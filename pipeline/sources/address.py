"""Where a database is: the URL of `source.database`, and its password kept out of every message."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus

from sqlalchemy import URL, exc, make_url

from pipeline.errors import ConfigError
from pipeline.personal import hidden

DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}  # what SQLAlchemy 2.0 would take is older
SECRET = re.compile(r"pass|pwd|secret|token|key|odbc_connect", re.IGNORECASE)


@dataclass(frozen=True)
class Address:
    """Where a database is, and the texts that no message may hold."""

    url: URL
    secrets: tuple[str, ...] = field(repr=False)

    def told(self, error: BaseException) -> str:
        """The first line of what the driver says, without the password."""
        cause = getattr(error, "orig", None) or error
        lines = [line.strip() for line in str(cause).splitlines() if line.strip()] or [type(cause).__name__]
        return hidden(redacted(lines[0], self.secrets))[:300]

    @property
    def name(self) -> str:
        """Kind, host and database, as messages name it."""
        host = f"{self.url.host}:{self.url.port}" if self.url.port else self.url.host or ""
        return redacted(f"{self.url.get_backend_name()}://{host}/{self.url.database or ''}", self.secrets)


def redacted(text: str, secrets: Sequence[str]) -> str:
    """A text without any of the secrets."""
    for secret in secrets:
        text = text.replace(secret, "***")
    return text


def address_of(database: str) -> Address:
    """Understand `source.database`; raise ConfigError where the variable or the URL is wrong."""
    text, origin = database, "source.database"
    if database.startswith("env:"):
        name = database.removeprefix("env:")
        origin, text = f"source.database: {name}", os.environ.get(name, "")
        if not text:
            raise ConfigError(f"{origin}: no such environment variable; set it to the URL, kind://user:password@host/database")
    try:
        url = make_url(text.strip())
    except (exc.ArgumentError, ValueError):  # their messages may hold the URL
        raise ConfigError(f"{origin}: not a database URL; write kind://user@host:port/database") from None
    if text.partition("://")[2].partition("?")[0].count("@") > 1 or (url.password is None and "@" in (url.database or "")):
        raise ConfigError(f"{origin}: more than one @ in the URL; write the one in the user or password as %40") from None
    return Address(url.set(drivername=DRIVERS.get(url.drivername, url.drivername)), _secrets(text, url))


def _secrets(text: str, url: URL) -> tuple[str, ...]:
    """The password in every form in which a driver might echo it, longest first."""
    written = text.partition("://")[2].rpartition("@")[0].partition(":")[2]
    found = {url.password or "", written, *written.split("@")}
    for key, value in url.query.items():
        values = (value,) if isinstance(value, str) else value
        found |= {one for one in values if SECRET.search(key)}
        found |= {match for one in values for match in re.findall(r"(?:pwd|password)=\{?([^;}]*)", one, re.IGNORECASE)}
    forms: tuple[Callable[[str], str], ...] = (
        str,
        quote,
        lambda one: quote(one, safe=""),
        quote_plus,
        lambda one: repr(one)[1:-1],
    )
    return tuple(sorted({form(one) for one in found for form in forms} - {""}, key=lambda one: (-len(one), one)))
