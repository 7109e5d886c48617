"""What a fresh model must show before it may score: a declared list of gates, each with its sentence (decision 0021)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pipeline.config import Promotion
from pipeline.model.grade import CALIBRATED
from pipeline.promotion.comparison import Comparison

NON_INFERIOR_AUC = 0.005


@dataclass(frozen=True)
class Opponent:
    """The champion: its version, until when it learned (`as_of`), its grade on the challenger's dates, and how it compares.

    `unlike` says why it cannot be compared, if so. `aged` is against its kept twins; `recipe` against its recipe behind the same
    embargo, None where the recipe is the same.
    """

    version: str
    as_of: date
    grade: str | None
    unlike: str = ""
    aged: Comparison | None = None
    recipe: Comparison | None = None


@dataclass(frozen=True)
class Evidence:
    """All that a decision rests on: today, the data's fitness, the challenger's figures, whether it can score, the champion.

    `fit` and `scores` are empty, or say what is wrong; `taken_back` is empty, or says why this very model was rolled back from.
    """

    today: date
    fit: str
    scores: str
    metrics: Mapping[str, Any]
    champion: Opponent | None
    taken_back: str = ""

    def stale(self, limit: int) -> bool:
        """Whether the champion learned longer ago than so many days."""
        return self.champion is not None and (self.today - self.champion.as_of).days > limit


@dataclass(frozen=True)
class Finding:
    """What a gate found: whether it lets the challenger through, None where it has nothing to ask, and a sentence."""

    passed: bool | None
    said: str


def _data(evidence: Evidence, limits: Promotion) -> Finding:
    return Finding(not evidence.fit, evidence.fit or "the data can carry a model")


def _schema(evidence: Evidence, limits: Promotion) -> Finding:
    return Finding(not evidence.scores, evidence.scores or "it scores everyone at risk today")


def _taken_back(evidence: Evidence, limits: Promotion) -> Finding:
    why = evidence.taken_back
    return Finding(False, f"it was rolled back from: {why}") if why else Finding(None, "it was never rolled back from")


def _grade(evidence: Evidence, limits: Promotion) -> Finding:
    letter, reason = evidence.metrics["grade"], evidence.metrics["grade_reason"]
    if letter != "C":
        return Finding(True, f"grade {letter}: {reason}" if letter else f"without a grade: {reason}")
    if evidence.champion is not None:
        return Finding(evidence.champion.grade == "C", f"grade C: {reason}")
    pooled = evidence.metrics["pooled_baselines"]
    name, best = max(((name, figures["auc"]) for name, figures in pooled.items()), key=lambda pair: pair[1])
    auc = evidence.metrics["pooled"]["auc"]
    if auc < best - NON_INFERIOR_AUC:
        return Finding(False, f"its AUC {auc:.3f} is below that of {name}, {best:.3f}")
    return Finding(True, f"grade C: {reason} It is the first, and ranks no worse than {name}")


def _calibration(evidence: Evidence, limits: Promotion) -> Finding:
    aged = evidence.champion.aged if evidence.champion else None
    if aged is None:
        return Finding(None, "there is no champion's calibration to compare with")
    ours, theirs = aged.ece["challenger"], aged.ece["champion"]
    return Finding(ours <= max(CALIBRATED, theirs), f"calibration error {ours:.3f}, the champion's {theirs:.3f}")


def _not_worse(evidence: Evidence, limits: Promotion) -> Finding:
    champion = evidence.champion
    if champion is None:
        return Finding(None, "there is no champion")
    if champion.aged is None:
        return Finding(None, champion.unlike)
    bound = limits.margin
    said = f"log loss {_told(champion.aged)} against the champion as old as it is today, at most {bound:+.4f} is allowed"
    return Finding(champion.aged.difference <= bound, said)


def _better(evidence: Evidence, limits: Promotion) -> Finding:
    recipe = evidence.champion.recipe if evidence.champion else None
    if recipe is None:
        return Finding(None, "the recipe is the champion's, or there is none to compare with")
    said = f"log loss {_told(recipe)} against the champion's recipe on the same data"
    if evidence.stale(limits.max_age_days):
        bound = limits.margin
        return Finding(recipe.difference <= bound, f"{said}; the champion is too old to ask for more than {bound:+.4f}")
    return Finding(recipe.high < 0, f"{said}; a new recipe must be better beyond its interval")


def _told(found: Comparison) -> str:
    return f"{found.difference:+.4f} ({found.low:+.4f} to {found.high:+.4f})"


GATES: dict[str, Callable[[Evidence, Promotion], Finding]] = {
    "data": _data,
    "schema": _schema,
    "taken_back": _taken_back,
    "grade": _grade,
    "calibration": _calibration,
    "not_worse": _not_worse,
    "better": _better,
}


def judge_gates(evidence: Evidence, limits: Promotion) -> dict[str, Finding]:
    """What every gate found, in order."""
    return {name: gate(evidence, limits) for name, gate in GATES.items()}


def accepted(findings: Mapping[str, Finding]) -> str:
    """The sentences of the gates that looked at figures and let a model through."""
    return _joined(finding for name, finding in findings.items() if finding.passed and name not in ("data", "schema"))


def refusal(findings: Mapping[str, Finding]) -> str:
    """The sentences of the gates that refuse, empty if none does."""
    return _joined(finding for finding in findings.values() if finding.passed is False)


def _joined(findings: Iterable[Finding]) -> str:
    """Their sentences as one; what others wrote may end with a full stop, which would stand before the next."""
    return "; ".join(finding.said.rstrip(". ") for finding in findings)
