"""Seconds and memory of the pipeline beside the least that could do the same: `python -m benchmarks.run [--small] [--write]`.

Works in a temporary clone of the last commit, one process tree at a time, and ends what it started.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline import markdown

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results.md"
SMALL = ("source.simulate.demo.customers=1500", "source.simulate.demo.months=20", "experiment=fast")
STAGE = re.compile(r"^(\w+): .* in ([\d.]+) s$", re.MULTILINE)
HEADER = "data|what|seconds|peak MB|floor|floor seconds|ratio"


@dataclass(frozen=True)
class Measured:
    """A finished command: wall-clock seconds, resident MB of its largest process, what it printed, seconds of all its cores."""

    seconds: float
    megabytes: float
    output: str
    cpu: float


def measure(*words: str, folder: Path, source: Path | None = None) -> Measured:
    """Run a command in a folder, of the code in `source` or there, to its end; end its whole group when interrupted.

    Raises RuntimeError with its last lines when it fails.
    """
    mine = {key: value for key, value in os.environ.items() if not key.startswith(("DVC_", "MLFLOW_"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{mine['PATH']}"
    mine |= {"PATH": path, "PYTHONPATH": str(source or folder), "DVC_NO_ANALYTICS": "true", "MLFLOW_DISABLE_TELEMETRY": "true"}
    log = folder / ".git" / "benchmark.log"
    with log.open("w") as out:
        started = time.perf_counter()
        process = subprocess.Popen(words, cwd=folder, env=mine, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        seconds = time.perf_counter() - started
    output = log.read_text(encoding="utf-8")
    if process.returncode:
        raise RuntimeError(f"{' '.join(words)} left with {process.returncode}:\n" + "\n".join(output.splitlines()[-10:]))
    megabytes = usage.ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)
    return Measured(seconds, megabytes, output, usage.ru_utime + usage.ru_stime)


def apart(prepare: Callable[..., object], *given: object) -> None:
    """Call in a process of its own: what a process has held counts as memory of those it starts afterwards."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        pool.submit(prepare, *given).result()


def floor(what: str, *words: str, folder: Path) -> float:
    """Seconds that benchmarks/floor.py says its bare work took."""
    return float(measure(sys.executable, "-m", "benchmarks.floor", what, *words, folder=folder).output.split()[-1])


def runs(name: str, raw: str, folder: Path) -> Iterator[tuple[str, ...]]:
    """Rows of the table for one source: the whole flow, its parts beside their floors, and a run with nothing to do."""
    print(f"{name}: dvc repro", flush=True)
    whole = measure("dvc", "repro", folder=folder)
    stages = {stage: float(seconds) for stage, seconds in STAGE.findall(whole.output)}
    print(f"{name}: nothing to do, and the floors", flush=True)
    idle = measure("dvc", "repro", folder=folder)
    start = measure("dvc", "--version", folder=folder).seconds
    read, fit = floor("read", raw, folder=folder), floor("fit", folder=folder)
    yield row(name, "everything", whole.seconds, whole.megabytes, "bare read and bare fits", read + fit)
    yield row(name, "ingest", stages["ingest"], None, "read every raw column, group by the first", read)
    yield row(name, "snapshots and features", stages["snapshots"] + stages["features"], None, "the same read", read)
    yield row(name, "train", stages["train"], None, "the same LightGBM fits, bare", fit)
    yield row(name, "nothing to do", idle.seconds, idle.megabytes, "dvc --version", start)


def row(name: str, what: str, seconds: float, megabytes: float | None, floor_name: str, least: float) -> tuple[str, ...]:
    """A measurement beside its floor, as text."""
    peak = "" if megabytes is None else f"{megabytes:,.0f}"
    return name, what, f"{seconds:.1f}", peak, floor_name, f"{least:.2f}", f"{seconds / max(least, 0.01):.1f}"


def table(rows: list[tuple[str, ...]], header: str = HEADER) -> str:
    """A Markdown table with this machine in a line above it."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    machine = f"{os.cpu_count()} cores, {memory:.0f} GiB, {sys.platform}, Python {sys.version.split()[0]}"
    return f"{machine}\n\n{markdown.table(header, rows)}\n"


Compare = Callable[[int, Path], list[tuple[str, ...]]]


def in_halves(about: str, size: str, default: int, halves: dict[str, Callable[[Path], None]], compare: Compare) -> None:
    """Measure and print a comparison whose two halves are each a process: the same script with a half's name and a path."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument(f"--{size}", dest="size", type=int, default=default)
    parser.add_argument("half", nargs="?", choices=list(halves))
    parser.add_argument("path", nargs="?", type=Path)
    asked = parser.parse_args()
    if asked.half:
        halves[asked.half](asked.path)
        return
    with TemporaryDirectory(prefix="churn-benchmark-") as place:
        print(table(compare(asked.size, Path(place))))


def published() -> Path | None:
    """The folder of Online Retail II below CHURN_SHARED_DATA or ../shared/data, if it is there."""
    folder = Path(os.environ.get("CHURN_SHARED_DATA", ROOT.parent / "shared" / "data")) / "online_retail_ii"
    return folder.resolve() if folder.is_dir() else None


def main() -> None:
    """Measure, print, and with --write keep the table."""
    parser = argparse.ArgumentParser(description="Seconds and memory of the pipeline beside the least that could do the same.")
    parser.add_argument("--small", action="store_true", help="a demo of 1,500 customers, and no published data")
    parser.add_argument("--write", action="store_true", help="write benchmarks/results.md")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with TemporaryDirectory(prefix="churn-benchmark-") as place:
        folder = Path(place) / "clone"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
        measure("churn", "compose", "source=demo", *(SMALL if asked.small else ()), folder=folder)
        rows = list(runs("demo", "data/raw", folder))
        retail = published()
        if retail and not asked.small:
            measure("churn", "compose", "source=online_retail_ii", f"source.path={retail}", folder=folder)
            rows += runs("Online Retail II", str(retail), folder)
    print(table(rows))
    if asked.write:
        RESULTS.write_text(f"# Results\n\n{table(rows)}", encoding="utf-8")


if __name__ == "__main__":
    main()
