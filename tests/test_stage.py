import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from pipeline import config as configuration
from pipeline.errors import (
    BusyError,
    ConfigError,
    DataUnfitError,
    ExitCode,
    GateRefusedError,
    PipelineError,
    ServiceError,
)
from pipeline.lock import alone
from pipeline.stage import Files, guarded, project_root, stage

REPOSITORY = Path(__file__).parents[1]

STAGE = """
import os, sys, time
from pipeline.errors import ConfigError, DataUnfitError, ServiceError
from pipeline.stage import stage

@stage(reads=(), writes=("metrics",), params=())
def linger(files, config):
    files.write("metrics").write_text("half")
    {body}
    return "metrics"

linger.main()
"""


@pytest.fixture(scope="module")
def config():
    return configuration.load(REPOSITORY / "params.yaml")


@stage(reads=("clean",), writes=("metrics", "plots"), params=())
def write_both(files, config):
    """A file and a folder."""
    files.write("metrics").write_text((files.read("clean") / "text").read_text(encoding="utf-8"), encoding="utf-8")
    files.write("plots").mkdir()
    (files.write("plots") / "gain.csv").write_text("gain", encoding="utf-8")
    return "both"


@pytest.fixture
def root(tmp_path):
    (tmp_path / "data/clean").mkdir(parents=True)
    (tmp_path / "data/clean/text").write_text("new", encoding="utf-8")
    return tmp_path


def everything(root):
    files = (path for path in root.rglob("*") if path.is_file() and path.suffix != ".lock")
    return {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in files}


def test_outputs_stand_in_their_places_after_success(root, config):
    assert write_both.run(config, root) == "both"
    assert everything(root) == {"data/clean/text": "new", "reports/metrics.json": "new", "reports/plots/gain.csv": "gain"}


def test_outputs_of_an_earlier_run_are_replaced_whole(root, config):
    (root / "reports/plots").mkdir(parents=True)
    (root / "reports/plots/old.csv").write_text("old", encoding="utf-8")
    (root / "reports/metrics.json").write_text("old", encoding="utf-8")
    write_both.run(config, root)
    assert everything(root) == {"data/clean/text": "new", "reports/metrics.json": "new", "reports/plots/gain.csv": "gain"}


def test_what_a_killed_run_left_behind_is_thrown_away(root, config):
    (root / "reports/.plots.partial").mkdir(parents=True)
    (root / "reports/.plots.partial/old.csv").write_text("old", encoding="utf-8")
    (root / "reports/.metrics.json.partial").write_text("old", encoding="utf-8")
    write_both.run(config, root)
    assert everything(root) == {"data/clean/text": "new", "reports/metrics.json": "new", "reports/plots/gain.csv": "gain"}


@pytest.mark.parametrize("failure", [DataUnfitError("unfit"), ZeroDivisionError("bug"), KeyboardInterrupt(), SystemExit(1)])
def test_a_failure_removes_what_was_half_written_and_keeps_what_was_there(root, config, failure):
    @stage(reads=(), writes=("metrics", "plots"), params=())
    def fail(files, config):
        files.write("metrics").write_text("half", encoding="utf-8")
        files.write("plots").mkdir()
        (files.write("plots") / "gain.csv").write_text("half", encoding="utf-8")
        raise failure

    write_both.run(config, root)
    before = everything(root)
    with pytest.raises(type(failure)):
        fail.run(config, root)
    assert everything(root) == before


def test_a_stage_that_forgets_an_output_replaces_none(root, config):
    @stage(reads=(), writes=("metrics", "plots"), params=())
    def forget(files, config):
        files.write("metrics").write_text("newer", encoding="utf-8")
        return "metrics only"

    write_both.run(config, root)
    before = everything(root)
    with pytest.raises(RuntimeError, match="plots"):
        forget.run(config, root)
    assert everything(root) == before


def test_an_output_grows_beside_its_place_under_a_hidden_name():
    assert Files((), ("metrics",)).write("metrics") == Path("reports/.metrics.json.partial")


def test_what_was_not_declared_is_neither_read_nor_written():
    files = Files(reads=("clean",), writes=("metrics",), pinned=("registry",))
    assert files.read("clean") == Path("data/clean")
    with pytest.raises(KeyError, match="metrics is not among the declared reads"):
        files.read("metrics")
    with pytest.raises(KeyError, match="clean is not among the declared writes"):
        files.write("clean")
    with pytest.raises(KeyError, match="registry is not among the declared writes"):
        files.write("registry")


def test_a_stage_is_called_like_its_function():
    assert write_both.name == "write_both"


def test_what_is_pinned_lies_in_the_projects_own_folder(monkeypatch):
    files = Files(reads=("champion",), writes=(), pinned=("registry",))
    monkeypatch.delenv("DVC_ROOT", raising=False)
    assert files.read("registry") == Path("models/registry")
    monkeypatch.setenv("DVC_ROOT", "/projects/shop")
    assert files.read("registry") == Path("/projects/shop/models/registry")
    assert files.read("champion") == Path("models/champion.json")


def test_a_root_that_was_given_wins_over_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("DVC_ROOT", "/projects/shop")
    assert project_root(tmp_path) == tmp_path
    assert Files((), (), ("registry",), tmp_path).read("registry") == tmp_path / "models/registry"


@pytest.mark.parametrize(
    ("error", "code"),
    [(ConfigError, 2), (DataUnfitError, 3), (GateRefusedError, 4), (BusyError, 5), (ServiceError, 6), (PipelineError, 1)],
)
def test_a_users_mistake_is_one_line_and_its_own_code(capsys, error, code):
    def action():
        raise error("orders.csv: 3 rows\nwithout   a date,\n\te.g. row 7")

    assert guarded("ingest", action) == code
    assert capsys.readouterr() == ("", "ingest: orders.csv: 3 rows without   a date, e.g. row 7\n")


def test_what_a_terminal_would_obey_is_spelled_out_and_a_long_message_keeps_its_end():
    assert str(DataUnfitError("no column \x1b[2J\u202e\x00")) == r"no column \x1b[2J\u202e\x00"
    told = str(DataUnfitError("orders.csv: " + "x" * 10_000_000 + "; bring the file again"))
    assert len(told) <= 380
    assert told.startswith("orders.csv: xxx")
    assert told.endswith("xxx; bring the file again")
    assert len(str(DataUnfitError("\x1b" * 400))) <= 380


def test_a_bug_is_a_traceback_and_code_one(capsys):
    def action():
        raise ZeroDivisionError("by nothing")

    assert guarded("train", action) is ExitCode.BUG
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("Traceback (most recent call last)")
    assert "ZeroDivisionError: by nothing" in err
    assert err.endswith("train: unexpected failure: this is a bug, please report it with the lines above\n")


def test_an_interruption_is_one_line(capsys):
    def action():
        raise KeyboardInterrupt

    assert guarded("train", action) == 1
    assert capsys.readouterr().err == "train: interrupted\n"


def test_success_says_nothing_of_its_own(capsys):
    assert guarded("train", lambda: None) == 0
    assert capsys.readouterr() == ("", "")


def test_a_failure_is_left_where_the_variable_says_and_only_a_failure(tmp_path, monkeypatch):
    def unfit():
        raise DataUnfitError("no rows")

    monkeypatch.delenv("CHURN_FAILURE", raising=False)
    monkeypatch.chdir(tmp_path)
    assert guarded("ingest", unfit) == 3
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setenv("CHURN_FAILURE", str(tmp_path / "failure.json"))
    assert guarded("ingest", lambda: None) == 0
    assert list(tmp_path.iterdir()) == []
    assert guarded("ingest", unfit) == 3
    assert json.loads((tmp_path / "failure.json").read_text(encoding="utf-8")) == {"code": 3, "said": "ingest: no rows"}


def test_a_failure_that_cannot_be_left_keeps_its_line_and_code(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").touch()
    monkeypatch.setenv("CHURN_FAILURE", str(tmp_path / "file" / "failure.json"))

    def full():
        raise OSError(28, "No space left on device", "data/clean")

    assert guarded("ingest", full) == 6
    assert capsys.readouterr().err == "ingest: data/clean: No space left on device; mend that and run again\n"


def command(folder, body):
    """A stage of its own, as a file to run beside a params.yaml; its environment."""
    (folder / "linger.py").write_text(STAGE.format(body=body), encoding="utf-8")
    shutil.copy(REPOSITORY / "params.yaml", folder)
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1"}
    return [sys.executable, str(folder / "linger.py")], {"cwd": folder, "env": environment, "text": True}


@pytest.mark.parametrize(
    ("body", "code", "err"),
    [
        ('raise ConfigError("seed: must not be negative")', 2, "linger: seed: must not be negative\n"),
        ('raise DataUnfitError("no rows")', 3, "linger: no rows\n"),
        ('raise ServiceError("no answer")', 6, "linger: no answer\n"),
    ],
)
def test_a_process_that_meets_a_users_mistake_leaves_with_its_code_and_one_line(tmp_path, body, code, err):
    words, more = command(tmp_path, body)
    done = subprocess.run(words, check=False, capture_output=True, timeout=60, **more)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", err)
    assert list((tmp_path / "reports").iterdir()) == []


def test_a_process_that_meets_a_bug_leaves_with_one_and_a_traceback(tmp_path):
    words, more = command(tmp_path, "1 / 0")
    done = subprocess.run(words, check=False, capture_output=True, timeout=60, **more)
    assert done.returncode == 1
    assert "ZeroDivisionError: division by zero" in done.stderr


def test_a_process_that_succeeds_says_what_it_wrote_and_how_fast(tmp_path):
    words, more = command(tmp_path, "pass")
    done = subprocess.run(words, check=False, capture_output=True, timeout=60, **more)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"linger: metrics in \d+\.\d s\n", done.stdout)
    assert (tmp_path / "reports/metrics.json").read_text(encoding="utf-8") == "half"


def test_a_real_stage_without_params_says_what_to_do(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1"}
    words = [sys.executable, "-m", "pipeline.stages.train"]
    done = subprocess.run(words, check=False, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2
    assert done.stderr == "train: params.yaml is missing; run `churn compose` in the project's folder to write it\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with the one that started it")
def test_a_stage_dies_with_the_process_that_started_it(tmp_path):
    words, more = command(tmp_path, 'print(os.getpid(), flush=True); time.sleep(60); print("survived", flush=True)')
    starter = f"import subprocess; subprocess.run({words!r})"
    parent = subprocess.Popen([sys.executable, "-c", starter], stdout=subprocess.PIPE, **more)
    child = int(parent.stdout.readline())
    try:
        parent.kill()
        said, _ = parent.communicate(timeout=20)  # ends when the last process that holds the pipe has ended
    except subprocess.TimeoutExpired:
        os.kill(child, 9)
        raise
    assert said == ""
    assert not (tmp_path / "reports/metrics.json").exists()


def test_a_stage_that_is_running_already_is_busy(tmp_path):
    with alone(tmp_path, "write_both"), pytest.raises(BusyError, match="write_both is already running in this folder"):
        write_both.run(None, tmp_path)


def test_an_input_that_is_missing_is_named(tmp_path):
    @stage(reads=("features",), writes=("scores",), params=())
    def reads_features(files, config):
        return str(files.read("features"))

    with pytest.raises(DataUnfitError, match="features is missing; run `dvc repro`, which makes it"):
        reads_features.run(None, tmp_path)


@pytest.mark.parametrize("ending", ["parquet by the engine", "parquet by pandas", "json"])
def test_a_damaged_file_of_the_pipeline_is_one_line_that_says_what_to_do(tmp_path, capsys, ending):
    path = tmp_path / f"x.{ending.split()[0]}"
    path.write_text("no such thing", encoding="utf-8")
    readers = {
        "parquet by the engine": lambda: duckdb.sql(f"SELECT * FROM '{path}'").fetchall(),
        "parquet by pandas": lambda: pd.read_parquet(path),
        "json": lambda: json.loads(path.read_text(encoding="utf-8")),
    }
    assert guarded("score", readers[ending]) == ExitCode.DATA_UNFIT
    said = capsys.readouterr().err
    assert said.startswith("score: a file that the pipeline wrote is damaged (")
    assert said.endswith("remove it and run `dvc repro`, which makes it anew\n")
    assert said.count("\n") == 1
