"""The champion: what the gates let through on a real run, what is remembered, the way back, and that nothing is lost."""

import json
import shutil
from pathlib import Path

import pytest

from pipeline.config import Config
from pipeline.errors import ConfigError, DataUnfitError, GateRefusedError
from pipeline.figure_files import read_figures, sealed
from pipeline.model.booster import ChurnModel
from pipeline.model.champion import read_champion
from pipeline.model.saved import version_of
from pipeline.operate.promote import promote, refuse_to_go_on
from pipeline.operate.rollback import clear, rollback
from pipeline.promotion.history import read_history
from tests.pages import keys_of


@pytest.fixture
def company(small_run, tmp_path: Path) -> Path:
    """The small run, whose models and figures a test may change."""
    for part in ("models", "reports"):
        shutil.copytree(small_run[1] / part, tmp_path / part)
    (tmp_path / "data").mkdir()
    for part in ("features", "snapshots", "judged"):
        (tmp_path / "data" / part).symlink_to(small_run[1] / "data" / part)
    return tmp_path


@pytest.fixture
def config(small_run) -> Config:
    return small_run[0]


def figures(root: Path, **changed) -> None:
    """Let the evaluation of this challenger have found something else."""
    path = root / "reports/metrics.json"
    metrics = read_figures(path)
    metrics |= {"model_version": version_of(root / "models/challenger")} | changed
    path.write_text(sealed(metrics), encoding="utf-8")


def another(root: Path) -> str:
    """Let the challenger be another file, but the same model; its version."""
    path = root / "models/challenger/ship.json"
    path.write_text(path.read_text(encoding="utf-8").replace("\n}", "\n}\n", 1), encoding="utf-8")
    figures(root)
    return version_of(root / "models/challenger")


def worsened(root: Path) -> str:
    """Let the challenger's twins have said 1.4 times the log-odds that they said; its version."""
    another(root)
    import numpy as np
    import pandas as pd
    from scipy.special import expit, logit

    path = root / "data/judged/test.parquet"
    judged = pd.read_parquet(path)
    (root / "data/judged").unlink()
    (root / "data/judged").mkdir()
    judged["churn_probability"] = expit(np.asarray(logit(judged["churn_probability"])) * 2)
    judged.to_parquet(path)
    return version_of(root / "models/challenger")


def champion(root: Path) -> str | None:
    return read_champion(root / "models/champion.json").version


def report(root: Path) -> dict:
    return json.loads((root / "reports/promotion.json").read_text(encoding="utf-8"))


def decisions(root: Path) -> list[tuple[str, str]]:
    return [(one.version, one.decision) for one in read_history(root / "models/history.json")]


def test_a_promotion_that_was_killed_before_the_history_had_it_is_entered_by_the_next(company, config):
    promote(config, company)
    whole = (company / "models/history.json").read_bytes()
    (company / "models/history.json").unlink()
    assert promote(config, company).decision == "unchanged"
    assert (company / "models/history.json").read_bytes() == whole


def test_the_first_model_becomes_champion_and_the_second_time_nothing_changes(company, config):
    version = version_of(company / "models/challenger")
    assert promote(config, company).decision == "promoted"
    assert champion(company) == version
    assert version_of(company / "models/registry" / version) == version
    assert (report(company)["decision"], report(company)["champion"]) == ("promoted", version)
    assert report(company)["gates"]["not_worse"] == {"passed": None, "said": "there is no champion"}
    before = {path: path.read_bytes() for path in company.rglob("*") if path.is_file()}
    assert promote(config, company).said == f"{version} is the champion already"
    assert {path: path.read_bytes() for path in company.rglob("*") if path.is_file()} == before


def test_the_same_model_again_is_not_worse_than_itself(company, config):
    promote(config, company)
    first = champion(company)
    second = another(company)
    assert promote(config, company).decision == "promoted"
    found = report(company)
    assert (found["champion_before"], found["champion"]) == (first, second)
    assert (found["compared"]["aged"]["difference"], found["compared"]["recipe"]) == (0, None)
    assert found["shadow"]["overlap"] == 1
    assert list(found) == keys_of("roll-back.md", "reports/promotion.json"), "the page names every key"
    assert read_champion(company / "models/champion.json").previous == first
    assert decisions(company) == [(first, "promoted"), (second, "promoted")]


def test_a_worse_model_leaves_the_champion_in_place_and_says_why(company, config):
    promote(config, company)
    first, second = champion(company), worsened(company)
    said = promote(config, company).said
    assert said.startswith(f"kept champion {first}: {second} was refused, ")
    assert "against the champion as old as it is today" in said
    assert champion(company) == first
    assert decisions(company)[-1] == (second, "refused")
    assert report(company)["compared"]["aged"]["difference"] > 0.01


def test_a_reason_passes_the_gates_and_is_remembered(company, config):
    promote(config, company)
    second = worsened(company)
    assert promote(config, company, force="a demonstration").decision == "forced"
    assert champion(company) == second
    assert read_history(company / "models/history.json")[-1].reason == "a demonstration"


def test_a_dry_run_changes_nothing_but_its_report(company, config):
    before = champion(company)
    assert "would be promoted" in promote(config, company, dry_run=True).said
    assert (champion(company), decisions(company)) == (before, [])
    assert not (company / "models/registry").exists()


def test_a_model_that_ranks_worse_than_a_baseline_is_refused_without_a_champion(company, config):
    figures(company, grade="C", grade_reason="It ranks.", pooled={"auc": 0.6, "customers": 1, "log_loss": 0.6, "ece": 0.1})
    decided = promote(config, company)
    assert decided.decision == "refused"
    with pytest.raises(GateRefusedError, match=r"its AUC 0\.600 is below that of \w+, 0\.\d{3}, and there is no champion"):
        refuse_to_go_on(decided)
    assert not (company / "models/champion.json").exists()
    assert decisions(company) == [(version_of(company / "models/challenger"), "refused")]
    assert promote(config, company, force="a demonstration").decision == "forced"


def test_data_that_cannot_carry_a_model_are_refused(company, config):
    promote(config, company)
    another(company)
    path = company / "reports/data_quality.json"
    found = json.loads(path.read_text(encoding="utf-8"))
    finding = {"severity": "error", "sentence": "orders end in May"}
    path.write_text(json.dumps(found | {"fit": False, "findings": [finding]}), encoding="utf-8")
    assert "cannot train: orders end in May" in promote(config, company).said


def test_another_recipe_must_be_better_and_is_judged_behind_the_same_embargo(company, config):
    promote(config, company)
    another(company)
    recipe = company / "models/registry" / str(champion(company)) / "recipe.json"
    kept = json.loads(recipe.read_text(encoding="utf-8"))
    recipe.write_text(json.dumps(kept | {"chosen": {"model": "of old"}}), encoding="utf-8")
    assert "a new recipe must be better beyond its interval" in promote(config, company).said
    assert report(company)["compared"]["recipe"]["difference"] == 0  # the same trees, fitted again
    recipe.write_text(json.dumps(kept | {"chosen": {"model": "of old"}, "rounds": 3}), encoding="utf-8")
    assert promote(config, company).decision == "promoted"
    assert report(company)["compared"]["recipe"]["high"] < 0


def test_a_champion_that_reads_what_is_no_feature_any_more_cannot_be_compared(company, config):
    promote(config, company)
    another(company)
    recipe = company / "models/registry" / str(champion(company)) / "recipe.json"
    kept = json.loads(recipe.read_text(encoding="utf-8"))
    recipe.write_text(json.dumps(kept | {"features": ["moon_phase"]}), encoding="utf-8")
    assert promote(config, company).decision == "promoted"
    assert report(company)["compared"]["unlike"] == "the champion reads moon_phase, which is no feature any more"


def test_figures_of_another_model_do_not_count(company, config):
    figures(company, model_version="another")
    with pytest.raises(DataUnfitError, match="judges another, not the challenger"):
        promote(config, company)


def test_a_champion_whose_files_are_damaged_is_copied_anew_from_the_challenger_it_is(company, config):
    promote(config, company)
    version = str(champion(company))
    (company / "models/registry" / version / "ship.txt").write_text("no trees", encoding="utf-8")
    assert promote(config, company).decision == "promoted"
    assert ChurnModel.load(company / "models/registry" / version, "ship").columns.names


def test_the_way_back_and_forth_again(company, config):
    promote(config, company)
    first = str(champion(company))
    with pytest.raises(ConfigError, match=f"there is no champion before {first}"):
        rollback(company)
    second = another(company)
    promote(config, company)
    assert rollback(company).startswith(f"{first} is the champion again, in the place of {second}")
    assert champion(company) == first
    rollback(company)
    assert champion(company) == second
    assert rollback(company, first, reason="too many complaints").startswith(f"{first} is the champion again")
    assert rollback(company, first) == f"{first} is the champion already"
    last = read_history(company / "models/history.json")[-1]
    assert (last.version, last.decision, last.reason, last.grade) == (first, "rolled back", "too many complaints", last.grade)
    with pytest.raises(ConfigError, match=f"20200101-00000000 is not in .*registry; it holds .*{first}"):
        rollback(company, "20200101-00000000")


def test_a_model_that_was_rolled_back_from_is_promoted_again_by_force_only(company, config):
    promote(config, company)
    second = another(company)
    promote(config, company)
    rollback(company, reason="lists looked odd")
    again = promote(config, company)
    assert again.decision == "refused"
    assert "it was rolled back from: lists looked odd" in again.said
    assert promote(config, company, force="it was the data").decision == "forced"
    assert champion(company) == second


def test_a_damaged_model_is_not_gone_back_to(company, config):
    promote(config, company)
    first = str(champion(company))
    another(company)
    promote(config, company)
    (company / "models/registry" / first / "ship.txt").unlink()
    with pytest.raises(DataUnfitError, match="are not those that were promoted"):
        rollback(company)


def test_clearing_keeps_the_registry(company, config):
    promote(config, company)
    version = str(champion(company))
    clear(company)
    assert champion(company) is None
    assert (company / "models/registry" / version).is_dir()
    assert decisions(company)[-1] == (version, "cleared")
    assert rollback(company).startswith(f"{version} is the champion again, in the place of none")
