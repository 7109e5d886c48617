"""The shape every stage has: declared reads, writes and params around one function; run as `python -m pipeline.stages.<name>`.

A stage writes under a partial name and renames when it has succeeded, so nothing half-written is ever seen; it ends with the
process that started it; it says what it wrote, how much and how fast; a user's mistake becomes one line and an exit code.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pipeline import config as configuration
from pipeline.artifacts import ARTIFACTS
from pipeline.config import Config
from pipeline.disk import partial, remove, replace, write_text
from pipeline.errors import DataUnfitError, ExitCode, PipelineError, plain
from pipeline.lock import alone
from pipeline.process import die_with_parent

MAY_BE_MISSING = ("champion", "challenger", "delivered", "forgotten")  # one of the models scores; nobody need be forgotten
FAILURE = "CHURN_FAILURE"  # the variable that names a file for the code and the sentence of a failure, between two processes


@dataclass(frozen=True)
class Files:
    """The artifacts a stage declared, below `root`; anything else is refused.

    `pinned` is state that another input pins (a registry folder by the champion pointer's checksum, trials by what was tried): it
    is not a DVC dependency and stays in the project's own folder when an experiment runs in a copy.
    """

    reads: tuple[str, ...]
    writes: tuple[str, ...]
    pinned: tuple[str, ...] = ()
    root: Path = Path()

    def read(self, name: str) -> Path:
        """Path of a declared input."""
        if name in self.pinned:
            return project_root(self.root) / ARTIFACTS[name]
        if name not in self.reads:
            raise KeyError(f"{name} is not among the declared reads {self.reads}")
        return self.root / ARTIFACTS[name]

    def write(self, name: str) -> Path:
        """Partial path of a declared output; its folder exists."""
        if name not in self.writes:
            raise KeyError(f"{name} is not among the declared writes {self.writes}")
        return partial(self.root / ARTIFACTS[name])


def project_root(root: Path = Path()) -> Path:
    """The project's own folder: DVC runs queued experiments in a copy and names the original in DVC_ROOT."""
    return Path(os.environ.get("DVC_ROOT", root)) if root == Path() else root


def say(line: str) -> None:
    """One line for the person or the log."""
    print(line, flush=True)


@dataclass(frozen=True)
class Stage:
    """A function with its declared inputs, outputs and parameter sections."""

    function: Callable[[Files, Config], str]
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    params: tuple[str, ...]
    pinned: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The stage's one name: its module's, its section's in dvc.yaml, its function's."""
        return self.function.__name__

    def run(self, config: Config, root: Path = Path()) -> str:
        """Run on artifacts below `root`; all outputs appear, or none; return the sentence that says what was written.

        Raises DataUnfitError for an input that is missing, BusyError when the stage is running already.
        """
        with alone(root, self.name):
            return self._run(config, Files(self.reads, self.writes, self.pinned, root))

    def _run(self, config: Config, files: Files) -> str:
        for name in self.reads:
            if name not in MAY_BE_MISSING and not files.read(name).exists():
                raise DataUnfitError(f"{files.read(name)} is missing; run `dvc repro`, which makes it")
        for name in self.writes:
            remove(files.write(name))
            files.write(name).parent.mkdir(parents=True, exist_ok=True)
        try:
            wrote = self.function(files, config)
            for name in self.writes:
                if not files.write(name).exists():
                    raise RuntimeError(f"the stage {self.name} did not write {name}")
        except BaseException:
            for name in self.writes:
                remove(files.write(name))
            raise
        for name in self.writes:
            replace(files.root / ARTIFACTS[name], files.write(name))
        return wrote

    def main(self) -> None:
        """Entry point of `python -m`: exit codes of pipeline/errors.py."""
        die_with_parent()
        sys.exit(guarded(self.name, self._announced))

    def _announced(self) -> None:
        started = time.perf_counter()
        wrote = self.run(configuration.load())
        say(f"{self.name}: {wrote} in {time.perf_counter() - started:.1f} s")


def guarded(name: str, action: Callable[[], None]) -> ExitCode:
    """Run an action; a `PipelineError` becomes one line on stderr, anything else a traceback and the code of a bug."""
    try:
        action()
    except PipelineError as error:
        return _failed(error.exit_code, f"{name}: {error}")
    except OSError as error:
        return _refused_by_the_system(name, error)
    except KeyboardInterrupt:
        return _failed(ExitCode.BUG, f"{name}: interrupted")
    except Exception as error:
        if damaged(error):
            told = (
                f"{name}: a file that the pipeline wrote is damaged ({error}); remove it and run `dvc repro`, which makes it anew"
            )
            return _failed(ExitCode.DATA_UNFIT, plain(told))
        traceback.print_exc()
        return _failed(ExitCode.BUG, f"{name}: unexpected failure: this is a bug, please report it with the lines above")
    return ExitCode.DONE


def damaged(error: Exception) -> bool:
    """Whether a reader met a Parquet or JSON file that is none. Readers by name: importing them would slow every command."""
    kind = type(error).__name__
    unreadable = kind in ("InvalidInputException", "IOException", "ArrowInvalid") and "parquet" in str(error).lower()
    return unreadable or kind == "JSONDecodeError"


def _failed(code: ExitCode, said: str) -> ExitCode:
    """Say a failure, and leave it in the file that whoever started this process named, if so."""
    print(said, file=sys.stderr, flush=True)
    if os.environ.get(FAILURE):
        with suppress(OSError):  # it may be the disk that fails
            write_text(Path(os.environ[FAILURE]), json.dumps({"code": code, "said": said}))
    return code


def _refused_by_the_system(name: str, error: OSError) -> ExitCode:
    if isinstance(error, BrokenPipeError):  # `churn kpis | head`: who reads has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.DONE
    place = error.filename or "the disk"
    return _failed(ExitCode.SERVICE_FAILED, plain(f"{name}: {place}: {error.strerror or error}; mend that and run again"))


def stage(
    *, reads: tuple[str, ...], writes: tuple[str, ...], params: tuple[str, ...], pinned: tuple[str, ...] = ()
) -> Callable[[Callable[[Files, Config], str]], Stage]:
    """Declare a stage; `tests/test_wiring.py` holds dvc.yaml to what is declared here."""

    def declare(function: Callable[[Files, Config], str]) -> Stage:
        return Stage(function, reads, writes, params, pinned)

    return declare
