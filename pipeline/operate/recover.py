"""What an unattended run mends by itself before it begins: what a power cut or a kill left of champion, deliveries and DVC."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from pipeline.artifacts import ARTIFACTS
from pipeline.campaign.entries import read_delivered
from pipeline.disk import partial, remove, write_text
from pipeline.errors import DataUnfitError
from pipeline.model.champion import Champion, read_champion, write_champion
from pipeline.model.saved import checksum_of
from pipeline.operate.delivered import register
from pipeline.operate.dvc_cache import bring_back, mend_cache
from pipeline.operate.dvc_state import dvc_writes, mend_dvc
from pipeline.operate.registry import intact
from pipeline.operate.rollback import clear, rollback
from pipeline.operate.under_dvc import bring_champion, bring_deliveries
from pipeline.promotion.history import read_history


def recover(root: Path = Path()) -> list[str]:
    """Mend what is damaged as far as history, registry, archive, git and DVC's cache allow; what was done, a sentence each.

    A history or a list of deliveries that cannot be read is that of git's last commit; without one the list is made anew from the
    archive. A delivery that a killed run had not entered is entered. An unreadable pointer becomes what the last decision left. A
    champion whose files are damaged is brought back from DVC's cache, or gives way to the latest model of the history whose files
    are whole, else to none. One whose folder is missing is pulled where DVC knows it, else left alone: it may be in another
    clone. Raises DataUnfitError when the history is damaged and not in git, ServiceError when the champion cannot be pulled.
    """
    of_dvc = mend_dvc(root)
    _half_written(root)
    ours = [*of_dvc, *mend_cache(root), *_history(root), *_pointer(root)]
    return [*ours, *bring_champion(root), *_files(root), *bring_deliveries(root), *_deliveries(root)]


def _half_written(root: Path) -> None:
    """Remove what killed acts left growing: half a delivery holds whole customers. A stage run by hand keeps its own."""
    for name in ("deliveries", "registry"):  # of any date
        for stray in (root / ARTIFACTS[name]).glob(partial(Path("*")).name):
            remove(stray)
    if not dvc_writes(root):
        for path in ARTIFACTS.values():
            remove(partial(root / path))


def _history(root: Path) -> list[str]:
    path = root / ARTIFACTS["history"]
    try:
        read_history(path)
    except DataUnfitError as error:
        if not _from_git(path, root):
            raise
        return [f"{error}; it is that of the last commit again"]
    return []


def _deliveries(root: Path) -> list[str]:
    archive, path = root / ARTIFACTS["deliveries"], root / ARTIFACTS["delivered"]
    said = []
    try:
        read_delivered(path)
    except DataUnfitError as error:
        how = "that of the last commit again" if _from_git(path, root) else "made anew"
        if how == "made anew":
            path.unlink()
        said = [f"{error}; it is {how}, with what the archive holds"]
    register(archive, path)
    if said and not path.exists():
        write_text(path, json.dumps({"deliveries": []}, indent=2) + "\n")
    return said


def _from_git(path: Path, root: Path) -> bool:
    """Whether a file is as git's last commit has it, and JSON."""
    words = ["git", "show", f"HEAD:./{path.relative_to(root).as_posix()}"]
    try:
        done = subprocess.run(words, cwd=root, capture_output=True, text=True, encoding="utf-8", check=True)
        json.loads(done.stdout)
    except (OSError, subprocess.CalledProcessError, ValueError):
        return False
    write_text(path, done.stdout)
    return True


def _pointer(root: Path) -> list[str]:
    path = root / ARTIFACTS["champion"]
    try:
        read_champion(path)
        if not path.exists() and (root / ARTIFACTS["history"]).exists():  # no stage runs without it
            raise DataUnfitError(f"{path} is missing")
    except DataUnfitError as error:
        known = read_history(root / ARTIFACTS["history"])
        champions = list(dict.fromkeys(one.champion for one in reversed(known) if one.champion))
        version = known[-1].champion if known else None
        previous = next((name for name in champions if name != version), None)
        place = root / ARTIFACTS["registry"] / str(version)
        checksum = checksum_of(place) if version and intact(place, version) else None
        write_champion(path, Champion(version, previous, checksum))
        return [f"{error}; it was written again from the history of decisions: {version or 'no champion'}"]
    return []


def _files(root: Path) -> list[str]:
    registry = root / ARTIFACTS["registry"]
    pointer = root / ARTIFACTS["champion"]
    now = read_champion(pointer)
    version = now.version
    if version is None or not (registry / version).is_dir() or intact(registry / version, version):
        return []
    why = f"the files of {version} are damaged"
    if bring_back(root, version):
        write_champion(pointer, Champion(version, now.previous, now.sha256 or checksum_of(registry / version)))
        return [f"{why}: they were brought back from DVC's cache"]
    earlier = (one.champion for one in reversed(read_history(root / ARTIFACTS["history"])) if one.champion)
    whole = next((name for name in earlier if name != version and intact(registry / name, name)), None)
    return [f"{why}: {rollback(root, whole, why) if whole else clear(root, why)}"]
