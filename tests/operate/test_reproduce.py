"""What `dvc repro` complains of becomes the stage's own line and code."""

import pytest

from pipeline.errors import BusyError, ConfigError, DataUnfitError, ExitCode, ServiceError
from pipeline.operate.reproduce import failure

FAILED = "ERROR: failed to reproduce '{stage}': failed to run: python -m pipeline.stages.{name}, exited with {code}\n"


def complaints(line: str, stage: str, code: int) -> str:
    return line + FAILED.format(stage=stage, name=stage.partition("@")[0], code=code)


@pytest.mark.parametrize(
    ("stage", "code", "error"),
    [("ingest", 2, ConfigError), ("ingest", 3, DataUnfitError), ("check", 5, BusyError), ("simulate@demo", 6, ServiceError)],
)
def test_the_stage_that_failed_keeps_its_line_and_its_code(stage, code, error):
    name = stage.partition("@")[0]
    found = failure(complaints(f"noise\n{name}: orders.csv: no such column; name another\n", stage, code))
    assert type(found) is error
    assert found.exit_code == code
    assert str(found) == f"{name}: orders.csv: no such column; name another"


def test_a_bug_and_a_killed_stage_are_code_1():
    bug = failure(complaints("Traceback …\nKeyError: 1\ncheck: unexpected failure: this is a bug\n", "check", 1))
    assert (bug.exit_code, str(bug)) == (ExitCode.BUG, "check: unexpected failure: this is a bug")
    killed = failure(complaints("", "ingest", -9))
    assert (killed.exit_code, str(killed)) == (ExitCode.BUG, "ingest: exited with -9")


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("ERROR: Unable to acquire lock. Most likely another DVC process is running\n", BusyError, "another dvc is running"),
        ("ERROR: failed to reproduce 'ingest': missing data 'source': in\n", DataUnfitError, "missing data 'source': in; bring"),
        ("ERROR: failed: [Errno 2] No such file or directory: '/in'\n", DataUnfitError, "directory: '/in'; bring the file"),
        ("ERROR: you are not inside of a DVC repository\n", ServiceError, "dvc: you are not inside of a DVC repository; mend"),
        ("No module named dvc\n", ServiceError, "dvc: No module named dvc; mend"),
        ("", ServiceError, "dvc: no reason given"),
    ],
)
def test_what_dvc_itself_complains_of_is_one_line(text, error, said):
    found = failure(text)
    assert type(found) is error
    assert said in str(found)
    assert "\n" not in str(found)
