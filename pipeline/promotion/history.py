"""`models/history.json`: every decision on a model in its order, what for and on which figures; only ever added to."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from pipeline.disk import write_text
from pipeline.errors import DataUnfitError

Decision = Literal["promoted", "forced", "refused", "rolled back", "cleared"]


@dataclass(frozen=True)
class Entry:
    """A decision: the snapshot date it was made at, on which model, why, and the champion from then on.

    `figures` are those of all test dates together when the model was judged.
    """

    as_of: str
    version: str
    decision: Decision
    reason: str
    champion: str | None
    grade: str | None
    figures: Mapping[str, float]


def read_history(path: Path) -> list[Entry]:
    """The decisions, oldest first; none where there is no file. Raises DataUnfitError for a damaged one."""
    try:
        return [Entry(**one) for one in json.loads(path.read_text(encoding="utf-8"))["decisions"]]
    except FileNotFoundError:
        return []
    except (ValueError, KeyError, TypeError):
        raise DataUnfitError(f"{path} is not a history of decisions; restore it from git") from None


def enter(path: Path, entry: Entry) -> None:
    """Add a decision unless it is the last one already: an act that was killed after it decided decides the same again."""
    known = read_history(path)
    if not known or known[-1] != entry:
        write_text(path, as_kept([*known, entry]) + "\n")


def as_kept(decisions: Sequence[Entry]) -> str:
    """The history as its file has it."""
    return json.dumps({"decisions": [asdict(one) for one in decisions]}, indent=2)


def taken_back(decisions: Iterable[Entry], version: str) -> str:
    """The reason for which this version was rolled back from, if it has not been made champion since; else nothing."""
    left: dict[str, str] = {}
    champion = None
    for one in decisions:
        if one.decision == "rolled back" and champion is not None:
            left[champion] = one.reason
        if one.champion is not None:
            left.pop(one.champion, None)
        champion = one.champion
    return left.get(version, "")


def figures_of(metrics: Mapping[str, Any]) -> dict[str, float]:
    """The figures of an evaluation that a decision is remembered with."""
    return {name: metrics["pooled"][name] for name in ("customers", "log_loss", "auc", "ece")}
