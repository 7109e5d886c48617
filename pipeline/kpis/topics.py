"""What customers complain and ask about: tickets and complaints by topic, and how long an answer takes."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from pipeline.engine import quoted
from pipeline.kpis.deeds import EXACT
from pipeline.kpis.event_metrics import HOURS, HOURS_MEDIAN, PER_TOPIC, PRESENT
from pipeline.kpis.metric import Metric
from pipeline.kpis.places import MOST_VALUES, OTHER, UNKNOWN, Dimension
from pipeline.kpis.spans import Grid
from pipeline.kpis.tabulate import ALL, Row, Sums, row_of

TOPIC = "topic"
SAID = """
CREATE TABLE said AS
WITH words AS (
    SELECT who, CAST({number} AS SMALLINT) AS k, kind, CAST(value AS {exact}) AS hours, coalesce(topic, {unknown}) AS word
    FROM events JOIN people USING (customer_id) WHERE kind IN ('support_ticket', 'complaint') AND {seen}
), ranked AS (
    SELECT word, row_number() OVER (ORDER BY n DESC, word) AS place FROM (SELECT word, count(*) AS n FROM words GROUP BY word)
)
SELECT k, kind, present, hours, {codes}CASE WHEN place <= {most} THEN word ELSE {other} END AS topic
FROM words JOIN ranked USING (word) JOIN places USING (who, k)
"""
COUNTED = """
SELECT k, {named} AS dimension, {valued} AS value,
    count(*) FILTER (WHERE present AND kind = 'support_ticket'), count(*) FILTER (WHERE present AND kind = 'complaint'),
    sum(hours), sum(hours * hours), count(hours), median(hours)
FROM said GROUP BY GROUPING SETS ((k), {sets})
"""


def topics(
    connection: duckdb.DuckDBPyConnection,
    found: Sums,
    metrics: tuple[Metric, ...],
    dimensions: tuple[Dimension, ...],
    grid: Grid,
    has: set[str],
) -> list[Row]:
    """Add the median of the hours to the cells, which no sum of sums can give, and return the rows by topic.

    Those are over all present customers. A topic without a word in a period has zeros there; beyond the 30 most frequent
    topics it is `(other)`.
    """
    if not has & {"engagements:support_ticket", "engagements:complaint"}:
        return []
    connection.execute(
        SAID.format(
            number=grid.number("happened_at"), seen=grid.seen("events"), exact=EXACT, most=MOST_VALUES,
            unknown=quoted(UNKNOWN), other=quoted(OTHER), codes="".join(f"{d.column}, " for d in dimensions),
        )
    )  # fmt: skip
    parts = (*(metric.numerator for metric in PER_TOPIC), *HOURS.sums, HOURS_MEDIAN.numerator)
    said: Sums = {}
    columns = [*(d.column for d in dimensions), TOPIC]
    query = COUNTED.format(
        named=_chosen((column, f"'{column}'") for column in columns),
        valued=_chosen((column, f"CAST({column} AS VARCHAR)") for column in columns),
        sets=", ".join(f"(k, {column})" for column in columns),
    )
    by_column = {d.column: d for d in dimensions}
    for k, column, value, tickets, complaints, hours, squares, n, median in connection.execute(query).fetchall():
        if column == TOPIC:
            said[TOPIC, value, k] = dict(zip(parts, (tickets, complaints, hours, n, squares, median), strict=True))
        else:
            dimension = by_column.get(column)
            place = (dimension.name, dimension.values[int(value)], k) if dimension else (ALL, ALL, k)
            found.setdefault(place, {})[HOURS_MEDIAN.numerator] = median
    if "engagements.topic" not in has:
        return []
    return _rows(said, found, [metric for metric in (*PER_TOPIC, HOURS, HOURS_MEDIAN) if metric in metrics], grid)


def _rows(said: Sums, found: Sums, shown: list[Metric], grid: Grid) -> list[Row]:
    none = {metric.numerator: 0 for metric in PER_TOPIC}
    return [
        row_of(
            metric, none | said.get((TOPIC, topic, span.number), {}) | {PRESENT: whole.get(PRESENT)}, span, grid, (TOPIC, topic)
        )
        for topic in sorted({topic for _, topic, _ in said})
        for span in grid.spans
        if (whole := found.get((ALL, ALL, span.number)))
        for metric in shown
    ]


def _chosen(of: Iterable[tuple[str, str]]) -> str:
    """SQL: the expression of the column that the row is grouped by."""
    return f"CASE {' '.join(f'WHEN grouping({column}) = 0 THEN {expression}' for column, expression in of)} END"
