"""The words of the check: what is looked for (`Check`), what was found (`Finding`), and how figures are said."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

# What was measured, by topic: plain values as they stand in reports/data_quality.json, read by the checks and by nothing else.
Evidence = dict[str, Any]

SEVERITIES = {
    "error": "no model can be trained, or what it says would mean nothing",
    "warning": "a model can be trained, but figures or lists may mislead until somebody has looked",
    "advice": "worth knowing; nothing is wrong",
}


@dataclass(frozen=True)
class Check:
    """One thing that is looked for.

    `meaning` says when it is found, with its threshold; `judge` gives a sentence with figures for each time it is, or a pair of
    sentence and remedy where the remedy depends on the figures.
    """

    code: str
    severity: str
    meaning: str
    remedy: str
    judge: Callable[[Evidence], Iterable[str | tuple[str, str]]]

    def findings(self, evidence: Evidence) -> list[Finding]:
        """What this check finds in the evidence."""
        pairs = (said if isinstance(said, tuple) else (said, self.remedy) for said in self.judge(evidence))
        return [Finding(self.code, self.severity, *pair) for pair in pairs]


@dataclass(frozen=True)
class Finding:
    """A sentence about this data, and what to do."""

    code: str
    severity: str
    sentence: str
    remedy: str

    def as_dict(self) -> dict[str, str]:
        """Plain values for JSON."""
        return asdict(self)


def percent(share: float) -> str:
    """A share as people say it: 22 %, 2.5 %, 0.04 %."""
    return f"{share * 100:.0f} %" if share >= 0.1 else f"{share * 100:.2g} %"


def listed(names: Iterable[str], most: int = 6) -> str:
    """Names in a sentence, the first few of them."""
    every = list(names)
    return ", ".join(every[:most]) + (f" and {len(every) - most} more" if len(every) > most else "")
