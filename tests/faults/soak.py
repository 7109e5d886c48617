"""`python -m tests.faults.soak MONTHS FAULTS SEED [FOLDER]`: months of `churn retrain`, disturbed, beside the same undisturbed.

With a FOLDER it is resumed where it was left: what is done lies in `undisturbed.json` and `disturbed.json` there.
"""

from __future__ import annotations

import json
import random
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.disk import write_text
from tests.faults import watching
from tests.faults.company import Company, found, let_pass, month, open_project, retrain
from tests.faults.faults import BY_NAME, FAULTS, Fault
from tests.projects import ROOT, commit


def plan(months: int, faults: int, seed: int) -> list[tuple[int, str, int]]:
    """Month, name and seed of each fault: all kinds in turn, in an order and at months that the seed draws.

    The first month is undisturbed where there is another: a champion and a delivery must be there to be harmed.
    """
    hand = random.Random(seed)
    names: list[str] = []
    while len(names) < faults:
        names += hand.sample([fault.name for fault in FAULTS], len(FAULTS))
    first = 1 if months > 1 else 0
    drawn = [(first + number % (months - first), name, hand.randrange(2**32)) for number, name in enumerate(names[:faults])]
    return sorted(drawn, key=lambda one: one[0])


@dataclass
class Course:
    """A project whose months pass; `done` has what was kept after each, `seconds` how long its last undisturbed run took."""

    company: Company
    project: Path
    done: list[dict[str, str]] = field(default_factory=list)
    seconds: float = 30.0

    @classmethod
    def open(cls, company: Company, project: Path) -> Course:
        """Begin, or go on with the code as it is now: a month that was not finished begins again where it lies."""
        notes = project.parent / f"{project.name}.json"
        if notes.exists():
            known = json.loads(notes.read_text(encoding="utf-8"))
            shutil.copytree(
                ROOT / "pipeline", project / "pipeline", dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__")
            )
            return cls(company, project, known["done"], known["seconds"])
        if project.exists():
            shutil.rmtree(project)
        write_text(notes, json.dumps({"done": [], "seconds": 30.0}))
        return cls(company, open_project(project))

    def begin(self) -> int:
        """Let the next month come."""
        let_pass(self.company, len(self.done), self.project)
        return len(self.done)

    def end(self) -> None:
        """The undisturbed run of the month, and what was kept after it."""
        started = time.monotonic()
        done = retrain(self.project)
        assert done.returncode == 0, f"{month(len(self.done))}: left with {done.returncode}\n{done.stdout}{done.stderr[-3000:]}"
        assert not list(self.project.glob("data/**/.*.partial")), "half-written files were left"
        as_of = watching.delivered_as_of(self.project)
        assert as_of == month(len(self.done)).isoformat(), f"{month(len(self.done))}: delivered as of {as_of}"
        self.seconds = time.monotonic() - started
        commit(self.project, month(len(self.done)).isoformat())  # as operations.md asks: pointer, history, deliveries, dvc.lock
        self.done.append(watching.kept(self.project))
        notes = {"done": self.done, "seconds": self.seconds}
        write_text(self.project.parent / f"{self.project.name}.json", json.dumps(notes))


def disturb(course: Course, fault: Fault, seed: int, *, whole: bool) -> str:
    """Do the harm, and hold the project to what must be so in the meantime; without `whole` it was damaged before."""
    said, code = fault.harm(course.project, random.Random(seed), course.seconds)
    assert code in fault.codes, f"{fault.name} ({said}): left with {code}\n{tail(course.project)}"
    watching.nobody_writes(course.project)
    watching.deliveries_are_whole(course.project)
    if whole:
        watching.champion_scores(course.project)
    return f"{fault.name}: {said}{'' if code is None else f', left with {code}'}"


def tail(project: Path) -> str:
    """The last that disturbed runs said."""
    said = project / ".run.partial"
    return said.read_text(encoding="utf-8", errors="replace")[-3000:] if said.exists() else ""


def soak(months: int, faults: int, seed: int, folder: Path) -> None:
    """Both courses month by month; raises AssertionError at the first difference."""
    company = found(folder, months)
    calm, wild = (Course.open(company, folder / name) for name in ("undisturbed", "disturbed"))
    planned = plan(months, faults, seed)
    for number in range(min(len(calm.done), len(wild.done)), months):
        for course in (calm, wild):
            if len(course.done) > number:
                continue
            course.begin()
            whole = True  # until something that lies there is damaged, which only a run mends
            for at, name, of in planned if course is wild else []:
                if at == number:
                    whole = whole and BY_NAME[name].whole
                    print(f"{month(number)} {disturb(course, BY_NAME[name], of, whole=whole)}", flush=True)
            course.end()
        different = {name for name, _ in calm.done[number].items() ^ wild.done[number].items()}
        assert not different, f"{month(number)}: not as undisturbed: {sorted(different)}"
        deliveries = sum(name.endswith("manifest.json") for name in calm.done[number])
        print(f"{month(number)} {deliveries} deliveries, byte for byte as undisturbed ({wild.seconds:.0f} s)", flush=True)
    print(f"{months} months, {len(planned)} faults of {len({name for _, name, _ in planned})} kinds, seed {seed}: no difference")


if __name__ == "__main__":
    asked = [int(word) for word in sys.argv[1:4]]
    with tempfile.TemporaryDirectory() as scratch:
        soak(*asked, Path(sys.argv[4]) if len(sys.argv) > 4 else Path(scratch))
