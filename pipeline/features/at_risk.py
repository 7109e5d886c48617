"""Who was at risk when: the rows that the matrix has, and those that its columns are screened on."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pandas as pd

from pipeline.contract.facts import timestamp
from pipeline.engine import quoted
from pipeline.model.folds import Plan
from pipeline.model.labels import read_by_models

AT_RISK = """CREATE TABLE at_risk AS
    SELECT customer_id, t FROM read_parquet({labelled}) WHERE {read}
    UNION ALL SELECT customer_id, t FROM read_parquet({customers}) WHERE status = 'scored'"""

# Of what the twin learns from: the choice of columns must not know the rows that it is judged on.
SCREENED_ROWS = 20_000
SCREENED = """SELECT features.*, y FROM read_parquet({matrix}) AS features JOIN (
        SELECT customer_id, t, CAST(NOT coalesce(kept_known_at < {test}, false) AS TINYINT) AS y
        FROM read_parquet({labelled}) WHERE weight > 0 AND CAST(t AS DATE) IN ({t})
        ORDER BY md5(customer_id || t), customer_id, t LIMIT {rows}
    ) USING (customer_id, t) ORDER BY t, customer_id"""


def open_at_risk(connection: duckdb.DuckDBPyConnection, snapshots: Path, plan: Plan) -> tuple[date, ...]:
    """Make the table `at_risk` of the labelled rows that models read and everyone to be scored; return their dates in order."""
    labelled, customers = (quoted(snapshots / f"{name}.parquet") for name in ("labelled", "customers"))
    connection.execute(AT_RISK.format(labelled=labelled, customers=customers, read=read_by_models(plan)))
    found = connection.execute("SELECT DISTINCT CAST(t AS DATE) AS t FROM at_risk ORDER BY t").fetchall()
    return tuple(t for (t,) in found)


def seen_in_training(connection: duckdb.DuckDBPyConnection, matrix: Path, snapshots: Path, plan: Plan) -> pd.DataFrame:
    """A sample of the rows that the twin learns from, with the label as it was known then."""
    t = ", ".join(f"DATE '{day}'" for day in plan.train) or "NULL"
    return connection.execute(
        SCREENED.format(
            matrix=quoted(matrix),
            labelled=quoted(snapshots / "labelled.parquet"),
            rows=SCREENED_ROWS,
            t=t,
            test=timestamp(plan.test),
        )
    ).df()
