"""`python -m tests.sources.fuzz FILES SEED`: damaged files go through the door, one by one, and each gets a verdict.

The files are read by a process of their own, which is ended when one of them takes too long, and started again when it dies.
"""

from __future__ import annotations

import io
import json
import queue
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow.parquet as pq

from pipeline import config as configuration
from pipeline.config import Config
from pipeline.config.source_section import Source
from pipeline.errors import ExitCode
from pipeline.stage import guarded
from pipeline.stages.ingest import ingest
from tests.sources.damage import NAMES, WRITERS, Damaged, damaged, rows
from tests.sources.test_mapping import source_of

ROOT = Path(__file__).parents[2]
SECONDS, LONGEST = 10, 400
PATIENCE = 60  # for a machine that is busy with something else while a file is made
SOUND = ("read", "refused")


@dataclass(frozen=True)
class Verdict:
    """What became of one file: `read`, `refused` (both as they should be), `wrong` (why says what), `hung` or `crashed`."""

    number: int
    file: str
    verdict: str
    why: str = ""
    seconds: float = 0.0

    def __str__(self) -> str:
        return f"{self.number} {self.file}: {self.verdict} {self.why} ({self.seconds:.1f} s)"


def fuzz(seed: int, files: int, folder: Path) -> Iterator[Verdict]:
    """The verdicts on the files of a seed, in order."""
    first = 0
    while first < files:
        for verdict in _batch(seed, first, files, folder):
            yield verdict
            first = verdict.number + 1


def _batch(seed: int, first: int, files: int, folder: Path) -> Iterator[Verdict]:
    """Verdicts of one process, until it has seen all files, hangs or dies."""
    words = _command(seed, first, files, folder)
    worker = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    lines: queue.Queue[str] = queue.Queue()
    threading.Thread(target=_listen, args=(worker, lines), daemon=True).start()
    number, file, patience = first, "(no file yet)", PATIENCE
    try:
        while True:
            line = lines.get(timeout=patience)
            if not line:
                break
            told = json.loads(line)
            number, file, patience = told["number"], told["file"], PATIENCE if "verdict" in told else SECONDS
            if "verdict" in told:
                yield Verdict(**told)
                number += 1
    except queue.Empty:
        yield Verdict(number, file, "hung", seconds=patience)
        return
    finally:
        worker.kill()
        _, err = worker.communicate()
    if number < files:
        yield Verdict(number, file, "crashed", f"exit {worker.returncode} {err[-300:]}")


def _command(seed: int, first: int, files: int, folder: Path) -> list[str]:
    return [sys.executable, "-m", "tests.sources.fuzz", "--worker", str(seed), str(first), str(files), str(folder)]


def _listen(worker: subprocess.Popen[str], lines: queue.Queue[str]) -> None:
    for line in worker.stdout or ():
        lines.put(line)
    lines.put("")


def work(seed: int, first: int, files: int, folder: Path) -> None:
    """Let files through the door, announcing each before it is read and judging it after."""
    config = configuration.load(ROOT / "params.yaml")
    for number in range(first, files):
        here = folder / str(number)
        shutil.rmtree(here, ignore_errors=True)
        (here / "temporary").mkdir(parents=True)
        tempfile.tempdir = str(here / "temporary")
        dice = random.Random(f"{seed}-{number}")
        one = damaged(dice)
        source = _source(here / "raw", one, dice)
        told = {"number": number, "file": f"{one.name} ({one.damage})"}
        print(json.dumps(told), flush=True)
        verdict = judge(config.model_copy(update={"source": source}), here, one.name, told)
        print(json.dumps(asdict(verdict)), flush=True)
        if verdict.verdict in SOUND:
            shutil.rmtree(here)


def _source(folder: Path, one: Damaged, dice: random.Random) -> Source:
    """A configuration that reads the file: alone, among others, or as a lookup."""
    folder.mkdir()
    (folder / one.name).write_bytes(one.content)
    stem, ending = one.name.split(".", 1)
    columns = {name: name for name in NAMES[:4]} | {"category": NAMES[4]}
    sound = WRITERS[ending.split(".", maxsplit=1)[0]]
    how = dice.random()
    if how < 0.6 or ending.endswith((".gz", ".zst")):
        return source_of(folder, "transactions", {"path": one.name, "columns": columns})
    (folder / f"{stem}-sound.{ending}").write_bytes(sound(rows(dice)))
    if how < 0.85:
        return source_of(folder, "transactions", {"path": f"{stem}*", "columns": columns})
    lookup = {"customers": {"path": one.name, "key": ["customer_id"]}}
    columns |= {"customer_id": "raw.customer_id"}
    return source_of(folder, "transactions", {"path": f"{stem}-sound.{ending}", "columns": columns, "lookups": lookup})


def judge(config: Config, root: Path, name: str, told: dict) -> Verdict:
    """Run the stage below `root` as its command does, and look at what it said and left."""
    said, started = io.StringIO(), time.perf_counter()
    with redirect_stderr(said), redirect_stdout(io.StringIO()):
        code = guarded("ingest", lambda: print(ingest.run(config, root)))
    seconds = time.perf_counter() - started
    why = _left_behind(root, code) or _ill_said(said.getvalue(), code, name)
    if not why and seconds > SECONDS:
        why = "too slow"
    verdict = "wrong" if why else "read" if code == ExitCode.DONE else "refused"
    return Verdict(**told, verdict=verdict, why=why or said.getvalue().strip(), seconds=round(seconds, 2))


def _ill_said(said: str, code: ExitCode, name: str) -> str:
    """What is wrong with the words on standard error, if anything."""
    line = said.removesuffix("\n")
    if code == ExitCode.DONE:
        return f"it spoke: {said}" if said else ""
    if code not in (ExitCode.USAGE, ExitCode.DATA_UNFIT):
        return f"exit code {code}: {said[-1_500:]}"
    if len(line) > LONGEST:
        return f"{len(line)} characters: {line[:LONGEST]}"
    if any(unicodedata.category(character).startswith(("Cc", "Cf", "Cs", "Zl", "Zp")) for character in line):
        return f"not one plain line: {line!r}"
    return "" if name in line or re.search(r"source\.\w+|orders\*", line) else f"no file and no key: {line}"


def _left_behind(root: Path, code: ExitCode) -> str:
    """What lies in the folder and should not, or is not whole."""
    files = {file.relative_to(root).as_posix(): file for file in root.rglob("*") if file.is_file()}
    made = {name for name in files if not name.startswith("raw/")} - {".ingest.lock"}
    if code != ExitCode.DONE:
        return f"left {sorted(made)}" if made else ""
    clean, quarantine = "data/clean/transactions.parquet", "data/clean/quarantine/transactions.parquet"
    if made != {clean, quarantine, "data/identities/identities.parquet", "reports/ingest.json"}:
        return f"left {sorted(made)}"
    account = json.loads(files["reports/ingest.json"].read_text(encoding="utf-8"))["transactions"]
    counted = [pq.read_metadata(files[name]).num_rows for name in (clean, quarantine)]
    told = [account["accepted"], sum(account["quarantined"].values())]
    return "" if counted == told else f"{counted} rows written, {told} accounted for"


def main(files: int, seed: int) -> int:
    """Judge and say what was found; 1 when anything was."""
    found: list[Verdict] = []
    counts: Counter[str] = Counter()
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="churn-fuzz-") as folder:
        for one in fuzz(seed, files, Path(folder)):
            counts[one.verdict] += 1
            if one.verdict not in SOUND:
                found.append(one)
                print(one, flush=True)
    told = ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items()))
    print(f"{files} files of seed {seed} in {time.perf_counter() - started:.0f} s: {told}")
    return 1 if found else 0


if __name__ == "__main__":
    if sys.argv[1] == "--worker":
        work(*map(int, sys.argv[2:5]), Path(sys.argv[5]))
    else:
        sys.exit(main(*map(int, sys.argv[1:3])))
