"""One command for a week: what it leaves behind when all goes well, when a step fails, and when it is told another day."""

import errno
import json
import os
import shutil
import signal
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import typer

from pipeline.artifacts import ARTIFACTS
from pipeline.cli import app
from pipeline.commands.retraining import retrain as command
from pipeline.compose import SET_ASIDE, choose, composed
from pipeline.errors import BusyError, ConfigError, DataUnfitError, GateRefusedError, PipelineError, ServiceError
from pipeline.figure_files import read_figures, sealed
from pipeline.model.champion import read_champion
from pipeline.operate import retrain as act
from pipeline.operate import tell_tracking as telling
from pipeline.operate.as_of import pinned, put_back
from pipeline.operate.retrain import Age, Asked, retrain
from pipeline.operate.run_log import Log
from tests.conftest import ROOT, SMALL, run_stages
from tests.pages import first_column, keys_of


@pytest.fixture
def project(small_run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the stages of the small run wrote, in a project whose DVC has nothing to do but to score with the champion."""
    config, root = small_run
    for part in ("data", "models", "reports"):
        shutil.copytree(root / part, tmp_path / part)
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    for name in ("nobody.csv", "forgotten.csv"):
        shutil.copyfile(ROOT / "data" / name, tmp_path / "data" / name)
    monkeypatch.chdir(tmp_path)

    def reproduce(*options: str) -> list[str]:
        said = run_stages(config, tmp_path, ("score", "campaign")) if not options else {}
        return ["features: 1/4 2024-03-06", *(f"{name}: {line}" for name, line in said.items())]

    monkeypatch.setattr(act, "reproduce", reproduce)
    monkeypatch.setattr(act.configuration, "load", lambda *_: config)
    return tmp_path


@pytest.fixture
def hooks(small_run, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let the configuration name commands."""

    def name(**commands: str) -> None:
        config = small_run[0]
        changed = config.retrain.model_copy(update=commands)
        monkeypatch.setattr(act.configuration, "load", lambda *_: config.model_copy(update={"retrain": changed}))

    return name


def told(root: Path) -> dict:
    return json.loads((root / "reports/retrain.json").read_text(encoding="utf-8"))


def test_a_run_promotes_scores_with_the_champion_and_delivers(project):
    said = retrain(Asked(refresh=False))
    log = told(project)
    assert [step["name"] for step in log["steps"]] == ["recover", "check", "monitor", "train", "promote", "score", "deliver"]
    assert (log["exit_code"], log["at"], log["error"]) == (0, None, None)
    assert log["decision"]["decision"] == "promoted"
    assert log["scored_by"] == {"model_version": log["challenger"], "model_role": "champion"}
    assert log["champion"] == read_champion(project / "models/champion.json").version
    assert log["as_of"] == "2025-07-01"
    assert (project / log["delivery"] / "manifest.json").is_file()
    assert log["rows"]["transactions"] > 1000
    assert sorted(log) == sorted(keys_of("schedule-it.md", "reports/retrain.json")), "the page names every key"
    assert [step["name"] for step in log["steps"]] == first_column("schedule-it.md", "Schedule it")
    assert "features: 1/4 2024-03-06" not in log["steps"][3]["said"]
    assert said.endswith("taken off: nobody")


def test_the_same_run_again_changes_nothing_that_is_delivered(project):
    retrain(Asked(refresh=False))
    before = {path: path.read_bytes() for path in (project / "data/deliveries").rglob("*") if path.is_file()}
    assert "was delivered before, unchanged" in retrain(Asked(refresh=False))
    assert {path: path.read_bytes() for path in (project / "data/deliveries").rglob("*") if path.is_file()} == before
    assert told(project)["decision"]["decision"] == "unchanged"


def test_without_delivering_the_archive_stays_as_it_is(project):
    assert retrain(Asked(deliver=False)).endswith("lists are written, nothing was delivered")
    assert not (project / "data/deliveries").exists()
    assert [step["name"] for step in told(project)["steps"]][-1] == "score"


OLD = (
    "the data end on 2025-06-30, before 2025-07-01, the oldest day that --max-age allows: "
    "look whether the export is still written"
)
AHEAD = (
    "the data end on 2025-06-30, after today by the clock, 2025-06-28 (UTC), so that --max-age cannot tell their age: "
    "set the clock, or correct the dates of the data"
)


@pytest.mark.parametrize(
    ("age", "said"), [(Age(date(2025, 7, 4), 3), OLD), (Age(date(2025, 7, 1), 0), OLD), (Age(date(2025, 6, 28), 3), AHEAD)]
)
def test_data_that_end_too_long_ago_or_after_today_are_refused_before_anything_is_made_of_them(project, age, said):
    with pytest.raises(DataUnfitError) as refused:
        retrain(Asked(age=age))
    assert str(refused.value) == said
    log = told(project)
    assert (log["exit_code"], log["at"], log["as_of"]) == (3, "check", "2025-07-01")
    assert not (project / "data/deliveries").exists()


@pytest.mark.parametrize("age", [Age(date(2025, 7, 3), 3), Age(date(2025, 6, 30), 0), Age(date(2025, 6, 29), 0)])
def test_data_that_are_new_enough_go_on_even_where_their_day_has_begun_before_that_of_the_clock(project, age):
    assert "nothing was delivered" in retrain(Asked(deliver=False, age=age))


def test_data_that_are_old_because_a_day_was_chosen_are_refused_with_the_way_to_the_newest(project, small_run, monkeypatch):
    config = small_run[0]
    chosen = config.model_copy(update={"snapshots": config.snapshots.model_copy(update={"as_of": date(2025, 7, 1)})})
    monkeypatch.setattr(act.configuration, "load", lambda *_: chosen)
    said = r"^with snapshots\.as_of=2025-07-01 the data end on 2025-06-30, .*: `churn compose snapshots\.as_of=null` takes "
    with pytest.raises(DataUnfitError, match=said):
        retrain(Asked(age=Age(date(2025, 7, 4), 3)))


def test_the_age_of_the_data_is_that_of_their_last_day_by_the_clock(project, monkeypatch):
    asked: list[Asked] = []
    monkeypatch.setattr(act, "retrain", lambda one: asked.append(one) or "done")
    before = datetime.now(UTC).date()
    (project / "dvc.yaml").touch()
    with pytest.raises(typer.Exit) as left:
        command(max_age=3)
    assert left.value.exit_code == 0
    assert asked[0].age in {Age(day, 3) for day in (before, datetime.now(UTC).date())}


@pytest.mark.parametrize("days", ["-1", "10001", "1000000000000", "three", "2.5"])
def test_an_age_that_is_no_number_of_days_is_refused_with_the_range(days, capsys):
    with pytest.raises(SystemExit) as left:
        app(["retrain", "--max-age", days])
    assert left.value.code == 2
    assert "--max-age" in capsys.readouterr().err


@pytest.mark.parametrize("other", [{"max_age": 3}, {"dry_run": True}])
def test_another_day_goes_with_neither_the_clock_nor_a_dry_run(project, other, capsys):
    (project / "dvc.yaml").touch()
    with pytest.raises(typer.Exit) as left:
        command(as_of="2025-01-01", **other)
    assert left.value.exit_code == 2
    assert "--as-of" in capsys.readouterr().err


FITS = {
    "verdict": "fits", "retrain": False, "severity": "none", "mend_first": False,
    "why": ["nothing moved by more than the past explains"],
}  # fmt: skip
MOVED = {
    "verdict": "retrain", "retrain": True, "severity": "high", "mend_first": True, "why": ["visits stopped", "so did orders"],
}  # fmt: skip


@pytest.fixture
def asked_of_dvc(project: Path, small_run, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What DVC is asked for from now on, of which it does nothing; there is a champion already."""
    act.promote(small_run[0], project)
    calls: list[tuple[str, ...]] = []
    monkeypatch.setattr(act, "reproduce", lambda *options: calls.append(options) or [])
    return calls


def let_the_monitor_say(project: Path, verdict: dict) -> None:
    (project / ARTIFACTS["drift"]).write_text(json.dumps(verdict | {"findings": []}), encoding="utf-8")


def test_if_needed_nothing_is_trained_while_the_model_fits(project, asked_of_dvc):
    let_the_monitor_say(project, FITS)
    before = (project / "models/champion.json").read_bytes()
    said = retrain(Asked(if_needed=True, refresh=False))
    log = told(project)
    assert said.startswith("the model fits: nothing moved by more than the past explains; nothing was trained; ")
    assert [step["name"] for step in log["steps"]] == ["recover", "check", "monitor", "score", "deliver"]
    assert asked_of_dvc == [
        ("check",),
        ("features",),
        ("outcomes",),
        ("--single-item", "monitor"),
        *(("--single-item", name) for name in ("score", "kpis", "uplift", "campaign", "report")),
    ]
    assert (log["monitor"], log["exit_code"]) == (FITS, 0)
    assert {"challenger", "decision", "grade"}.isdisjoint(log)
    assert log["scored_by"]["model_version"] == read_champion(project / "models/champion.json").version
    assert (project / log["delivery"] / "manifest.json").is_file()
    assert (project / "models/champion.json").read_bytes() == before


@pytest.mark.parametrize(("if_needed", "verdict"), [(True, MOVED), (False, FITS)])
def test_a_model_is_trained_that_is_needed_or_asked_for_in_any_case(project, asked_of_dvc, if_needed, verdict):
    let_the_monitor_say(project, verdict)
    retrain(Asked(if_needed=if_needed, deliver=False))
    log = told(project)
    assert [step["name"] for step in log["steps"]] == ["recover", "check", "monitor", "train", "promote", "score"]
    assert asked_of_dvc[-2:] == [("evaluate",), ()]
    assert log["monitor"] == verdict
    assert log["steps"][2]["said"][-1] == verdict["why"][0]


def test_if_needed_a_first_model_is_trained(project, monkeypatch):
    monkeypatch.setattr(act, "reproduce", lambda *_: [])
    let_the_monitor_say(project, FITS)
    retrain(Asked(if_needed=True, deliver=False))
    assert (told(project)["monitor"]["verdict"], told(project)["monitor"]["retrain"]) == ("promote", True)
    assert told(project)["monitor"]["why"] == ["there is no champion yet"]
    assert told(project)["decision"]["decision"] == "promoted"


def test_where_the_figures_of_the_last_training_are_not_here_a_model_is_trained(project, asked_of_dvc):
    let_the_monitor_say(project, FITS)
    shutil.rmtree(project / ARTIFACTS["plots"])
    retrain(Asked(if_needed=True, deliver=False))
    assert told(project)["monitor"]["verdict"] == "retrain"
    assert told(project)["monitor"]["why"] == ["the figures of the last training are not here"]
    assert asked_of_dvc == [("check",), ("evaluate",), ()], "the monitor was not asked"


def let_the_monitor_raise(error: PipelineError, monkeypatch: pytest.MonkeyPatch) -> None:
    def reproduce(*options: str) -> list[str]:
        if "monitor" in options:
            raise error
        return []

    monkeypatch.setattr(act, "reproduce", reproduce)


@pytest.mark.parametrize("kind", [ConfigError, DataUnfitError])
def test_a_champion_that_cannot_be_looked_at_is_told_and_a_model_is_trained(project, asked_of_dvc, monkeypatch, kind):
    let_the_monitor_raise(kind("the champion cannot be read"), monkeypatch)
    retrain(Asked(if_needed=True, deliver=False))
    assert told(project)["monitor"] == {
        "verdict": "retrain",
        "retrain": True,
        "severity": "none",
        "mend_first": False,
        "why": ["the champion cannot be read"],
    }
    assert "train" in [step["name"] for step in told(project)["steps"]]


@pytest.mark.parametrize(
    ("error", "code"), [(BusyError("another dvc"), 5), (ServiceError("no disk"), 6), (PipelineError("a bug"), 1)]
)
def test_what_is_no_matter_of_the_champion_ends_the_run_at_the_monitor(project, asked_of_dvc, monkeypatch, error, code):
    let_the_monitor_raise(error, monkeypatch)
    with pytest.raises(type(error), match=str(error)):
        retrain(Asked(if_needed=True, deliver=False))
    assert (told(project)["exit_code"], told(project)["at"], told(project)["error"]) == (code, "monitor", str(error))


def test_data_that_cannot_train_end_the_run_before_anything_is_trained(project, hooks):
    hooks(on_success="touch well", on_failure='cp "$CHURN_RETRAIN" failed.json; echo $CHURN_EXIT_CODE > code')
    path = project / ARTIFACTS["data_quality"]
    quality = json.loads(path.read_text(encoding="utf-8"))
    finding = {"severity": "error", "sentence": "orders end in May"}
    path.write_text(json.dumps(quality | {"fit": False, "findings": [finding]}), encoding="utf-8")
    with pytest.raises(DataUnfitError, match="cannot train: orders end in May"):
        retrain(Asked())
    log = told(project)
    assert (log["exit_code"], log["at"], log["error"]) == (3, "check", "cannot train: orders end in May")
    assert [step["name"] for step in log["steps"]] == ["recover", "check"]
    assert json.loads((project / "failed.json").read_text(encoding="utf-8")) == log
    assert (project / "code").read_text(encoding="utf-8") == "3\n"
    assert not (project / "well").exists()


def test_a_first_model_that_is_refused_ends_the_run_with_its_own_code(project):
    path = project / ARTIFACTS["metrics"]
    metrics = read_figures(path)
    metrics |= {"grade": "C", "grade_reason": "It ranks.", "pooled": metrics["pooled"] | {"auc": 0.5}}
    path.write_text(sealed(metrics), encoding="utf-8")
    with pytest.raises(GateRefusedError):
        retrain(Asked())
    assert told(project)["exit_code"] == 4
    assert told(project)["decision"]["decision"] == "refused"
    assert not (project / "data/deliveries").exists()


def test_a_command_that_fails_is_told_and_changes_nothing(project, hooks, capfd):
    hooks(on_success="exit 7")
    retrain(Asked(deliver=False))
    assert told(project)["exit_code"] == 0
    assert "retrain: the command after the run left with 7" in capfd.readouterr().err


def test_the_end_of_a_run_by_a_scheduler_is_told(project, monkeypatch):
    monkeypatch.setattr(act, "reproduce", lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    with pytest.raises(KeyboardInterrupt):
        retrain(Asked())
    assert (told(project)["exit_code"], told(project)["error"]) == (1, "ended by SIGTERM")
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_a_source_that_is_not_there_ends_the_run_with_the_code_of_unfit_data(project, monkeypatch):
    (project / "data/forgotten.csv").unlink()
    with pytest.raises(DataUnfitError, match=r"forgotten\.csv is missing; bring that file"):
        retrain(Asked())
    assert (told(project)["exit_code"], told(project)["at"]) == (3, "check")


def test_a_disk_that_is_full_is_told_with_its_code_and_the_command_after_the_run_is_called(project, hooks, monkeypatch):
    hooks(on_failure="echo $CHURN_EXIT_CODE > code")
    monkeypatch.setattr(Log, "write", full)
    with pytest.raises(OSError, match="No space left"):
        retrain(Asked())
    assert (project / "code").read_text(encoding="utf-8") == "6\n"


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_promotion_that_was_killed_before_it_was_told_is_told_by_the_next_run(project, monkeypatch):
    heard: list[str] = []
    monkeypatch.setattr(telling.tracking, "register", lambda config, version, *_: heard.append(version))
    retrain(Asked(deliver=False))
    retrain(Asked(deliver=False))
    version = read_champion(project / "models/champion.json").version
    assert heard == [version], "once, although it ran twice"
    (project / "reports/retrain.json").write_text(json.dumps(told(project) | {"exit_code": None}), encoding="utf-8")
    retrain(Asked(deliver=False))
    assert heard == [version, version]


@pytest.fixture
def choices(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    (tmp_path / "params.yaml").write_text(composed(tmp_path / "configs", list(SMALL)), encoding="utf-8")
    return tmp_path


def test_another_day_holds_for_the_run_only(choices):
    before = (choices / "params.yaml").read_text(encoding="utf-8")
    with pinned(date(2024, 6, 1), choices):
        assert "as_of: '2024-06-01'" in (choices / "params.yaml").read_text(encoding="utf-8")
    assert (choices / "params.yaml").read_text(encoding="utf-8") == before
    with pinned(None, choices):
        assert (choices / "params.yaml").read_text(encoding="utf-8") == before


def test_what_a_killed_run_set_aside_is_put_back_by_the_next(choices):
    before = (choices / "params.yaml").read_text(encoding="utf-8")
    (choices / SET_ASIDE).write_text(before, encoding="utf-8")  # as left by a process that was killed
    (choices / "params.yaml").write_text("seed: 1\n", encoding="utf-8")
    with pinned(date(2024, 6, 1), choices):
        pass
    assert (choices / "params.yaml").read_text(encoding="utf-8") == before
    put_back(choices)
    assert (choices / "params.yaml").read_text(encoding="utf-8") == before
    assert not (choices / SET_ASIDE).exists()


def test_choices_that_were_made_after_a_kill_are_kept(choices):
    (choices / SET_ASIDE).write_text("seed: 1\n", encoding="utf-8")  # as left by a process that was killed
    choose(["seed=3"], choices)
    put_back(choices)
    assert "\nseed: 3\n" in f"\n{(choices / 'params.yaml').read_text(encoding='utf-8')}"
