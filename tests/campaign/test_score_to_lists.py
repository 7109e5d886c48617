"""The stages score and campaign, run one after the other on a few literal rows."""

import csv
import hashlib
import json
import re
import shutil
from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from pipeline.campaign.list_columns import NAMES
from pipeline.errors import DataUnfitError
from pipeline.model.booster import ChurnModel, fit
from pipeline.model.champion import Champion, write_champion
from pipeline.model.risk_score import percentile
from pipeline.model.saved import version_of
from pipeline.stages.campaign import campaign
from pipeline.stages.score import score
from tests.campaign import small_plan
from tests.conftest import write_identities
from tests.worlds import write_tables

T = pd.Timestamp("2024-06-01")
RECENCY = "purchases_recency_days"
CATALOG = [{"name": RECENCY, "type": "number", "reason": "silence"}]


@pytest.fixture(scope="module")
def config():
    """A hold-out of a fifth, and a suppression list of nobody."""
    return small_plan.config(holdout_share=0.2)


@pytest.fixture
def root(tmp_path, config):
    """A project in which everything before score has run: forty customers at risk, one lapsed."""
    generator = np.random.default_rng(0)
    train = pd.DataFrame({"t": pd.Timestamp("2024-03-01"), RECENCY: generator.exponential(60, 600), "weight": 1.0})
    train["y"] = (generator.random(600) < 1 / (1 + np.exp(3 - train[RECENCY] / 20))).astype(int)
    about = {
        "source": config.source.name,
        "definition": config.definition.model_dump(),
        "first_day": "2022-07-02",
        "active_days": 365,
        "label_days": 60,
        "known_until": "2024-06-01",
        "as_of": "2024-06-01",
    }
    for folder in ("models/challenger", "models/registry", "data/snapshots", "data/features", "reports"):
        (tmp_path / folder).mkdir(parents=True)
    model = fit(train, CATALOG, {"num_leaves": 7, "learning_rate": 0.1}, rounds=60, seed=0, about=about)
    model.save(tmp_path / "models/challenger", "ship")
    names = [f"c{number:02d}" for number in range(40)]
    now = pd.DataFrame({"customer_id": names, "t": T, RECENCY: np.linspace(1, 160, 40)})
    now = now.assign(purchases_gap_days_median_all=50.0, purchases_days_all=7.0, purchases_gap_days_max_all=60.0)
    before = now.assign(t=pd.Timestamp("2024-03-01"))
    pd.concat([now[::-1], before]).to_parquet(tmp_path / "data/features/features.parquet", index=False)
    (tmp_path / "data/features/catalog.json").write_text(json.dumps(CATALOG), encoding="utf-8")
    origins = [{"test": "2024-03-01", "train": ["2024-01-01"], "running": []}]
    plan = {"first": "2023-01-01", "score": "2024-06-01", "origins": origins, "ship": ["2024-03-01"], "running": []}
    (tmp_path / "data/snapshots/plan.json").write_text(json.dumps(plan), encoding="utf-8")
    known = pd.DataFrame({"customer_id": [*names, "gone"], "t": T, "status": ["scored"] * 40 + ["lapsed"]})
    known["recency_days"] = [*np.linspace(1, 160, 40).astype(int), 900]
    known["orders_count"], known["revenue_total"] = 2, Decimal("12.30")
    known.to_parquet(tmp_path / "data/snapshots/customers.parquet", index=False)
    (tmp_path / "reports/metrics.json").write_text(
        json.dumps({"model_version": "v", "test": {"auc": 0.75}, "baselines": {}}), encoding="utf-8"
    )
    (tmp_path / "reports/learned.json").write_text('{"offers": []}', encoding="utf-8")
    verdict = {"used": False, "verdict": "nobody", "why": "nobody has matured", "rows": 0, "needed": None}
    (tmp_path / "models/uplift").mkdir()
    (tmp_path / "models/uplift/verdict.json").write_text(json.dumps(verdict), encoding="utf-8")
    recency = known.set_index("customer_id")["recency_days"].to_dict()
    write_tables(tmp_path / "data/clean", {"transactions": bought(recency)})
    write_identities(tmp_path, {})
    return tmp_path


def bought(recency):
    """Of everybody two purchases of 36.50 each, 50 days and 1 minute apart, the latest so many days ago."""
    rows = []
    for who, days in recency.items():
        for number in (0, 1):
            when = T - pd.Timedelta(days=int(days) + 50 * number, minutes=1)
            line = {
                "customer_id": who,
                "order_id": f"{who}-{number}",
                "line_id": "1",
                "ordered_at": when,
                "amount": Decimal("36.50"),
            }
            rows.append(line)
    return rows


def read_csv(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_everyone_at_risk_today_is_scored_and_nobody_else(root, config):
    sentence = score.run(config, root)
    scores = pd.read_parquet(root / "data/scores/scores.parquet")
    assert scores["customer_id"].tolist() == [f"c{number:02d}" for number in range(40)]
    assert set(scores["t"]) == {T}
    assert scores["churn_probability"].between(0, 1).all()
    assert set(scores["model_role"]) == {"challenger"}
    assert set(scores["model_version"]) == {version_of(root / "models/challenger")}
    assert sentence.startswith("40 customers scored by challenger 20240601-")
    assert " ± 0." in sentence
    assert sentence.endswith("(no snapshot shows the same season a year before: an unusual one is not foreseen)")


def test_the_promoted_model_scores_instead_of_the_fresh_one(root, config):
    version = version_of(root / "models/challenger")
    (root / "models/challenger").rename(root / "models/registry" / version)
    write_champion(root / "models/champion.json", Champion(version))
    nobody = {"customer_id": "str", "t": "datetime64[us]", "weight": "float32", "first_contact_at": "datetime64[us]", "y": "Int8"}
    pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in nobody.items()}).to_parquet(
        root / "data/snapshots/labelled.parquet"
    )
    score.run(config, root)
    assert set(pd.read_parquet(root / "data/scores/scores.parquet")["model_role"]) == {"champion"}


def test_nobody_at_risk_today_is_unfit_data(root, config):
    path = root / "data/features/features.parquet"
    pd.read_parquet(path).query("t < '2024-06-01'").to_parquet(path, index=False)
    with pytest.raises(DataUnfitError, match="nobody is at risk as of 2024-06-01"):
        score.run(config, root)
    assert not (root / "data/scores").exists()


@pytest.mark.parametrize(
    ("probability", "expected"),
    [
        ([0.5], [0.0]),
        ([0.1, 0.9], [0.0, 100.0]),
        ([0.9, 0.1, 0.5], [100.0, 0.0, 50.0]),
        ([0.1, 0.5, 0.5, 0.9], [0.0, 50.0, 50.0, 100.0]),
        ([0.3, 0.3, 0.3], [50.0, 50.0, 50.0]),
    ],
)
def test_the_risk_score_is_the_place_among_all_from_0_to_100(probability, expected):
    assert percentile(np.array(probability)).tolist() == expected


def test_without_money_nobody_has_a_value_and_with_it_each_has_one_that_the_list_adds_up(root, config):
    assert ", no values " in score.run(config, root)
    assert pd.read_parquet(root / "data/scores/scores.parquet")[["expected_value", "value_at_risk"]].isna().all(axis=None)
    path = root / "data/features/features.parquet"
    pd.read_parquet(path).assign(purchases_margin_sum_365d=365.0).to_parquet(path, index=False)
    said = score.run(config, root)
    assert re.search(r", value at risk [\d,]+ by last year's spending, as there is no model of value", said)
    scores = pd.read_parquet(root / "data/scores/scores.parquet")
    assert scores["expected_value"].tolist() == [60.0] * 40, "last year's margin over the churn horizon of 60 days"
    assert scores["value_at_risk"].tolist() == pytest.approx((60 * scores["churn_probability"]).tolist())
    campaign.run(config, root)
    *listed, gone = read_csv(root / "data/campaigns/customers.csv")
    assert (gone["expected_value"], gone["value_at_risk"]) == ("", "")
    assert all(float(row["value_at_risk"]) == round(60 * float(row["churn_probability"]), 2) for row in listed)


def test_the_lists_by_channel_and_who_is_left_out_part_the_list_of_everybody(root, config):
    score.run(config, root)
    sentence = campaign.run(config, root)
    folder = root / "data/campaigns"
    everybody = read_csv(folder / "customers.csv")
    assert len(everybody) == 41
    assert tuple(everybody[0]) == NAMES
    assert everybody[-1]["customer_id"] == "gone"
    assert everybody[0]["revenue_total"] == "12.30"
    by_arm = {arm: {row["customer_id"] for row in everybody if row["arm"] == arm} for arm in ("contact", "holdout", "none")}
    assert sum(map(len, by_arm.values())) == 41
    assert min(map(len, by_arm.values())) > 0
    channels = [path for path in folder.glob("*.csv") if path.stem not in ("customers", "left_out", "assignments")]
    assert {path.stem.rsplit("_", 1)[0] for path in channels} <= {"churn", "win_back", "onboarding"}
    sent = [row["customer_id"] for path in channels for row in read_csv(path)]
    assert sorted(sent) == sorted(by_arm["contact"])
    assert {row["customer_id"] for row in read_csv(folder / "left_out.csv")} == by_arm["none"]
    assert {row["customer_id"] for row in read_csv(folder / "assignments.csv")} == by_arm["contact"] | by_arm["holdout"]
    assert sentence.startswith("41 customers; churn ")
    assert (
        f": {len(by_arm['contact'])} to contact, {len(by_arm['holdout'])} held out, 0 in the control; expected profit "
        in sentence
    )


def test_who_is_listed_is_told_why_with_their_own_figures(root, config):
    score.run(config, root)
    campaign.run(config, root)
    everybody = read_csv(root / "data/campaigns/customers.csv")
    last = next(row for row in everybody if row["customer_id"] == "c39")
    assert (last["recency_days"], last["reason_1_code"], last["reason_1_direction"]) == ("160", "silence", "raises")
    assert last["reason_1"] == "No order for 160 days; usually one every 50 days"
    assert everybody[-1]["reason_1"] == "", "nobody without a score has a reason for it"


def test_the_manifest_names_the_files_with_their_rows_and_checksums(root, config):
    score.run(config, root)
    campaign.run(config, root)
    folder = root / "data/campaigns"
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert {path.name for path in folder.iterdir()} == {*manifest["files"], "manifest.json"}
    for name, about in manifest["files"].items():
        assert about["rows"] == len(read_csv(folder / name)), name
        assert about["sha256"] == hashlib.sha256((folder / name).read_bytes()).hexdigest(), name
    assert manifest["snapshot_date"] == "2024-06-01"
    assert manifest["status"] == {"lapsed": 1, "scored": 40}
    assert manifest["campaign"]["bands"] == {"critical": 0.8, "high": 0.6, "medium": 0.4}
    assert manifest["allocation"]["mode"] == "profit"
    assert sum(manifest["arms"].values()) == 41
    assert "turnover" not in manifest
    assert manifest["test"] == {"model_version": "v", "auc": 0.75}


def test_the_lists_carry_the_ids_that_people_know(root, config):
    score.run(config, root)
    shutil.rmtree(root / "data/identities")
    names = {f"c{number:02d}": f"={40 - number:04d}" for number in range(40)} | {"gone": "-007"}
    write_identities(root, names)
    campaign.run(config, root)
    everybody = read_csv(root / "data/campaigns" / "customers.csv")
    assert everybody[-1]["customer_id"] == "'-007"
    assert everybody[0]["customer_id"] in {f"'={number:04d}" for number in range(1, 41)}
    keys = [(-float(row["churn_probability"]), -float(row["risk_score"]), row["customer_id"]) for row in everybody[:-1]]
    assert keys == sorted(keys), "ties are broken by the id people see"
    scores = pd.read_parquet(root / "data/scores/scores.parquet").set_index("customer_id")["churn_probability"]
    by_identity = {f"'{identity}": scores[name] for name, identity in names.items() if name != "gone"}
    assert all(round(by_identity[row["customer_id"]], 4) == float(row["churn_probability"]) for row in everybody[:-1])


def test_a_customer_without_an_identity_stops_the_list(root, config):
    score.run(config, root)
    shutil.rmtree(root / "data/identities")
    write_identities(root, {"c00": "ann"})
    with pytest.raises(DataUnfitError, match="40 of 41 customers are not in data/identities"):
        campaign.run(config, root)
    assert not (root / "data/campaigns").exists()


def test_running_again_gives_the_same_bytes(root, config):
    written = []
    for _ in range(2):
        score.run(config, root)
        campaign.run(config, root)
        files = [*(root / "data/scores").iterdir(), *(root / "data/campaigns").iterdir()]
        written.append({path.name: path.read_bytes() for path in files})
    assert written[0] == written[1]
    assert {"scores.parquet", "customers.csv", "left_out.csv", "assignments.csv", "manifest.json"} < set(written[0])


def test_arms_of_an_earlier_delivery_hold_and_the_turnover_is_told(root, config):
    score.run(config, root)
    campaign.run(config, root)
    first = {row["customer_id"]: row["arm"] for row in read_csv(root / "data/campaigns/customers.csv")}
    held = next(who for who, arm in first.items() if arm == "contact")
    delivery = root / "data/deliveries/2024-05-15"
    delivery.mkdir(parents=True)
    line = f"{held},holdout,2024-05-15,0.8\n"
    (delivery / "assignments.csv").write_text("customer_id,arm,since,assignment_probability\n" + line, encoding="utf-8")
    line = f"{held},critical,holdout,\n"
    (delivery / "customers.csv").write_text("customer_id,risk_segment,arm,left_out_reason\n" + line, encoding="utf-8")
    sentence = campaign.run(config, root)
    now = {row["customer_id"]: row["arm"] for row in read_csv(root / "data/campaigns/customers.csv")}
    assert now == first | {held: "holdout"}
    manifest = json.loads((root / "data/campaigns/manifest.json").read_text(encoding="utf-8"))
    listed = sum(arm in ("contact", "holdout") for arm in now.values())
    assert manifest["turnover"]["stayed"] == 1
    assert manifest["turnover"]["entered"] == listed - 1
    assert "; turnover " in sentence


def test_the_score_of_a_date_is_what_the_model_says_for_that_date(root, config):
    score.run(config, root)
    scores = pd.read_parquet(root / "data/scores/scores.parquet")
    rows = pd.DataFrame({RECENCY: np.linspace(1, 160, 40)})
    expected = ChurnModel.load(root / "models/challenger", "ship").churn_probability(rows, date(2024, 6, 1))
    assert scores["churn_probability"].tolist() == expected.tolist()
