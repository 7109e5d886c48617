"""Columns of the lists -> the data dictionary docs/reference/customers.md and the schema docs/customers.schema.json."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.allocation.left_out_reasons import LEFT_OUT
from pipeline.campaign.list_columns import ARMS, BY_NAME, LIST_COLUMNS, ListColumn
from pipeline.campaign.lists import ASSIGNED, SENT
from pipeline.markdown import code, table
from pipeline.playbook.action import LEFT_ALONE

TYPES = {"text": "string", "number": "number", "integer": "integer", "date": "date"}
MEANT = {
    "contact": "to be contacted: they are in the lists by channel",
    "holdout": "would have been contacted, and are left alone at random, to be compared with the contacted of the same list",
    "control": "drawn at random from all known customers, listed or not, and left alone",
    "none": "on no list: `left_out_reason` says why",
}
# What only `assignments.csv` has.
DRAWN = {
    "intended_offer": "the offer before it was drawn against another (`campaign.allocation.offer_arms`)",
    "offer_probability": "chance with which `offer` was drawn; 1 where nothing was",
    "assignment_probability": "chance of contact with which the arm was drawn, the same for both; of the control 0",
    "since": "the day the arm was drawn; it holds for the length of a label",
}


def customers_page(root: Path) -> list[str]:
    """The page: the columns in their order, then what is in the other files, the arms, and why customers are left out."""
    rows = ((code(c.name), c.kind, "always" if c.always else "", _allowed(c), c.meaning) for c in LIST_COLUMNS)
    arms = ((code(arm), MEANT[arm], *(LEFT_ALONE.get(arm, {}).get(tongue, "") for tongue in ("en", "it"))) for arm in ARMS)
    return [
        "# Columns of the lists",
        "`data/campaigns/customers.csv` has these columns in this order, one row for every known customer; new ones come last. "
        "The campaign stage refuses to write a list that is not like this. The same as a "
        "[Table Schema](https://specs.frictionlessdata.io/table-schema/) for programs: "
        "[customers.schema.json](../customers.schema.json). An empty cell is a value that is not known or does not apply. How to "
        "use them: [how to read the list](../how-to-read-the-list.md).",
        table("column|kind|filled|values|meaning", rows),
        "## Lists by channel",
        f"`LIST_CHANNEL.csv`, for example `churn_email.csv`: whom to contact, the most profitable first, with {code(SENT)}.",
        "## Assignments",
        "`assignments.csv`: everybody in an arm, with what is needed to measure the effect: "
        f"{code(name for name in ASSIGNED if name in BY_NAME)}, and",
        table("column|meaning", ((code(name), DRAWN[name]) for name in ASSIGNED if name not in BY_NAME)),
        "## Arms",
        table("`arm`|meaning|action in English|in Italian", arms),
        "## Why customers are left out",
        "`left_out_reason`, and `because` in `left_out.csv`: the first of these that is true.",
        table("code|in English|in Italian", ((code(reason.code), reason.en, reason.it) for reason in LEFT_OUT)),
    ]


def _allowed(column: ListColumn) -> str:
    """The values that a column may have, as far as they are bounded."""
    if column.unique:
        return "each once"
    if column.low is None:
        return code(column.words)
    return f"≥ {column.low:g}" if column.high is None else f"{column.low:g} … {column.high:g}"


def customers_schema() -> dict[str, Any]:
    """The Table Schema of `customers.csv` (Frictionless Data): a field for each column, with its constraints."""
    return {"fields": [_field(column) for column in LIST_COLUMNS], "primaryKey": ["customer_id"], "missingValues": [""]}


def _field(column: ListColumn) -> dict[str, Any]:
    bounds = {"enum": list(column.words) or None, "minimum": column.low, "maximum": column.high}
    constraints: dict[str, Any] = {"required": True} if column.always else {}
    constraints |= {"unique": True} if column.unique else {}
    constraints |= {name: bound for name, bound in bounds.items() if bound is not None}
    described = {
        "name": column.name,
        "type": TYPES[column.kind],
        "description": column.meaning.replace("`", "").replace("**", ""),
    }
    return described | ({"constraints": constraints} if constraints else {})
