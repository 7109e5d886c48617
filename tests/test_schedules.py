"""What a scheduler is given is run as that scheduler would, in a fresh copy of the project, as a dry run."""

import ast
import configparser
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pipeline.errors import ExitCode
from tests.conftest import ROOT
from tests.test_dvc import fresh_copy, shell

PLACE = "/srv/churn"
SCHEDULES = ROOT / "schedules"
SAID = ["stages to run: simulate@demo; after them, where their results change: ingest, ", "champion: none", "then: promote if "]
# What cron sets: no profile is read, and no command of this environment is on the path.
CRON = {"HOME": "/", "PATH": "/usr/bin:/bin", "SHELL": "/bin/sh", "LANG": "C.UTF-8"}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy as `make setup` leaves it, with a git and a DVC remote; its environment is that of the tests."""
    folder = fresh_copy(tmp_path_factory.mktemp("scheduled"))
    (folder / ".venv/bin").mkdir(parents=True)
    for name, module in {"churn": "pipeline.cli", "dvc": "dvc"}.items():
        script = folder / ".venv/bin" / name
        script.write_text(f'#!/bin/sh\nexec {sys.executable} -m {module} "$@"\n', encoding="utf-8")
        script.chmod(0o755)
    (folder / ".venv/ready").touch()
    (folder / "reports").mkdir(exist_ok=True)
    shell("git", "init", "-q", "--bare", str(folder / ".git/elsewhere"), cwd=folder)
    shell("git", "remote", "add", "origin", str(folder / ".git/elsewhere"), cwd=folder)
    shell("git", "push", "-q", "origin", "HEAD", cwd=folder)
    shell("dvc", "remote", "add", "--local", "-d", "store", str(folder / ".git/store"), cwd=folder)
    return folder


def dry(command: str, folder: Path) -> str:
    """The command for this folder, made a dry run."""
    there = command.replace(PLACE, str(folder))
    assert there.count("churn retrain") == 1
    return there.replace("churn retrain", "churn retrain --dry-run")


def check(said: str) -> None:
    assert all(line.startswith(start) for line, start in zip(said.splitlines()[-3:], SAID, strict=True)), said


def test_the_line_of_the_crontab_runs_as_cron_runs_it(project):
    lines = (SCHEDULES / "crontab").read_text(encoding="utf-8").splitlines()
    (line,) = [line for line in lines if line and line[0].isdigit()]
    *when, command = line.split(maxsplit=5)
    assert [low <= int(field) <= high for field, (low, high) in zip(when[:2], [(0, 59), (0, 23)], strict=True)] == [True, True]
    assert when[2:] == ["*", "*", "1"]
    assert "%" not in command, "cron would take it for the end of the line"
    subprocess.run(["/bin/sh", "-c", dry(command, project)], env=CRON, cwd="/", check=True, timeout=200)
    log = project / "reports/retrain.log"
    check(log.read_text(encoding="utf-8"))
    assert shell("git", "status", "--porcelain", cwd=project).stdout == "", "neither the log nor a dry run is in git's way"


def unit(name: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(SCHEDULES / name)
    return parser


def test_the_service_runs_the_one_command_without_a_shell(project):
    service = unit("churn-retrain.service")["Service"]
    words = dry(service["ExecStart"], project).split()
    done = subprocess.run(
        words, cwd=service["WorkingDirectory"].replace(PLACE, str(project)), env=CRON, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    check(done.stdout)


def test_the_service_tries_again_only_what_trying_again_can_mend():
    service = unit("churn-retrain.service")["Service"]
    assert (service["Restart"], service["SuccessExitStatus"]) == ("on-failure", "5")
    assert service["RestartPreventExitStatus"].split() == ["1", "2", "3", "4"], "6 is tried again"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd on this machine: its units are parsed, not verified")
def test_systemd_accepts_the_units(project, tmp_path):
    for name in ("churn-retrain.service", "churn-retrain.timer"):
        text = (SCHEDULES / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace(PLACE, str(project)), encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", *map(str, sorted(tmp_path.iterdir()))], capture_output=True, text=True, check=False
    )
    assert (done.returncode, [line for line in done.stderr.splitlines() if "churn" in line]) == (0, [])
    when = unit("churn-retrain.timer")["Timer"]["OnCalendar"]
    read = subprocess.run(["systemd-analyze", "calendar", when], capture_output=True, text=True, check=True)
    assert "Normalized form: Mon *-*-* 05:15:00" in read.stdout


def test_the_task_of_airflow_on_the_page_is_the_same_command_and_skips_what_is_no_failure():
    page = (ROOT / "docs/schedule-it.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    (task,) = [one for one in ast.walk(ast.parse(block)) if isinstance(one, ast.Call) and ast.unparse(one.func) == "BashOperator"]
    given = {str(one.arg): ast.unparse(one.value) for one in task.keywords}
    assert (given["bash_command"], given["cwd"]) == ("'.venv/bin/churn retrain --max-age 3'", f"'{PLACE}'")
    assert given["skip_on_exit_code"] == str([int(ExitCode.GATE_REFUSED), int(ExitCode.BUSY)])


def test_the_steps_of_the_workflow_run_one_after_the_other(project):
    workflow = yaml.safe_load((SCHEDULES / "github-actions.yaml").read_text(encoding="utf-8"))
    assert workflow[True]["schedule"] == [{"cron": "15 5 * * 1"}]  # `on` is true to YAML 1.1
    job = workflow["jobs"]["retrain"]
    assert all(value == f"${{{{ secrets.{name} }}}}" for name, value in job["env"].items()), "secrets by name only"
    steps = [step["run"] for step in job["steps"] if "run" in step]
    assert steps[:2] == ["make setup", ".venv/bin/churn retrain --max-age 3"]
    known = dict.fromkeys(job["env"], "")  # what a secret that was not set becomes
    known["GITHUB_REF_NAME"] = shell("git", "branch", "--show-current", cwd=project).stdout.strip()
    told = []
    for step in steps:
        command = dry(step, project) if step == steps[1] else step
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", command],
            cwd=project,
            env=os.environ | known,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        told.append(done.stdout)
    check(told[1])
    assert (
        shell("git", "rev-parse", "HEAD", cwd=project).stdout.strip() in shell("git", "ls-remote", "origin", cwd=project).stdout
    )
