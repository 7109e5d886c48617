"""What DVC leaves when it is killed, and does not get over by itself: its lock file and its note of who works on which file."""

import fcntl
import json
import sys
from pathlib import Path

import pytest

from pipeline.operate.dvc_state import mend_dvc
from tests.processes import working

WHOLE = """\
schema: '2.0'
stages:
  ingest:
    cmd: python -m pipeline.stages.ingest
    deps:
    - path: data/raw
      hash: md5
      md5: ceb52c0f64073a145007cd2e5004e418.dir
      size: 1113806
      nfiles: 1
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / ".dvc/tmp").mkdir(parents=True)
    (tmp_path / "dvc.lock").write_text(WHOLE, encoding="utf-8")
    return tmp_path


def test_what_is_whole_stays(project):
    (project / ".dvc/tmp/rwlock").write_text("{}", encoding="utf-8")
    assert mend_dvc(project) == []
    assert (project / "dvc.lock").read_text(encoding="utf-8") == WHOLE
    assert (project / ".dvc/tmp/rwlock").exists()


@pytest.mark.parametrize(
    "left", ["", "schema: '2.0'\nstages:\n  ingest:\n    cmd: python\n    deps:\n    - pa", "stages: [", "schema: 2"]
)
def test_a_lock_file_that_was_cut_short_is_written_anew(project, left):
    (project / "dvc.lock").write_text(left, encoding="utf-8")
    assert mend_dvc(project) == [f"{project / 'dvc.lock'} was cut short; it is written anew"]
    assert not (project / "dvc.lock").exists()


@pytest.mark.parametrize("left", ["", '{"write": {"/pro', "[]", '{"write": {"a": {"cmd": "dvc"}}, "read": {}}'])
def test_a_note_that_was_cut_short_goes(project, left):
    (project / ".dvc/tmp/rwlock").write_text(left, encoding="utf-8")
    assert mend_dvc(project) == [f"{project / '.dvc/tmp/rwlock'} was cut short; it is written anew"]
    assert not (project / ".dvc/tmp/rwlock").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not show the command of a process")
def test_a_note_that_names_a_process_which_is_no_dvc_any_more_goes(project):
    with working("another") as other:  # it got the number of a dvc that was killed
        note = {"write": {"/project/data/clean": {"pid": other, "cmd": "dvc repro"}}, "read": {}}
        (project / ".dvc/tmp/rwlock").write_text(json.dumps(note), encoding="utf-8")
        said = mend_dvc(project)
    assert said == [f"{project / '.dvc/tmp/rwlock'} named processes that are no dvc any more; it is written anew"]


def test_the_note_of_a_dvc_that_works_stays(project):
    with working("dvc", "repro") as other:
        note = {"read": {"/project/data/clean": [{"pid": other, "cmd": "dvc repro"}]}}
        (project / ".dvc/tmp/rwlock").write_text(json.dumps(note), encoding="utf-8")
        said = mend_dvc(project)
    assert said == []
    assert (project / ".dvc/tmp/rwlock").exists()


def test_a_note_that_is_being_written_is_left_alone(project):
    (project / ".dvc/tmp/rwlock").write_text("", encoding="utf-8")
    with (project / ".dvc/tmp/rwlock.lock").open("a") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        assert mend_dvc(project) == []
    assert (project / ".dvc/tmp/rwlock").exists()
