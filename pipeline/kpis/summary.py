"""Everything the figures say, as plain values for reports/kpis.json and the report."""

from __future__ import annotations

from typing import Any

import duckdb

from pipeline.config import Config
from pipeline.kpis.cohorts import MONEY, cohorts
from pipeline.kpis.compute import Figures
from pipeline.kpis.leaving import cancel_reasons, leaving
from pipeline.kpis.metric import lacks
from pipeline.kpis.rfm import rfm
from pipeline.kpis.survival import lives, second_purchase
from pipeline.kpis.tabulate import ALL, Row
from pipeline.kpis.targets import targets
from pipeline.kpis.worth import worth

NO_ORDERS, NO_MONEY = {"absent": lacks("transactions")}, {"absent": lacks("transactions.amount")}


def summary(connection: duckdb.DuckDBPyConnection, found: Figures, config: Config) -> dict[str, Any]:
    """Definitions, what is absent and why, the figures of everybody by period, targets, and what goes beyond a period."""
    with_orders, with_money = "transactions" in found.has, "transactions.amount" in found.has
    money = tuple(name for name, column in zip(MONEY, ("amount", "margin"), strict=True) if f"transactions.{column}" in found.has)
    grown = cohorts(connection, found.grid, money)
    return {
        "as_of": found.grid.as_of.isoformat(),
        "first_day": found.grid.first.isoformat(),
        "period": found.grid.period,
        "definition": config.definition.model_dump(),
        "currency": config.source.currency,
        "metrics": {m.name: {"formula": m.formula, "unit": m.unit, "source": m.source, "good": m.good} for m in found.metrics},
        "absent": found.absent,
        "dimensions": {d.name: {"moving": d.moving, "undated": d.undated} for d in found.dimensions},
        "periods": _periods(found),
        "latest": latest(found),
        "targets": targets(config.kpis.targets, found),
        "cohorts": grown,
        "survival": lives(connection, found.grid, config.definition),
        "concentration": _concentration(connection, found) if with_money else NO_MONEY,
        "second_purchase": second_purchase(connection, found.grid) if with_orders else NO_ORDERS,
        "rfm": rfm(connection, found.grid, with_money) if with_orders else NO_ORDERS,
        "leaving": leaving(connection, found, config.definition.active_days),
        "cancel_reasons": cancel_reasons(connection, found),
        "worth": worth(connection, found.grid, config.definition, grown["pooled"]),
    }


def _periods(found: Figures) -> list[dict[str, Any]]:
    by_period: dict[str, list[Row]] = {}
    for row in found.rows:
        if row.dimension == ALL:
            by_period.setdefault(row.period, []).append(row)
    return [
        {
            "period": span.label,
            "start": span.start.isoformat(),
            "end": span.end.isoformat(),
            "partial": span.partial,
            "truncated": span.truncated,
            "figures": {row.metric: row.figure for row in by_period.get(span.label, [])},
            "intervals": {row.metric: [row.low, row.high] for row in by_period.get(span.label, []) if row.low is not None},
        }
        for span in found.grid.spans
    ]


def _concentration(connection: duckdb.DuckDBPyConnection, found: Figures) -> dict[str, Any]:
    """Share of revenue of the best 5, 10, … % of customers, rounded up, in the last complete period."""
    if not found.grid.complete:
        return {"absent": "no period is complete"}
    span = found.grid.complete[-1]
    rows = connection.execute(
        "SELECT CAST(step * 5 AS INTEGER), sum(revenue) FILTER (WHERE place <= ceil(n * step / 20.0)), sum(revenue), "
        "any_value(n) FROM (SELECT revenue, count(*) OVER () AS n, row_number() OVER (ORDER BY revenue DESC) AS place "
        f"FROM sales WHERE k = {span.number} AND revenue > 0) CROSS JOIN (SELECT range AS step FROM range(1, 21)) "
        "GROUP BY step ORDER BY step"
    ).fetchall()
    curve = [{"percent": percent, "share": float(part) / float(whole)} for percent, part, whole, _ in rows]
    return {"period": span.label, "customers": rows[0][3] if rows else 0, "curve": curve}


def latest(found: Figures) -> dict[str, Any]:
    """The figures of everybody in the last complete period, with their intervals and marks; empty without one."""
    if not found.grid.complete:
        return {}
    label = found.grid.complete[-1].label
    rows = [row for row in found.rows if row.dimension == ALL and row.period == label]
    return {"period": label, "figures": {row.metric: _plain(row) for row in rows}}


def _plain(row: Row) -> dict[str, Any]:
    names = ("figure", "numerator", "denominator", "low", "high", "mark")
    return {name: getattr(row, name) for name in names}
