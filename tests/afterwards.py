"""Servers of the tests end with the tests, however those end: a watcher waits at a pipe that closes when we are gone."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

GROUP = 'kill -s KILL -- "-$1"'  # a process that leads a group, and all that it has started


@contextmanager
def afterwards(script: str, *words: str | int) -> Iterator[None]:
    """Should this process die inside the block, even by SIGKILL, a shell runs the script with the words as $1, $2, ..."""
    command = ["sh", "-c", f"read -r _; {script}", "watcher", *map(str, words)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True, **quiet) as watcher:
        try:
            yield
        finally:
            watcher.kill()
