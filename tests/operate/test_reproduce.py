"""What fails below a real `dvc repro` becomes the stage's own line and code, whatever DVC makes of it."""

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from pipeline.compose import choose
from pipeline.errors import BusyError, ConfigError, DataUnfitError, ExitCode, PipelineError, ServiceError
from pipeline.operate.preflight import preflight
from pipeline.operate.reproduce import reproduce
from tests.conftest import ROOT

STAGE = """
import os, signal, sys
from pipeline.errors import *
from pipeline.stage import guarded

def act():
    print("ingest: at work", flush=True)
    {body}

sys.exit(guarded("ingest", act))
"""


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DVC project of one stage."""
    folder = tmp_path_factory.mktemp("project")
    subprocess.run([sys.executable, "-m", "dvc", "init", "--no-scm", "-q"], cwd=folder, check=True)
    (folder / "dvc.yaml").write_text("stages: {ingest: {cmd: python ingest.py, deps: [ingest.py]}}\n", encoding="utf-8")
    return folder


@pytest.fixture
def project(empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(empty, tmp_path / "project")
    monkeypatch.chdir(tmp_path / "project")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    for name in [name for name in os.environ if name.startswith("DVC_")]:
        monkeypatch.delenv(name)
    return tmp_path / "project"


def write_stage(project: Path, body: str) -> None:
    (project / "ingest.py").write_text(STAGE.format(body=textwrap.indent(body, "    ").strip()), encoding="utf-8")


@pytest.mark.parametrize("error", [ConfigError, DataUnfitError, BusyError, ServiceError])
def test_the_stage_that_failed_keeps_its_line_and_its_code(project, capfd, error):
    write_stage(project, f'raise {error.__name__}("orders.csv: no such column;\\n name another")')
    with pytest.raises(error) as failed:
        reproduce("ingest")
    assert str(failed.value) == "ingest: orders.csv: no such column; name another"
    assert capfd.readouterr() == ("", "ingest: at work\n")


def test_a_bug_is_code_1_with_its_traceback(project, capfd):
    write_stage(project, "1 / 0")
    with pytest.raises(PipelineError) as failed:
        reproduce("ingest")
    assert failed.value.exit_code is ExitCode.BUG
    assert str(failed.value).startswith("ingest: unexpected failure: this is a bug")
    assert "ZeroDivisionError: division by zero" in capfd.readouterr().err


def test_nothing_is_raised_where_nothing_fails(project):
    write_stage(project, "pass")
    reproduce("ingest")


@pytest.mark.parametrize(("body", "why"), [("os.kill(os.getpid(), signal.SIGKILL)", "ingest"), (None, "ingest.py")])
def test_where_no_stage_says_why_dvc_does_in_its_own_words(project, capfd, body, why):
    if body:
        write_stage(project, body)
    with pytest.raises(ServiceError, match="dvc failed, the lines above say why"):
        reproduce("ingest")
    assert why in capfd.readouterr().err


def test_another_dvc_in_the_folder_is_busy(project):
    write_stage(project, "pass")
    (project / ".dvc/tmp").mkdir(exist_ok=True)
    code = "import zc.lockfile, sys; lock = zc.lockfile.LockFile(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    words = [sys.executable, "-c", code, str(project / ".dvc/tmp/lock")]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(BusyError, match="another dvc is running in this folder"):
            reproduce("ingest")
        other.communicate()


@pytest.mark.parametrize("missing", ["data/input", "data/forgotten.csv"])
def test_an_input_that_no_stage_makes_is_asked_for_before_dvc_runs(tmp_path, monkeypatch, missing):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    choose(["source=cdnow", "source.path=data/input"], tmp_path)
    (tmp_path / "data/input").mkdir(parents=True)
    (tmp_path / "data/forgotten.csv").touch()
    (tmp_path / missing).rename(tmp_path / "elsewhere")
    with pytest.raises(DataUnfitError, match=f"{missing} is missing; bring that file or folder"):
        preflight(as_json=False)
