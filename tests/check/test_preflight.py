"""`churn check` says first when the choices it runs on are not those that configs/ compose."""

import json
import shutil
from pathlib import Path

import pytest

from pipeline.artifacts import ARTIFACTS
from pipeline.compose import composed
from pipeline.errors import DataUnfitError
from pipeline.operate import preflight, up_to_date
from tests.check.test_sheet import REPORT
from tests.conftest import ROOT

NOTE = "note: params.yaml is not what configs/ compose; run `churn compose` to take your edits over\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose stages are up to date and whose data cannot carry a model."""
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    (tmp_path / "params.yaml").write_text(composed(tmp_path / "configs"), encoding="utf-8")
    (tmp_path / ARTIFACTS["data_quality"]).parent.mkdir(parents=True)
    (tmp_path / ARTIFACTS["data_quality"]).write_text(json.dumps(REPORT), encoding="utf-8")
    (tmp_path / ARTIFACTS["forgotten"]).parent.mkdir(parents=True)
    (tmp_path / ARTIFACTS["forgotten"]).write_text("salt,tombstone\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(up_to_date, "reproduce", lambda stage: None)
    return tmp_path


def test_edits_of_the_configuration_that_are_not_taken_over_are_told_first(project, capsys):
    with (project / "configs/config.yaml").open("a", encoding="utf-8") as choices:
        choices.write("\ndefinition:\n  horizon_days: 61\n")
    with pytest.raises(DataUnfitError):
        preflight.preflight(as_json=True)
    said = capsys.readouterr()
    assert said.err == NOTE
    assert json.loads(said.out) == REPORT


def test_nothing_is_told_of_choices_that_are_composed(project, capsys):
    with pytest.raises(DataUnfitError, match="cannot train"):
        preflight.preflight(as_json=False)
    assert capsys.readouterr().err == ""
