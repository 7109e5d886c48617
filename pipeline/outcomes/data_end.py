"""Facts -> whether the data reach to the end of a window: who came back after their end would seem to have left."""

from __future__ import annotations

from datetime import date

import duckdb

from pipeline.check.arrivals import ROWS, SILENCES, SILENT_DAYS
from pipeline.contract.facts import timestamp

ENDS = """
SELECT sum(rows) AS rows, max(day) AS last, max(silence) AS silence FROM (
    SELECT day, rows, date_diff('day', lag(day) OVER (ORDER BY day), day) AS silence FROM (
        SELECT CAST(happened_at AS DATE) AS day, count(*) AS rows FROM {facts} WHERE happened_at < {until} GROUP BY day))
"""
JUDGED_BY = ("activity", "lines")  # who stayed, and what they brought in


def data_end(connection: duckdb.DuckDBPyConnection, until: date) -> date | None:
    """The last day of activity or of order lines before `until`, if it lies so long before that they must have ended there.

    That is by the rule of the data check's `ended_early`: of at least ROWS rows, more than SILENT_DAYS days, and more than
    SILENCES times the longest silence until then. The facts are open. None where both go on, or there are too few to say.
    """
    for facts in JUDGED_BY:
        rows, last, silence = connection.execute(ENDS.format(facts=facts, until=timestamp(until))).fetchone() or (0, None, None)
        if last is not None and silence and rows >= ROWS and (until - last).days > max(SILENT_DAYS, SILENCES * silence):
            return date.fromisoformat(str(last))
    return None
