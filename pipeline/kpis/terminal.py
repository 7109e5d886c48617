"""`churn kpis`: the figures as a table on the terminal, or as tab-separated lines where there is none."""

from __future__ import annotations

import sys

from pipeline.artifacts import ARTIFACTS
from pipeline.config import Config, validate
from pipeline.engine import engine
from pipeline.errors import ConfigError, DataUnfitError
from pipeline.kpis.compute import MEMORY, Figures, figures
from pipeline.kpis.tabulate import ALL, Row, text

WIDE = 1_000  # columns that no table needs
SHOWN = (
    "customers_start", "customers_acquired", "customers_lost", "customers_end", "retention_rate", "repeat_purchase_rate",
    "revenue_net", "nps",
)  # fmt: skip


def show(config: Config, by: str | None, period: str | None, metrics: tuple[str, ...], last: int) -> None:
    """Compute and print; raises ConfigError for a dimension, period or figure that does not exist."""
    changed = config.model_dump(mode="json")
    if period is not None:
        changed["kpis"]["period"] = int(period) if period.isdecimal() else period
    changed["kpis"]["targets"] = {}
    config = validate(changed, f"--period {period}")
    if not ARTIFACTS["clean"].is_dir():
        raise DataUnfitError(f"{ARTIFACTS['clean']} is missing; run `dvc repro ingest`, which makes it")
    with engine(memory=MEMORY) as connection:
        found = figures(connection, ARTIFACTS["clean"], config, (by,) if by else ())
    by = None if by == ALL else by
    there = {row.metric for row in found.rows if row.dimension == (by or ALL)}  # by topic, plan, month of life only some
    if by in found.absent and not there:
        raise ConfigError(f"--by {by}: {found.absent[by]}")
    names = _names(metrics, found, there, by)
    if sys.stdout.isatty():
        _pretty(found, by, names, last)
    else:
        rows = [
            [period, *(" ".join(v.split()) for v in value), *map(_plain, cells), mark]
            for period, value, cells, mark in table(found, by, names, last)
        ]
        print("\n".join("\t".join(row) for row in [_header(by, names), *rows]))


def _names(metrics: tuple[str, ...], found: Figures, there: set[str], by: str | None) -> tuple[str, ...]:
    """The figures to show: those asked for, else the usual ones that there are, else all that there are."""
    declared = {metric.name for metric in found.metrics}
    for name in metrics:
        if name not in declared:
            raise ConfigError(f"--metric {name}: {found.absent.get(name, 'no such figure; docs/reference/kpis.md lists them')}")
        if name not in there:
            raise ConfigError(f"--metric {name}: not given by {by}; by {by} there are {', '.join(sorted(there))}")
    usual = tuple(name for name in SHOWN if name in there)
    return metrics or usual or tuple(metric.name for metric in found.metrics if metric.name in there)


def _header(by: str | None, names: tuple[str, ...]) -> list[str]:
    return ["period", *([by] if by else []), *names, "mark"]


Line = tuple[str, list[str], list[Row | None], str]  # period, value of the dimension if there is one, figures, marks


def table(found: Figures, by: str | None, names: tuple[str, ...], last: int) -> list[Line]:
    """A line per period and value; a mark that only some of its figures have names them."""
    labels = [span.label for span in found.grid.spans[-last:]]
    cells: dict[tuple[int, str], dict[str, Row]] = {}
    for row in found.rows:  # in the order of the dimension's values
        if row.dimension == (by or ALL) and row.metric in names and row.period in labels:
            cells.setdefault((labels.index(row.period), row.value), {})[row.metric] = row
    lines: list[Line] = []
    for (number, value), by_name in sorted(cells.items(), key=lambda item: item[0][0]):
        figures = [by_name.get(name) for name in names]
        lines.append((labels[number], [value] if by else [], figures, _marks([row for row in figures if row])))
    return lines


def _marks(rows: list[Row]) -> str:
    marked: dict[str, list[str]] = {}
    for row in rows:
        for mark in row.mark.split():
            marked.setdefault(mark, []).append(row.metric)
    said = [mark if len(of) == len(rows) else f"{mark}: {', '.join(of)}" for mark, of in marked.items() if mark != "empty"]
    return "; ".join(said)


def _plain(row: Row | None) -> str:
    if row is None or row.figure is None:
        return ""
    return text(row.figure if row.figure == int(row.figure) else round(row.figure, 4))


def _pretty(found: Figures, by: str | None, names: tuple[str, ...], last: int) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    metrics = {metric.name: metric for metric in found.metrics}
    shown = Table(title=f"as of {found.grid.as_of}, per {found.grid.period}", box=None, header_style="bold", pad_edge=False)
    for name in _header(by, names):
        said = name.removeprefix("customers_").replace("_", " ")
        shown.add_column(said, justify="right" if name in metrics else "left", no_wrap=name != "mark", overflow="fold")
    for period, value, cells, mark in table(found, by, names, last):
        figures = (_read(row, metrics[name].unit) for name, row in zip(names, cells, strict=True))
        shown.add_row(*(Text(cell) for cell in (period, *value, *figures, mark)))
    asked = shown.__rich_measure__(Console(width=WIDE), Console(width=WIDE).options).maximum
    console = Console(width=max(Console().width, asked))  # a figure is never cut: the terminal breaks the line
    console.print(shown)
    for name in names:
        console.print(f"{name}: {metrics[name].formula}", style="dim", highlight=False)


def _read(row: Row | None, unit: str) -> str:
    """A figure for the eye: shares in per cent, counts and money in whole numbers, the rest with two decimals."""
    if row is None or row.figure is None:
        return "–"
    if unit == "share":
        return f"{100 * row.figure:.1f} %"
    whole = row.figure == int(row.figure) or (unit == "money" and abs(row.figure) >= 100)
    return f"{row.figure:,.0f}" if whole else f"{row.figure:,.2f}"
