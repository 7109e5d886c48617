"""challenger + features -> metrics, plots, judged rows: the twins against what happened, beside what people would use instead."""

from __future__ import annotations

from pipeline import tracking
from pipeline.config import Config
from pipeline.explanation.global_reasons import explain
from pipeline.figure_files import sealed
from pipeline.model.judge import measure, verdict
from pipeline.model.judged_rows import judge_all
from pipeline.model.level_forecast import as_figures
from pipeline.model.plots import write_plots
from pipeline.model.saved import load, version_of
from pipeline.model.snapshot_rows import read_catalog, read_plan, read_rows, rows_of_test
from pipeline.profit.profit_figures import measure_profit, profit_curves
from pipeline.rounded import rounded
from pipeline.stage import Files, say, stage
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
    judged, grouped = judge_all(files.read("clean"), folder, rows, catalog, plan, config)
    ship, version = load(folder, "ship"), version_of(folder)
    metrics = {"model_version": version, **measure(judged, grouped, plan.origins, ship.about.get("ungraded"), config)}
    twins = [load(folder, origin.twin) for origin in plan.origins]
    foreseen = [as_figures(twin.level(origin.test), origin.test) for twin, origin in zip(twins, plan.origins, strict=True)]
    metrics["level"] = {"today": as_figures(ship.level(plan.score), plan.score), "rolling": foreseen}
    rivals, samples, costs = list(metrics["baselines"]), config.evaluate.bootstrap_draws, config.campaign.costs
    worth = judge_values(folder, rows, plan, config)
    judged = judged.join(worth[["value", "expected_value"]])
    metrics["value"] = measure_value(judged[["t", "y", "weight"]].join(worth), config)
    metrics["profit"] = measure_profit(judged, rivals, costs, samples=samples, seed=config.seed)
    metrics["explanation"] = explain([ship, *twins], rows_of_test(rows, plan.origins[0]), catalog)
    metrics = rounded(metrics)
    files.write("metrics").write_text(sealed(metrics, metrics=True), encoding="utf-8")
    files.write("judged").mkdir()
    judged.to_parquet(files.write("judged") / "test.parquet", index=False)
    write_plots(files.write("plots"), judged, ship.importance(), config.evaluate.calibration_bins)
    profit_curves(judged, costs).round(6).to_csv(files.write("plots") / "profit.csv", index=False)
    seen = files.read("challenger"), files.read("features"), files.read("snapshots")
    untracked = tracking.log_run(config, metrics, files.write("plots"), *seen)
    if untracked:
        say(f"evaluate: {untracked}")
    return verdict(metrics)


if __name__ == "__main__":
    evaluate.main()
