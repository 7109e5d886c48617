"""State that travels to other clones: folders with a `.dvc` file beside them, which `dvc push` and `dvc pull` follow."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from pipeline.artifacts import ARTIFACTS
from pipeline.errors import ServiceError
from pipeline.model.champion import read_champion


def pointer_of(place: Path) -> Path:
    """The `.dvc` file of a folder."""
    return place.with_name(f"{place.name}.dvc")


def keep_champion(root: Path = Path()) -> list[str]:
    """Have DVC know the champion's folder of the registry; what is to be said where it could not be told.

    A folder of the registry never changes: one that is known is not looked at again. A project without DVC shares nothing.
    """
    version = read_champion(root / ARTIFACTS["champion"]).version
    place = ARTIFACTS["registry"] / str(version)
    if version is None or pointer_of(root / place).exists() or not (root / place).is_dir():
        return []
    return _add(place, root)


def keep_deliveries(root: Path = Path()) -> list[str]:
    """Have DVC know the archive as it is now, where someone chose to share it by `dvc add data/deliveries`; else nothing."""
    place = ARTIFACTS["deliveries"]
    return _add(place, root) if pointer_of(root / place).exists() else []


def bring_champion(root: Path = Path()) -> list[str]:
    """Pull the champion's folder where it is missing and DVC knows it; what was done.

    Raises ServiceError when it cannot be had: without it a new model would be compared with nothing.
    """
    version = read_champion(root / ARTIFACTS["champion"]).version
    return _bring(ARTIFACTS["registry"] / version, f"the champion {version}", root) if version else []


def bring_deliveries(root: Path = Path()) -> list[str]:
    """Pull the archive where there is none here and the team shares it; what was done. Raises ServiceError where it cannot."""
    return _bring(ARTIFACTS["deliveries"], "the archive of deliveries", root)


def _bring(place: Path, what: str, root: Path) -> list[str]:
    if (root / place).is_dir() or not pointer_of(root / place).exists():
        return []
    failed = _dvc(["pull", "--quiet", str(pointer_of(place))], root)
    if failed:
        raise ServiceError(f"{what} is not in {place.parent}, and `dvc pull` cannot bring it: {failed}")
    return [f"{what} was not here; it was pulled"]


def _add(place: Path, root: Path) -> list[str]:
    if not (root / ".dvc").is_dir():
        return []
    failed = _dvc(["add", "--quiet", str(place)], root)
    return [f"{place} is not under DVC yet ({failed}); `dvc add {place}` makes up for it"] if failed else []


def _dvc(words: list[str], root: Path) -> str | None:
    """Run DVC of this environment; the last line it complained in, None where it did not."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(
        [sys.executable, "-m", "pipeline.process", "dvc", *words],
        cwd=root,
        env=os.environ | {"PATH": path},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    lines = [line.removeprefix("ERROR: ") for line in done.stderr.splitlines() if line.startswith("ERROR: ")]
    return None if done.returncode == 0 else lines[-1] if lines else f"dvc left with {done.returncode}"
