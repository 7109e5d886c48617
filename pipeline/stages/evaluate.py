"""challenger + features -> metrics, plots, judged rows: the twin against what happened, beside what people would use instead."""

from __future__ import annotations

import json

import pandas as pd

from pipeline import tracking
from pipeline.config import Config
from pipeline.contract.facts import open_facts
from pipeline.engine import engine
from pipeline.model.booster import ChurnModel, version_of
from pipeline.model.judge import judge, summary_before, write_plots
from pipeline.model.rows import read_catalog, read_plan, read_rows, twin_rows
from pipeline.stage import Files, stage


@stage(
    reads=("clean", "snapshots", "features", "challenger"),
    writes=("metrics", "plots", "judged"),
    params=("definition", "evaluate", "seed", "tracking"),
)
def evaluate(files: Files, config: Config) -> str:
    """Score the test snapshot with the twin and the baselines, measure, and log the whole run to MLflow."""
    catalog, plan = read_catalog(files.read("features")), read_plan(files.read("snapshots"))
    rows = read_rows(files.read("features"), files.read("snapshots"))
    train, test = twin_rows(rows, plan), rows[rows["t"].dt.date == plan.test].reset_index(drop=True)
    twin = ChurnModel.load(files.read("challenger"), "twin")
    with engine() as connection:
        open_facts(connection, files.read("clean"), config.definition)
        history = summary_before(connection, plan.test, plan.score)
    judged, metrics = judge(twin, train, test, history, catalog, plan, config)
    metrics = {"model_version": version_of(files.read("challenger")), **metrics}
    # the last digits of a logistic fit depend on the processor; eight are the same everywhere
    metrics = json.loads(json.dumps(metrics), parse_float=lambda digits: round(float(digits), 8))
    files.write("metrics").write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
    files.write("judged").mkdir()
    judged.to_parquet(files.write("judged") / "test.parquet", index=False)
    write_plots(files.write("plots"), judged, twin, config.evaluate.calibration_bins)
    tracking.log_run(
        config, metrics, files.write("plots"), files.read("challenger"), files.read("features"), files.read("snapshots")
    )
    return _verdict(metrics)


def _verdict(metrics: dict[str, dict[str, float]]) -> str:
    test = pd.Series(metrics["test"])
    return (
        f"test {test['t']}: {test['customers']:,} customers, churn {test['churn_rate']:.3f}, AUC {test['auc']:.3f}, "
        f"log loss {test['log_loss']:.3f}, ECE {test['ece']:.3f}"
    )


if __name__ == "__main__":
    evaluate.main()
