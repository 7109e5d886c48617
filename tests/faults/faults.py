"""The faults, as a declared list: each does its harm to a project in the middle of a month, and says what it did."""

from __future__ import annotations

import json
import os
import random
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from signal import SIGKILL, SIGTERM, Signals

from tests.faults.company import ORDERS, SOURCE
from tests.faults.watching import Run, send

STAGES = (
    "ingest", "check", "kpis", "snapshots", "features", "train", "evaluate", "score", "outcomes", "uplift", "monitor", "campaign",
    "report",
)  # fmt: skip
OUTPUTS = (
    "data/clean/transactions.parquet",
    "data/snapshots/*.parquet",
    "data/features/*",
    "models/challenger/ship.txt",
    "models/challenger/ship.json",
    "data/judged/*.parquet",
    "reports/metrics.json",
    "reports/ingest.json",
    "data/scores/*.parquet",
    "data/campaigns/manifest.json",
    "data/campaigns/assignments.csv",
)
STRAYS = (
    "data/.clean.partial",
    "models/.challenger.partial",
    "data/deliveries/.2030-01-01.partial",
    "models/registry/.x.partial",
)
HALF = (
    "models/.champion.json.partial",
    "reports/.retrain.json.partial",
    "data/.deliveries.json.partial",
    "data/.scores.partial",
)


@dataclass(frozen=True)
class Fault:
    """`harm` is done to a project by a seeded hand; `seconds` is how long an undisturbed run takes.

    `codes` are the exit codes that the disturbed run may leave with; a run that was killed has the negative of its signal. With
    `whole` the champion and every delivery are readable as they lie.
    """

    name: str
    harm: Callable[[Path, random.Random, float], tuple[str, int | None]]
    codes: frozenset[int | None]
    whole: bool = True


def _signalled(what: Signals, project: Path, hand: random.Random, seconds: float) -> tuple[str, int | None]:
    """A signal for the run itself, some time."""
    run, wait = Run.start(project), hand.uniform(0.02, 0.95) * seconds
    end = time.monotonic() + wait
    while time.monotonic() < end and run.process.poll() is None:
        time.sleep(0.02)
    there = send(run.process.pid, what)
    return f"{what.name} after {wait:.1f} s{'' if there else ', too late'}", run.ended()


def in_stage(stage: str, named: str, what: Signals, project: Path, hand: random.Random) -> tuple[str, int | None]:
    """A signal for a process of the run, once a stage is at work."""
    run = Run.start(project)
    child = run.await_member(f"pipeline.stages.{stage}")
    if child is None:
        return f"{stage} had nothing to do", run.ended()
    time.sleep(hand.choice([0, hand.uniform(0, 1.5)]))
    target = child if named == "stage" else run.process.pid if named == "run" else run.await_member("pipeline.process")
    there = target is not None and send(target, what)
    return f"{what.name} for the {named} in {stage}{'' if there else ', too late'}", run.ended()


def _some_stage(named: str, project: Path, hand: random.Random, _: float) -> tuple[str, int | None]:
    return in_stage(hand.choice(STAGES), named, SIGKILL, project, hand)


def _two(project: Path, hand: random.Random, seconds: float) -> tuple[str, int | None]:
    first = Run.start(project)
    first.await_member("pipeline.process")
    time.sleep(hand.uniform(0, 0.5) * seconds)
    late = first.process.poll() is not None
    second = Run.start(project).ended()
    assert second == (0 if late else 5), f"the second of two left with {second}"
    return f"a second run left with {second}", first.ended()


def _full(project: Path, hand: random.Random, _: float) -> tuple[str, int | None]:
    """No file may grow beyond a size: writing fails as it does on a full disk."""
    room = int(10 ** hand.uniform(3.8, 6.3))
    run = Run.start(project, room=room)
    return f"no file beyond {room:,} bytes", run.ended()


def cut(file: Path) -> None:
    """Leave the first half of a file, in a file of its own: DVC may have linked it to its cache."""
    half = file.read_bytes()[: file.stat().st_size // 2]
    file.unlink()
    file.write_bytes(half)


def _killed_late(project: Path, hand: random.Random) -> str:
    return in_stage(hand.choice(STAGES[5:]), "run", SIGKILL, project, hand)[0]


def _truncated(project: Path, hand: random.Random, _: float) -> tuple[str, None]:
    said = _killed_late(project, hand)
    there = [file for pattern in OUTPUTS for file in sorted(project.glob(pattern)) if file.is_file()]
    for file in hand.sample(there, min(3, len(there))):
        cut(file)
        said += f", {file.relative_to(project)} cut"
    return said, None


def _strays(project: Path, hand: random.Random, _: float) -> tuple[str, None]:
    said = _killed_late(project, hand)
    for name in STRAYS:
        (project / name).mkdir(parents=True, exist_ok=True)
        (project / name / "part.parquet").write_bytes(hand.randbytes(1000))
    for name in HALF:
        (project / name).write_text('{"half": ', encoding="utf-8")
    return f"{said}, {len(STRAYS) + len(HALF)} half-written outputs", None


def _damaged(name: str, content: bytes | None, project: Path, hand: random.Random, _: float) -> tuple[str, None]:
    """A file is cut in half, or holds something else."""
    file = project / name
    if not file.exists():
        return f"no {name} yet", None
    if content is None:
        cut(file)
    else:
        file.write_bytes(content.replace(b"PROJECT", bytes(project)))
    return f"{name} {'cut' if content is None else f'holds {content[:40]!r}'}", None


def _registry(project: Path, hand: random.Random, _: float) -> tuple[str, None]:
    version = json.loads((project / "models/champion.json").read_text(encoding="utf-8"))["version"]
    name = hand.choice(["ship.txt", "ship.json", "metrics.json", "ship-value.json"])
    return _damaged(f"models/registry/{version}/{name}", None, project, hand, 0)


def _cache(project: Path, hand: random.Random, _: float) -> tuple[str, None]:
    """What DVC keeps of an output is cut, and the output is gone: DVC would bring back the half."""
    said = _killed_late(project, hand)
    objects = sorted((project / ".dvc/cache/files/md5").glob("??/*"), key=lambda file: file.stat().st_mtime_ns)
    newest = [file for file in objects if file.stat().st_size][-30:]
    for file in hand.sample(newest, min(6, len(newest))):
        cut(file)
    gone = hand.choice(["data/clean", "data/snapshots", "data/features", "models/challenger"])
    shutil.rmtree(project / gone, ignore_errors=True)
    return f"{said}, 6 objects of the cache cut, {gone} gone", None


def _clock(year: int, project: Path, hand: random.Random, _: float) -> tuple[str, None]:
    when = (year - 1970) * 31_556_952
    for file in [project / ORDERS, *sorted((project / "data/clean").glob("*"))]:
        os.utime(file, (when, when))
    return f"files of {year}", None


def _no_source(project: Path, hand: random.Random, _: float) -> tuple[str, int | None]:
    away = project / ".away.partial"
    (project / SOURCE).rename(away)
    code = Run.start(project).ended()
    away.rename(project / SOURCE)
    return "no source", code


def _another_day(project: Path, hand: random.Random, seconds: float) -> tuple[str, int | None]:
    """A run as of another day, killed in its check: what it set aside must come back."""
    run = Run.start(project, "--no-deliver", "--as-of", "2024-01-15")
    run.await_member("pipeline.stages.")
    time.sleep(hand.uniform(0, 1))
    send(run.process.pid, SIGKILL)
    return "SIGKILL as of another day", run.ended()


ANY = frozenset({None})
KILLED = frozenset({-SIGKILL, 0})  # 0: it had ended before
OF_ANOTHER = b'{"write": {"PROJECT/data/clean": {"pid": 1, "cmd": "dvc repro"}}, "read": {}}'
STATE = {
    "pointer": ("models/champion.json", None),
    "history": ("models/history.json", None),
    "delivered": ("data/deliveries.json", None),
    "tracking": ("mlflow.db", b"no database at all" * 100),
    "dvc.lock": ("dvc.lock", None),
    "dvc.lock, empty": ("dvc.lock", b""),
    "dvc's rwlock, half": (".dvc/tmp/rwlock", b'{"write": {"/ho'),
    "dvc's rwlock, empty": (".dvc/tmp/rwlock", b""),
    "dvc's rwlock, number taken": (".dvc/tmp/rwlock", OF_ANOTHER),
}
FAULTS: tuple[Fault, ...] = (
    Fault("kill the run", partial(_signalled, SIGKILL), KILLED),
    Fault("end the run", partial(_signalled, SIGTERM), frozenset({1, 0, -SIGTERM})),
    Fault("kill a stage", partial(_some_stage, "stage"), frozenset({6, 0})),
    Fault("kill dvc", partial(_some_stage, "dvc"), frozenset({6, 0})),
    Fault("two at once", _two, frozenset({0})),
    Fault("disk full", _full, frozenset({6, 0})),
    Fault("outputs cut", _truncated, ANY),
    Fault("half-written outputs", _strays, ANY),
    *(Fault(name, partial(_damaged, *what), ANY, whole=False) for name, what in STATE.items()),
    Fault("champion's files", _registry, ANY, whole=False),
    Fault("dvc's cache", _cache, ANY),
    Fault("clock behind", partial(_clock, 1999), ANY),
    Fault("clock ahead", partial(_clock, 2037), ANY),
    Fault("no source", _no_source, frozenset({3})),
    Fault("another day", _another_day, KILLED),
)
BY_NAME = {fault.name: fault for fault in FAULTS}
