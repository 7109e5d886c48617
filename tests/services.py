"""Servers that tests start for themselves on loopback: PostgreSQL, and MLflow's with its runs in it; skipped without it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import gettempdir
from urllib.request import urlopen

import pytest

from tests.afterwards import GROUP, afterwards
from tests.sources.postgres import Server, binaries, cluster

SECONDS = 120  # a start on a machine that is busy with other tests


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A running private cluster."""
    if binaries() is None:
        pytest.skip("no PostgreSQL server on this machine (install Debian's postgresql): what needs one is not tested")
    with cluster(Path(gettempdir())) as server:  # the tests' own folder is closed to the user that the server runs as
        yield server


@dataclass
class TrackingServer:
    """`mlflow server` with its runs in PostgreSQL and its files in a folder, which it serves itself."""

    database: str
    folder: Path
    port: int = 0
    process: subprocess.Popen | None = field(default=None, repr=False)
    watched: ExitStack = field(default_factory=ExitStack, repr=False)

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start on the port of before, and wait until it answers."""
        self.port = self.port or free_port()
        words = ["--backend-store-uri", self.database, "--artifacts-destination", str(self.folder / "files"), "--workers", "1"]
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW_", "DVC_"))}
        environment |= {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SQLALCHEMYSTORE_POOL_SIZE": "3"}
        environment |= {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}  # its queues are processes of their own
        environment |= {"MLFLOW_SQLALCHEMYSTORE_MAX_OVERFLOW": "2", "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(self.port), *words],
                cwd=self.folder,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,  # its workers are children: they are ended together, by the group's id
            )
        self.watched.enter_context(afterwards(GROUP, self.process.pid))
        self._wait()

    def kill(self) -> None:
        """End it as a power cut does."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(SECONDS)
            self.process = None
        self.watched.close()

    def _wait(self) -> None:
        until = time.monotonic() + SECONDS
        while time.monotonic() < until and self.process is not None and self.process.poll() is None:
            try:
                with urlopen(f"{self.uri}/health", timeout=5):
                    return
            except OSError:
                time.sleep(0.2)
        said = (self.folder / "log").read_text(encoding="utf-8", errors="replace")[-1500:]
        self.kill()
        raise RuntimeError(f"mlflow server did not start: {said}")


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="session")
def tracking_server(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrackingServer]:
    """A running tracking server; a test that kills it starts it again."""
    with postgres.connect() as session:
        session.execute("CREATE DATABASE mlflow")
    url = postgres.url.replace("postgresql://", "postgresql+psycopg://").replace("/postgres", "/mlflow")
    server = TrackingServer(url, tmp_path_factory.mktemp("server"))
    try:
        server.start()
        yield server
    finally:
        server.kill()
