"""Targets of the last complete period, and whether they are met beyond chance."""

from __future__ import annotations

from typing import Any

from pipeline.errors import ConfigError
from pipeline.kpis.compute import Figures
from pipeline.kpis.declarations import declared
from pipeline.kpis.tabulate import ALL


def targets(wanted: dict[str, float], found: Figures) -> list[dict[str, Any]]:
    """Each target with its figure and status: met, missed, open (the interval contains the target) or absent, with the reason.

    Raises ConfigError for a target of a figure that is not declared, that is neither good nor bad, or that cannot be reached.
    """
    good = {metric.name: metric.good for metric in found.metrics}
    shares = {metric.name for metric in found.metrics if metric.kind == "share"}
    made = []
    for name, target in wanted.items():
        if name not in {metric.name for metric in declared(found.grid, 1.0)}:
            raise ConfigError(f"kpis.targets.{name}: there is no such figure; docs/reference/kpis.md lists them")
        if good.get(name) == "":
            raise ConfigError(f"kpis.targets.{name}: neither more nor less of it is good; leave it out")
        if name in shares and not 0 <= target <= 1:
            raise ConfigError(f"kpis.targets.{name}: a share lies between 0 and 1; given {target:g}")
        made.append({"metric": name, "target": target} | _status(name, target, good.get(name, ""), found))
    return made


def _status(name: str, target: float, good: str, found: Figures) -> dict[str, Any]:
    if name in found.absent:
        return {"status": "absent", "reason": found.absent[name]}
    if not found.grid.complete:
        return {"status": "absent", "reason": "no period is complete"}
    label = found.grid.complete[-1].label
    row = next((r for r in found.rows if r.dimension == ALL and r.metric == name and r.period == label), None)
    if row is None or row.figure is None:
        return {"status": "absent", "reason": f"nothing to divide by in {label}"}
    reached = row.figure >= target if good == "up" else row.figure <= target
    unsure = row.low is not None and row.high is not None and row.low <= target <= row.high
    status = "open" if unsure else "met" if reached else "missed"
    return {"period": label, "figure": row.figure, "low": row.low, "high": row.high, "status": status, "mark": row.mark}
