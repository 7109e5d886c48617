"""A private PostgreSQL cluster for tests: its own folder, port and password, stopped by its process when they end."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import psycopg

from tests.afterwards import afterwards

SECONDS = 60
STOP = 'kill -s QUIT "$1"; while kill -0 "$1"; do sleep 0.1; done; rm -rf "$2"'  # at once: every session is ended
USER, PASSWORD = "churn", "x7-Quetzal%40/ü"  # needs encoding in a URL, so that both forms can be looked for


@dataclass(frozen=True)
class Server:
    """Where the cluster listens."""

    port: int

    @property
    def url(self) -> str:
        return f"postgresql://{USER}:x7-Quetzal%2540%2F%C3%BC@127.0.0.1:{self.port}/postgres"

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(host="127.0.0.1", port=self.port, user=USER, password=PASSWORD, dbname="postgres", autocommit=True)


def binaries() -> Path | None:
    """The folder of the newest server on this machine."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    installed = shutil.which("postgres")
    if found:
        return max(found, key=lambda folder: float(folder.parent.name))
    return Path(installed).resolve().parent if installed else None


@contextmanager
def cluster(folder: Path) -> Iterator[Server]:
    """A running server with its data in a folder of its own; PostgreSQL refuses to be root, so root lends it another user."""
    data = Path(mkdtemp(prefix="churn-postgres-", dir=folder))
    owner = _owner()
    (data / "password").write_text(PASSWORD, encoding="utf-8")
    if owner:
        for path in (data, data / "password"):
            os.chown(path, owner.pw_uid, owner.pw_gid)
    as_owner: dict = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}
    as_owner |= {"cwd": data, "env": {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(data)}}
    tool = str(binaries() or "")
    make = [f"{tool}/initdb", "-D", f"{data}/db", "-U", USER, "-A", "scram-sha-256", "--pwfile", f"{data}/password", "-E", "UTF8"]
    subprocess.run([*make, "--no-sync"], check=True, capture_output=True, timeout=SECONDS, **as_owner)
    server = Server(_free_port())
    options = [f"-p{server.port}", "-h127.0.0.1", "-F", "-cunix_socket_directories=", "-N20"]
    with (data / "log").open("wb") as log:
        process = subprocess.Popen([f"{tool}/postgres", "-D", f"{data}/db", *options], stdout=log, stderr=log, **as_owner)
    try:
        with afterwards(STOP, process.pid, data):
            _wait(server, process, data / "log")
            yield server
    finally:
        process.send_signal(signal.SIGINT)  # fast shutdown: sessions are ended
        try:
            process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(SECONDS)
        shutil.rmtree(data, ignore_errors=True)


def _owner() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait(server: Server, process: subprocess.Popen, log: Path) -> None:
    until = time.monotonic() + SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            server.connect().close()
            return
        except psycopg.OperationalError:
            time.sleep(0.1)
    raise RuntimeError(f"PostgreSQL did not start: {log.read_text(encoding='utf-8', errors='replace')[-500:]}")
