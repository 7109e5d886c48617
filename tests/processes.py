"""Processes that tests look at from outside."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def working(*words: str) -> Iterator[int]:
    """The number of a process with these words in its command, which works until the block ends.

    It is known by its words only from its first line on: a process that has just been started shows none, or ours.
    """
    command = [sys.executable, "-c", "print('at work', flush=True); input()", *words]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "at work\n"
        try:
            yield process.pid
        finally:
            process.kill()
