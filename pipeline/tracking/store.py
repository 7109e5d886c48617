"""The stores of runs: SQLite in the project's folder, always first, and a server where MLFLOW_TRACKING_URI names one."""

from __future__ import annotations

import fcntl
import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pipeline.errors import ServiceError
from pipeline.stage import project_root

SQLITE = "sqlite:///"
ANSWER_SECONDS = 5
# A server is asked once more after a second: a restart is waited for by `churn tracking sync`, not by a stage.
SETTINGS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_HTTP_REQUEST_BACKOFF_JITTER": "0",
}
# Of a database: what its driver calls the wait, and a question that only a sound one answers.
DATABASES = {
    "sqlite": ("timeout", "SELECT COUNT(*) FROM sqlite_master"),
    "postgresql": ("connect_timeout", "SELECT 1"),
    "mysql": ("connect_timeout", "SELECT 1"),
}
CREDENTIALS = "refuses the credentials ({}); set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN"
# What libraries say, and how a person is told; the first that is found.
REASONS = (
    (re.compile(r"\b401\b|Unauthorized"), CREDENTIALS.format(401)),
    (re.compile(r"\b403\b|Forbidden"), CREDENTIALS.format(403)),
    (re.compile(r"Connection refused|ConnectionRefusedError"), "does not answer (connection refused)"),
    (re.compile(r"too many 5\d\d error|\b5\d\d Server Error|error code 5\d\d"), "fails itself (an answer of 500 or more)"),
    (re.compile(r"timed out|[Tt]imeout"), "does not answer in time"),
    (re.compile(r"resolve|Name or service|nodename"), "is not found by its name"),
    (
        re.compile(r"Connection aborted|RemoteDisconnected|Connection reset|Max retries|IncompleteRead"),
        "broke off the connection",
    ),
    (re.compile(r"is an invalid tracking|unsupported URI|No registered|not supported|scheme|Can't load plugin"), ""),
)


class StoreError(ServiceError):
    """A store that did not take or give what it was asked; the text goes on after the store's name."""


def local_uri() -> str:
    """The SQLite store: the file that MLFLOW_TRACKING_URI names if it names one, else mlflow.db; in the project's own folder."""
    uri = os.environ.get("MLFLOW_TRACKING_URI", "")
    name = uri.removeprefix(SQLITE) if uri.startswith(SQLITE) else "mlflow.db"
    return f"{SQLITE}{project_root().resolve() / name}"


def server_uri() -> str | None:
    """What MLFLOW_TRACKING_URI names, unless it is the local store."""
    uri = os.environ.get("MLFLOW_TRACKING_URI", "").rstrip("/")
    return None if not uri or uri.startswith("sqlite:") else uri


def shown(uri: str) -> str:
    """A store as it may be printed: without user and password; a local one by its file."""
    if uri.startswith(SQLITE):
        return uri.removeprefix(SQLITE)
    return re.sub(r"//[^/]*@", "//", uri)


@contextmanager
def as_store_errors() -> Iterator[None]:
    """What a store's libraries raise becomes a StoreError of one line."""
    from mlflow.exceptions import MlflowException
    from requests import RequestException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (MlflowException, RequestException, SQLAlchemyError, OSError, ImportError) as error:  # ImportError: no driver
        raise StoreError(_reason(error)) from None


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    said = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
    for pattern, sentence in REASONS:
        if pattern.search(text):
            return sentence or f"is no address that MLflow knows ({said})"
    return f"did not take it ({said})"


@contextmanager
def environment(answer_seconds: int = ANSWER_SECONDS) -> Iterator[None]:
    """MLflow's own settings while it is used: short waits, unless they are set already, and nothing left behind."""
    names = (*SETTINGS, "MLFLOW_HTTP_REQUEST_TIMEOUT", "MLFLOW_TRACKING_URI")
    before = {name: os.environ.get(name) for name in names}
    for name, value in (SETTINGS | {"MLFLOW_HTTP_REQUEST_TIMEOUT": str(answer_seconds)}).items():
        os.environ.setdefault(name, value)
    import mlflow

    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        yield
    finally:
        mlflow.set_tracking_uri(None)
        for name, old in before.items():
            os.environ.pop(name, None) if old is None else os.environ.update({name: old})


def client(uri: str) -> Any:
    """A client of a store that answers. Raises StoreError.

    A fresh database makes its tables on first use, which two processes must not do together: a lock file holds them apart.
    """
    from mlflow import MlflowClient

    with as_store_errors():
        if urlsplit(uri).scheme in ("http", "https"):
            asked = MlflowClient(uri, registry_uri=uri)
            asked.search_experiments(max_results=1)
            return asked
        folder = Path(uri.removeprefix(SQLITE)).parent if uri.startswith(SQLITE) else project_root()
        with (folder / ".mlflow.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            _ask_database(uri)
            asked = MlflowClient(uri, registry_uri=uri)
            asked.search_experiments(max_results=1)
            return asked


def _ask_database(uri: str) -> None:
    """Connect once: MLflow itself would try for minutes."""
    from sqlalchemy import create_engine, text

    kind = uri.partition(":")[0].partition("+")[0]
    if kind in DATABASES:
        name, question = DATABASES[kind]
        engine = create_engine(uri, connect_args={name: ANSWER_SECONDS})
        try:
            with engine.connect() as connection:
                connection.execute(text(question))
        finally:
            engine.dispose()


def experiment_of(asked: Any, uri: str, name: str) -> str:
    """The id of the experiment of that name, made if it is not there. Raises StoreError, also when it is deleted there."""
    from mlflow.exceptions import MlflowException

    files = None
    if uri.partition(":")[0].partition("+")[0] in (*DATABASES, "mssql"):  # no server that keeps files
        root = Path(uri.removeprefix(SQLITE)).parent if uri.startswith(SQLITE) else project_root().resolve()
        files = (root / "mlruns").as_uri()
    with as_store_errors():
        found = asked.get_experiment_by_name(name)
        if found is None:
            try:
                return str(asked.create_experiment(name, artifact_location=files))
            except MlflowException:  # another process was faster, or it cannot be made
                found = asked.get_experiment_by_name(name)
                if found is None:
                    raise
    if found.lifecycle_stage == "deleted":
        raise StoreError(f"has the experiment {name} among its deleted ones; restore it there")
    return str(found.experiment_id)
