"""Cells -> figures: sums per period and value of a dimension, divided, with their intervals and marks, one row each."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any, NamedTuple

import duckdb

from pipeline.kpis.metric import Fact, Metric, Sum
from pipeline.kpis.places import Dimension
from pipeline.kpis.sales_metrics import TOP20
from pipeline.kpis.spans import Grid, Span
from pipeline.statistics.intervals import normal, wilson

SMALL = 30
MOST_COMBINATIONS = 4_000
ALL = "all"
SOURCES: dict[Fact, str] = {
    "customers": "places",
    "sales": "sales JOIN places USING (who, k)",
    "events": "events_done JOIN places USING (who, k)",
}

Place = tuple[str, str, int]  # dimension, value, number of the period
Sums = dict[Place, dict[Sum, Any]]


class Row(NamedTuple):
    """One figure of one cell; None where there is nothing to divide by; marks are separated by blanks."""

    period: str
    period_start: str
    dimension: str
    value: str
    metric: str
    figure: float | None
    numerator: float | None
    denominator: float | None
    low: float | None
    high: float | None
    mark: str


COLUMNS = Row._fields


def sums(connection: duckdb.DuckDBPyConnection, metrics: tuple[Metric, ...], dimensions: tuple[Dimension, ...]) -> Sums:
    """Every aggregate that the metrics need, in one pass over each fact for all dimensions."""
    found: Sums = {}
    wanted = list(dict.fromkeys(s for metric in metrics for s in metric.sums))
    for fact, source in SOURCES.items():
        mine = [s for s in wanted if s.fact == fact]
        if mine:
            _gather(connection, source, mine, dimensions, found)
    return found


def _gather(
    connection: duckdb.DuckDBPyConnection, source: str, mine: list[Sum], dimensions: tuple[Dimension, ...], found: Sums
) -> None:
    """One pass over the rows per bundle of dimensions, and from its few cells the sums of each."""
    parts = ", ".join(f"{s.sql} AS s{number}" for number, s in enumerate(mine))
    whole = ", ".join(f"sum(s{number})" for number in range(len(mine)))
    for number, bundle in enumerate(_bundles(dimensions)):
        columns = "".join(f", {d.column}" for d in bundle)
        sets = ", ".join([*(["(k)"] if number == 0 else []), *(f"(k, {d.column})" for d in bundle)])
        codes = "".join(f"CASE WHEN grouping({d.column}) = 0 THEN {d.column} END, " for d in bundle)
        rows = connection.execute(
            f"SELECT k, {codes}{whole} FROM (SELECT k{columns}, {parts} FROM {source} GROUP BY k{columns}) "
            f"GROUP BY GROUPING SETS ({sets})"
        ).fetchall()
        for k, *rest in rows:
            given, values = rest[: len(bundle)], rest[len(bundle) :]
            place = next(
                ((d.name, d.values[code], k) for d, code in zip(bundle, given, strict=True) if code is not None), (ALL, ALL, k)
            )
            found.setdefault(place, {}).update(zip(mine, values, strict=True))


def _bundles(dimensions: tuple[Dimension, ...]) -> list[tuple[Dimension, ...]]:
    """Dimensions whose values make few combinations together; at least one bundle, which may be empty."""
    bundles: list[tuple[Dimension, ...]] = [()]
    for dimension in sorted(dimensions, key=lambda d: (len(d.values), d.name)):
        if prod(len(d.values) for d in (*bundles[-1], dimension)) <= MOST_COMBINATIONS:
            bundles[-1] = (*bundles[-1], dimension)
        else:
            bundles.append((dimension,))
    return bundles


def concentration(connection: duckdb.DuckDBPyConnection, dimensions: tuple[Dimension, ...], found: Sums) -> None:
    """Add the revenue of the top fifth of customers, rounded up, of each cell."""
    columns = "".join(f", {d.column}" for d in dimensions)
    connection.execute(f"CREATE OR REPLACE TABLE spent AS SELECT k, revenue{columns} FROM {SOURCES['sales']} WHERE revenue > 0")
    for name, column, values in ((ALL, "0", (ALL,)), *((d.name, d.column, d.values) for d in dimensions)):
        rows = connection.execute(
            "SELECT k, code, sum(revenue) FILTER (WHERE place <= ceil(n / 5.0)), sum(revenue), any_value(n) FROM ("
            f"SELECT k, {column} AS code, revenue, count(*) OVER (PARTITION BY k, code) AS n, "
            "row_number() OVER (PARTITION BY k, code ORDER BY revenue DESC) AS place "
            "FROM spent) GROUP BY k, code"
        ).fetchall()
        for k, code, *numbers in rows:
            cell = found.setdefault((name, values[code], k), {})
            cell |= dict(zip((s for s in TOP20.sums), numbers, strict=True))


def tabulate(found: Sums, metrics: tuple[Metric, ...], dimensions: tuple[Dimension, ...], grid: Grid) -> list[Row]:
    """Rows by dimension, value, period and metric; raises RuntimeError where the flow of customers does not add up."""
    undated = {d.name for d in dimensions if d.undated}
    moving = {d.name for d in dimensions if d.moving}
    order = {ALL: 0} | {d.name: number for number, d in enumerate(dimensions, start=1)}
    cells = sorted({(name, value) for name, value, _ in found}, key=lambda cell: (order[cell[0]], cell[1]))
    rows: list[Row] = []
    for name, value in cells:
        of = [metric for metric in metrics if not (metric.to_date and name in moving)]
        added = {part for metric in of if metric.to_date for part in metric.sums}
        so_far: dict[Sum, Any] = {}
        for span in grid.spans:
            cell = found.get((name, value, span.number))
            if cell is None:
                continue
            so_far = {part: so_far.get(part, 0) + (cell.get(part) or 0) for part in added}
            made = [row_of(metric, so_far if metric.to_date else cell, span, grid, (name, value)) for metric in of]
            check(made)
            rows += [_marked(row, "undated") if name in undated else row for row in made]
    return rows


def check(rows: list[Row]) -> None:
    """Raise RuntimeError unless start + acquired + reactivated − lost = end, and lost is the sum of its parts."""
    flow = {row.metric.removeprefix("customers_"): int(row.figure or 0) for row in rows if row.metric.startswith("customers_")}
    lost = flow["lost_start"] + flow["lost_acquired"] + flow["lost_reactivated"]
    end = flow["start"] + flow["acquired"] + flow["reactivated"] - flow["lost"]
    if lost != flow["lost"] or end != flow["end"] or flow["retained"] + flow["lost_start"] != flow["start"]:
        raise RuntimeError(
            f"the flow of customers does not add up in {rows[0].dimension}={rows[0].value} {rows[0].period}: {flow}"
        )


def row_of(metric: Metric, cell: dict[Sum, Any], span: Span, grid: Grid, place: tuple[str, str], undecided: bool = False) -> Row:
    """A figure of a cell; it is also partial where the outcome of some is still `undecided`."""
    top, bottom, n = _parts(metric, cell, span, grid)
    figure, low, high = None, None, None
    if metric.kind in ("count", "median"):
        figure, top = top, top if metric.kind == "count" else None
    elif top is not None and bottom is not None and bottom > 0:
        figure = metric.scale * top / bottom
        bounds = _bounds(metric, cell, top, bottom)
        low, high = bounds if bounds else (None, None)
    marks = [
        word
        for word, holds in (
            (
                "partial",
                span.partial or undecided or (metric.previous and span.number > 0 and grid.spans[span.number - 1].partial),
            ),
            ("truncated", metric.looks_back and span.truncated),
            ("small", n is not None and n < SMALL),
            ("empty", figure is None),
        )
        if holds
    ]
    return Row(span.label, span.start.isoformat(), *place, metric.name, figure, top, bottom, low, high, " ".join(marks))


def _parts(metric: Metric, cell: dict[Sum, Any], span: Span, grid: Grid) -> tuple[float | None, float | None, float | None]:
    """Numerator, denominator and the number of customers, orders or answers behind them."""
    top = _number(cell.get(metric.numerator), none_is_zero=metric.kind == "count")
    if metric.block:
        known = (span.until - max(span.start, grid.first)).days
        blocks = known if metric.block == 1 else _blocks(metric.block, grid)
        whole = 0 < blocks * metric.block <= known
        return top or 0.0, float(blocks) if whole else None, None
    bottom = _number(cell.get(metric.denominator)) if metric.denominator else None
    n = _number(cell.get(metric.n)) if metric.n else bottom
    if top is None and bottom and not metric.unknown:
        top = 0.0
    if metric.complement and bottom is not None:
        top = bottom - (top or 0.0)
    return top, bottom, None if metric.kind == "count" else (n or 0.0)


def _blocks(block: int, grid: Grid) -> int:
    return grid.shortest // block


def _bounds(metric: Metric, cell: dict[Sum, Any], top: float, bottom: float) -> tuple[float, float] | None:
    if metric.kind == "share":
        return wilson(top, bottom)
    if metric.kind == "mean" and metric.squares is not None:
        bounds = normal(top, float(cell.get(metric.squares) or 0), bottom)
        return (metric.scale * bounds[0], metric.scale * bounds[1]) if bounds else None
    return None


def _number(value: Any, none_is_zero: bool = False) -> float | None:
    if value is None:
        return 0.0 if none_is_zero else None
    return float(value)


def _marked(row: Row, word: str) -> Row:
    return row._replace(mark=" ".join(filter(None, (row.mark, word))))


def lines(rows: list[Row]) -> Iterator[tuple[str, ...]]:
    """The rows as text: whole numbers as such, others to ten digits."""
    for row in rows:
        yield tuple(map(text, row))


def text(value: Any) -> str:
    """A cell of the table of figures."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and not (1e10 <= abs(value) < 1e15 and value.is_integer()):
        return f"{value:.10g}"
    return f"{value:.0f}"
