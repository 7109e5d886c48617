"""The processes of a run, and what must hold whatever happened to them."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import DataUnfitError
from pipeline.model.champion import read_champion
from pipeline.operate.registry import intact
from pipeline.promotion.history import read_history
from tests.faults.company import RETRAIN, surroundings

WRITTEN = ("data", "models", "reports")


@dataclass
class Run:
    """A retraining in a session of its own, so that whatever it started is found."""

    process: subprocess.Popen[str]

    @classmethod
    def start(cls, project: Path, *words: str, room: int | None = None) -> Run:
        """Start it; its output lies in a file, since who is killed closes no pipe. No file may grow beyond `room` bytes."""
        with (project / ".run.partial").open("w") as said:
            asked, environment = [*RETRAIN, *words], surroundings(project)
            process = subprocess.Popen(
                asked, cwd=project, env=environment, stdout=said, stderr=said, text=True, start_new_session=True
            )
        if room is not None:
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (room, room))
        return cls(process)

    def members(self) -> Iterator[tuple[int, str]]:
        """Process id and command of all that live in the session of the run."""
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                state, *_, session = (entry / "stat").read_text().rsplit(")", 1)[1].split()[:4]
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if int(session) == self.process.pid and state not in "ZX":
                yield int(entry.name), command

    def await_member(self, named: str, seconds: float = 300) -> int | None:
        """Process id of the first member whose command holds a word; None when the run ends before there is one."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for pid, command in self.members():
                if named in command and "/bin/sh" not in command:
                    return pid
            if self.process.poll() is not None:
                return None
            time.sleep(0.02)
        raise AssertionError(f"{named} did not start in {seconds} s, and the run did not end")

    def ended(self, seconds: float = 900) -> int:
        """Its exit code, once it has ended; nothing of it may be left a moment later."""
        code = self.process.wait(seconds)
        end = time.monotonic() + 15
        while left := list(self.members()):
            if time.monotonic() > end:
                raise AssertionError(f"orphans of a run that left with {code}: {left}")
            time.sleep(0.1)
        return code


def send(pid: int, what: signal.Signals) -> bool:
    """Whether a process was still there to get a signal."""
    try:
        os.kill(pid, what)
    except ProcessLookupError:
        return False
    return True


def tree(project: Path) -> dict[str, tuple[int, int]]:
    """Size and time of every file that a run writes."""
    found = {}
    for file in (path for folder in WRITTEN for path in (project / folder).rglob("*")):
        try:
            seen = file.stat()
        except FileNotFoundError:  # somebody is at work: the next look differs
            continue
        found[str(file.relative_to(project))] = (seen.st_size, seen.st_mtime_ns)
    return found


def nobody_writes(project: Path) -> None:
    before = tree(project)
    time.sleep(0.5)
    assert tree(project) == before, "somebody still writes"


def champion_scores(project: Path) -> None:
    """What the pointer names is in the registry, whole."""
    version = read_champion(project / "models/champion.json").version
    assert version is None or intact(project / "models/registry" / version, version), f"the champion {version} is not whole"


def deliveries_are_whole(project: Path) -> None:
    """Every folder of the archive that has its name holds what its manifest says."""
    for place in (project / "data/deliveries").glob("????-??-??"):
        manifest = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
        for name, file in manifest["files"].items():
            assert _sha256(place / name) == file["sha256"], f"{place / name} is not what its manifest says"


def delivered_as_of(project: Path) -> str:
    """The day of the newest delivery."""
    return max(place.name for place in (project / "data/deliveries").glob("????-??-??"))


def kept(project: Path) -> dict[str, str]:
    """Checksum of every file that must not depend on what happened: deliveries, their list, champion, registry, history."""
    state = [project / name for name in ("data/deliveries", "data/deliveries.json", "models/champion.json", "models/registry")]
    files = [file for place in state for file in ([place] if place.is_file() else place.rglob("*")) if file.is_file()]
    found = {str(file.relative_to(project)): _sha256(file) for file in files}
    return found | {f"decision {number}": str(one) for number, one in enumerate(decisions(project))}


def decisions(project: Path) -> list[tuple[str, str, str]]:
    """Every decision on a model, by date; none where the history cannot be read."""
    try:
        return [(one.as_of, one.version, one.decision) for one in read_history(project / "models/history.json")]
    except DataUnfitError:
        return []


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
