"""A PostgreSQL server for the tests of databases, where its binaries are installed."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import gettempdir

import pytest

from tests.sources.postgres import Server, binaries, cluster


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A running private cluster."""
    if binaries() is None:
        pytest.skip("no PostgreSQL server on this machine (install Debian's postgresql): its database is not tested")
    with cluster(Path(gettempdir())) as server:  # the tests' own folder is closed to the user that the server runs as
        yield server
