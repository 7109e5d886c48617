"""Contacts inside a label's window -> SQL of who was contacted, and of how many others those stand for whom a draw held out.

A customer who was contacted weighs 0, one held out by a draw with contact probability p weighs 1 / (1 − p). Rows of one campaign
are one draw, and so are those of all deliveries, whatever their campaigns are called: arms hold for the length of a label, so a
customer listed week after week was held out once.
"""

from __future__ import annotations

from datetime import date

from pipeline.contract.facts import timestamp

# What the rows of one draw have in common.
ONE_DRAW = "CASE WHEN contacts.delivery_id IS NULL THEN contacts.campaign_id ELSE 'deliveries' END"

TREATED = """draws AS (SELECT risk.t, risk.customer_id, {one_draw} AS draw, bool_or(contacts.arm = 'contact') AS contacted,
        max(contacts.assignment_probability) FILTER (WHERE contacts.assignment_probability < 1) AS probability,
        min(contacts.contacted_at) AS first_at
    FROM risk JOIN contacts ON contacts.customer_id = risk.customer_id
        AND contacts.contacted_at >= risk.t
        AND contacts.contacted_at < risk.t + INTERVAL {days} DAY
        AND contacts.contacted_at < {as_of} AND {counted}
    GROUP BY ALL),
treated AS (SELECT t, customer_id, bool_or(contacted) AS contacted, product(1 / (1 - probability)) AS weight,
        min(first_at) AS first_contact_at
    FROM draws GROUP BY ALL)"""

# Of a row of `risk`, left joined to `treated`.
WEIGHT = "CASE WHEN treated.contacted THEN 0 ELSE coalesce(treated.weight, 1) END"


def treated(days: int, as_of: date, counted: str = "true") -> str:
    """SQL of the tables `draws` and `treated`, to stand after WITH behind a table `risk` of (t, customer_id).

    Of contacts in `[t, t + days)`, made before `as_of`, for which the predicate `counted` holds: `contacted`, `weight` of who
    was not, and `first_contact_at`, be it of a contact or of a hold-out, by (t, customer_id).
    """
    return TREATED.format(one_draw=ONE_DRAW, days=days, as_of=timestamp(as_of), counted=counted)
