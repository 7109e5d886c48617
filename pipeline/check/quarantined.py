"""Ingest's own account -> which rows it quarantined, which name nobody, which it doubts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline.check.findings import Check, Evidence, percent
from pipeline.contract.facts import NEEDS
from pipeline.counted import counted

SOME, MOST = 0.01, 0.5
ANONYMOUS = "customer_id_missing"
WEIGHTY = ("return_positive", "customer_id_decimal", "consent_unclear")  # they change money, or who is who, or who may be asked


def account(account: dict[str, Any]) -> Evidence:
    """What ingest says of a table; keys that it does not have are nothing."""
    quarantined = dict(account.get("quarantined") or {})
    counts = {name: int(account.get(name) or 0) for name in ("rows_in", "accepted", "merged", "left_out", "forgotten")}
    return counts | {"quarantined": quarantined, "row_warnings": dict(account.get("warnings") or {})}


def _quarantined(table: Evidence) -> tuple[int, float]:
    """Rows quarantined for another reason than that they are nobody's, and their share of all that came in."""
    rows = sum(number for rule, number in table["quarantined"].items() if rule != ANONYMOUS)
    return rows, rows / table["rows_in"] if table["rows_in"] else 0.0


def _told(evidence: Evidence, most: bool) -> Iterator[str]:
    needed = {"transactions", NEEDS[evidence["definition"]["kind"]]}
    for name, table in evidence["tables"].items():
        rows, share = _quarantined(table)
        worst = share >= MOST and name in needed
        if share > SOME and worst == most:
            rule = max((rule for rule in table["quarantined"] if rule != ANONYMOUS), key=lambda r: (table["quarantined"][r], r))
            yield f"{name}: {rows:,} of {table['rows_in']:,} rows ({percent(share)}) were quarantined, most of them by {rule}"


def _anonymous(evidence: Evidence) -> Iterator[str]:
    for name, table in evidence["tables"].items():
        rows = table["quarantined"].get(ANONYMOUS, 0)
        if rows > SOME * max(table["rows_in"], 1):
            yield f"{name}: {rows:,} of {table['rows_in']:,} rows ({percent(rows / table['rows_in'])}) name no customer"


def _row_warnings(evidence: Evidence, weighty: bool) -> Iterator[str]:
    for name, table in evidence["tables"].items():
        for rule, told in table["row_warnings"].items():
            about = told if isinstance(told, dict) else {"rows": told}
            rows = int(about.get("rows") or 0)
            example = f", e.g. {about['example']!r}" if about.get("example") is not None else ""
            if (rule in WEIGHTY and rows > SOME * table["rows"]) == weighty:
                share = f" ({percent(rows / table['rows'])})" if weighty else ""
                yield f"{name}: {counted(rows, 'row')}{share}: {about.get('sentence') or rule}{example}"


CHECKS = (
    Check(
        "most_rows_quarantined",
        "error",
        f"{percent(MOST)} or more of the rows of a table the churn definition needs broke a rule other than `{ANONYMOUS}`: what "
        "still reads was probably read wrongly too (a date or number format), so the rest is no sample of the company",
        "look into data/clean/quarantine/ and correct the mapping, source.tables.<table>",
        lambda evidence: _told(evidence, most=True),
    ),
    Check(
        "rows_quarantined",
        "warning",
        f"more than {percent(SOME)} of a table's rows broke a rule other than `{ANONYMOUS}`",
        "look into data/clean/quarantine/, which holds them with the rule's name and their text; correct the file or the mapping",
        lambda evidence: _told(evidence, most=False),
    ),
    Check(
        "rows_doubted",
        "warning",
        f"ingest accepted more than {percent(SOME)} of a table's rows with a doubt that changes money, who is who, or who may be "
        f"asked: {', '.join(WEIGHTY)}",
        "look at the example in reports/ingest.json and correct the mapping: turn the sign, cut off the '.0', or translate the "
        "words of consent",
        lambda evidence: _row_warnings(evidence, weighty=True),
    ),
    Check(
        "anonymous_rows",
        "advice",
        f"more than {percent(SOME)} of a table's rows name no customer; they belong to nobody's history",
        "nothing, if these are guests or cash sales; otherwise map the column that says who it was",
        _anonymous,
    ),
    Check(
        "row_warning",
        "advice",
        "ingest accepted rows about which it has another doubt, or such a one about fewer rows",
        "look at the example in reports/ingest.json; correct the file or the mapping if it is a mistake",
        lambda evidence: _row_warnings(evidence, weighty=False),
    ),
)
