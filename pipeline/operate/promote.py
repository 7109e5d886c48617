"""`churn promote`: make the fresh model the champion if it is worth it; the pointer changes in one step, the files first."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline.artifacts import ARTIFACTS
from pipeline.config import Config
from pipeline.disk import write_text
from pipeline.errors import GateRefusedError
from pipeline.figure_files import read_figures
from pipeline.model.champion import Champion, read_champion, write_champion
from pipeline.model.saved import checksum_of, version_of
from pipeline.operate.registry import intact, keep
from pipeline.operate.weigh import Weighed, judged_metrics, weigh
from pipeline.promotion.gates import accepted, judge_gates, refusal
from pipeline.promotion.history import Entry, enter, figures_of, read_history
from pipeline.rounded import rounded


@dataclass(frozen=True)
class Decided:
    """What became of the challenger: `promoted`, `forced`, `refused`, or `unchanged` where it is the champion already."""

    decision: str
    challenger: str
    champion: str | None
    said: str


def promote(config: Config, root: Path = Path(), *, force: str | None = None, dry_run: bool = False) -> Decided:
    """Judge the challenger by the gates and, if they let it through, copy it into the registry and point at it.

    `reports/promotion.json` has all that was found. `force` names a reason to pass the gates. With `dry_run` nothing but that
    file changes.
    """
    challenger, registry, pointer = (root / ARTIFACTS[name] for name in ("challenger", "registry", "champion"))
    version, before = version_of(challenger), read_champion(pointer)
    if before.version == version and intact(registry / version, version):
        _enter_what_was_decided(root, version)
        return Decided("unchanged", version, version, f"{version} is the champion already")
    found = weigh(root, config, before)
    findings = judge_gates(found.evidence, config.promotion)
    refused = refusal(findings)
    decision = "promoted" if not refused else "forced" if force else "refused"
    after = before.version if decision == "refused" else version
    why = force if decision == "forced" and force else refused or accepted(findings)
    _report(root, found, {name: asdict(one) for name, one in findings.items()}, Decided(decision, version, after, why))
    if dry_run:
        return Decided(decision, version, before.version, f"{version} would be {decision}: {why}; nothing was changed")
    if decision != "refused":
        keep(challenger, found.evidence.metrics, registry / version)
        previous = before.version if before.version not in (None, version) else before.previous
        write_champion(pointer, Champion(version, previous, checksum_of(challenger)))
    metrics = found.evidence.metrics
    entry = Entry(str(found.evidence.today), version, decision, why, after, metrics["grade"], figures_of(metrics))  # type: ignore[arg-type]
    enter(root / ARTIFACTS["history"], entry)
    return Decided(decision, version, after, _said(decision, version, before.version, why))


def refuse_to_go_on(decided: Decided) -> None:
    """Raise GateRefusedError when a model was refused and there is no champion to go on with; after everybody was told."""
    if decided.decision == "refused" and decided.champion is None:
        raise GateRefusedError(f"{decided.said}; mend the data or give --force REASON")


def _enter_what_was_decided(root: Path, version: str) -> None:
    """Complete a promotion that was killed between pointer and history, from its report, unless the history has it."""
    history, report = root / ARTIFACTS["history"], root / ARTIFACTS["promotion"]
    if any(one.version == version for one in read_history(history)) or not report.exists():
        return
    decided = read_figures(report)
    if decided["challenger"] == version == decided["champion"]:
        metrics = judged_metrics(root)
        figures = metrics["grade"], figures_of(metrics)
        enter(history, Entry(decided["as_of"], version, decided["decision"], decided["reason"], version, *figures))


def _said(decision: str, version: str, before: str | None, why: str) -> str:
    if decision == "refused":
        return (
            f"kept champion {before}: {version} was refused, {why}"
            if before
            else f"{version} was refused, {why}, and there is no champion"
        )
    return f"promoted {version}{f' by force: {why}' if decision == 'forced' else f': {why}'}"


def _report(root: Path, found: Weighed, gates: dict[str, Any], decided: Decided) -> None:
    champion = found.evidence.champion
    report = {
        "as_of": found.evidence.today.isoformat(),
        "decision": decided.decision,
        "reason": decided.said,
        "challenger": decided.challenger,
        "champion_before": champion.version if champion else None,
        "champion": decided.champion,
        "gates": gates,
        "compared": asdict(champion) | {"as_of": champion.as_of.isoformat()} if champion else None,
        "shadow": asdict(found.shadow) if found.shadow else None,
    }
    write_text(root / ARTIFACTS["promotion"], json.dumps(rounded(report), indent=2) + "\n")
