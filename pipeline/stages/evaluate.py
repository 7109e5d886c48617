"""challenger + features -> metrics, plots, judged rows: the twins against what happened, beside what people would use instead."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

import pandas as pd

from pipeline import tracking
from pipeline.config import Config
from pipeline.contract.facts import open_facts
from pipeline.engine import engine
from pipeline.explanation.global_reasons import explain
from pipeline.model.folds import Plan
from pipeline.model.judge import judge, measure, summary_before, write_plots
from pipeline.model.level_forecast import Forecast
from pipeline.model.saved import load, version_of
from pipeline.model.slices import groups, values_at
from pipeline.model.snapshot_rows import read_catalog, read_plan, read_rows, rows_of_test, twin_rows
from pipeline.personal import personal_attributes
from pipeline.profit.profit_figures import measure_profit, profit_curves
from pipeline.progress import track
from pipeline.stage import Files, stage
from pipeline.value.value_judge import judge_values, measure_value


@stage(
    reads=("clean", "snapshots", "features", "challenger"),
    writes=("metrics", "plots", "judged"),
    params=("campaign.costs", "definition", "evaluate", "seed", "tracking", "value"),
)
def evaluate(files: Files, config: Config) -> str:
    """Score every test date with its twin and the baselines, measure, and log the whole run to MLflow."""
    folder, catalog = files.read("challenger"), read_catalog(files.read("features"))
    plan, rows = read_plan(files.read("snapshots")), read_rows(files.read("features"), files.read("snapshots"))
    judged, grouped = _judged(files, rows, plan, config)
    ship, version = load(folder, "ship"), version_of(folder)
    metrics = {"model_version": version, **measure(judged, grouped, plan.origins, ship.about.get("ungraded"), config)}
    twins = [load(folder, origin.twin) for origin in plan.origins]
    metrics["level"] = {
        "today": _level(ship.level(plan.score), plan.score),
        "rolling": [_level(twin.level(origin.test), origin.test) for twin, origin in zip(twins, plan.origins, strict=True)],
    }
    rivals, draws, costs = list(metrics["baselines"]), config.evaluate.bootstrap_draws, config.campaign.costs
    worth = judge_values(folder, rows, plan, config)
    judged = judged.join(worth[["value", "expected_value"]])
    metrics["value"] = measure_value(judged[["t", "y", "weight"]].join(worth), config)
    metrics["profit"] = measure_profit(judged, rivals, costs, draws=draws, seed=config.seed)
    metrics["explanation"] = explain([ship, *twins], rows_of_test(rows, plan.origins[0]), catalog)
    # the last digits of a logistic fit depend on the processor; eight are the same everywhere
    metrics = json.loads(json.dumps(metrics), parse_float=lambda digits: round(float(digits), 8), parse_constant=lambda _: None)
    files.write("metrics").write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
    files.write("judged").mkdir()
    judged.to_parquet(files.write("judged") / "test.parquet", index=False)
    write_plots(files.write("plots"), judged, ship.importance(), config.evaluate.calibration_bins)
    profit_curves(judged, costs).round(6).to_csv(files.write("plots") / "profit.csv", index=False)
    tracking.log_run(
        config, metrics, files.write("plots"), files.read("challenger"), files.read("features"), files.read("snapshots")
    )
    return _verdict(metrics)


def _level(level: Forecast | None, t: date) -> dict[str, Any]:
    """What a model foresaw of the level at `t`, without having seen its outcome."""
    return {"t": t.isoformat(), **(asdict(level) if level else {})}


def _judged(files: Files, rows: pd.DataFrame, plan: Plan, config: Config) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows of all test dates with everyone's probabilities, and their groups."""
    catalog = read_catalog(files.read("features"))
    judged, grouped = [], []
    with engine() as connection:
        open_facts(connection, files.read("clean"), config.definition)
        personal = personal_attributes(connection)
        named = [name for name in config.evaluate.slices if name not in personal]
        for twin, origin in track([(origin.twin, origin) for origin in plan.origins], "evaluate"):
            train, test = twin_rows(rows, origin), rows_of_test(rows, origin)
            history = summary_before(connection, origin.test, plan.score)
            model = load(files.read("challenger"), twin)
            judged.append(judge(origin, model, train, test, history, catalog, config))
            grouped.append(groups(test, history, set(train["customer_id"]), values_at(connection, named, origin.test)))
    return pd.concat(judged, ignore_index=True), pd.concat(grouped, ignore_index=True)


def _verdict(metrics: Mapping[str, Any]) -> str:
    test, pooled = metrics["test"], metrics["pooled"]
    return (
        f"test {test['t']}: {test['customers']:,} customers, churn {test['churn_rate']:.3f}, AUC {test['auc']:.3f}, "
        f"log loss {test['log_loss']:.3f}, ECE {test['ece']:.3f}; all test dates ({pooled['dates']}): AUC {pooled['auc']:.3f}, "
        f"log loss {pooled['log_loss']:.3f}, ECE {pooled['ece']:.3f}; grade {metrics['grade'] or 'none'}"
    )


if __name__ == "__main__":
    evaluate.main()
