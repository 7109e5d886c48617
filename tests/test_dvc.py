"""The pipeline as people run it: DVC in a fresh copy of the project, killed, repeated, and with experiments."""

import csv
import hashlib
import io
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import SMALL
from tests.faults import watching
from tests.faults.company import retrain
from tests.faults.faults import BY_NAME, in_stage
from tests.projects import environment, fresh_copy, shell

CSVS = ("customers", "assignments", "left_out")


def lists(folder: Path) -> dict[str, str]:
    return {name: hashlib.sha256((folder / f"data/campaigns/{name}.csv").read_bytes()).hexdigest() for name in CSVS}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = fresh_copy(tmp_path_factory.mktemp("project"), "source=demo", *SMALL)
    shell("dvc", "repro", cwd=folder)
    shell("git", "add", "-A", cwd=folder)
    shell("git", "commit", "-qm", "first run", cwd=folder)
    return folder


def contents(root: Path) -> dict[str, str]:
    files = [path for folder in ("data", "models", "reports") for path in (root / folder).rglob("*") if path.is_file()]
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_two_runs_write_the_same_bytes_one_of_them_under_dvc(project, small_run):
    under_dvc, in_one_process = contents(project), contents(small_run[1])
    committed = set(shell("git", "ls-files", "data", "models", "reports", cwd=project).stdout.splitlines())
    in_git = {name for name in committed if name not in in_one_process}
    assert {name: under_dvc[name] for name in under_dvc if name not in in_git} == in_one_process


def test_a_second_repro_has_nothing_to_do_and_git_stays_clean(project):
    assert "Data and pipelines are up to date" in shell("dvc", "repro", cwd=project).stdout
    assert shell("git", "status", "--porcelain", cwd=project).stdout == ""


def test_the_check_is_brought_up_to_date_and_says_whether_to_train(project):
    checked = shell("churn", "check", cwd=project)
    assert checked.stdout.splitlines()[-1].startswith("fit to train")
    as_json = shell("churn", "check", "--json", cwd=project)
    assert as_json.stdout == (project / "reports/data_quality.json").read_text(encoding="utf-8")
    assert as_json.stderr == "", "nothing had to run"


def test_the_check_of_hopeless_data_has_a_report_and_leaves_with_3(project):
    shell("churn", "compose", "definition.horizon_days=400", cwd=project)
    try:
        checked = shell("churn", "check", cwd=project, check=False)
        assert checked.returncode == 3
        assert "ERRORS (1)\n- too little history: " in checked.stdout
        assert checked.stderr.splitlines()[-1].startswith("churn check: cannot train: too little history: ")
    finally:
        shell("git", "checkout", "configs", "params.yaml", "dvc.lock", cwd=project)
        shell("dvc", "checkout", cwd=project)


def test_the_check_leaves_with_the_line_and_the_code_of_the_stage_that_failed(project):
    shell("churn", "compose", "source.tables.contacts.columns.cost=price_of_it", cwd=project)
    try:
        checked = shell("churn", "check", cwd=project, check=False)
        assert checked.returncode == 3
        assert checked.stdout == ""
        assert checked.stderr.splitlines()[-1].startswith("churn check: ingest: source.tables.contacts.columns.cost: ")
    finally:
        shell("git", "checkout", "configs", "params.yaml", "dvc.lock", cwd=project)
        shell("dvc", "checkout", cwd=project)


@pytest.mark.skipif(sys.platform != "linux", reason="orphans are ended by a Linux feature")
def test_killing_dvc_in_a_stage_leaves_no_orphan_and_the_next_run_the_same_bytes(project):
    stage, before = "train", lists(project)
    running = subprocess.Popen(
        ["dvc", "repro", "--force", "--single-item", stage],
        cwd=project,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    child = _wait_for_stage(stage, running.pid)
    running.send_signal(signal.SIGKILL)
    running.wait()
    _wait_until_gone(child)
    shell("dvc", "repro", cwd=project)
    assert lists(project) == before
    assert not list(project.glob("**/.*.partial"))


@pytest.mark.skipif(sys.platform != "linux", reason="orphans are ended by a Linux feature")
def test_a_month_full_of_faults_ends_as_an_undisturbed_one(project, tmp_path):
    calm, wild = (Path(shutil.copytree(project, tmp_path / name, symlinks=True)) for name in ("calm", "wild"))
    hand = random.Random(1)
    undisturbed = retrain(calm)
    assert undisturbed.returncode == 0, undisturbed.stderr
    said, code = in_stage("score", "run", signal.SIGKILL, wild, hand)
    assert (said, code) == ("SIGKILL for the run in score", -signal.SIGKILL)
    watching.nobody_writes(wild)
    watching.champion_scores(wild)
    for fault in ("champion's files", "pointer", "delivered", "dvc's rwlock, half"):
        BY_NAME[fault].harm(wild, hand, 0)
    recovered = retrain(wild)
    assert recovered.returncode == 0, recovered.stderr
    watching.deliveries_are_whole(wild)
    assert watching.kept(wild) == watching.kept(calm)
    assert sum(name.endswith("manifest.json") for name in watching.kept(wild)) == 1
    assert not list(wild.glob("**/.*.partial/*"))


def _wait_for_stage(stage: str, parent: int) -> int:
    """Process id of the running stage below the dvc process we started."""
    wanted = f"pipeline.stages.{stage}"
    for _ in range(600):
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                command = (entry / "cmdline").read_bytes().decode().split("\0")
            except OSError:
                continue
            if wanted in command and parent in _ancestors(int(entry.name)):
                return int(entry.name)
        time.sleep(0.05)
    raise AssertionError(f"{stage} never started")


def _ancestors(pid: int) -> set[int]:
    found: set[int] = set()
    while pid > 1:
        try:
            pid = int((Path("/proc") / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            break
        found.add(pid)
    return found


def _wait_until_gone(pid: int) -> None:
    for _ in range(1200):  # it may still be starting, and asks for its parent only then
        state = Path(f"/proc/{pid}/stat")
        if not state.exists() or state.read_text().rsplit(")", 1)[1].split()[0] == "Z":
            return
        time.sleep(0.05)
    raise AssertionError(f"process {pid} outlived the dvc that started it")


def test_an_experiment_composes_on_top_of_the_saved_choices(project):
    before = lists(project)
    shell("dvc", "exp", "run", "--temp", "--name", "leaves", "-S", "model.params.num_leaves=4", "evaluate", cwd=project)
    shown = csv.DictReader(io.StringIO(shell("dvc", "exp", "show", "--csv", cwd=project).stdout))
    (row,) = [row for row in shown if row["Experiment"] == "leaves"]
    assert row["model.params.num_leaves"] == "4"
    assert row["campaign.bands.critical"] == "0.7", "the saved choices are below"
    assert float(row["test.auc"]) > 0.6
    assert lists(project) == before, "the workspace is as it was"
    assert (project / "mlflow.db").exists()
    assert not list((project / ".dvc/tmp/exps").rglob("mlflow.db")), "runs of experiments land in the project's store"


def test_a_clone_pulls_the_lists_from_a_folder_remote(project, tmp_path):
    remote, clone = tmp_path / "remote", tmp_path / "clone"
    shell("dvc", "remote", "add", "--local", "-d", "store", str(remote), cwd=project)
    shell("dvc", "push", cwd=project)
    shell("git", "clone", "-q", str(project), str(clone), cwd=tmp_path)
    shell("dvc", "remote", "add", "--local", "-d", "store", str(remote), cwd=clone)
    shell("dvc", "pull", cwd=clone)
    assert lists(clone) == lists(project)
    assert "Data and pipelines are up to date" in shell("dvc", "repro", cwd=clone).stdout


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["source=nowhere"], "source=nowhere: no such choice; there are "),
        (["definition.horizon=90"], "definition.horizon: no such key"),
        (["definition.horizon_days=soon"], "definition.horizon_days: "),
        (["campaign.bands.high=0.9"], "campaign.bands must fall"),
        (["nonsense"], "'nonsense': write group=choice or key=value"),
    ],
)
def test_a_wrong_choice_is_one_line_and_changes_nothing(project, words, expected):
    files = [project / "configs/config.yaml", project / "params.yaml"]
    before = [file.read_bytes() for file in files]
    done = shell("churn", "compose", *words, cwd=project, check=False)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert expected in done.stderr
    assert [file.read_bytes() for file in files] == before
