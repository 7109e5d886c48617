"""Facts -> what became of the customers of a delivery in its window: who stayed, and what they brought in.

The window is that of the churn label, `[t + gap, t + gap + horizon)`, of every customer of the delivery, at risk or not: those
who lapsed or were too new stayed if they were active (or renewed) in it. Only what was known before `as_of`, today, counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import duckdb
import pandas as pd

from pipeline.artifacts import ARTIFACTS
from pipeline.config import Definition
from pipeline.contract.facts import seen_at, timestamp
from pipeline.engine import scalar
from pipeline.errors import DataUnfitError
from pipeline.model.folds import label_days
from pipeline.model.labels import dates_table, standing, staying
from pipeline.model.treated import WEIGHT, treated
from pipeline.outcomes.contact_costs import OF_DELIVERY
from pipeline.value.value_label import earned

HAPPENED = """
WITH risk AS (SELECT delivered.customer_id, {t} AS t, coalesce(cover_end, {t}) AS cover_end
    FROM delivered LEFT JOIN ({standing}) AS standing USING (customer_id)),
stayed AS (SELECT DISTINCT risk.customer_id FROM risk JOIN {source} AS later
    ON later.customer_id = risk.customer_id AND {window} AND {known}),
money AS (SELECT customer_id, CAST(sum(money) AS DOUBLE) AS margin FROM ({earned})
    WHERE happened_at >= {start} AND happened_at < {end} GROUP BY customer_id),
sales AS (SELECT customer_id, CAST(sum(amount) AS DOUBLE) AS revenue FROM lines
    WHERE happened_at >= {start} AND happened_at < {end} AND {lines} GROUP BY customer_id),
{treated}
SELECT delivered.customer_id, stayed.customer_id IS NULL AS churned,
    CASE WHEN (SELECT bool_or(money <> 0) FROM ({earned})) THEN coalesce(margin, 0) END AS margin,
    CASE WHEN (SELECT count(amount) > 0 FROM lines) THEN coalesce(revenue, 0) END AS revenue,
    CAST({weight} AS DOUBLE) AS weight
FROM delivered LEFT JOIN stayed USING (customer_id) LEFT JOIN money USING (customer_id) LEFT JOIN sales USING (customer_id)
LEFT JOIN treated USING (customer_id) ORDER BY delivered.customer_id
"""


def matures_on(t: date, definition: Definition) -> date:
    """The day on which the outcome of a delivery of `t` is complete."""
    return t + timedelta(days=label_days(definition))


def what_happened(
    connection: duckdb.DuckDBPyConnection,
    customers: pd.Series,
    t: date,
    as_of: date,
    definition: Definition,
    *,
    margin_share: float,
    archived: Iterable[date] = (),
) -> pd.DataFrame:
    """(customer_id, churned, margin, revenue, weight) of each of `customers`, by id; the facts are open.

    `weight` is 0 for who was contacted in the window by anything, and says for how many who was held out stands, as labels do; of
    hold-outs of the deliveries `archived` the archive knows more (`untreated`). Money is NaN where the source has none. Raises
    DataUnfitError where none of the customers is known: all would seem to leave.
    """
    connection.execute(dates_table((t,)))
    connection.register("delivered", pd.DataFrame({"customer_id": customers.to_numpy()}))
    start = f"{timestamp(t)} + INTERVAL {definition.gap_days} DAY"
    _refuse_strangers(connection, t, len(customers))
    query = HAPPENED.format(
        t=timestamp(t),
        as_of=timestamp(as_of),
        standing=standing(definition),
        **dict(zip(("source", "window"), staying(definition), strict=True)),
        known=seen_at(timestamp(as_of), "later"),
        lines=seen_at(timestamp(as_of), "lines"),
        earned=earned(definition, as_of, margin_share),
        start=start,
        end=f"{start} + INTERVAL {definition.horizon_days} DAY",
        treated=treated(label_days(definition), as_of, _but_hold_outs_of(archived)),
        weight=WEIGHT,
    )
    found = connection.execute(query).df()
    connection.unregister("delivered")
    return found


def _but_hold_outs_of(deliveries: Iterable[date]) -> str:
    days = ", ".join(f"DATE '{day}'" for day in deliveries)
    return f"(contacts.arm = 'contact' OR coalesce({OF_DELIVERY} NOT IN ({days}), true))" if days else "true"


def _refuse_strangers(connection: duckdb.DuckDBPyConnection, t: date, many: int) -> None:
    """Raise DataUnfitError if none of the delivered is known: all would seem to leave."""
    if not many or scalar(connection, "SELECT count(*) FROM delivered SEMI JOIN activity USING (customer_id)"):
        return
    raise DataUnfitError(
        f"the delivery of {t}: none of its {many:,} customers is in the data; bring back the source that it was made from, or, "
        f"if it is another company's, move {ARTIFACTS['deliveries']}/{t} away and remove its entry in {ARTIFACTS['delivered']}"
    )
