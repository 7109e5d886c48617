"""What acts show of a stage's figures: the file as it is where JSON was asked for, and one line where it is damaged."""

import json

import pytest

from pipeline.errors import DataUnfitError
from pipeline.operate import up_to_date
from pipeline.operate.model_history import show
from pipeline.operate.show_drift import monitor
from pipeline.operate.show_outcomes import outcomes
from pipeline.promotion.history import Entry, enter

DRIFT = {
    "verdict": "fits",
    "retrain": False, "model_role": "champion", "model_version": "m", "as_of": "2025-01-01", "alarm": False, "severity": "none",
    "why": ["nothing moved"], "mend_first": False,
    "deliveries_left_out": [{"code": "suspect", "deliveries": ["2024-09-01"], "sentence": "delivery of 2024-09-01 not judged"}],
}  # fmt: skip
LEARNED = {"offers": [], "draws": 0, "offers_left_out": []}
REPORTS = {"drift": DRIFT, "outcomes": {"as_of": "2025-01-01", "deliveries": []}, "learned": LEARNED}
ACTS = [(monitor, "drift"), (outcomes, "outcomes")]


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(up_to_date, "reproduce", lambda stage: None)
    (tmp_path / "reports").mkdir()
    for name, body in REPORTS.items():
        (tmp_path / f"reports/{name}.json").write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(("act", "report"), ACTS)
def test_json_is_the_file_as_it_is(project, capsys, act, report):
    act(as_json=True)
    assert capsys.readouterr().out == (project / f"reports/{report}.json").read_text(encoding="utf-8")
    act()
    assert (
        capsys.readouterr().out.splitlines()[-1]
        == {
            "drift": "all figures: reports/drift.json",
            "outcomes": "no delivery yet",
        }[report]
    )


@pytest.mark.parametrize("text", ["[]", "{}", "", '{"why": []}', '{"deliveries": [{"as_of": "2025-01-01"}]}'])
@pytest.mark.parametrize(("act", "report"), ACTS)
def test_a_damaged_report_is_one_line_with_what_to_run(project, act, report, text):
    (project / f"reports/{report}.json").write_text(text, encoding="utf-8")
    stage = {"drift": "monitor", "outcomes": "outcomes"}[report]
    with pytest.raises(DataUnfitError, match=rf"reports/{report}\.json .*run `dvc repro {stage}`"):
        act()


def test_what_was_learned_may_be_damaged_too(project):
    (project / "reports/learned.json").write_text('{"draws": 0}', encoding="utf-8")
    with pytest.raises(DataUnfitError, match=r"learned\.json has no `offers`, .*run `dvc repro outcomes`"):
        outcomes()


def test_the_history_in_json_is_its_file(project, capsys):
    show(project, as_json=True)
    assert json.loads(capsys.readouterr().out) == {"decisions": []}
    path = project / "models/history.json"
    path.parent.mkdir()
    enter(path, Entry("2024-06-01", "20240601-0123abcd", "promoted", "grade A", "20240601-0123abcd", "A", {"log_loss": 0.5}))
    show(project, as_json=True)
    assert capsys.readouterr().out == path.read_text(encoding="utf-8")


def test_what_teaches_nothing_is_said(project, capsys):
    """A delivery made after the day that is looked from, and an offer that the playbook lost."""
    gone = [{"offer": "old_gift", "channel": "email", "draws": 12}]
    (project / "reports/learned.json").write_text(json.dumps(LEARNED | {"offers_left_out": gone}), encoding="utf-8")
    (project / "data").mkdir()
    entered = [{"id": day, "sha256": "0" * 64} for day in ("2025-01-01", "2025-03-01")]
    (project / "data/deliveries.json").write_text(json.dumps({"deliveries": entered}), encoding="utf-8")
    outcomes()
    assert capsys.readouterr().out.splitlines() == [
        "12 draws of old_gift by email teach nothing: the playbook does not have it",
        "2025-01-01: made as of the newest data, so nothing is known of it before there are newer ones",
        "2025-03-01: made after 2025-01-01, the day that is looked from, so nothing is said of it and nothing learned; bring "
        "newer data, or compose without snapshots.as_of",
    ]
