"""The judged rows of all test dates: the facts before each date, the twins, and the groups that their customers belong to."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from pipeline.config import Config
from pipeline.contract.facts import open_facts, seen_at, timestamp
from pipeline.engine import engine
from pipeline.model.folds import Plan
from pipeline.model.judge import judge
from pipeline.model.labels import refused
from pipeline.model.saved import load
from pipeline.model.slices import groups, values_at
from pipeline.model.snapshot_rows import rows_of_test, twin_rows
from pipeline.personal import personal_attributes
from pipeline.progress import track

HISTORY = """SELECT customer_id, CAST(count(DISTINCT CAST(happened_at AS DATE)) - 1 AS DOUBLE) AS repeats,
    date_diff('second', min(happened_at), max(happened_at)) / CAST(86400 AS DOUBLE) AS last,
    date_diff('second', min(happened_at), {t}) / CAST(86400 AS DOUBLE) AS age
FROM activity WHERE {seen} AND customer_id NOT IN (SELECT customer_id FROM ({refused}) WHERE name = 'consent_profiling')
GROUP BY customer_id ORDER BY customer_id"""


def summary_before(connection: duckdb.DuckDBPyConnection, t: date, as_of: date) -> pd.DataFrame:
    """Repeat days, time of the last and age of every customer with activity before `t`, as BG/NBD reads them.

    Who refuses profiling as of `as_of`, today, is left out.
    """
    query = HISTORY.format(t=timestamp(t), seen=seen_at(timestamp(t), "activity"), refused=refused(as_of))
    return connection.execute(query).df()


def judge_all(
    clean: Path, challenger: Path, rows: pd.DataFrame, catalog: list[dict[str, Any]], plan: Plan, config: Config
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows of all test dates with everyone's probabilities, and their groups."""
    judged, grouped = [], []
    with engine() as connection:
        open_facts(connection, clean, config.definition)
        personal = personal_attributes(connection)
        named = [name for name in config.evaluate.slices if name not in personal]
        for twin, origin in track([(origin.twin, origin) for origin in plan.origins], "evaluate"):
            train, test = twin_rows(rows, origin), rows_of_test(rows, origin)
            history = summary_before(connection, origin.test, plan.score)
            model = load(challenger, twin)
            judged.append(judge(origin, model, train, test, history, catalog, config))
            grouped.append(groups(test, history, set(train["customer_id"]), values_at(connection, named, origin.test)))
    return pd.concat(judged, ignore_index=True), pd.concat(grouped, ignore_index=True)
