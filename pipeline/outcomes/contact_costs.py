"""A delivery, the later ones and the contact log -> who was reached, and what contacting each customer cost in the window."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import duckdb
import pandas as pd

from pipeline.contract.facts import timestamp
from pipeline.contract.rules import LARGEST
from pipeline.outcomes.archived import Delivered

# Of a row of contacts: the delivery it came from, which is named by its day however that is written, and a cost that can be one.
OF_DELIVERY = "try_cast(trim(contacts.delivery_id) AS DATE)"
OF_CONTACT = {"of": OF_DELIVERY, "paid": f"CASE WHEN contacts.cost BETWEEN 0 AND {LARGEST} THEN contacts.cost END"}
COUNTS = ("contacts", "contacts_priced", "own_contacts")

COSTS = """
WITH logged AS (SELECT customer_id, {of} AS day, CAST(sum({paid}) AS DOUBLE) AS paid, count(*) AS times FROM contacts
    WHERE arm = 'contact' AND contacted_at < {as_of} AND contacted_at < {end} AND {of} IN ({days})
    GROUP BY ALL),
meant AS (SELECT customer_id, CAST(day AS DATE) AS day, CASE WHEN NOT isnan(expected_cost) THEN expected_cost END AS expected
    FROM planned),
made AS (SELECT *, coalesce(paid, expected) AS cost FROM meant FULL JOIN logged USING (customer_id, day))
SELECT customer_id, CASE WHEN bool_and(cost IS NOT NULL) THEN sum(cost) END AS cost, count(*) AS contacts,
    count(paid) AS contacts_priced, sum(paid) FILTER (WHERE day = {day}) AS own_cost,
    CAST(coalesce(sum(times) FILTER (WHERE day = {day}), 0) AS BIGINT) AS own_contacts
FROM made GROUP BY customer_id ORDER BY customer_id
"""


def with_costs(
    happened: pd.DataFrame,
    connection: duckdb.DuckDBPyConnection,
    one: Delivered,
    made: Sequence[Delivered],
    as_of: date,
    until: date,
) -> pd.DataFrame:
    """`happened` with reached, cost, contacts, contacts_priced, own_cost and own_contacts of each customer; the facts are open.

    `cost` is that of all `contacts` with the customer in the window, which ends before `until`, by this delivery and the later
    ones of `made`, as arms hold: of each what the log says (it does of `contacts_priced`), else what its list expected; NaN where
    one of them has neither, or there is none. `own_cost` and `own_contacts` are what the log says of this delivery alone, which
    it names by its day, and `reached` whether it has any.
    """
    connection.register("planned", _planned(made, one.t, until))
    days = ", ".join(f"DATE '{other.t}'" for other in made if one.t <= other.t < until)
    words = {"as_of": timestamp(as_of), "day": f"DATE '{one.t}'", "days": days, "end": timestamp(until), **OF_CONTACT}
    found = connection.execute(COSTS.format(**words)).df()
    connection.unregister("planned")
    rows = happened.merge(found, on="customer_id", how="left", validate="1:1")
    rows = rows.assign(**{name: rows[name].fillna(0).astype("int64") for name in COUNTS})
    return rows.assign(reached=rows["own_contacts"] > 0)


def _planned(made: Sequence[Delivered], t: date, until: date) -> pd.DataFrame:
    """The contacts that the deliveries of `[t, until)` were to make."""
    parts = [pd.DataFrame({"customer_id": pd.Series(dtype="str"), "expected_cost": pd.Series(dtype="float64"), "day": pd.NaT})]
    for one in (one for one in made if t <= one.t < until):
        rows = one.assignments[(one.assignments["arm"] == "contact") & (one.assignments["taken_off"] == "")]
        parts.append(rows[["customer_id", "expected_cost"]].assign(day=pd.Timestamp(one.t)))
    return pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)
