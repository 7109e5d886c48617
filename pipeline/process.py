"""The life of a process; imports nothing heavy, so that it can be called first.

`python -m pipeline.process <module> <words>` is `python -m <module> <words>` that ends with the process which started it.
"""

import ctypes
import runpy
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """End this process when the one that started it dies, so that no orphan writes beside its successor (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL("libc.so.6", use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    die_with_parent()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
