"""The life of a process; imports nothing heavy, so that it can be called first.

`python -m pipeline.process <module> <words>` is `python -m <module> <words>` that ends with the process which started it, and so
do the stages below it.
"""

import ctypes
import os
import runpy
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1
ABOVE = "CHURN_ABOVE"  # the variable that names the process below which all this happens


def die_with_parent() -> None:
    """End this process when the one that started it dies, so that no orphan writes beside its successor (Linux only).

    The kernel tells of deaths from now on; whether the process that is named in CHURN_ABOVE died before is looked up.
    """
    if sys.platform == "linux":
        ctypes.CDLL("libc.so.6", use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if ABOVE in os.environ and int(os.environ[ABOVE]) not in ancestors():
            os.kill(os.getpid(), signal.SIGKILL)


def ancestors() -> set[int]:
    """Process ids of those above this one, as far as they can be seen."""
    found: set[int] = set()
    pid = os.getppid()
    while pid > 1 and pid not in found:
        found.add(pid)
        try:
            pid = int(
                (Path("/proc") / str(pid) / "stat").read_text(encoding="utf-8", errors="replace").rsplit(")", 1)[1].split()[1]
            )
        except OSError:
            break
    return found | {pid}


if __name__ == "__main__":
    die_with_parent()
    os.environ[ABOVE] = str(os.getpid())
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
