"""The registered model `churn`: a version for each promoted one, its aliases and tags, here first and then on the server."""

import json
import shutil
from uuid import uuid4

import mlflow
import pandas as pd
import pytest
from mlflow import MlflowClient

from pipeline import tracking
from pipeline.operate.sync_tracking import sync
from pipeline.tracking.store import environment
from tests.tracking.evaluated import CONFIG, METRICS, log
from tests.tracking.wire import every_fault

FIRST, SECOND = "20240301-0a1b2c3d", "20240401-4e5f6a7b"
AWAY = "http://127.0.0.1:1"


class Clone:
    """A clone of a project with two evaluations in its local store; the model's name is its own."""

    def __init__(self, folder, name, project):
        self.folder, self.name, self.project = folder, name, project
        self.config = CONFIG.model_copy(update={"tracking": CONFIG.tracking.model_copy(update={"experiment": name})})
        self.client = MlflowClient(f"sqlite:///{folder}/mlflow.db")

    def register(self, version, alias, **tags):
        return tracking.register(self.config, version, self.project / "challenger", alias, tags)

    def move_alias(self, version, alias):
        return tracking.move_alias(self.config, version, alias)


def registered(client, name):
    """Versions with their tags but the marks, and where the aliases point."""
    versions = client.search_model_versions(f"name = '{name}'")
    tags = {
        one.tags["model_version"]: {k: v for k, v in one.tags.items() if k not in ("model_version", "churn.pending")}
        for one in versions
    }
    numbers = {str(one.version): one.tags["model_version"] for one in versions}
    aliases = client.get_registered_model(name).aliases
    return len(versions), tags, {alias: numbers[str(number)] for alias, number in aliases.items()}


@pytest.fixture(scope="module")
def two_runs(project, migrated, tmp_path_factory):
    """A local store with two evaluations."""
    folder = tmp_path_factory.mktemp("two")
    shutil.copy(migrated, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("DVC_ROOT", raising=False)
        patch.setenv("MLFLOW_TRACKING_URI", "")
        for version in (FIRST, SECOND):
            assert log(project, "two", METRICS | {"model_version": version}) is None
    return folder / "mlflow.db"


@pytest.fixture
def clone(elsewhere, two_runs, project):
    import sqlite3

    name = f"churn-{uuid4().hex[:8]}"
    shutil.copy(two_runs, elsewhere / "mlflow.db")
    with sqlite3.connect(elsewhere / "mlflow.db") as database:
        database.execute("UPDATE experiments SET name = ? WHERE name = 'two'", (name,))
    return Clone(elsewhere, name, project)


def test_a_version_is_registered_once_with_its_tags_and_alias(clone):
    assert clone.register(FIRST, "champion", grade="A", as_of="2024-03-01") is None
    assert clone.register(SECOND, "challenger", grade="B") is None
    assert clone.register(FIRST, "champion", decision="promoted") is None
    assert registered(clone.client, clone.name) == (
        2,
        {FIRST: {"grade": "A", "as_of": "2024-03-01", "decision": "promoted"}, SECOND: {"grade": "B"}},
        {"champion": FIRST, "challenger": SECOND},
    )


def test_an_alias_moves_and_a_version_that_was_never_registered_is_said(clone):
    clone.register(FIRST, "champion")
    clone.register(SECOND, "challenger")
    assert clone.move_alias(SECOND, "champion") is None
    assert registered(clone.client, clone.name)[2] == {"champion": SECOND, "challenger": SECOND}
    assert clone.move_alias("20990101-00000000", "champion") == (
        f"the tracking store {clone.folder}/mlflow.db has no version 20990101-00000000 of {clone.name}; "
        f"the registered model {clone.name} is as it was"
    )
    assert registered(clone.client, clone.name)[2] == {"champion": SECOND, "challenger": SECOND}


def test_a_version_that_no_run_has_logged_is_logged_from_its_folder(clone):
    assert clone.register("20230101-ffffffff", "champion") is None
    with environment():
        mlflow.set_tracking_uri(f"sqlite:///{clone.folder}/mlflow.db")
        model = mlflow.pyfunc.load_model(f"models:/{clone.name}@champion")
    rows = pd.read_parquet(clone.project / "features/features.parquet").head(3)
    assert [0 < p < 1 for p in model.predict(rows)] == [True] * 3
    assert registered(clone.client, clone.name)[2] == {"champion": "20230101-ffffffff"}


def test_with_the_server_away_it_is_kept_said_and_brought_over(clone, tracking_server, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", AWAY)
    said = clone.register(FIRST, "champion", grade="A")
    assert said == (
        f"the tracking server {AWAY} does not answer (connection refused): what changed of the registered model {clone.name} "
        f"is kept in {clone.folder}/mlflow.db, `churn tracking sync` brings it over"
    )
    clone.register(SECOND, "challenger", grade="B")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", tracking_server.uri)
    changed = "versions and aliases of the registered model: 4"
    assert sync() == f"runs brought to {tracking_server.uri}: 6; there already: 0; {changed}"
    there = MlflowClient(tracking_server.uri)
    expected = (2, {FIRST: {"grade": "A"}, SECOND: {"grade": "B"}}, {"champion": FIRST, "challenger": SECOND})
    assert registered(there, clone.name) == expected
    assert sync() == f"runs brought to {tracking_server.uri}: 0; there already: 6"
    assert registered(there, clone.name) == expected
    with environment():
        mlflow.set_tracking_uri(tracking_server.uri)
        model = mlflow.pyfunc.load_model(f"models:/{clone.name}@champion")
    assert there.get_run(model.metadata.run_id).data.tags["model_version"] == FIRST


@pytest.mark.parametrize(("pointer", "expected"), [(FIRST, FIRST), (SECOND, SECOND)])
def test_a_move_that_waited_is_dropped_when_the_pointer_has_gone_on(clone, tracking_server, monkeypatch, pointer, expected):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", tracking_server.uri)
    assert clone.register(SECOND, "champion") is None
    monkeypatch.setenv("MLFLOW_TRACKING_URI", AWAY)
    clone.register(FIRST, "champion")
    (clone.folder / "models").mkdir()
    (clone.folder / "models/champion.json").write_text(json.dumps({"version": pointer, "previous": None}), encoding="utf-8")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", tracking_server.uri)
    sync()
    assert registered(MlflowClient(tracking_server.uri), clone.name)[2] == {"champion": expected}
    monkeypatch.setattr("pipeline.tracking.transfer.Way.bring", None)  # nothing is left to bring
    assert "registered" not in sync()


@every_fault  # by default the wire is cut while a run is brought over (test_sync)
@pytest.mark.parametrize("after", [12, 20])
def test_a_connection_cut_while_it_is_registered_leaves_one_version(clone, wire, tracking_server, monkeypatch, after):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", wire.uri)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    wire.cut(after)
    assert clone.register(FIRST, "champion", grade="A").endswith("`churn tracking sync` brings it over")
    wire.cut(None)
    sync()
    assert registered(MlflowClient(tracking_server.uri), clone.name) == (1, {FIRST: {"grade": "A"}}, {"champion": FIRST})


def test_two_clones_that_promote_the_same_version_make_one(clone, tracking_server, monkeypatch, tmp_path_factory):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", tracking_server.uri)
    other = Clone(tmp_path_factory.mktemp("other"), clone.name, clone.project)
    assert clone.register(FIRST, "champion", grade="A") is None
    monkeypatch.chdir(other.folder)
    assert other.register(FIRST, "champion", reason="again") is None
    assert registered(MlflowClient(tracking_server.uri), clone.name) == (
        1,
        {FIRST: {"grade": "A", "reason": "again"}},
        {"champion": FIRST},
    )
