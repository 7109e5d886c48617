"""What the tests start does not outlive them: neither an end by SIGKILL nor one by SIGTERM leaves a server behind."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.afterwards import GROUP, afterwards
from tests.conftest import ROOT

HOLD = """
import subprocess, sys
from tests.afterwards import GROUP, afterwards
server = subprocess.Popen(["sh", "-c", "sleep 300 & echo $!; wait"], stdout=subprocess.PIPE, text=True, start_new_session=True)
with afterwards(GROUP, server.pid):
    print(server.pid, server.stdout.readline(), flush=True)
    sys.stdin.read()
"""


def ended(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    try:
        return state.read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_group_ends_with_the_one_that_watches_over_it(how):
    words = [sys.executable, "-c", HOLD]
    with subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        group = [int(pid) for pid in holder.stdout.readline().split()]
        assert [ended(pid) for pid in group] == [False, False]
        holder.send_signal(how)
    until = time.monotonic() + 30
    while not all(map(ended, group)) and time.monotonic() < until:
        time.sleep(0.02)
    assert [ended(pid) for pid in group] == [True, True]


def test_what_is_left_in_order_is_left_alone(tmp_path):
    server = subprocess.Popen(["sleep", "300"], start_new_session=True)
    try:
        with afterwards(f"touch {tmp_path}/touched; {GROUP}", server.pid):
            pass
        assert server.poll() is None
        assert list(tmp_path.iterdir()) == []
    finally:
        server.kill()
        server.wait()
