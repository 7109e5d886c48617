"""A process ends with the one that started it, also where that died before it could ask."""

import os
import signal
import subprocess
import sys

import pytest

from pipeline.process import ABOVE, ancestors
from tests.conftest import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="orphans are ended by a Linux feature")


def run(*words: str, above: int | None) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != ABOVE}
    environment |= {} if above is None else {ABOVE: str(above)}
    asked = [sys.executable, *words]
    return subprocess.run(asked, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)


def gone() -> int:
    """The number of a process that has ended."""
    with subprocess.Popen(["true"]) as process:
        pass
    return process.pid


ASK = ("-c", "from pipeline.process import die_with_parent; die_with_parent(); print('at work')")


@pytest.mark.parametrize("above", [None, os.getpid()], ids=["none named", "this one named"])
def test_a_process_below_the_named_one_goes_on(above):
    assert run(*ASK, above=above).stdout == "at work\n"


def test_a_process_whose_starter_is_gone_ends_before_it_begins():
    done = run(*ASK, above=gone())
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, "")


def test_a_module_is_run_below_its_own_process(monkeypatch):
    words = (
        "-m",
        "pipeline.process",
        "timeit",
        "-n",
        "1",
        "-r",
        "1",
        "import os; print(os.environ['CHURN_ABOVE'] == str(os.getpid()))",
    )
    assert run(*words, above=os.getpid()).stdout.startswith("True\n")
    assert run(*words, above=gone()).returncode == -signal.SIGKILL


def test_those_above_are_found_up_to_the_first():
    assert os.getppid() in ancestors()
    assert os.getpid() not in ancestors()
