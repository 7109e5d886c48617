"""A project of its own in which the past is replayed: the same code, choices and source, but no champion and an empty archive."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pipeline import config as configuration
from pipeline.artifacts import ARTIFACTS, REPLAYED, REPLAYED_DAYS
from pipeline.compose import choose
from pipeline.config import Config
from pipeline.disk import remove, scratch, write_text
from pipeline.errors import ExitCode
from pipeline.operate.project_copy import LEADING_AWAY, copy_project, files_of
from pipeline.operate.reproduce import ended
from pipeline.stage import FAILURE

BEGUN = ARTIFACTS["backfill"] / "begun.json"
RELATIVE_SQLITE = re.compile(r"(sqlite(?:\+\w+)?:///)([^/:].*)")


@dataclass(frozen=True)
class Ran:
    """How the run of a day left, and the last it said."""

    exit_code: int
    said: str


def prepare(root: Path, begins: dict[str, str]) -> Config:
    """Make the copy, unless there is one of the same code, choices and beginning; return its configuration.

    A copy of others goes, with all that was done in it. Who is forgotten is brought over every time.
    """
    wanted = json.dumps(begins | {"made_of": _made_of(root)}, indent=2) + "\n"
    if not (root / BEGUN).exists() or (root / BEGUN).read_text(encoding="utf-8") != wanted:
        for place in (BEGUN, REPLAYED_DAYS, REPLAYED):
            remove(root / place)
        copy_project(root, root / REPLAYED, _cache(root))
        choose(_overrides(configuration.load(root / REPLAYED / configuration.PARAMS), root), root / REPLAYED)
        write_text(root / BEGUN, wanted)
    forgotten = root / ARTIFACTS["forgotten"]
    write_text(root / REPLAYED / ARTIFACTS["forgotten"], forgotten.read_text(encoding="utf-8"))
    return configuration.load(root / REPLAYED / configuration.PARAMS)


def _made_of(root: Path) -> str:
    """Checksum of the code and the choices, and of where relative paths among them lead."""
    told = hashlib.sha256(str(root.resolve()).encode())
    for file in files_of(root):
        told.update(f"\0{file.relative_to(root)}\0".encode() + file.read_bytes())
    return told.hexdigest()


def _cache(root: Path) -> Path:
    """The project's DVC cache: stages that ran with the same inputs are not run again."""
    from dvc.config import Config as DvcConfig

    named = DvcConfig(str(root / ".dvc"))["cache"].get("dir")
    return Path(named) if named else (root / ".dvc/cache").resolve()


def _overrides(config: Config, root: Path) -> list[str]:
    """What the copy has otherwise: files by where they are, no commands after a run."""
    found: dict[str, str | None] = {"retrain.on_success": None, "retrain.on_failure": None}
    found["campaign.allocation.suppression"] = str((root / config.campaign.allocation.suppression).resolve())
    if not config.source.simulate:  # a simulated company lives again, or comes from the cache
        found["source.path"] = str((root / config.source.path).resolve())
    if config.source.database:
        found["source.database"] = _anchored(config.source.database, root)
    return [f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in found.items()]


def _anchored(database: str, root: Path) -> str:
    """A database URL that means the same in another folder."""
    file = RELATIVE_SQLITE.fullmatch(database)
    return f"{file[1]}{root.resolve() / file[2]}" if file else database


def run_day(root: Path, day: date) -> Ran:
    """`churn retrain --as-of <day> --no-refresh` in the copy, which ends when this process does, however it ends."""
    words = ["pipeline.cli", "retrain", "--as-of", day.isoformat(), "--no-refresh"]
    said = [""]
    with scratch("churn-backfill") as folder:
        left = folder / "failure.json"
        running = subprocess.Popen(
            [sys.executable, "-m", "pipeline.process", *words],
            cwd=root / REPLAYED,
            env=_environment(root) | {FAILURE: str(left)},
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        with running, ended(running):
            for line in running.stdout or ():
                said.append(line.rstrip("\n"))
                print(line, end="", file=sys.stderr, flush=True)
        failed = json.loads(left.read_text(encoding="utf-8")) if left.exists() else {}
    if running.returncode < 0:
        return Ran(ExitCode.SERVICE_FAILED, f"the run was ended by signal {-running.returncode}")
    told = str(failed["said"]) if running.returncode and failed else said[-1]
    return Ran(running.returncode, told.removeprefix("churn retrain: "))


def _environment(root: Path) -> dict[str, str]:
    kept = {key: _anchored(value, root) for key, value in os.environ.items() if key not in LEADING_AWAY}
    paths = [str((root / REPLAYED).resolve()), *filter(None, [os.environ.get("PYTHONPATH")])]
    return kept | {"PYTHONPATH": os.pathsep.join(paths)}  # the copy's code, whatever else is on the path
