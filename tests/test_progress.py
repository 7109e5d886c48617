import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.progress import track

REPOSITORY = Path(__file__).parents[1]


def test_in_a_log_every_item_is_a_line_with_its_name(capsys):
    assert list(track((("twin", 1), ("ship", 2)), "train")) == [("twin", 1), ("ship", 2)]
    assert capsys.readouterr().out == "train: 1/2 twin\ntrain: 2/2 ship\n"


def test_items_without_a_name_are_counted(capsys):
    assert list(track(["a", "b", "c"], "read")) == ["a", "b", "c"]
    assert capsys.readouterr().out == "read: 1/3\nread: 2/3\nread: 3/3\n"


def test_the_line_comes_before_the_work(capsys):
    for _ in track(["a", "b"], "read"):
        break
    assert capsys.readouterr().out == "read: 1/2\n"


def test_no_items_are_no_lines(capsys):
    assert list(track([], "read")) == []
    assert capsys.readouterr().out == ""


@pytest.mark.skipif(sys.platform == "win32", reason="terminals of Unix")
def test_on_a_terminal_there_is_a_bar_and_no_lines():
    import pty

    ours, theirs = pty.openpty()
    code = "from pipeline.progress import track; print(list(track(['a', 'b'], 'read')))"
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "TERM": "xterm"}
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, stdout=subprocess.PIPE, stderr=theirs, env=environment, text=True, timeout=60
    )
    os.close(theirs)
    os.close(ours)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "['a', 'b']")
    assert "read: 1/2" not in done.stdout
