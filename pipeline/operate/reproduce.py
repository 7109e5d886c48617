"""Bring a stage up to date through DVC, and say what went wrong with the words and the code of the stage that failed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from pipeline.errors import BusyError, DataUnfitError, ExitCode, PipelineError, ServiceError

SAID_BY_A_STAGE = re.compile(r"[a-z]+: ")
FAILED = re.compile(r"failed to reproduce '([\w@.]+)': failed to run: .*, exited with (-?\d+)")
ERROR = re.compile(r"ERROR: (.*)")
TROUBLES: tuple[tuple[str, type[PipelineError], str], ...] = (
    ("Unable to acquire lock", BusyError, "another dvc is running in this folder; try again when it has ended"),
    ("missing data", DataUnfitError, "{line}; bring the file or folder, or correct source.path"),
    ("No such file", DataUnfitError, "{line}; bring the file or folder, or correct source.path"),
)


def reproduce(stage: str) -> None:
    """Run `dvc repro <stage>` of this environment in the current folder, passing on what the stages say, to stderr.

    Raises the error of the stage that failed, with that stage's exit code, or one for what DVC itself complains of.
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"  # `python` in dvc.yaml is this one
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as complaints:
        with subprocess.Popen(
            [sys.executable, "-m", "dvc", "repro", stage],
            env=os.environ | {"PATH": path},
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
            encoding="utf-8",
            errors="replace",
        ) as running:
            for line in running.stdout or ():
                if SAID_BY_A_STAGE.match(line):
                    print(line, end="", file=sys.stderr, flush=True)
        complaints.seek(0)
        if running.returncode:
            text = complaints.read()
            error = failure(text)
            if error.exit_code is ExitCode.BUG:
                print(text, file=sys.stderr, flush=True)  # with the traceback
            raise error


def failure(complaints: str) -> PipelineError:
    """The error in what `dvc repro` wrote to stderr: DVC leaves with 255, and "exited with N" tells the stage's own code."""
    found = FAILED.search(complaints)
    if not found:
        errors = ERROR.findall(complaints)
        line = errors[0].strip() if errors else " ".join(complaints.split())[-300:] or "no reason given"
        for word, error, words in TROUBLES:
            if word in line:
                return error(words.format(line=line))
        return ServiceError(f"dvc: {line}; mend that and run again")
    name, code = found[1].partition("@")[0], int(found[2])
    own = [line for line in complaints[: found.start()].splitlines() if line.startswith(f"{name}: ")]
    said = own[-1] if own else f"{name}: exited with {code}"
    errors_by_code = {error.exit_code: error for error in PipelineError.__subclasses__()}
    return errors_by_code[ExitCode(code)](said) if code in errors_by_code else PipelineError(said)
