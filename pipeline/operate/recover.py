"""What an unattended run mends by itself before it begins: a pointer that cannot be read, a champion whose files are damaged."""

from __future__ import annotations

from pathlib import Path

from pipeline.artifacts import ARTIFACTS
from pipeline.errors import DataUnfitError
from pipeline.model.champion import Champion, read_champion, write_champion
from pipeline.model.saved import checksum_of
from pipeline.operate.registry import intact
from pipeline.operate.rollback import clear, rollback
from pipeline.operate.under_dvc import bring_champion, bring_deliveries
from pipeline.promotion.history import read_history


def recover(root: Path = Path()) -> list[str]:
    """Mend the champion as far as the history and the registry allow; what was done, a sentence each.

    An unreadable pointer becomes what the last decision left. A champion whose files are damaged gives way to the latest model of
    the history whose files are whole, else to none. One whose folder is missing is pulled where DVC knows it, else left alone: it
    may be in another clone. Raises DataUnfitError when the history is damaged as well, ServiceError when it cannot be pulled.
    """
    return [*_pointer(root), *bring_champion(root), *_files(root), *bring_deliveries(root)]


def _pointer(root: Path) -> list[str]:
    path = root / ARTIFACTS["champion"]
    try:
        read_champion(path)
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
    version = read_champion(root / ARTIFACTS["champion"]).version
    if version is None or not (registry / version).is_dir() or intact(registry / version, version):
        return []
    why = f"the files of {version} are damaged"
    earlier = (one.champion for one in reversed(read_history(root / ARTIFACTS["history"])) if one.champion)
    whole = next((name for name in earlier if name != version and intact(registry / name, name)), None)
    return [f"{why}: {rollback(root, whole, why) if whole else clear(root, why)}"]
