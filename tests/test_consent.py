"""Who refuses profiling is nowhere that anything is computed about a person, and in the list with their status only."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from pipeline.config import Config
from pipeline.operate.deliver import deliver
from pipeline.spreadsheet import read_csv
from tests.conftest import run_stages, write_identities

WORDS = ("N", "no", "0", "FALSE", "opt-out", None)
AFTER_INGEST = ("snapshots", "features", "train", "evaluate", "score", "outcomes", "uplift", "campaign")


@pytest.fixture(scope="module")
def refusing(small_run: tuple[Config, Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[Config, Path, set[str]]:
    """The small shop after its thirty riskiest customers refused profiling, each in other words, half of them only today."""
    config, small = small_run
    root = tmp_path_factory.mktemp("refusing")
    for name in ("data/clean", "models/challenger"):
        shutil.copytree(small / name, root / name)
    shutil.copytree(small / "reports", root / "reports")
    riskiest = list(read_csv(small / "data/campaigns/customers.csv")["customer_id"][:30])
    path = root / "data/clean/attributes.parquet"
    known = pd.read_parquet(path)
    dates = [pd.Timestamp("2024-12-01"), pd.Timestamp("2025-07-01 09:00")]
    given = [{"customer_id": who, "value": "yes", "valid_from": pd.Timestamp("2024-06-01")} for who in riskiest]
    withdrawn = [
        {"customer_id": who, "value": WORDS[n % len(WORDS)], "valid_from": dates[n % 2]} for n, who in enumerate(riskiest)
    ]
    words = pd.DataFrame(given + withdrawn).assign(name="consent_profiling", recorded_at=pd.NaT)
    known = known[~((known["name"] == "consent_profiling") & known["customer_id"].isin(riskiest))]
    pd.concat([known, words[known.columns].astype(known.dtypes)]).to_parquet(path, index=False)
    write_identities(root, {})
    config = config.model_copy(update={"snapshots": config.snapshots.model_copy(update={"count": 2})})  # no figure is looked at
    run_stages(config, root, AFTER_INGEST)
    deliver(config, root)
    return config, root, set(riskiest)


def test_they_are_in_no_training_row_no_feature_no_score_and_no_judgement(refusing):
    _, root, who = refusing
    for name in ("snapshots/labelled", "features/features", "scores/scores", "judged/test"):
        rows = pd.read_parquet(root / f"data/{name}.parquet")
        assert len(rows) > 100
        assert not who & set(rows["customer_id"]), name


def test_the_list_gives_their_status_and_nothing_else(refusing):
    _, root, who = refusing
    listed = read_csv(root / "data/campaigns/customers.csv").set_index("customer_id").loc[sorted(who)]
    assert set(listed["status"]) == {"no_profiling_consent"}
    assert set(listed[["churn_probability", "risk_score", "risk_segment", "model_version"]].to_numpy().ravel()) == {""}
    assert set(listed["arm"]) == {"none"}
    assert set(listed["left_out_reason"]) == {"no_profiling_consent"}
    assert set(listed[["lifecycle", "value_tier", "reason_1", "offer", "expected_profit"]].to_numpy().ravel()) == {""}


def test_they_are_on_no_list_and_in_no_arm(refusing):
    _, root, who = refusing
    for path in (root / "data/campaigns").glob("*.csv"):
        if path.stem not in ("customers", "left_out"):
            assert not who & set(read_csv(path)["customer_id"]), path.name


def test_they_are_not_delivered(refusing):
    _, root, who = refusing
    folder = root / "data/deliveries/2025-07-01"
    delivered = [path for path in folder.glob("*.csv") if path.stem not in ("customers", "left_out")]
    assert len(delivered) > 1
    for path in delivered:
        assert not who & set(read_csv(path)["customer_id"]), path.name
