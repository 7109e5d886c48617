"""`churn promote`: make the fresh model the champion if it is worth it; the pointer changes in one step, the files first."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from pipeline.artifacts import ARTIFACTS
from pipeline.disk import partial, remove, replace
from pipeline.errors import DataUnfitError, GateRefusedError
from pipeline.model.champion import Champion, read_champion, write_champion
from pipeline.model.saved import load, version_of

NON_INFERIOR_AUC = 0.005


def promote(root: Path = Path(), *, force: str | None = None) -> str:
    """Copy the challenger into the registry and point at it; return what was decided.

    The gate: its AUC on the test may not lie more than .005 below the best baseline's; `force` names a reason to pass it.
    Raises GateRefusedError when it is refused and there is no champion to go on with.
    """
    challenger, registry, pointer = (root / ARTIFACTS[name] for name in ("challenger", "registry", "champion"))
    load(challenger, "ship")
    version, champion = version_of(challenger), read_champion(pointer)
    place = registry / version
    if champion.version == version and _intact(place, version):
        return f"{version} is the champion already"
    refused = None if force or champion.version == version else _refusal(_metrics(root, version))
    if refused and champion.version:
        return f"kept champion {champion.version}: {version} was refused, {refused}"
    if refused:
        raise GateRefusedError(
            f"{version} was refused, {refused}, and there is no champion; mend the data or give --force REASON"
        )
    if not _intact(place, version):
        growing = partial(place)
        remove(growing)
        shutil.copytree(challenger, growing)
        replace(place, growing)
    write_champion(pointer, Champion(version, champion.version or champion.previous))
    return f"promoted {version}" + (f" by force: {force}" if force else "") + "; run `dvc repro` to score with it"


def _intact(place: Path, version: str) -> bool:
    """Whether the registry holds the files of this version, whole."""
    try:
        load(place, "ship")
    except DataUnfitError:
        return False
    return version_of(place) == version


def clear(root: Path = Path()) -> str:
    """Point at no champion, so that the fresh model scores; the registry keeps every model."""
    pointer = root / ARTIFACTS["champion"]
    before = read_champion(pointer)
    write_champion(pointer, Champion(None, before.version or before.previous))
    return "no champion now; the fresh model scores from the next `dvc repro` on"


def _metrics(root: Path, version: str) -> dict[str, Any]:
    path = root / ARTIFACTS["metrics"]
    try:
        metrics: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise DataUnfitError(f"{path} is missing or not readable; run `dvc repro` first") from None
    if metrics.get("model_version") != version:
        raise DataUnfitError(f"{path} judges {metrics.get('model_version')}, not the challenger {version}; run `dvc repro` first")
    return metrics


def _refusal(metrics: dict[str, Any]) -> str | None:
    name, best = max(((name, figures["auc"]) for name, figures in metrics["baselines"].items()), key=lambda pair: pair[1])
    auc = metrics["test"]["auc"]
    return None if auc >= best - NON_INFERIOR_AUC else f"its AUC {auc:.3f} is below that of {name}, {best:.3f}"
