"""Bring a stage up to date through DVC, and say what went wrong with the words and the code of the stage that failed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.disk import scratch
from pipeline.errors import BusyError, PipelineError, ServiceError
from pipeline.process import ABOVE
from pipeline.stage import FAILURE

SAID_BY_A_STAGE = re.compile(r"[a-z]+: ")
DVC_IS_LOCKED = ("Unable to acquire lock", "is busy, it is being blocked by")  # by a dvc, or by one whose stage is at work


def reproduce(*options: str) -> list[str]:
    """Run `dvc repro <options>` of this environment in the current folder; what the stages said, also passed on to stderr.

    DVC and its stages end when this process does, however it ends. Raises the error of the stage that failed, with that stage's
    exit code, or one for what DVC itself complains of.
    """
    heard = []
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"  # `python` in dvc.yaml is this one
    with scratch("churn-repro") as folder:
        left, complaints = folder / "failure.json", folder / "stderr"
        with complaints.open("w", encoding="utf-8") as said:
            running = subprocess.Popen(
                [sys.executable, "-m", "pipeline.process", "dvc", "repro", *options],
                env=os.environ | {"PATH": path, FAILURE: str(left), ABOVE: str(os.getpid())},
                stdout=subprocess.PIPE,
                stderr=said,
                text=True,
                encoding="utf-8",
                errors="replace",
            )
        with running, ended(running):
            for line in running.stdout or ():
                if SAID_BY_A_STAGE.match(line):
                    heard.append(line.rstrip("\n"))
                    print(line, end="", file=sys.stderr, flush=True)
        if running.returncode:
            raise _failure(left, complaints.read_text(encoding="utf-8", errors="replace"))
    return heard


@contextmanager
def ended(running: subprocess.Popen[str]) -> Iterator[None]:
    """Have a process end before an interruption goes on."""
    try:
        yield
    except BaseException:
        running.kill()  # its stages die with it, and leave nothing half-written
        raise


def _failure(left: Path, complaints: str) -> PipelineError:
    """The error that a stage left, or one for what DVC itself complains of; DVC's own exit code is 255 for all of them."""
    failed = json.loads(left.read_text(encoding="utf-8")) if left.exists() else {}
    if not failed and any(said in complaints for said in DVC_IS_LOCKED):
        return BusyError("another dvc is running in this folder; try again when it has ended")
    errors = {error.exit_code: error for error in PipelineError.__subclasses__()}
    if failed.get("code") not in errors:
        print(complaints, end="", file=sys.stderr, flush=True)  # with the traceback, or in DVC's own words
    if not failed:
        return ServiceError("dvc failed, the lines above say why; mend that and run again")
    return errors.get(failed["code"], PipelineError)(failed["said"])
