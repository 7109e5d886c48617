"""Facts -> what became of the customers of a delivery in its window: who stayed, and what they brought in.

The window is that of the churn label, `[t + gap, t + gap + horizon)`, for renewals with the days of grace, of every customer of
the delivery, at risk or not: those who lapsed or were too new stayed if they were active in it (or began a new period, or were
covered all through it). Only what was known before `as_of`, today, counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import duckdb
import pandas as pd

from pipeline.artifacts import ARTIFACTS
from pipeline.config import Definition
from pipeline.contract.facts import seen_at, timestamp
from pipeline.contract.identity import how_to_know
from pipeline.engine import scalar
from pipeline.errors import DataUnfitError
from pipeline.model.folds import label_days
from pipeline.model.labels import dates_table, standing, staying
from pipeline.model.treated import WEIGHT, treated
from pipeline.outcomes.contact_costs import OF_DELIVERY
from pipeline.value.value_label import earned

NOBODY = pd.DataFrame({"customer_id": pd.Series(dtype="str"), "chance": pd.Series(dtype="float64")})

HAPPENED = """
WITH risk AS (SELECT delivered.customer_id, {t} AS t, cover_end
    FROM delivered LEFT JOIN ({standing}) AS standing USING (customer_id)),
stayed AS (SELECT risk.customer_id FROM risk JOIN {source} AS later
    ON later.customer_id = risk.customer_id AND {window} AND {known}{others}),
money AS (SELECT customer_id, CAST(sum(money) AS DOUBLE) AS margin FROM ({earned})
    WHERE happened_at >= {start} AND happened_at < {until} GROUP BY customer_id),
sales AS (SELECT customer_id, CAST(sum(amount) AS DOUBLE) AS revenue FROM lines
    WHERE happened_at >= {start} AND happened_at < {until} AND {lines} GROUP BY customer_id),
{treated}
SELECT delivered.customer_id, stayed.customer_id IS NULL AS churned,
    CASE WHEN (SELECT bool_or(money <> 0) FROM ({earned})) THEN coalesce(margin, 0) END AS margin,
    CASE WHEN (SELECT count(amount) > 0 FROM lines) THEN coalesce(revenue, 0) END AS revenue,
    CAST({weight} AS DOUBLE) AS weight
FROM delivered LEFT JOIN (SELECT DISTINCT customer_id FROM stayed) AS stayed USING (customer_id)
LEFT JOIN money USING (customer_id) LEFT JOIN sales USING (customer_id)
LEFT JOIN treated USING (customer_id) ORDER BY delivered.customer_id
"""

# Of renewals, customers who are not due in the window: who had lapsed stayed if a new period began in it, who is covered all
# through it stayed.
NOT_DUE = """
    UNION ALL SELECT risk.customer_id FROM risk JOIN {source} AS later ON later.customer_id = risk.customer_id AND {known}
        AND coalesce(risk.cover_end < {t}, true) AND later.expires_at > {t}
        AND later.happened_at >= {t} AND later.happened_at < {until}
    UNION ALL SELECT customer_id FROM risk WHERE cover_end >= {end}"""


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
    held_out: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """(customer_id, churned, margin, revenue, weight) of each of `customers`, by id; the facts are open.

    `weight` is 0 for who was contacted in the window by anything, and says for how many who was held out stands, as labels do. Of
    hold-outs of the deliveries `archived` the archive knows more (`untreated`); rows of the log about whom it `held_out`
    (customer_id, chance of contact to six digits) that name any delivery, or that chance, are those under another name. Money is
    NaN where the source has none. Raises DataUnfitError where none of the customers is known: all would seem to leave.
    """
    connection.execute(dates_table((t,)))
    connection.register("delivered", pd.DataFrame({"customer_id": customers.to_numpy()}))
    connection.register("held_out", NOBODY if held_out is None else held_out)
    _refuse_strangers(connection, t, len(customers))
    words = _words(t, as_of, definition)
    others = NOT_DUE.format(**words) if definition.kind == "renewal" else ""
    query = HAPPENED.format(
        **words,
        others=others,
        standing=standing(definition),
        lines=seen_at(timestamp(as_of), "lines"),
        earned=earned(definition, as_of, margin_share),
        treated=treated(label_days(definition), as_of, _but_drawn(archived)),
        weight=WEIGHT,
    )
    found = connection.execute(query).df()
    for name in ("delivered", "held_out"):
        connection.unregister(name)
    return found


def _words(t: date, as_of: date, definition: Definition) -> dict[str, str]:
    """The window in SQL, and the facts that show who stayed."""
    start, until = timestamp(t + timedelta(days=definition.gap_days)), timestamp(matures_on(t, definition))
    end = timestamp(t + timedelta(days=definition.gap_days + definition.horizon_days))
    source, window = staying(definition)
    known = seen_at(timestamp(as_of), "later")
    return {"t": timestamp(t), "start": start, "end": end, "until": until, "source": source, "window": window, "known": known}


def _but_drawn(deliveries: Iterable[date]) -> str:
    """Which contacts the log is asked for: not the hold-outs that the archive knows, under whatever name the log has them."""
    days = ", ".join(f"DATE '{day}'" for day in deliveries)
    of_archive = f"coalesce({OF_DELIVERY} IN ({days}), false) OR " if days else ""
    named = "(contacts.delivery_id IS NOT NULL AND contacts.customer_id IN (SELECT customer_id FROM held_out))"
    alike = "(contacts.customer_id, round(contacts.assignment_probability, 6)) IN (SELECT (customer_id, chance) FROM held_out)"
    return f"(contacts.arm = 'contact' OR NOT ({of_archive}{named} OR coalesce({alike}, false)))"


def _refuse_strangers(connection: duckdb.DuckDBPyConnection, t: date, many: int) -> None:
    """Raise DataUnfitError if none of the delivered is known: all would seem to leave."""
    if not many or scalar(connection, "SELECT count(*) FROM delivered SEMI JOIN activity USING (customer_id)"):
        return
    first = str(scalar(connection, "SELECT min(customer_id) FROM delivered"))
    raise DataUnfitError(
        f"the delivery of {t}: none of its {many:,} customers is in the data; bring back the source that it was made from, or, "
        f"if it is another company's, move {ARTIFACTS['deliveries']}/{t} away and remove its entry in {ARTIFACTS['delivered']}"
        f"{how_to_know(first)}"
    )
