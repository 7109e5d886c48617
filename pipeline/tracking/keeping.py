"""Kept here first, then brought over: a run is whole in the local store before a server hears of it, so nothing waits for one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pipeline.errors import BusyError
from pipeline.lock import alone
from pipeline.stage import project_root
from pipeline.tracking.store import (
    SQLITE,
    StoreError,
    as_store_errors,
    client,
    environment,
    experiment_of,
    local_uri,
    server_uri,
    shown,
)
from pipeline.tracking.transfer import PARENT, Way, runs_of, within

LOCK = "tracking-sync"
TRANSFER_SECONDS, LOCK_SECONDS = 60, 15


def keep(experiment: str, write: Callable[[Any, str], str]) -> str | None:
    """Write a run with `write(mlflow, experiment id) -> run id` into the local store, and bring it to the server if one is named.

    Returns a sentence where it is in one of them only, or in none. No store raises.
    """
    with environment():
        server = server_uri()
        try:
            run = _written(local_uri(), experiment, write)
        except StoreError as broken:
            return f"the tracking store {shown(local_uri())} {broken}; {_without_local(server, experiment, write)}"
        return None if server is None else _brought(local_uri(), server, experiment, run)


def _written(uri: str, name: str, write: Callable[[Any, str], str]) -> str:
    import mlflow

    experiment = experiment_of(client(uri), uri, name)
    with as_store_errors():
        mlflow.set_tracking_uri(uri)
        return write(mlflow, experiment)


def _without_local(server: str | None, experiment: str, write: Callable[[Any, str], str]) -> str:
    """The server may still take what the local store does not: from a store that is thrown away."""
    nowhere = "this run is not tracked, its figures are in reports/metrics.json"
    if server is None:
        return nowhere
    try:
        with as_store_errors(), TemporaryDirectory() as folder:
            uri = f"{SQLITE}{Path(folder) / 'mlflow.db'}"
            way = way_to(server, uri)
            _bring_whole(way, experiment, _written(uri, experiment, write))
    except StoreError as away:
        return f"the tracking server {shown(server)} {away}; {nowhere}"
    return f"this run is on {shown(server)} only"


def _brought(local: str, server: str, experiment: str, run: str) -> str | None:
    try:
        way = way_to(server, local)
        with as_store_errors(), turn():
            _bring_whole(way, experiment, run)
    except (StoreError, BusyError) as away:
        return left_here("the run is", server, away)
    return None


def left_here(what: str, server: str, away: Exception) -> str:
    """The sentence about what did not reach the server."""
    said = "is being brought other runs" if isinstance(away, BusyError) else away
    kept = f"{what} kept in {shown(local_uri())}, `churn tracking sync` brings it over"
    return f"the tracking server {shown(server)} {said}: {kept}"


def way_to(server: str, local: str, in_time: Callable[[], None] | None = None) -> Way:
    """From a local store to a server that answers; within a minute, unless told otherwise. Raises StoreError."""
    return Way(client(local), client(server), server, in_time or within(TRANSFER_SECONDS))


def _bring_whole(way: Way, experiment: str, run: str) -> None:
    """A run, and those below it."""
    kept = way.here.get_run(run)
    remote = experiment_of(way.there, way.server, experiment)
    way.bring(kept, remote)
    for below in list(runs_of(way.here, [kept.info.experiment_id], only=f"tags.`{PARENT}` = '{run}'")):
        way.in_time()
        way.bring(below, remote)


@contextmanager
def turn() -> Iterator[None]:
    """The lock of those who bring runs over, waited for a little: runs of a queue end together. Raises BusyError."""
    end = time.monotonic() + LOCK_SECONDS
    with ExitStack() as held:
        while True:
            try:
                held.enter_context(alone(project_root(), LOCK))
                break
            except BusyError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)
        yield
