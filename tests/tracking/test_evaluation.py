import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from pipeline.model.booster import ChurnModel
from pipeline.tracking.evaluation import _lineage, md5
from tests.tracking.evaluated import CONFIG, METRICS, log

pytestmark = [
    # MLflow builds its tables with a loader strategy that SQLAlchemy 2.1 calls deprecated.
    pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated"),
    # Importing mlflow.pyfunc warns about type hints of MLflow's own.
    pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning"),
]

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
def run(project, migrated, tmp_path_factory):
    """One evaluation, logged by a process that stands in an empty folder."""
    import mlflow

    home = tmp_path_factory.mktemp("home")
    shutil.copy(migrated, home / "runs.db")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        patch.setenv("MLFLOW_TRACKING_URI", "sqlite:///runs.db")
        patch.setenv("DVC_ROOT", str(home))
        patch.setenv("DVC_EXP_NAME", "brave-newt")
        patch.setenv("DVC_EXP_BASELINE_REV", "0123abc")
        assert log(project) is None
    mlflow.set_tracking_uri(None)
    client = mlflow.MlflowClient(f"sqlite:///{home / 'runs.db'}")
    [experiment] = [found for found in client.search_experiments() if found.name == CONFIG.tracking.experiment]
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


def test_params_are_the_whole_configuration_by_dotted_names(run):
    params = run[2].data.params
    assert params["definition.horizon_days"] == str(CONFIG.definition.horizon_days)
    assert params["campaign.bands.critical"] == str(CONFIG.campaign.bands.critical)
    assert params["seed"] == str(CONFIG.seed)
    assert set(CONFIG.model.params) == {name.removeprefix("model.params.") for name in params if "model.params." in name}
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
