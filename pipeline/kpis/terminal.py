"""`churn kpis`: the figures as a table on the terminal, or as tab-separated lines where there is none."""

from __future__ import annotations

import sys

from pipeline.artifacts import ARTIFACTS
from pipeline.config import Config, validate
from pipeline.engine import engine
from pipeline.errors import ConfigError, DataUnfitError
from pipeline.kpis.compute import Figures, figures
from pipeline.kpis.tabulate import ALL, Row, text

SHOWN = (
    "customers_start", "customers_acquired", "customers_reactivated", "customers_lost", "customers_end", "retention_rate",
    "repeat_purchase_rate", "purchase_frequency", "average_transaction_value", "revenue_net", "nps",
)  # fmt: skip


def show(config: Config, by: str | None, period: str | None, metrics: tuple[str, ...], last: int) -> None:
    """Compute and print; raises ConfigError for a dimension, period or figure that does not exist."""
    changed = config.model_dump(mode="json")
    if period is not None:
        changed["kpis"]["period"] = int(period) if period.isdecimal() else period
    changed["kpis"]["targets"] = {}
    config = validate(changed, "churn kpis")
    if not ARTIFACTS["clean"].is_dir():
        raise DataUnfitError(f"{ARTIFACTS['clean']} is missing; run `dvc repro ingest`, which makes it")
    with engine(memory="2GB") as connection:
        found = figures(connection, ARTIFACTS["clean"], config, (by,) if by else ())
    there = {row.metric for row in found.rows if row.dimension == (by or ALL)}  # by topic, plan, month of life only some
    if by in found.absent and not there:
        raise ConfigError(f"--by {by}: {found.absent[by]}")
    names = _names(metrics, found, there)
    rows = table(found, by or ALL, names, last)
    if sys.stdout.isatty():
        _pretty(found, by, names, rows)
    else:
        print("\n".join("\t".join(row) for row in [_header(by, names), *rows]))


def _names(metrics: tuple[str, ...], found: Figures, there: set[str]) -> tuple[str, ...]:
    declared = {metric.name for metric in found.metrics}
    for name in metrics:
        if name not in declared:
            raise ConfigError(f"--metric {name}: {found.absent.get(name, 'no such figure; docs/reference/kpis.md lists them')}")
    usual = tuple(name for name in SHOWN if name in there)
    return metrics or usual or tuple(metric.name for metric in found.metrics if metric.name in there)


def _header(by: str | None, names: tuple[str, ...]) -> list[str]:
    return ["period", *([by] if by else []), *names, "mark"]


def table(found: Figures, dimension: str, names: tuple[str, ...], last: int) -> list[list[str]]:
    """A line per period and value; a mark that any of its figures has stands at the end."""
    labels = [span.label for span in found.grid.spans[-last:]]
    cells: dict[tuple[str, str], dict[str, Row]] = {}
    for row in found.rows:
        if row.dimension == dimension and row.metric in names and row.period in labels:
            cells.setdefault((row.period, row.value), {})[row.metric] = row
    lines = []
    for (period, value), by_name in sorted(cells.items(), key=lambda item: (labels.index(item[0][0]), item[0][1])):
        marks = dict.fromkeys(mark for row in by_name.values() for mark in row.mark.split())
        shown = [_short(by_name[name]) if name in by_name else "" for name in names]
        lines.append([period, *([] if dimension == ALL else [value]), *shown, " ".join(marks)])
    return lines


def _short(row: Row) -> str:
    if row.figure is None:
        return ""
    return text(row.figure if row.figure == int(row.figure) else round(row.figure, 4))


def _pretty(found: Figures, by: str | None, names: tuple[str, ...], rows: list[list[str]]) -> None:
    from rich.console import Console
    from rich.table import Table

    shown = Table(title=f"as of {found.grid.as_of}, per {found.grid.period}")
    for name in _header(by, names):
        shown.add_column(name.replace("_", " "), justify="right" if name in names else "left")
    for row in rows:
        shown.add_row(*row)
    Console().print(shown)
