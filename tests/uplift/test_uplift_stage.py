"""The stage uplift on files: what it writes, that it writes the same again, and that lists read it."""

import json

import pytest

from pipeline.errors import DataUnfitError
from pipeline.stages.uplift import uplift
from pipeline.uplift.effect_model import EffectModel
from pipeline.uplift.whether_used import read_effects
from tests.conftest import config_of
from tests.uplift.trials import planted, trial

ASKED = "campaign.allocation.detectable={effect: 0.15, alpha: 0.05, power: 0.8}"


@pytest.fixture
def matured(tmp_path):
    (tmp_path / "data/matured").mkdir(parents=True)
    return tmp_path / "data/matured"


def test_before_any_delivery_has_matured_it_is_not_used(matured, tmp_path):
    said = uplift.run(config_of(), tmp_path)
    assert said == "not used: nobody who was drawn for contact or hold-out by a churn list has matured"
    told = json.loads((tmp_path / "reports/uplift.json").read_text(encoding="utf-8"))
    assert (told["used"], told["verdict"], told["rows"], told["draws"]) == (False, "nobody", 0, [])
    model, verdict = read_effects(tmp_path / "models/uplift")
    assert model is None
    assert verdict == {name: told[name] for name in ("used", "verdict", "why", "rows", "needed")}


def test_a_suspect_delivery_does_not_open_the_gate(matured, tmp_path):
    """It would, by itself: see the next test."""
    trial(1500, 1, planted).assign(suspect=True).to_parquet(matured / "2024-03-01.parquet", index=False)
    uplift.run(config_of(ASKED), tmp_path)
    told = json.loads((tmp_path / "reports/uplift.json").read_text(encoding="utf-8"))
    assert (told["used"], told["verdict"], told["rows"], told["draws"]) == (False, "nobody", 0, [])


def test_a_copy_among_the_matured_deliveries_is_refused_and_not_counted_twice(matured, tmp_path):
    trial(1500, 1, planted).to_parquet(matured / "2024-03-01 (1).parquet", index=False)
    with pytest.raises(DataUnfitError, match=r"2024-03-01 \(1\)\.parquet is not named by the day .*`dvc repro outcomes` makes"):
        uplift.run(config_of(), tmp_path)


def test_a_verdict_that_was_changed_or_lost_is_one_line_with_what_to_run(matured, tmp_path):
    uplift.run(config_of(), tmp_path)
    path = tmp_path / "models/uplift/verdict.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"used": false', '"used": true'), encoding="utf-8")
    with pytest.raises(DataUnfitError, match=r"^\S*verdict\.json was changed since it was written, .*`dvc repro uplift`, which"):
        read_effects(tmp_path / "models/uplift")
    path.unlink()
    with pytest.raises(DataUnfitError, match=r"^\S*verdict\.json is missing or not readable; run `dvc repro uplift` first$"):
        read_effects(tmp_path / "models/uplift")


def test_it_writes_a_model_and_the_same_bytes_again(matured, tmp_path):
    trial(1500, 1, planted).to_parquet(matured / "2024-03-01.parquet", index=False)
    said = uplift.run(config_of(ASKED), tmp_path)
    assert said.startswith("used: leaving ")
    files = (tmp_path / "models/uplift/effect.json", tmp_path / "reports/uplift.json")
    first = [path.read_bytes() for path in files]
    # half of them, of whom 3 in 10 are kept and half stay anyway, at a value of 200, an offer of 10 and a contact of 1
    best = json.loads(first[1])["maximum_profit"]
    assert best == {"mpu": pytest.approx(0.5 * (60 - 10 * 0.8 - 1), rel=0.3), "mpu_share": pytest.approx(0.5, abs=0.15)}
    assert isinstance(read_effects(tmp_path / "models/uplift")[0], EffectModel)
    uplift.run(config_of(ASKED), tmp_path)
    assert [path.read_bytes() for path in files] == first
