"""A real server with its runs in PostgreSQL and its files in a folder: what is kept here comes over, whole and once."""

import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from uuid import uuid4

import mlflow
import pandas as pd
import pytest
from mlflow import MlflowClient

from pipeline.errors import BusyError, ConfigError, ServiceError
from pipeline.lock import alone
from pipeline.operate.sync_tracking import sync
from pipeline.tracking.store import environment
from pipeline.tracking.transfer import Way
from tests.tracking.evaluated import REPOSITORY, everything, log
from tests.tracking.wire import every_fault

SYNC = "from pipeline.operate.sync_tracking import sync; print(sync())"


@pytest.fixture(scope="module")
def template(project, migrated, tmp_path_factory):
    """A local store with an evaluation, its trials, a run of many steps below a failed one, and one that has not ended."""
    folder = tmp_path_factory.mktemp("template")
    shutil.copy(migrated, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("DVC_ROOT", raising=False)
        patch.setenv("MLFLOW_TRACKING_URI", "")
        patch.setenv("DVC_EXP_NAME", "brave-newt")
        assert log(project, "template") is None
    client = MlflowClient(f"sqlite:///{folder}/mlflow.db")
    place = client.get_experiment_by_name("template").experiment_id
    above = client.create_run(place, start_time=1_000, run_name="failed", tags={"note": "by hand"}).info.run_id
    client.log_param(above, "depth", "x" * 5_000)
    client.set_terminated(above, "FAILED", 9_000)
    below = client.create_run(place, start_time=2_000, run_name="steps", tags={"mlflow.parentRunId": above}).info.run_id
    for step in range(3):
        client.log_metric(below, "loss", 1 / (step + 1), timestamp=2_000 + step, step=step)
    client.set_terminated(below, "KILLED", 8_000)
    client.create_run(place, start_time=3_000, run_name="open")
    return folder / "mlflow.db"


class Here:
    """A project whose local store is a copy of the template, its experiment under a name that no other test uses."""

    def __init__(self, folder, template):
        self.store, self.name = folder / "mlflow.db", f"churn-{uuid4().hex[:8]}"
        shutil.copy(template, self.store)
        with sqlite3.connect(self.store) as database:
            database.execute("UPDATE experiments SET name = ? WHERE name = 'template'", (self.name,))
        self.client = MlflowClient(f"sqlite:///{self.store}")

    def held(self):
        return everything(self.client, self.name)

    def halves(self, server):
        """Runs on a server that nobody has thrown away and that are not whole."""
        there = MlflowClient(server.uri)
        runs = there.search_runs([there.get_experiment_by_name(self.name).experiment_id])
        return [run.info.run_name for run in runs if "churn.complete" not in run.data.tags]


@pytest.fixture
def here(elsewhere, template):
    return Here(elsewhere, template)


def test_everything_comes_over_and_a_second_time_nothing(here, tracking_server, monkeypatch, project):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", tracking_server.uri)
    assert sync() == f"runs brought to {tracking_server.uri}: 5; there already: 0; not ended: 1"
    there = MlflowClient(tracking_server.uri)
    found = everything(there, here.name)
    assert found == here.held()
    assert found["steps"]["metrics"] == [("loss", 0, 1.0, 2_000), ("loss", 1, 0.5, 2_001), ("loss", 2, 1 / 3, 2_002)]
    assert (found["steps"]["above"], found["steps"]["info"][:3]) == ("failed", ("KILLED", 2_000, 8_000))
    assert found["trial 0"]["above"] == "brave-newt"
    assert {"metrics.json", "plots/gain.csv"} == set(found["brave-newt"]["files"])
    assert [name for name, *_ in found["brave-newt"]["models"]] == ["model"]
    assert sync() == f"runs brought to {tracking_server.uri}: 0; there already: 5; not ended: 1"
    assert everything(there, here.name) == found


def test_the_model_loads_from_the_server_and_predicts_the_same(here, tracking_server, monkeypatch, project):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", tracking_server.uri)
    sync()
    there = MlflowClient(tracking_server.uri)
    [experiment] = [there.get_experiment_by_name(here.name).experiment_id]
    [model] = there.search_logged_models([experiment])
    [local] = here.client.search_logged_models([here.client.get_experiment_by_name(here.name).experiment_id])
    assert model.model_id != local.model_id
    rows = pd.read_parquet(project / "features/features.parquet").head(20)
    with environment():
        mlflow.set_tracking_uri(tracking_server.uri)
        remote = mlflow.pyfunc.load_model(f"models:/{model.model_id}")
        assert (remote.metadata.model_id, remote.metadata.run_id) == (model.model_id, model.source_run_id)
        mlflow.set_tracking_uri(f"sqlite:///{here.store}")
        assert remote.predict(rows).tolist() == mlflow.pyfunc.load_model(f"models:/{local.model_id}").predict(rows).tolist()


@pytest.mark.parametrize(
    ("after", "heard"), [pytest.param(4, True, marks=every_fault), (12, False), pytest.param(24, True, marks=every_fault)]
)
def test_a_connection_cut_anywhere_loses_nothing_and_leaves_no_half(
    here, wire, tracking_server, monkeypatch, project, after, heard
):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", wire.uri)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    wire.cut(after, heard=heard)
    with pytest.raises(ServiceError, match=f"^tracking server {wire.uri} .*; what is not there is kept in {here.store}$"):
        sync()
    wire.cut(None)
    assert sync().endswith("; not ended: 1")
    assert everything(MlflowClient(tracking_server.uri), here.name) == here.held()
    assert here.halves(tracking_server) == []


def test_a_sync_that_is_killed_is_ended_by_the_next(here, wire, tracking_server, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", wire.uri)
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    process = subprocess.Popen([sys.executable, "-c", SYNC], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 120
    while wire.requests < 9 and time.monotonic() < until:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait(30) == -signal.SIGKILL
    sync()
    assert everything(MlflowClient(tracking_server.uri), here.name) == here.held()
    assert here.halves(tracking_server) == []


def test_a_run_deleted_on_the_server_stays_deleted(here, tracking_server, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", tracking_server.uri)
    sync()
    there = MlflowClient(tracking_server.uri)
    place = there.get_experiment_by_name(here.name).experiment_id
    [run] = there.search_runs([place], "attributes.run_name = 'steps'")
    there.delete_run(run.info.run_id)
    assert sync() == f"runs brought to {tracking_server.uri}: 0; there already: 5; not ended: 1"
    assert "steps" not in everything(there, here.name)


def test_a_run_logged_while_the_server_answers_is_on_both(elsewhere, template, tracking_server, monkeypatch, project):
    shutil.copy(template, elsewhere / "mlflow.db")
    name = f"churn-{uuid4().hex[:8]}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", tracking_server.uri)
    assert log(project, name) is None
    here, there = MlflowClient(f"sqlite:///{elsewhere}/mlflow.db"), MlflowClient(tracking_server.uri)
    assert everything(there, name) == everything(here, name)
    assert len(everything(there, name)) == 3


def test_a_broken_store_here_does_not_keep_a_run_from_the_server(elsewhere, tracking_server, monkeypatch, project):
    (elsewhere / "mlflow.db").mkdir()
    name = f"churn-{uuid4().hex[:8]}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", tracking_server.uri)
    said = log(project, name)
    assert said.startswith(f"the tracking store {elsewhere}/mlflow.db ")
    assert said.endswith(f"; this run is on {tracking_server.uri} only")
    assert len(everything(MlflowClient(tracking_server.uri), name)) == 3


@every_fault
def test_a_server_killed_while_a_run_is_logged(here, tracking_server, monkeypatch, project):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", tracking_server.uri)
    bring_files = Way._artifacts

    def killed(self, run, remote):
        tracking_server.kill()
        bring_files(self, run, remote)

    try:
        with monkeypatch.context() as patch:
            patch.setattr(Way, "_artifacts", killed)
            started = time.monotonic()
            said = log(project, here.name)
            assert time.monotonic() - started < 30
        away = f"the tracking server {tracking_server.uri} does not answer (connection refused)"
        assert said.startswith(f"{away}: the run is kept in {here.store}")
        with pytest.raises(ServiceError, match=r"does not answer \(connection refused\); what is not there is kept in"):
            sync()
    finally:
        tracking_server.kill()
        tracking_server.start()
    assert len(here.halves(tracking_server)) == 1
    assert sync() == f"runs brought to {tracking_server.uri}: 8; there already: 0; not ended: 1"
    assert everything(MlflowClient(tracking_server.uri), here.name) == here.held()
    assert here.halves(tracking_server) == []


def test_one_at_a_time(elsewhere, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    with alone(elsewhere, "tracking-sync"), pytest.raises(BusyError):
        sync()


def test_without_a_server_named_it_is_a_mistake_and_without_a_store_nothing(elsewhere, monkeypatch):
    with pytest.raises(ConfigError, match="MLFLOW_TRACKING_URI names no server"):
        sync()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    assert sync() == f"nothing is kept in {elsewhere}/mlflow.db"


def test_the_command_leaves_with_6_and_one_line_when_the_server_is_away(here, elsewhere, monkeypatch):
    (elsewhere / "configs").mkdir()
    (elsewhere / "dvc.yaml").touch()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    words = [sys.executable, "-m", "pipeline.cli", "tracking", "sync"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (6, "")
    assert done.stderr == (
        "churn tracking sync: tracking server http://127.0.0.1:1 does not answer (connection refused); "
        f"what is not there is kept in {here.store}\n"
    )
