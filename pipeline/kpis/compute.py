"""Clean tables -> every figure per period: the one way in, for the stage and for the command."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import duckdb

from pipeline.config import Config
from pipeline.contract.facts import activity_span, open_facts
from pipeline.contract.offered import lacking, offered
from pipeline.kpis.cells import open_cells
from pipeline.kpis.contracts import CONTRACT_METRICS, NOUN, contracts
from pipeline.kpis.declarations import declared
from pipeline.kpis.deeds import LONGEST_DAYS
from pipeline.kpis.metric import Metric, lacks
from pipeline.kpis.places import Dimension, open_places
from pipeline.kpis.sales_metrics import TOP20
from pipeline.kpis.spans import Grid, grid
from pipeline.kpis.tabulate import Row, concentration, sums, tabulate
from pipeline.kpis.topics import topics

MEMORY = "3GB"  # of the engine; what is larger spills to disk


@dataclass(frozen=True)
class Figures:
    """Figures per period and value of a dimension; `absent` says why a metric or a dimension is missing."""

    grid: Grid
    metrics: tuple[Metric, ...]
    dimensions: tuple[Dimension, ...]
    absent: dict[str, str]
    rows: list[Row]
    has: frozenset[str]


def figures(connection: duckdb.DuckDBPyConnection, clean: Path, config: Config, dimensions: tuple[str, ...]) -> Figures:
    """Open the clean tables, make the cells, and compute every figure whose needs are met.

    The tables of cells stay open on the connection, for the cohorts and whatever else follows.
    """
    connection.execute("SET preserve_insertion_order = false")  # nothing below depends on it, and it costs time and memory
    present = open_facts(connection, clean, config.definition)
    first, last = activity_span(connection, config.snapshots.as_of)
    as_of = config.snapshots.as_of or last + timedelta(days=1)
    looks_back = 0 if config.definition.kind == "renewal" else config.definition.active_days
    laid = grid(config.kpis.period, first, as_of, looks_back)
    has = offered(connection, present, as_of)
    if config.kpis.point_value is not None:
        has.add("kpis.point_value")
    open_cells(connection, laid, config.definition, has)
    made, absent = open_places(connection, laid, dimensions, has)
    metrics, missing = offered_metrics(laid, config.kpis.point_value, has)
    found = sums(connection, metrics, made)
    if TOP20 in metrics:
        concentration(connection, made, found)
    by_topic = topics(connection, found, metrics, made, laid, has)
    rows, lacked = contracts(connection, laid, config.definition.grace_days, frozenset(has))
    rows = tabulate(found, metrics, made, laid) + by_topic + rows
    shown = {row.metric for row in rows}
    metrics += tuple(metric for metric in CONTRACT_METRICS if metric.name in shown)
    lacked |= {
        m.name: f"no {NOUN[m.numerator.fact]} in the periods" for m in CONTRACT_METRICS if m.name not in shown | lacked.keys()
    }
    return Figures(laid, metrics, made, missing | lacked | absent, rows, frozenset(has))


def offered_metrics(laid: Grid, point_value: float | None, has: set[str]) -> tuple[tuple[Metric, ...], dict[str, str]]:
    """The declared figures whose needs a source meets, and the reasons why the others are absent."""
    metrics, absent = [], {}
    for metric in declared(laid, point_value):
        if metric in CONTRACT_METRICS:
            continue
        need = lacking(metric.needs, has)
        if need is None and metric.block and max(span.days for span in laid.spans) > LONGEST_DAYS:
            absent[metric.name] = f"needs periods of {LONGEST_DAYS} days at most; kpis.period={laid.period}"
        elif need is None and metric.block > max(span.days for span in laid.spans):
            absent[metric.name] = f"needs periods of {metric.block} days or more; kpis.period={laid.period}"
        elif need is None:
            metrics.append(metric)
        else:
            absent[metric.name] = lacks(need)
    return tuple(metrics), absent
