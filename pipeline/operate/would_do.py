"""`churn retrain --dry-run`: what a run would do now; nothing is computed, and nothing changes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import yaml

from pipeline.artifacts import ARTIFACTS
from pipeline.errors import BusyError, ServiceError
from pipeline.model.champion import read_champion
from pipeline.operate.reproduce import DVC_IS_LOCKED

FLOW = Path("dvc.yaml")


def would_do(root: Path = Path(), *, deliver: bool = True, if_needed: bool = False) -> list[str]:
    """Which stages are not up to date, what hangs on them, which model is the champion, and what would follow.

    Raises BusyError while DVC works in the folder, ServiceError when it cannot say.
    """
    champion = read_champion(root / ARTIFACTS["champion"]).version
    changed = _changed(root)
    asked = "ask the monitor, train only if it says so, " if if_needed else ""
    lists = "deliver the lists" if deliver else "write the lists"
    later = [name for name in downstream({name.split("@")[0] for name in changed}, root) if name not in changed]
    after = f"; after them, where their results change: {', '.join(later)}" if later else ""
    return [
        f"stages to run: {', '.join(changed) or 'none, all is up to date'}{after}",
        f"champion: {champion or 'none, the first model that passes becomes it'}",
        f"then: {asked}promote if the gates let it through, score, and {lists}",
    ]


def downstream(names: set[str], root: Path) -> list[str]:
    """The stages of dvc.yaml that read what these write, or what those write, in the order of the file."""
    stages = {name: entry.get("do", entry) for name, entry in yaml.safe_load((root / FLOW).read_text("utf-8"))["stages"].items()}
    outs = {name: {*map(str, [*body.get("outs", []), *body.get("metrics", [])])} for name, body in stages.items()}
    reached = set(names)
    for name, body in stages.items():  # the file is in the order of the flow
        reads = set(body["deps"]) | ({"data/raw"} if "${source.path}" in body["deps"] and "simulate" in reached else set())
        if any(outs[one] & reads for one in reached):
            reached.add(name)
    return [name for name in stages if name in reached - names]


def _changed(root: Path) -> list[str]:
    """The stages that DVC would run, as far as it knows before any of them has run."""
    words = [sys.executable, "-m", "pipeline.process", "dvc", "repro", "--dry"]
    done = subprocess.run(words, cwd=root, capture_output=True, encoding="utf-8", errors="replace", check=False)
    names = [line.split("'")[1] for line in done.stdout.splitlines() if line.startswith("Running stage '")]
    if done.returncode and not names:  # a first run ends early: what the first stage writes is not there
        if any(said in done.stderr for said in DVC_IS_LOCKED):
            raise BusyError("another dvc is running in this folder; try again when it has ended")
        complaints = [line.removeprefix("ERROR: ") for line in done.stderr.splitlines() if line.startswith("ERROR: ")]
        raise ServiceError(
            f"dvc cannot say what would run: {complaints[-1] if complaints else f'it left with {done.returncode}'}"
        )
    return names
