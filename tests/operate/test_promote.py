"""The champion pointer: what the gate lets through, and that nothing is lost."""

import json
import shutil
from pathlib import Path

import pytest

from pipeline.errors import DataUnfitError, GateRefusedError
from pipeline.model.champion import read_champion
from pipeline.model.saved import version_of
from pipeline.operate.promote import clear, promote


@pytest.fixture
def company(small_run, tmp_path: Path) -> Path:
    """The model and metrics of the small run, which a test may change."""
    for part in ("models", "reports"):
        shutil.copytree(small_run[1] / part, tmp_path / part)
    return tmp_path


def judge(root: Path, auc: float) -> None:
    """Let the test have found this AUC."""
    path = root / "reports/metrics.json"
    metrics = json.loads(path.read_text(encoding="utf-8"))
    metrics["test"]["auc"] = auc
    path.write_text(json.dumps(metrics), encoding="utf-8")


def best(root: Path) -> float:
    metrics = json.loads((root / "reports/metrics.json").read_text(encoding="utf-8"))
    return max(figures["auc"] for figures in metrics["baselines"].values())


def test_the_first_good_model_becomes_champion(company):
    judge(company, best(company))
    version = version_of(company / "models/challenger")
    assert promote(company).startswith(f"promoted {version}")
    assert read_champion(company / "models/champion.json").version == version
    assert version_of(company / "models/registry" / version) == version
    assert promote(company) == f"{version} is the champion already"


def test_a_model_not_more_than_five_thousandths_below_the_best_baseline_passes(company):
    judge(company, best(company) - 0.0049)
    assert promote(company).startswith("promoted")


def test_a_worse_model_is_refused_without_a_champion(company):
    judge(company, best(company) - 0.006)
    with pytest.raises(GateRefusedError, match=r"is below that of \w+, 0\.\d{3}, and there is no champion"):
        promote(company)
    assert not (company / "models/champion.json").exists()
    assert promote(company, force="a demonstration").endswith("by force: a demonstration; run `dvc repro` to score with it")


def test_a_worse_model_leaves_the_champion_in_place(company):
    judge(company, best(company))
    promote(company)
    champion = read_champion(company / "models/champion.json").version
    tree = company / "models/challenger/ship.json"
    tree.write_text(tree.read_text(encoding="utf-8").replace("\n}", "\n}\n", 1), encoding="utf-8")  # another file, same model
    metrics = json.loads((company / "reports/metrics.json").read_text(encoding="utf-8"))
    metrics["model_version"] = version_of(company / "models/challenger")
    metrics["test"]["auc"] = best(company) - 0.006
    (company / "reports/metrics.json").write_text(json.dumps(metrics), encoding="utf-8")
    assert promote(company).startswith(f"kept champion {champion}")
    assert read_champion(company / "models/champion.json").version == champion


def test_figures_of_another_model_do_not_count(company):
    path = company / "reports/metrics.json"
    path.write_text(
        path.read_text(encoding="utf-8").replace(version_of(company / "models/challenger"), "another"), encoding="utf-8"
    )
    with pytest.raises(DataUnfitError, match="judges another, not the challenger"):
        promote(company)


def test_clearing_keeps_the_registry(company):
    judge(company, best(company))
    promote(company)
    version = read_champion(company / "models/champion.json").version
    clear(company)
    assert read_champion(company / "models/champion.json").version is None
    assert (company / "models/registry" / str(version)).is_dir()
