"""A decision on a model as MLflow knows it: a registered version, the aliases `champion` and `challenger`, tags."""

from __future__ import annotations

from pathlib import Path

from pipeline import tracking
from pipeline.artifacts import ARTIFACTS
from pipeline.config import Config
from pipeline.model.champion import read_champion
from pipeline.operate.promote import Decided
from pipeline.promotion.history import read_history
from pipeline.tracking.registered import Alias


def tell_decision(config: Config, decided: Decided, root: Path = Path(), *, again: bool = False) -> list[str]:
    """Register the model that was decided on: promoted it is the `champion`, refused the `challenger`; what is to be said of it.

    A decision that changed nothing is not told again, unless with `again` the one that made the champion may not have been told.
    """
    known = read_history(root / ARTIFACTS["history"])
    if decided.decision == "unchanged" and not (again and known and known[-1].version == decided.challenger):
        return []
    last = known[-1]
    tags = {"as_of": last.as_of, "grade": last.grade or "none", "decision": last.decision, "reason": last.reason}
    alias: Alias = "challenger" if decided.decision == "refused" else "champion"
    said = tracking.register(config, decided.challenger, root / ARTIFACTS["challenger"], alias, tags)
    return [said] if said else []


def tell_champion(config: Config, root: Path = Path()) -> list[str]:
    """Point the alias at the model that is the champion now; what is to be said of it."""
    version = read_champion(root / ARTIFACTS["champion"]).version
    said = tracking.move_alias(config, version, "champion") if version else None
    return [said] if said else []
