"""Rejected rows -> a Parquet file: the rule, where the row stands, and its own text."""

from __future__ import annotations

from pathlib import Path

import duckdb

from pipeline.contract.rules import LINE_BROKEN
from pipeline.contract.tables import TABLES
from pipeline.contract.verdicts import FATES, Judged
from pipeline.engine import quoted, write_parquet

# A line that did not parse pushes the rows after it one line further down.
PLACED = """
SELECT rules.rule, origins.origin AS file, judged.file AS number, {texts},
    origins.first_line + coalesce(judged.place - 1, (judged.rowid - starts.start) // origins.facts) AS unshifted
FROM judged JOIN rules USING (verdict) JOIN origins USING (file)
JOIN (SELECT file, min(rowid) AS start FROM judged GROUP BY file) AS starts USING (file)
WHERE verdict >= {first_error}
"""
SHIFTED = """
SELECT rule, rows.file,
    CAST(unshifted + coalesce(earlier, 0) AS BIGINT) AS line,
    {columns}, CAST(NULL AS VARCHAR) AS record
FROM ({placed}) AS rows ASOF LEFT JOIN before ON before.file = rows.number AND before.place <= rows.unshifted
UNION ALL SELECT '{line_broken}', origins.origin, line, {empty}, record FROM broken JOIN origins USING (file)
"""


def write_quarantine(judged: Judged, path: Path) -> None:
    """Write rule, file, line, the text of each column, and `record`, the text of a line that could not be cut into cells.

    Lines are counted as records, the header being 1: the row number that a spreadsheet shows. Values that could be read and only
    contradict other rows are shown as they were read.
    """
    columns = TABLES[judged.table].columns
    _create(judged.connection, "rules(verdict, rule)", list(enumerate(judged.verdicts)))
    _create(
        judged.connection,
        "origins(file, origin, first_line, facts)",
        [(number, one.name, one.first_line, one.facts) for number, one in enumerate(judged.origins)],
    )
    numbered = "SELECT *, row_number() OVER (PARTITION BY file ORDER BY line) AS earlier FROM broken"
    before = f"SELECT file, line - earlier + 1 AS place, max(earlier) AS earlier FROM ({numbered}) GROUP BY ALL"
    judged.connection.execute(f"CREATE OR REPLACE TEMP TABLE before AS {before}")
    texts = [
        f"CASE WHEN raw IS NULL THEN CAST(judged.{name} AS VARCHAR) ELSE raw ->> '$.{name}' END AS {name}"
        if name in judged.columns
        else f"CAST(NULL AS VARCHAR) AS {name}"
        for name in columns
    ]
    query = SHIFTED.format(
        placed=PLACED.format(texts=", ".join(texts), first_error=len(FATES)),
        columns=", ".join(columns),
        line_broken=LINE_BROKEN.name,
        empty=", ".join(["NULL"] * len(columns)),
    )
    write_parquet(judged.connection, query, path, "rule, file, line, " + ", ".join(columns))


def _create(connection: duckdb.DuckDBPyConnection, signature: str, rows: list[tuple[object, ...]]) -> None:
    """A small table of constants."""
    cells = ", ".join("(" + ", ".join(quoted(v) if isinstance(v, str) else str(v) for v in row) + ")" for row in rows)
    name = signature.partition("(")[0]
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM (VALUES {cells}) AS {signature}")
