"""The archive of deliveries: dated, complete, never overwritten, with arms that hold."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from pipeline.config import Config
from pipeline.errors import BusyError, ConfigError, DataUnfitError
from pipeline.lock import alone
from pipeline.operate.deliver import deliver
from tests.conftest import run_stages


@pytest.fixture
def company(small_run: tuple[Config, Path], tmp_path: Path) -> tuple[Config, Path]:
    """A copy of the small run that a test may change."""
    config, root = small_run
    shutil.copytree(root, tmp_path / "company")
    return config, tmp_path / "company"


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype={"customer_id": str})


def test_a_delivery_holds_the_lists_and_who_was_held_out(company):
    config, root = company
    said = deliver(config, root)
    place = root / "data/deliveries/2025-07-01"
    arms, contact = read(place / "assignments.csv"), read(place / "contact.csv")
    assert list(arms) == ["customer_id", "delivery_id", "risk_segment", "offer", "arm", "assignment_probability", "drawn_on"]
    customers = read(place / "customers.csv")
    intended = customers[customers["risk_segment"].isin(config.campaign.segments)]
    refusing = set(intended["customer_id"]) - set(arms["customer_id"])
    consents = pd.read_parquet(root / "data/clean/attributes.parquet").query("name == 'consent_email' and value == 'false'")
    assert refusing
    assert refusing == set(intended["customer_id"]) & set(consents["customer_id"])
    assert set(contact["customer_id"]) == set(arms.loc[arms["arm"] == "contact", "customer_id"])
    assert 0.04 < (arms["arm"] == "holdout").mean() < 0.18
    assert set(arms["assignment_probability"]) == {0.9}
    assert set(arms["offer"]) == {"retention_offer"}, "a hold-out keeps its intended offer on record"
    assert f"{len(contact):,} to contact" in said
    manifest = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["delivery_id"] == "2025-07-01"
    assert manifest["arms"] == {"contact": len(contact), "holdout": len(arms) - len(contact)}
    assert manifest["left_out"] == {"refused_email": len(refusing)}
    assert list(manifest)[-4:] == ["files", "delivery_id", "arms", "left_out"]
    for name, file in manifest["files"].items():
        assert hashlib.sha256((place / name).read_bytes()).hexdigest() == file["sha256"]


def test_delivering_again_changes_nothing(company):
    config, root = company
    deliver(config, root)
    before = {path.name: path.read_bytes() for path in (root / "data/deliveries/2025-07-01").iterdir()}
    assert "was delivered before, unchanged" in deliver(config, root)
    assert {path.name: path.read_bytes() for path in (root / "data/deliveries/2025-07-01").iterdir()} == before


def test_another_list_of_the_same_date_is_refused_and_the_first_kept(company):
    config, root = company
    deliver(config, root)
    before = (root / "data/deliveries/2025-07-01/assignments.csv").read_bytes()
    with pytest.raises(ConfigError, match="never overwritten"):
        deliver(config.model_copy(update={"seed": 7}), root)
    assert (root / "data/deliveries/2025-07-01/assignments.csv").read_bytes() == before
    assert not list((root / "data/deliveries").glob(".*"))


def test_arms_hold_until_the_horizon_has_passed(company):
    config, root = company
    deliver(config, root)
    earlier = root / "data/deliveries/2025-06-10"
    (root / "data/deliveries/2025-07-01").rename(earlier)
    arms = read(earlier / "assignments.csv")
    flipped = arms.assign(arm=arms["arm"].map({"contact": "holdout", "holdout": "contact"}), drawn_on="2025-06-10")
    flipped.to_csv(earlier / "assignments.csv", index=False)
    deliver(config, root)
    again = read(root / "data/deliveries/2025-07-01/assignments.csv")
    assert list(again["arm"]) == list(flipped["arm"])
    assert set(again["drawn_on"]) == {"2025-06-10"}
    shutil.rmtree(root / "data/deliveries/2025-07-01")
    flipped.assign(drawn_on="2025-03-01").to_csv(earlier / "assignments.csv", index=False)  # inherited from long ago
    deliver(config, root)
    assert list(read(root / "data/deliveries/2025-07-01/assignments.csv")["arm"]) == list(arms["arm"])


def test_settings_that_are_not_those_of_the_lists_are_refused(company):
    config, root = company
    other = config.model_copy(update={"campaign": config.campaign.model_copy(update={"holdout_share": 0.5})})
    with pytest.raises(ConfigError, match=r"other campaign settings than params\.yaml"):
        deliver(other, root)


def test_the_cells_of_a_list_are_handed_over_as_they_are(company):
    config, root = company
    deliver(config, root)
    place = root / "data/deliveries/2025-07-01"
    lines = set((place / "customers.csv").read_text(encoding="utf-8").splitlines())
    contacted = [line.rsplit(",", 1)[0] for line in (place / "contact.csv").read_text(encoding="utf-8").splitlines()]
    assert len(contacted) > 50
    assert lines.issuperset(contacted)


def test_a_list_changed_by_hand_is_not_delivered(company):
    config, root = company
    with (root / "data/campaigns/customers.csv").open("a", encoding="utf-8") as file:
        file.write("X,2025-07-01,scored,0.99,100.0,critical,1,1,1.00,v\n")
    with pytest.raises(DataUnfitError, match="is not the file its manifest names"):
        deliver(config, root)
    assert not (root / "data/deliveries").exists()


def test_without_lists_there_is_nothing_to_deliver(small_run, tmp_path):
    with pytest.raises(DataUnfitError, match="run `dvc repro` first"):
        deliver(small_run[0], tmp_path)


def test_a_second_act_at_the_same_time_is_told_so(tmp_path):
    with alone(tmp_path, "churn"):
        words = f"from pathlib import Path\nfrom pipeline.lock import alone\nwith alone(Path({str(tmp_path)!r}), 'churn'): pass"
        second = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, timeout=60, check=False)
        assert "BusyError" in second.stderr
        with pytest.raises(BusyError), alone(tmp_path, "churn"):
            pass
    with alone(tmp_path, "churn"):
        pass


def test_a_promoted_model_scores_and_the_lists_say_so(company):
    from pipeline.operate.promote import promote

    config, root = company
    before = read(root / "data/campaigns/customers.csv")
    promote(root)
    run_stages(config, root, ("score", "campaign"))
    manifest = json.loads((root / "data/campaigns/manifest.json").read_text(encoding="utf-8"))
    assert manifest["model_role"] == "champion"
    pd.testing.assert_frame_equal(read(root / "data/campaigns/customers.csv"), before)
