"""An evaluation to log, as the stages before the log write it: model, features, labels, pictures; and a look at a whole store."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline import config as configuration
from pipeline.model.booster import fit
from pipeline.tracking import log_run

REPOSITORY = Path(__file__).parents[2]
CONFIG = configuration.load(REPOSITORY / "params.yaml")
CATALOG = [{"name": "recency", "type": "number"}, {"name": "tier", "type": "category"}]
METRICS = {
    "model_version": "20240301-0a1b2c3d",
    "test": {"t": "2024-03-01", "customers": 600, "auc": 0.75, "auc_low": 0.7},
    "baselines": {"recency": {"auc": 0.7}, "bg_nbd": {"auc": 0.72}},
}
LOGGED = ("plots", "challenger", "features", "snapshots")


def write_evaluated(root: Path) -> Path:
    """The folders of LOGGED below `root`."""
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


def log(project, experiment="churn", metrics=METRICS):
    """Log that evaluation; what is said about it."""
    config = CONFIG.model_copy(update={"tracking": CONFIG.tracking.model_copy(update={"experiment": experiment})})
    return log_run(config, metrics, *(project / name for name in LOGGED))


def everything(client, experiment, own=("churn.", "mlflow.parentRunId")):
    """All that a store holds of an experiment's runs that have ended, by name, without ids: equal where the same is held."""
    found = client.get_experiment_by_name(experiment)
    runs = [run for run in client.search_runs([found.experiment_id]) if run.info.status != "RUNNING"]
    names = {run.info.run_id: run.info.run_name for run in runs}
    return {run.info.run_name: _held(client, run, names, own) for run in runs}


def _held(client, run, names, own):
    info, local = run.info, run.info.run_id
    read = [(one.dataset, one.tags[0].value) for one in run.inputs.dataset_inputs]
    points = [one for name in run.data.metrics for one in client.get_metric_history(local, name)]
    models = [client.get_logged_model(one.model_id) for one in run.outputs.model_outputs]
    return {
        "info": (info.status, info.start_time, info.end_time, info.user_id),
        "params": run.data.params,
        "metrics": sorted((one.key, one.step, one.value, one.timestamp) for one in points),
        "tags": {name: value for name, value in run.data.tags.items() if not name.startswith(own)},
        "above": names.get(run.data.tags.get("mlflow.parentRunId")),
        "inputs": sorted((data.name, data.digest, data.source, context) for data, context in read),
        "files": sums(Path(client.download_artifacts(local, ""))) if client.list_artifacts(local) else {},
        "models": [(one.name, str(one.status), one.model_type or None, one.params, one.source_run_id == local) for one in models],
    }


def sums(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
