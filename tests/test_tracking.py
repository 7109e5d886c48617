import hashlib
import json
import os
import re
import socket
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline import config as configuration
from pipeline.errors import ServiceError
from pipeline.model.booster import ChurnModel, fit
from pipeline.tracking import _lineage, log_run, md5, store

pytestmark = [
    # MLflow builds its tables with a loader strategy that SQLAlchemy 2.1 calls deprecated.
    pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated"),
    # Importing mlflow.pyfunc warns about type hints of MLflow's own.
    pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning"),
]

REPOSITORY = Path(__file__).parents[1]
CATALOG = [{"name": "recency", "type": "number"}, {"name": "tier", "type": "category"}]
METRICS = {
    "model_version": "20240301-0a1b2c3d",
    "test": {"t": "2024-03-01", "customers": 600, "auc": 0.75, "auc_low": 0.7},
    "baselines": {"recency": {"auc": 0.7}, "bg_nbd": {"auc": 0.72}},
}
LOGGED = ("plots", "challenger", "features", "snapshots")

LOG = """
import sys
from pathlib import Path
from pipeline import config as configuration
from pipeline.tracking import log_run
config = configuration.load(Path(sys.argv[1]))
log_run(config, {"model_version": "v", "test": {"auc": 0.5}}, *map(Path, sys.argv[2:]))
"""

LOAD = """
import json, sys, time
import mlflow
import pandas as pd
model = mlflow.pyfunc.load_model(sys.argv[1])
rows = pd.read_parquet(sys.argv[2])
import pipeline
found = {
    "code": pipeline.__file__,
    "at_t": model.predict(rows, params={"t": "2024-05-01"}).tolist(),
    "today": model.predict(rows).tolist(),
}
example = mlflow.pyfunc.load_model(sys.argv[1]).input_example
found["example"] = model.predict(example).tolist()
seconds = []
for _ in range(3):
    started = time.process_time()
    mlflow.pyfunc.load_model(sys.argv[1])
    seconds.append(time.process_time() - started)
found["seconds"] = min(seconds)  # of the processor, once all is imported
try:
    model.predict(rows.assign(recency="long"))
    found["text"] = "accepted"
except mlflow.exceptions.MlflowException:
    found["text"] = "refused"
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def config():
    return configuration.load(REPOSITORY / "params.yaml")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """What the stages before the log wrote: a model, features, labels and pictures."""
    root = tmp_path_factory.mktemp("project")
    for name in LOGGED:
        (root / name).mkdir()
    generator = np.random.default_rng(0)
    rows = pd.DataFrame({"t": pd.Timestamp("2024-03-01"), "recency": generator.exponential(60, 400).astype(np.float32)})
    rows["tier"] = pd.array(generator.choice(["gold", "iron", None], 400), dtype="str")
    rows["y"], rows["weight"] = (generator.random(400) < 1 / (1 + np.exp(3 - rows["recency"] / 20))).astype(int), 1.0
    about = {
        "source": "shop",
        "definition": {},
        "first_day": "2022-07-02",
        "active_days": 365,
        "label_days": 60,
        "known_until": "2024-06-01",
        "as_of": "2024-06-01",
    }
    model = fit(rows, CATALOG, {"num_leaves": 7}, rounds=20, seed=0, about=about)
    for name in ("ship", "twin"):
        model.save(root / "challenger", name)
    trials = [
        {"trial": 0, "state": "complete", "log_loss": 0.5, "rounds": 40, "num_leaves": 7},
        {"trial": 1, "state": "pruned", "log_loss": None, "rounds": None, "num_leaves": 31},
    ]
    (root / "challenger/search.json").write_text(json.dumps(trials), encoding="utf-8")
    rows[["t", "recency", "tier"]].to_parquet(root / "features/features.parquet", index=False)
    rows[["t", "y"]].to_parquet(root / "snapshots/labelled.parquet", index=False)
    (root / "plots/gain.csv").write_text("contacted,found\n0,0\n1,1\n", encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def run(config, project, tmp_path_factory):
    """One evaluation, logged to a fresh store by a process that stands in an empty folder."""
    import mlflow

    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        patch.setenv("MLFLOW_TRACKING_URI", "sqlite:///runs.db")
        patch.setenv("DVC_ROOT", str(home))
        patch.setenv("DVC_EXP_NAME", "brave-newt")
        patch.setenv("DVC_EXP_BASELINE_REV", "0123abc")
        log_run(config, METRICS, *(project / name for name in LOGGED))
    mlflow.set_tracking_uri(None)
    client = mlflow.MlflowClient(f"sqlite:///{home / 'runs.db'}")
    [experiment] = [found for found in client.search_experiments() if found.name == config.tracking.experiment]
    [logged] = [run for run in client.search_runs([experiment.experiment_id]) if "mlflow.parentRunId" not in run.data.tags]
    return home, client, logged


def test_the_run_is_finished_and_named_after_the_experiment(run):
    _, _, logged = run
    assert (logged.info.status, logged.info.run_name) == ("FINISHED", "brave-newt")


def test_the_trials_of_a_search_are_runs_below_it(run):
    _, client, logged = run
    below = client.search_runs([logged.info.experiment_id], f"tags.`mlflow.parentRunId` = '{logged.info.run_id}'")
    found = {one.info.run_name: (one.data.tags["state"], one.data.params, one.data.metrics) for one in below}
    assert found == {
        "trial 0": ("complete", {"num_leaves": "7", "rounds": "40"}, {"log_loss": 0.5}),
        "trial 1": ("pruned", {"num_leaves": "31", "rounds": "None"}, {}),
    }


def test_a_relative_store_and_its_files_lie_in_the_projects_own_folder(run):
    home, _, logged = run
    assert (home / "runs.db").is_file()
    assert logged.info.artifact_uri.startswith((home / "mlruns").as_uri())


def test_params_are_the_whole_configuration_by_dotted_names(run, config):
    params = run[2].data.params
    assert params["definition.horizon_days"] == str(config.definition.horizon_days)
    assert params["campaign.bands.critical"] == str(config.campaign.bands.critical)
    assert params["seed"] == str(config.seed)
    assert set(config.model.params) == {name.removeprefix("model.params.") for name in params if "model.params." in name}
    assert not [name for name in params if name.startswith("source.tables")]


def test_metrics_are_the_numbers_by_dotted_names(run):
    assert run[2].data.metrics == {
        "test.customers": 600.0,
        "test.auc": 0.75,
        "test.auc_low": 0.7,
        "baselines.recency.auc": 0.7,
        "baselines.bg_nbd.auc": 0.72,
    }


def test_plots_and_metrics_are_kept_with_the_run(run):
    _, client, logged = run
    listed = {entry.path for entry in client.list_artifacts(logged.info.run_id)}
    assert {"plots", "metrics.json"} <= listed
    kept = Path(client.download_artifacts(logged.info.run_id, "metrics.json"))
    assert json.loads(kept.read_text(encoding="utf-8")) == METRICS
    assert [entry.path for entry in client.list_artifacts(logged.info.run_id, "plots")] == ["plots/gain.csv"]


def test_the_data_is_named_with_the_sums_under_which_dvc_keeps_it(run, project):
    inputs = run[2].inputs.dataset_inputs
    found = {entry.tags[0].value: (entry.dataset.name, entry.dataset.digest) for entry in inputs}
    sums = {
        path.stem: hashlib.md5(path.read_bytes()).hexdigest()
        for path in (project / "features/features.parquet", project / "snapshots/labelled.parquet")
    }
    assert found == {"features": ("features", sums["features"]), "labels": ("labelled", sums["labelled"])}
    tags = run[2].data.tags
    assert (tags["dvc.features"], tags["dvc.labels"]) == (sums["features"], sums["labelled"])


def test_lineage_names_the_dvc_experiment_and_no_commit_outside_a_repository(run):
    tags = run[2].data.tags
    assert tags["dvc.exp_name"] == "brave-newt"
    assert tags["dvc.exp_baseline_rev"] == "0123abc"
    assert "git.commit" not in tags


def test_the_logged_model_predicts_what_the_saved_one_does(run, project, tmp_path):
    home, client, logged = run
    [model] = client.search_logged_models([logged.info.experiment_id])
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-c", LOAD, model.artifact_location, str(project / "features/features.parquet")],
        cwd=tmp_path,
        env=environment | {"MLFLOW_TRACKING_URI": f"sqlite:///{home / 'runs.db'}"},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=120,
    )
    found = json.loads(done.stdout.splitlines()[-1])
    rows = pd.read_parquet(project / "features/features.parquet")
    ship = ChurnModel.load(project / "challenger", "ship")
    assert found["at_t"] == ship.churn_probability(rows, date(2024, 5, 1)).tolist()
    assert found["today"] == ship.churn_probability(rows, date(2024, 6, 1)).tolist()
    assert found["text"] == "refused"
    assert found["example"] == ship.churn_probability(rows.head(1).assign(recency=0.0, tier="gold"), date(2024, 6, 1)).tolist()
    assert found["seconds"] < 0.1
    assert found["code"].startswith(str(home))  # the code that was logged, not that of this repository


def test_the_logged_model_holds_no_pickle_and_no_row_of_a_customer(run):
    _, client, logged = run
    [model] = client.search_logged_models([logged.info.experiment_id])
    files = {path.name for path in Path(model.artifact_location.removeprefix("file://")).rglob("*") if path.is_file()}
    assert {"ship.txt", "ship.json"} <= files
    assert not [name for name in files if name.endswith((".pkl", ".pickle", ".parquet"))]


def test_the_logged_model_says_what_it_reads_and_shows_a_row_of_nobody(run):
    import mlflow

    _, client, logged = run
    [model] = client.search_logged_models([logged.info.experiment_id])
    folder = Path(model.artifact_location.removeprefix("file://"))
    info = mlflow.models.Model.load(str(folder))
    assert [(one["name"], one["type"], one["required"]) for one in info.signature.inputs.to_dict()] == [
        ("recency", "float", False),
        ("tier", "string", False),
    ]
    assert info.signature.outputs.to_dict() == [{"type": "double", "required": True}]
    assert info.signature.params.to_dict() == [{"name": "t", "type": "string", "default": "2024-06-01", "shape": None}]
    shown = json.loads((folder / "input_example.json").read_text(encoding="utf-8"))
    assert shown == {"inputs": {"columns": ["recency", "tier"], "data": [[0.0, "gold"]]}, "params": {"t": "2024-06-01"}}


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """An empty folder to stand in, and the settings of a process that has not tracked before."""
    monkeypatch.chdir(tmp_path)
    for name in ("DVC_ROOT", "DVC_EXP_NAME", "DVC_EXP_BASELINE_REV", "MLFLOW_TRACKING_URI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "2")
    yield tmp_path
    if "mlflow" in sys.modules:
        sys.modules["mlflow"].set_tracking_uri(None)


def test_runs_are_kept_in_the_project_unless_told_otherwise(elsewhere, monkeypatch):
    assert store() == f"sqlite:///{elsewhere}/mlflow.db"
    monkeypatch.setenv("DVC_ROOT", "/projects/shop")
    assert store() == "sqlite:////projects/shop/mlflow.db"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("", "sqlite:////projects/shop/mlflow.db"),
        ("sqlite:///runs/all.db", "sqlite:////projects/shop/runs/all.db"),
        ("sqlite:////srv/runs.db", "sqlite:////srv/runs.db"),
        ("https://mlflow.example", "https://mlflow.example"),
        ("databricks", "databricks"),
    ],
)
def test_a_relative_file_is_anchored_at_the_project(elsewhere, monkeypatch, given, expected):
    monkeypatch.setenv("DVC_ROOT", "/projects/shop")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", given)
    assert store() == expected


def failure(config, project):
    """The one line that a log which cannot be written ends with."""
    with pytest.raises(ServiceError) as raised:
        log_run(config, METRICS, *(project / name for name in LOGGED))
    assert raised.value.exit_code == 6
    assert "check MLFLOW_TRACKING_URI or unset it" in str(raised.value)
    assert len(str(raised.value).splitlines()) == 1
    return str(raised.value)


def test_a_server_that_is_not_there_is_a_service_failure_soon(elsewhere, monkeypatch, config, project):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    started = time.monotonic()
    assert "127.0.0.1:1" in failure(config, project)
    assert time.monotonic() - started < 30


def test_a_server_that_never_answers_is_a_service_failure_soon(elsewhere, monkeypatch, config, project):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{silent.getsockname()[1]}")
        started = time.monotonic()
        failure(config, project)
    assert time.monotonic() - started < 20


def test_a_file_that_is_no_database_is_a_service_failure(elsewhere, monkeypatch, config, project):
    (elsewhere / "runs.db").write_text("not a database, " * 100, encoding="utf-8")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{elsewhere}/runs.db")
    assert "file is not a database" in failure(config, project)


def test_a_folder_that_is_not_there_is_a_service_failure(elsewhere, monkeypatch, config, project):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{elsewhere}/nowhere/runs.db")
    assert "nowhere" in failure(config, project)


@pytest.mark.parametrize("uri", ["nonsense://somewhere", "file:///tmp/mlruns", "postgresql+nodriver://a@127.0.0.1:1/b"])
def test_a_store_of_an_unknown_kind_is_a_service_failure(elsewhere, monkeypatch, config, project, uri):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    failure(config, project)


def start(config_file, project, home, path=None):
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "MLFLOW_TRACKING_URI": f"sqlite:///{home}/runs.db"}
    for name in ("DVC_ROOT", "DVC_EXP_NAME"):
        environment.pop(name, None)
    words = [sys.executable, "-c", LOG, str(config_file), *(str(project / name) for name in LOGGED)]
    return subprocess.Popen(
        words,
        cwd=home,
        env=environment | ({} if path is None else {"PATH": path}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_processes_may_create_the_store_at_once_and_git_may_be_absent(project, tmp_path):
    import mlflow

    home = tmp_path / "home"
    home.mkdir()
    processes = [start(REPOSITORY / "params.yaml", project, home, path) for path in (None, str(tmp_path))]
    try:
        said = [process.communicate(timeout=90)[1] for process in processes]
    finally:
        for process in processes:
            process.kill()
    assert [process.returncode for process in processes] == [0, 0], said
    client = mlflow.MlflowClient(f"sqlite:///{home}/runs.db")
    runs = client.search_runs([experiment.experiment_id for experiment in client.search_experiments()])
    assert [logged.info.status for logged in runs] == ["FINISHED"] * 6  # each with two trials below it
    assert not any("git.commit" in logged.data.tags for logged in runs)


def test_in_a_repository_lineage_names_the_commit_and_whether_it_was_changed(elsewhere, monkeypatch, project):
    def git(*words):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *words], check=True, capture_output=True)

    git("init")
    (elsewhere / "params.yaml").write_text("seed: 0\n", encoding="utf-8")
    git("add", "params.yaml")
    git("commit", "-m", "first")
    clean = _lineage(project / "features", project / "snapshots")
    assert re.fullmatch("[0-9a-f]{40}", clean["git.commit"])
    assert clean["git.dirty"] == "false"
    (elsewhere / "params.yaml").write_text("seed: 1\n", encoding="utf-8")
    dirty = _lineage(project / "features", project / "snapshots")
    assert (dirty["git.commit"], dirty["git.dirty"]) == (clean["git.commit"], "true")


def test_without_git_there_is_no_commit(elsewhere, monkeypatch, project):
    monkeypatch.setenv("PATH", str(elsewhere))
    assert set(_lineage(project / "features", project / "snapshots")) == {"dvc.features", "dvc.labels"}


def test_the_sum_of_a_file_is_its_md5(tmp_path):
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "abc").write_bytes(b"abc")
    assert md5(tmp_path / "empty") == "d41d8cd98f00b204e9800998ecf8427e"
    assert md5(tmp_path / "abc") == "900150983cd24fb0d6963f7d28e17f72"
