"""A delivery and the contact log -> what the log says of it, and what of that cannot be as it was meant.

Whether contacting worked is asked of those who were drawn, whatever the log says; but costs are the log's, a hold-out that was
contacted shows less than the truth, and a delivery whose log is late or cut seems to have reached half of its customers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import duckdb

from pipeline.contract.facts import timestamp
from pipeline.outcomes.archived import Delivered
from pipeline.outcomes.contact_costs import OF_CONTACT
from pipeline.outcomes.what_happened import matures_on
from pipeline.personal import masked

FEWEST_REACHED = 0.8  # of those to be contacted; below it a log is late or cut, or addresses are not
NAME = 40  # characters of a name that are shown
DEARER = 10  # times what the playbook expects of contact and offer together; a log of contacts alone is cheaper, and right

# By code: how many, of how many, and what is said of it.
DOUBTS = {
    "left_alone": (
        "not_alone",
        "alone",
        "{n} of {of} customers who were to be left alone were contacted: the difference is smaller than what contacting changes.",
    ),
    "early": ("early", "logged", "Contacts of {n} of {of} customers are dated before it was made: is contacted_at in UTC?"),
    "unlisted": (
        "unlisted",
        "everybody",
        "{n} of the {of} customers that the log has for it are in none of its lists: is delivery_id right?",
    ),
    "twice": (
        "twice",
        "logged",
        "{n} of {of} customers have two contacts at one time, and both cost: was the log joined twice?",
    ),
}

LOGGED = """
WITH logged AS (SELECT customer_id, count(*) AS contacts, min(contacted_at) AS first_at,
    count(*) - count(DISTINCT (contacted_at, coalesce(channel, ''))) AS again, CAST(sum({paid}) AS DOUBLE) AS cost
    FROM contacts WHERE arm = 'contact' AND contacted_at < {until} AND {of} = DATE '{delivery}' GROUP BY customer_id)
SELECT count(*) FILTER (asked) AS asked,
    count(*) FILTER (asked AND contacts > 0) AS contacted,
    count(*) FILTER (contacts > 0) AS logged,
    count(*) FILTER (alone) AS alone,
    count(*) FILTER (alone AND contacts > 0) AS not_alone,
    count(*) FILTER (contacts > 0 AND first_at < {t}) AS early,
    count(*) FILTER (again > 0) AS twice,
    (SELECT count(*) FROM logged ANTI JOIN drawn USING (customer_id)) AS unlisted,
    (SELECT count(*) FROM logged) AS everybody,
    count(*) FILTER (asked AND cost > 0 AND expected_cost > 0) AS priced,
    sum(cost) FILTER (asked AND cost > 0 AND expected_cost > 0) AS cost,
    sum(expected_cost) FILTER (asked AND cost > 0 AND expected_cost > 0) AS expected
FROM (SELECT *, arm = 'contact' AND taken_off = '' AS asked, arm IN ('holdout', 'control') AS alone FROM drawn)
LEFT JOIN logged USING (customer_id)
"""

NAMED_OTHERWISE = """
SELECT delivery_id FROM contacts SEMI JOIN drawn USING (customer_id)
WHERE arm = 'contact' AND contacted_at >= {t} AND contacted_at < {until}
    AND delivery_id IS NOT NULL AND coalesce({of} NOT IN ({made}), true)
GROUP BY delivery_id ORDER BY count(*) DESC, delivery_id LIMIT 1
"""


def contact_log(connection: duckdb.DuckDBPyConnection, one: Delivered, made: Sequence[Delivered], as_of: date) -> dict[str, Any]:
    """`to_contact` and `contacted`, how many of those the log has, and `doubts`: what was found, of how many; the facts are open.

    A doubt has `code`, `customers`, `of` and `sentence`. Its codes: `absent` (nobody of the delivery is in the log), `few` (less
    than FEWEST_REACHED are), `left_alone` (held out or in the control, and contacted), `unlisted` (in no list, and contacted),
    `early` (contacted before the delivery was made), `twice` (two contacts by one channel at one time), `cost` (DEARER times what
    the playbook expects). Contacts after its window are not looked at.
    """
    connection.register("drawn", one.assignments[["customer_id", "arm", "taken_off", "expected_cost"]])
    end, days = matures_on(one.t, one.definition), ", ".join(f"DATE '{other.t}'" for other in made)
    words = {
        "t": timestamp(one.t),
        "until": timestamp(min(as_of, end)),
        "delivery": one.t.isoformat(),
        "made": days,
        **OF_CONTACT,
    }
    found = connection.execute(LOGGED.format(**words)).df().iloc[0].to_dict()
    other = connection.execute(NAMED_OTHERWISE.format(**words)).fetchall()
    connection.unregister("drawn")
    doubts = [*_of_reach(found, other[0][0] if other else None, one.t), *_of_rows(found)]
    return {"to_contact": int(found["asked"]), "contacted": int(found["contacted"]), "doubts": doubts}


def _of_reach(found: Mapping[str, Any], other: str | None, t: date) -> Iterator[dict[str, Any]]:
    asked, contacted = int(found["asked"]), int(found["contacted"])
    if asked and not contacted:
        named = f"; contacts of those days are of delivery_id {masked(other)[:NAME]}, and {t} is asked for" if other else ""
        said = f"The contact log has no contact of it{named}."
        yield doubt("absent", asked, asked, said)
    elif contacted < FEWEST_REACHED * asked:
        missing = asked - contacted
        said = f"The contact log lacks {missing:,} of {asked:,} contacts: it is late, it is cut, or they were not made."
        yield doubt("few", missing, asked, said)


def _of_rows(found: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for code, (many, of, said) in DOUBTS.items():
        if found[many]:
            customers, whole = int(found[many]), int(found[of])
            yield doubt(code, customers, whole, said.format(n=f"{customers:,}", of=f"{whole:,}"))
    times = found["cost"] / found["expected"]  # NaN of none
    if times >= DEARER:
        said = f"Contacts cost {times:,.0f} times what the playbook expects of contact and offer: is cost in another unit?"
        yield doubt("cost", int(found["priced"]), int(found["contacted"]), said)


def doubt(code: str, customers: int, of: int, said: str) -> dict[str, Any]:
    """What cannot be as it was meant, as it is written."""
    return {"code": code, "customers": customers, "of": of, "sentence": said}
