"""The whole pipeline on a small simulated shop: what people and scripts rely on."""

import csv
import hashlib
import json
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from pipeline.figure_files import read_figures
from pipeline.model.folds import label_days
from pipeline.model.snapshot_rows import read_plan
from tests.conftest import run_stages

HEADER = [
    "customer_id",
    "snapshot_date",
    "status",
    "churn_probability",
    "risk_score",
    "risk_segment",
    "recency_days",
    "orders_count",
    "revenue_total",
    "model_version",
    "expected_value",
    "value_at_risk",
    "lifecycle",
    "value_tier",
    "segment",
    "reason_1",
    "reason_1_code",
    "reason_1_direction",
    "reason_2",
    "reason_2_code",
    "reason_2_direction",
    "reason_3",
    "reason_3_code",
    "reason_3_direction",
    "offer",
    "recommended_action",
    "channel",
    "preferred_category",
    "contact_intensity",
    "expected_profit",
    "expected_cost",
    "list",
    "arm",
    "left_out_reason",
]
FIGURES = {"t", "customers", "churn_rate", "auc", "average_precision", "log_loss", "brier", "ece", "lift_at_10"}
FIGURES |= {"trained_on", "predicted", "slope"}


def customers(root: Path) -> pd.DataFrame:
    return pd.read_csv(root / "data/campaigns/customers.csv", dtype={"customer_id": str})


def test_customers_csv_keeps_its_public_contract(small_run):
    _, root = small_run
    path = root / "data/campaigns/customers.csv"
    assert path.read_text(encoding="utf-8").splitlines()[0].split(",") == HEADER
    listed = customers(root)
    assert listed["customer_id"].is_unique
    assert set(listed["status"]) <= {"scored", "lapsed", "too_new", "not_due", "no_profiling_consent"}
    scored = listed[listed["status"] == "scored"]
    assert len(scored) > 500
    assert listed.index[: len(scored)].equals(scored.index), "the scored come first"
    assert scored["churn_probability"].is_monotonic_decreasing
    assert scored["churn_probability"].between(0, 1).all()
    assert scored["risk_score"].between(0, 100).all()
    assert (
        listed.loc[listed["status"] != "scored", ["churn_probability", "risk_score", "risk_segment", "model_version"]]
        .isna()
        .all(axis=None)
    )


def test_bands_are_on_probability(small_run):
    config, root = small_run
    scored = customers(root).query("status == 'scored'")
    lowest = scored.groupby("risk_segment")["churn_probability"].min()
    assert lowest["critical"] >= config.campaign.bands.critical
    assert lowest["high"] >= config.campaign.bands.high
    highest = scored.groupby("risk_segment")["churn_probability"].max()
    assert highest["low"] <= config.campaign.bands.medium


def test_the_lists_part_everybody_known(small_run):
    _, root = small_run
    folder, listed = root / "data/campaigns", customers(root)
    others = {"customers", "left_out", "assignments"}
    sent = {path.stem: pd.read_csv(path, dtype={"customer_id": str}) for path in folder.glob("*.csv") if path.stem not in others}
    assert {name.rsplit("_", 1)[0] for name in sent} == {"churn", "win_back", "onboarding"}
    together = pd.concat(sent.values())["customer_id"]
    assert together.is_unique
    assert set(together) == set(listed.loc[listed["arm"] == "contact", "customer_id"])
    assigned = pd.read_csv(folder / "assignments.csv", dtype={"customer_id": str})
    left_out = pd.read_csv(folder / "left_out.csv", dtype={"customer_id": str})
    assert set(assigned["arm"]) == {"contact", "holdout", "control"}
    assert sorted([*assigned["customer_id"], *left_out["customer_id"]]) == sorted(listed["customer_id"])
    assert (listed["left_out_reason"].notna() == (listed["arm"] == "none")).all()
    meant = listed[listed["arm"].isin(["contact", "holdout"])]
    assert (meant["expected_profit"] > 0).all()
    assert meant.loc[meant["status"] == "scored", "reason_1"].notna().mean() > 0.9


def test_manifest_names_what_lies_beside_it(small_run):
    _, root = small_run
    folder = root / "data/campaigns"
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert set(manifest["files"]) == {path.name for path in folder.glob("*.csv")}
    assert sum(manifest["arms"].values()) == sum(manifest["status"].values()) == manifest["files"]["customers.csv"]["rows"]
    assert sum(manifest["left_out"].values()) == manifest["arms"]["none"] == manifest["files"]["left_out.csv"]["rows"]
    assert manifest["allocation"]["listed"] == sum(manifest["lists"].values())
    for name, file in manifest["files"].items():
        with (folder / name).open(encoding="utf-8", newline="") as lines:
            assert sum(1 for _ in csv.reader(lines)) - 1 == file["rows"]
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == file["sha256"]


def test_metrics_have_their_keys_and_beat_a_coin(small_run):
    _, root = small_run
    metrics = json.loads((root / "reports/metrics.json").read_text(encoding="utf-8"))
    assert metrics["test"].keys() >= FIGURES
    assert set(metrics["baselines"]) == {"recency", "rfm_logistic", "bg_nbd", "lightgbm_default"}
    for figures in metrics["baselines"].values():
        assert figures.keys() == FIGURES
    assert metrics["test"]["auc"] > 0.65
    assert [at["t"] for at in metrics["rolling"]] == ["2025-04-02", "2025-01-02", "2024-10-04", "2024-07-06"][
        : len(metrics["rolling"])
    ]
    assert metrics["pooled"]["customers"] == sum(at["customers"] for at in metrics["rolling"])
    assert set(metrics["paired"]) == set(metrics["baselines"])
    assert metrics["grade"] in {"A", "B", "C"}


def test_a_tracking_server_that_is_away_is_a_line_and_the_figures_are_the_same(small_run, tmp_path, monkeypatch, capsys):
    config, root = small_run
    before = (root / "reports/metrics.json").read_bytes()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    run_stages(config, root, ("evaluate",))
    assert capsys.readouterr().out.endswith(
        "\nevaluate: the tracking server http://127.0.0.1:1 does not answer (connection refused): "
        f"the run is kept in {tmp_path}/mlflow.db, `churn tracking sync` brings it over\n"
    )
    assert (root / "reports/metrics.json").read_bytes() == before


def test_values_profits_and_reasons_are_measured(small_run):
    _, root = small_run
    metrics = json.loads((root / "reports/metrics.json").read_text(encoding="utf-8"))
    assert [at["t"] for at in metrics["value"]["rolling"]] == [at["t"] for at in metrics["rolling"]]
    assert set(metrics["value"]["pooled"]["baselines"]) == {"last_year", "own_purchases"}
    assert metrics["value"]["pooled"]["gini"] > 0.2
    assert set(metrics["profit"]["baselines"]) == set(metrics["baselines"])
    assert metrics["profit"]["campaign"]["customers"] == metrics["pooled"]["customers"]
    assert metrics["explanation"]["reasons"][0]["contribution"] > 0
    curves = pd.read_csv(root / "reports/plots/profit.csv")
    assert curves["contacted"].iloc[[0, -1]].tolist() == [0.0, 1.0]
    assert curves.iloc[0, 1:].tolist() == [0.0, 0.0]
    listed = customers(root).query("status == 'scored'")
    assert (listed["expected_value"] > 0).all()
    assert listed["value_at_risk"].between(0, listed["expected_value"]).all()


def test_no_training_label_reaches_the_test(small_run):
    config, root = small_run
    plan = read_plan(root / "data/snapshots")
    wait = timedelta(days=label_days(config.definition))
    labels = pd.read_parquet(root / "data/snapshots/labelled.parquet")
    assert all(t + wait <= origin.test for origin in plan.origins for t in origin.train)
    assert all(t + wait <= plan.score for t in plan.ship)
    assert plan.test + wait == plan.score == date(2025, 7, 1)
    assert set(labels["t"].dt.date) == {*plan.labelled, *plan.running}
    complete = labels["t"].dt.date.isin(plan.labelled)
    assert labels["y"].notna().equals(complete)


def test_every_raw_row_is_accounted_for(small_run):
    _, root = small_run
    accounts = read_figures(root / "reports/ingest.json")
    assert set(accounts) == {"transactions", "engagements", "attributes", "subscriptions", "contacts"}
    for table, account in accounts.items():
        assert account["rows_in"] == account["accepted"] + account["merged"] + sum(account["quarantined"].values())
        assert len(pd.read_parquet(root / f"data/clean/{table}.parquet")) == account["accepted"]
        assert len(pd.read_parquet(root / f"data/clean/quarantine/{table}.parquet")) == sum(account["quarantined"].values())
    assert accounts["transactions"]["merged"] > 0
    assert accounts["transactions"]["quarantined"]["customer_id_missing"] > 0
