"""`churn tracking sync`: what only the local store has comes over to the server; killed at any moment, the next one goes on."""

from __future__ import annotations

from pathlib import Path

from pipeline.artifacts import ARTIFACTS
from pipeline.errors import ConfigError, ServiceError
from pipeline.lock import alone
from pipeline.model.champion import read_champion
from pipeline.stage import project_root
from pipeline.tracking.keeping import LOCK, way_to
from pipeline.tracking.pending import bring_runs
from pipeline.tracking.registered import bring_registered
from pipeline.tracking.store import SQLITE, StoreError, environment, local_uri, server_uri, shown
from pipeline.tracking.transfer import unhurried

ANSWER_SECONDS = 30  # nobody waits for it, and a server that has just started is slow


def sync() -> str:
    """Bring runs, registered versions and aliases over; the sentence that says how many.

    Raises ConfigError when no server is named, BusyError when another one does, ServiceError when a store does not answer: what
    came over until then stays, the rest is kept here.
    """
    server, local = server_uri(), local_uri()
    if server is None:
        raise ConfigError("MLFLOW_TRACKING_URI names no server; set it to the server's address")
    root = project_root()
    with alone(root, LOCK):
        if not Path(local.removeprefix(SQLITE)).exists():
            return f"nothing is kept in {shown(local)}"
        try:
            with environment(ANSWER_SECONDS):
                way = way_to(server, local, unhurried)
                runs = bring_runs(way)
                registered = bring_registered(way, read_champion(root / ARTIFACTS["champion"]).version)
        except StoreError as away:
            raise ServiceError(f"tracking server {shown(server)} {away}; what is not there is kept in {shown(local)}") from None
    left = f"; not ended: {runs.open}" if runs.open else ""
    changed = f"; versions and aliases of the registered model: {registered}" if registered else ""
    return f"runs brought to {shown(server)}: {runs.came}; there already: {runs.known}{left}{changed}"
