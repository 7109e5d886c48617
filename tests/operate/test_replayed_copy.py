"""The project in which the past is replayed: what it shares with the real one, and what must never lead back to it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from pipeline.compose import choose
from pipeline.model.champion import Champion, read_champion
from pipeline.operate.delivered import read_delivered
from pipeline.operate.replayed_copy import _anchored, prepare, run_day
from tests.conftest import ROOT

JUNE = date(2024, 6, 1)
BEGINS = {"from": "2024-06-01", "every": "month"}


@pytest.fixture(scope="module")
def chosen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Choices of a company with files of its own, and as much code as there must be; to be read only."""
    folder = tmp_path_factory.mktemp("chosen")
    shutil.copytree(ROOT / "configs", folder / "configs")
    for name in ("dvc.yaml", ".dvcignore", "pipeline/__init__.py", "pipeline/process.py"):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)
    (folder / "data/input").mkdir(parents=True)
    (folder / "data/forgotten.csv").write_text("salt,tombstone\n", encoding="utf-8")
    (folder / ".dvc").mkdir()
    (folder / ".dvc/config").write_text("[core]\n    analytics = false\n", encoding="utf-8")
    choose(["source=cdnow", "source.path=data/input", "retrain.on_success=touch well"], folder)
    return folder


@pytest.fixture
def project(chosen: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may change."""
    return shutil.copytree(chosen, tmp_path, dirs_exist_ok=True)


@pytest.fixture
def copy(project: Path) -> Path:
    prepare(project, BEGINS)
    return project / "data/backfill/project"


def test_it_reads_the_same_files_and_runs_no_commands_of_the_user(project):
    config = prepare(project, BEGINS)
    assert config.source.path == str(project / "data/input")
    assert config.campaign.allocation.suppression == str(project / "data/nobody.csv")
    assert (config.retrain.on_success, config.retrain.on_failure) == (None, None)


def test_it_has_the_cache_of_the_project_and_no_champion(project, copy):
    assert f"dir = {project / '.dvc/cache'}\n" in (copy / ".dvc/config").read_text(encoding="utf-8")
    assert sorted(path.name for path in copy.iterdir()) == [
        ".dvc", ".dvcignore", "configs", "data", "dvc.yaml", "models", "params.yaml", "pipeline",
    ]  # fmt: skip
    assert sorted(path.name for path in (copy / "data").iterdir()) == ["deliveries.json", "forgotten.csv"]
    assert [path.name for path in (copy / "models").iterdir()] == ["champion.json"]
    assert read_champion(copy / "models/champion.json") == Champion()
    assert read_delivered(copy / "data/deliveries.json") == {}


def test_a_cache_elsewhere_is_shared_as_well(project):
    (project / ".dvc/config.local").write_text("[cache]\n    dir = ../../cache\n", encoding="utf-8")
    prepare(project, BEGINS)
    written = (project / "data/backfill/project/.dvc/config").read_text(encoding="utf-8")
    assert f"dir = {project.parent / 'cache'}\n" in written


def test_a_second_time_it_stays_but_for_who_is_forgotten(project, copy):
    (copy / "models/registry").mkdir()
    (project / "data/forgotten.csv").write_text("salt,tombstone\na,b\n", encoding="utf-8")
    prepare(project, BEGINS)
    assert (copy / "models/registry").exists()
    assert (copy / "data/forgotten.csv").read_text(encoding="utf-8") == "salt,tombstone\na,b\n"


@pytest.mark.parametrize("changed", ["code", "choices", "beginning", "killed"])
def test_of_another_code_or_choice_it_is_made_anew(project, copy, changed):
    (copy / "models/registry").mkdir()
    (project / "data/backfill/days/2024-06-01").mkdir(parents=True)
    if changed == "code":
        (project / "pipeline/new.py").write_text("", encoding="utf-8")
    elif changed == "choices":
        choose(["seed=7"], project)
    elif changed == "killed":  # while it was made
        (project / "data/backfill/begun.json").unlink()
    config = prepare(project, BEGINS | ({"from": "2024-05-01"} if changed == "beginning" else {}))
    assert not (copy / "models/registry").exists()
    assert not (project / "data/backfill/days").exists()
    assert config.seed == (7 if changed == "choices" else 42)


def test_a_database_of_a_relative_file_is_the_same_from_the_copy():
    root = Path("/srv/shop")
    assert _anchored("sqlite:///data/shop.db", root) == "sqlite:////srv/shop/data/shop.db"
    assert _anchored("sqlite:////var/shop.db", root) == "sqlite:////var/shop.db"
    assert _anchored("env:SHOP", root) == "env:SHOP"
    assert _anchored("postgresql://host/shop", root) == "postgresql://host/shop"


def write_command(copy: Path, body: str) -> None:
    (copy / "pipeline/cli.py").write_text(body, encoding="utf-8")


def test_a_day_is_retrained_in_the_copy_and_told_nowhere_else(project, copy, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    monkeypatch.setenv("DVC_ROOT", str(project))
    monkeypatch.setenv("SHOP", "sqlite:///shop.db")
    keys = ("MLFLOW_TRACKING_URI", "DVC_ROOT", "SHOP")
    write_command(
        copy, f"import json, os, sys\nprint(json.dumps([sys.argv[1:], os.getcwd(), [os.environ.get(k) for k in {keys}]]))"
    )
    ran = run_day(project, JUNE)
    words, folder, seen = json.loads(ran.said)
    assert (ran.exit_code, words) == (0, ["retrain", "--as-of", "2024-06-01", "--no-refresh"])
    assert Path(folder) == copy.resolve()
    assert seen == [None, None, f"sqlite:///{project / 'shop.db'}"]


def test_a_failure_is_told_in_its_own_words(project, copy):
    write_command(
        copy,
        "import json, os, sys\nfrom pathlib import Path\n"
        "Path(os.environ['CHURN_FAILURE']).write_text(json.dumps({'code': 3, 'said': 'churn retrain: check: too little'}))\n"
        "sys.exit(3)",
    )
    ran = run_day(project, JUNE)
    assert (ran.exit_code, ran.said) == (3, "check: too little")
    write_command(copy, "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    ran = run_day(project, JUNE)
    assert (ran.exit_code, ran.said) == (6, "the run was ended by signal 9")


@pytest.mark.skipif(sys.platform != "linux", reason="orphans are ended by a Linux feature")
def test_a_run_ends_with_the_backfill_that_started_it(project, copy):
    write_command(copy, "import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(60)")
    words = f"import datetime, pathlib, pipeline.operate.replayed_copy as act; act.run_day(pathlib.Path({str(project)!r}), "
    code = f"{words}datetime.date(2024, 6, 1))"
    with subprocess.Popen(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stderr is not None
        pid = int(parent.stderr.readline())
        parent.send_signal(signal.SIGKILL)
    for _ in range(200):
        state = Path(f"/proc/{pid}/stat")
        if not state.exists() or state.read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] == "Z":
            return
        time.sleep(0.05)
    raise AssertionError(f"process {pid} outlived the backfill")
