"""Where the tests of tracking stand, and a server that may fail on the way."""

import sys

import pytest

from pipeline.tracking.store import client, environment
from tests.tracking.evaluated import write_evaluated
from tests.tracking.wire import Wire


@pytest.fixture(scope="session")
def project(tmp_path_factory):
    """What the stages before the log wrote."""
    return write_evaluated(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="session")
def migrated(tmp_path_factory):
    """A local store as a project has it after its first run; making its tables takes seconds, a copy none."""
    folder = tmp_path_factory.mktemp("migrated")
    with environment():
        client(f"sqlite:///{folder}/mlflow.db")
    return folder / "mlflow.db"


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """An empty folder to stand in, and the settings of a process that has not tracked before."""
    monkeypatch.chdir(tmp_path)
    for name in ("DVC_ROOT", "DVC_EXP_NAME", "DVC_EXP_BASELINE_REV", "MLFLOW_TRACKING_URI"):
        monkeypatch.delenv(name, raising=False)
    yield tmp_path
    if "mlflow" in sys.modules:
        sys.modules["mlflow"].set_tracking_uri(None)


@pytest.fixture(autouse=True)
def _patience(monkeypatch):
    """On a machine that is busy with other tests a server answers late."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "60")


@pytest.fixture
def wire(tracking_server):
    """A connection to the tracking server that can be cut."""
    with Wire(tracking_server.port) as between:
        yield between
