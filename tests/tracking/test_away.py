"""A store that is not there, does not answer, refuses or is no store: the run is kept, a line says so, nothing fails."""

import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import mlflow
import pytest

from pipeline.tracking.store import local_uri, server_uri, shown
from tests.tracking.evaluated import LOGGED, REPOSITORY, log
from tests.tracking.wire import every_fault

LOG = """
import sys
from pathlib import Path
from pipeline import config as configuration
from pipeline.tracking import log_run
config = configuration.load(Path(sys.argv[1]))
print(log_run(config, {"model_version": "v", "test": {"auc": 0.5}}, *map(Path, sys.argv[2:])))
"""
CREDENTIALS = "refuses the credentials ({}); set MLFLOW_TRACKING_USERNAME and"
WHO = "ada:s3cret@127.0.0.1"
UNTRACKED = "; this run is not tracked, its figures are in reports/metrics.json"


def test_runs_are_kept_in_the_project_unless_told_otherwise(elsewhere, monkeypatch):
    assert (local_uri(), server_uri()) == (f"sqlite:///{elsewhere}/mlflow.db", None)
    monkeypatch.setenv("DVC_ROOT", "/projects/shop")
    assert local_uri() == "sqlite:////projects/shop/mlflow.db"


@pytest.mark.parametrize(
    ("given", "local", "server"),
    [
        ("", "sqlite:////projects/shop/mlflow.db", None),
        ("sqlite:///runs/all.db", "sqlite:////projects/shop/runs/all.db", None),
        ("sqlite:////srv/runs.db", "sqlite:////srv/runs.db", None),
        ("https://mlflow.example/", "sqlite:////projects/shop/mlflow.db", "https://mlflow.example"),
        ("databricks", "sqlite:////projects/shop/mlflow.db", "databricks"),
    ],
)
def test_a_relative_file_is_anchored_at_the_project_and_a_server_has_a_file_before_it(
    elsewhere, monkeypatch, given, local, server
):
    monkeypatch.setenv("DVC_ROOT", "/projects/shop")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", given)
    assert (local_uri(), server_uri()) == (local, server)


def test_a_password_is_never_shown():
    assert shown("https://ada:s3cret@mlflow.example/x") == "https://mlflow.example/x"
    assert shown("postgresql://ada:s3@cret@10.0.0.1:5432/runs") == "postgresql://10.0.0.1:5432/runs"
    assert shown("sqlite:////srv/runs.db") == "/srv/runs.db"


@contextmanager
def answering(code):
    """A server with one answer to everything; its address, with a password."""

    class Door(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(code)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_POST(self):
            self.do_GET()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://ada:s3cret@127.0.0.1:{server.server_port}"
        server.shutdown()


@contextmanager
def silent():
    """A server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        yield f"http://127.0.0.1:{door.getsockname()[1]}"


@contextmanager
def named(uri):
    """An address that nobody serves."""
    yield uri


@pytest.mark.parametrize(
    ("server", "reason"),
    [
        pytest.param(named("http://127.0.0.1:1"), "does not answer (connection refused)", id="refused"),
        pytest.param(silent(), "does not answer in time", id="silent", marks=every_fault),
        pytest.param(answering(401), CREDENTIALS.format(401), id="401"),
        pytest.param(answering(403), CREDENTIALS.format(403), id="403", marks=every_fault),
        pytest.param(answering(404), "did not take it (", id="404", marks=every_fault),
        pytest.param(answering(503), "fails itself (an answer of 500 or more)", id="503"),
        pytest.param(named("nonsense://somewhere"), "is no address that MLflow knows (", id="scheme"),
        pytest.param(named("file:///tmp/mlruns"), "did not take it (", id="files", marks=every_fault),
        pytest.param(
            named(f"postgresql+nodriver://{WHO}:1/b"), "is no address that MLflow knows (", id="driver", marks=every_fault
        ),
        pytest.param(
            named(f"postgresql+psycopg://{WHO}:1/b"), "does not answer (connection refused)", id="database", marks=every_fault
        ),
    ],
)
def test_a_server_that_takes_nothing_is_one_line_soon_and_the_run_is_kept(
    elsewhere, monkeypatch, project, migrated, server, reason
):
    (elsewhere / "mlflow.db").write_bytes(migrated.read_bytes())
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    with server as uri:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
        started = time.monotonic()
        said = log(project)
        took = time.monotonic() - started
    assert said.startswith(f"the tracking server {shown(uri)} {reason}")
    assert said.endswith(f": the run is kept in {elsewhere}/mlflow.db, `churn tracking sync` brings it over")
    assert len(said.splitlines()) == 1
    assert "s3cret" not in said
    assert took < 60
    assert os.environ["MLFLOW_TRACKING_URI"] == uri
    asked = mlflow.MlflowClient(f"sqlite:///{elsewhere}/mlflow.db")
    runs = asked.search_runs([asked.get_experiment_by_name("churn").experiment_id])
    assert [run.info.status for run in runs] == ["FINISHED"] * 3
    assert [run.data.metrics["test.auc"] for run in runs if run.outputs.model_outputs] == [0.75]


def test_a_file_that_is_no_database_is_said_and_passed_over(elsewhere, monkeypatch, project):
    (elsewhere / "runs.db").write_text("not a database, " * 100, encoding="utf-8")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///runs.db")
    said = log(project)
    assert said.startswith(f"the tracking store {elsewhere}/runs.db did not take it (")
    assert "file is not a database" in said
    assert said.endswith(UNTRACKED)


def test_a_store_that_cannot_be_opened_is_said_soon(elsewhere, monkeypatch, project):
    (elsewhere / "mlflow.db").mkdir()
    started = time.monotonic()
    assert log(project).startswith(f"the tracking store {elsewhere}/mlflow.db did not take it (")
    assert time.monotonic() - started < 30


def test_a_folder_that_is_not_there_is_said_and_passed_over(elsewhere, monkeypatch, project):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///nowhere/runs.db")
    said = log(project)
    assert said.startswith(f"the tracking store {elsewhere}/nowhere/runs.db did not take it (")
    assert said.endswith(UNTRACKED)


def test_neither_store_nor_server_is_one_line(elsewhere, monkeypatch, project):
    (elsewhere / ".mlflow.lock").mkdir()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    said = log(project)
    assert said.startswith(f"the tracking store {elsewhere}/mlflow.db did not take it (")
    assert said.endswith(f"; the tracking server http://127.0.0.1:1 does not answer (connection refused){UNTRACKED}")
    assert len(said.splitlines()) == 1


def start(project, home):
    environ = {**os.environ, "PYTHONPATH": str(REPOSITORY), "MLFLOW_TRACKING_URI": "http://127.0.0.1:1", "PATH": str(home)}
    for name in ("DVC_ROOT", "DVC_EXP_NAME"):
        environ.pop(name, None)
    words = [sys.executable, "-c", LOG, str(REPOSITORY / "params.yaml"), *(str(project / name) for name in LOGGED)]
    return subprocess.Popen(words, cwd=home, env=environ, stdout=subprocess.PIPE, text=True)


def test_two_processes_may_create_the_store_at_once_without_a_server_and_git_may_be_absent(project, tmp_path):
    processes = [start(project, tmp_path) for _ in range(2)]
    try:
        said = [process.communicate(timeout=300)[0] for process in processes]
    finally:
        for process in processes:
            process.kill()
    assert [process.returncode for process in processes] == [0] * 2
    assert set(said) == {
        "the tracking server http://127.0.0.1:1 does not answer (connection refused): "
        f"the run is kept in {tmp_path}/mlflow.db, `churn tracking sync` brings it over\n"
    }
    asked = mlflow.MlflowClient(f"sqlite:///{tmp_path}/mlflow.db")
    runs = asked.search_runs([experiment.experiment_id for experiment in asked.search_experiments()])
    assert [logged.info.status for logged in runs] == ["FINISHED"] * 6  # each with two trials below it
    assert not any("git.commit" in logged.data.tags for logged in runs)
