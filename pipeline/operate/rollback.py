"""`churn rollback`: point at an earlier champion, or at none; the registry keeps every model, the history what was done."""

from __future__ import annotations

from pathlib import Path

from pipeline.artifacts import ARTIFACTS
from pipeline.errors import ConfigError, DataUnfitError
from pipeline.model.champion import Champion, read_champion, write_champion
from pipeline.model.saved import checksum_of
from pipeline.operate.registry import METRICS, intact, read_metrics, versions
from pipeline.promotion.history import Decision, Entry, enter, figures_of, read_history


def rollback(root: Path = Path(), version: str | None = None, reason: str = "by hand") -> str:
    """Make `version`, else the champion before the present one, the champion again; return what was done.

    Raises ConfigError when there is nothing to go back to or no such version, DataUnfitError when its files are damaged.
    """
    registry, pointer = root / ARTIFACTS["registry"], root / ARTIFACTS["champion"]
    now = read_champion(pointer)
    wanted = version or now.previous
    if wanted is None:
        raise ConfigError(
            f"there is no champion before {now.version or 'this'} to go back to; name a VERSION: {_known(registry)}"
        )
    if wanted == now.version:
        return f"{wanted} is the champion already"
    if not (registry / wanted).is_dir():
        raise ConfigError(f"{wanted} is not in {registry}; it holds {_known(registry)}")
    if not intact(registry / wanted, wanted):
        raise DataUnfitError(f"the files in {registry / wanted} are not those that were promoted; bring the right ones")
    write_champion(pointer, Champion(wanted, now.version or now.previous, checksum_of(registry / wanted)))
    _enter(root, "rolled back", wanted, reason, wanted)
    return f"{wanted} is the champion again, in the place of {now.version or 'none'}; run `dvc repro` to score with it"


def clear(root: Path = Path(), reason: str = "by hand") -> str:
    """Point at no champion, so that the fresh model scores; the registry keeps every model."""
    pointer = root / ARTIFACTS["champion"]
    before = read_champion(pointer)
    write_champion(pointer, Champion(None, before.version or before.previous))
    if before.version:
        _enter(root, "cleared", before.version, reason, None)
    return "no champion now; the fresh model scores from the next `dvc repro` on"


def _enter(root: Path, decision: Decision, version: str, reason: str, champion: str | None) -> None:
    """The decision, as of the last one's date: what it is about is the model, not the day."""
    history = root / ARTIFACTS["history"]
    known = read_history(history)
    as_of = known[-1].as_of if known else f"{version[:4]}-{version[4:6]}-{version[6:8]}"
    path = root / ARTIFACTS["registry"] / version / METRICS
    metrics = read_metrics(path) if path.exists() else None
    grade, figures = (metrics["grade"], figures_of(metrics)) if metrics else (None, {})
    enter(history, Entry(as_of, version, decision, reason, champion, grade, figures))


def _known(registry: Path) -> str:
    return ", ".join(versions(registry)) or "none"
