"""The account of a table: where its rows went, file by file, and what is worth knowing of those that were accepted."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import asdict, dataclass

from pipeline.contract.rules import AMOUNT_ABSURD, LINE_BROKEN, Rule
from pipeline.contract.tables import TABLES
from pipeline.contract.verdicts import ACCEPTED, FATES, Judged
from pipeline.counted import counted
from pipeline.personal import masked

EXAMPLE = 200  # characters of a value; a cell may have millions
BINS = 100  # of amounts, per decade: quantiles to 2.3 %, from one pass over any number of rows
FENCE = 3
LARGEST = 14  # decades that an amount can have
LEAST_SPREAD = 0.1  # decades: where nearly all prices are one price, others are no absurdity


@dataclass(frozen=True)
class Fates:
    """Where rows went; `rows_in` is the sum of the others."""

    rows_in: int
    accepted: int
    merged: int
    left_out: int
    forgotten: int
    quarantined: dict[str, int]

    def __post_init__(self) -> None:
        """Raise AssertionError when a row is missing: never seen, and never to be hidden."""
        if self.rows_in != self.accepted + self.merged + self.left_out + self.forgotten + sum(self.quarantined.values()):
            raise AssertionError(f"rows are missing: {self}")


@dataclass(frozen=True)
class Warned:
    """A warning: how many rows, what it says, and one of their values."""

    rows: int
    sentence: str
    example: str | None


@dataclass(frozen=True)
class Account(Fates):
    """Where the rows of one canonical table went, by file too, what is worth knowing of them, and their first and last time."""

    files: dict[str, Fates]
    warnings: dict[str, Warned]
    first: str | None
    last: str | None

    def __str__(self) -> str:
        left = f", {sum(self.quarantined.values()):,} of them quarantined" if self.quarantined else ""
        return counted(self.accepted, "row") + (f" of {self.rows_in:,}{left}" if self.accepted < self.rows_in else "")

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return asdict(self)


def fates(judged: Judged) -> dict[str, Counter[str]]:
    """Rows by fate, of each file."""
    found = judged.connection.execute(
        "SELECT file, verdict, count(*) FROM judged GROUP BY ALL UNION ALL "
        f"SELECT file, {judged.verdict(LINE_BROKEN.name)}, count(*) FROM broken GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    counts: dict[str, Counter[str]] = {}
    for file, verdict, rows in found:
        counts.setdefault(judged.origins[file].name, Counter())[judged.verdicts[verdict]] += int(rows)
    return counts


def account(judged: Judged, counts: dict[str, Counter[str]]) -> Account:
    """The account of a judged table, whose rows by file and fate are `counts`."""
    dated_by = TABLES[judged.table].dated_by
    span = f"SELECT CAST(min({dated_by}) AS VARCHAR), CAST(max({dated_by}) AS VARCHAR) FROM judged WHERE verdict = {ACCEPTED}"
    found = judged.connection.execute(span).fetchone() if dated_by in judged.columns else None
    first, last = found or (None, None)
    files = {name: _fates(rows) for name, rows in counts.items()}
    return Account(**vars(_fates(total(counts))), files=files, warnings=_warnings(judged), first=first, last=last)


def total(counts: dict[str, Counter[str]]) -> Counter[str]:
    """Rows by fate, of all files."""
    return sum(counts.values(), Counter())


def _fates(counts: Counter[str]) -> Fates:
    quarantined = {name: rows for name, rows in sorted(counts.items()) if name not in FATES}
    accepted, left_out, forgotten, merged = (counts[fate] for fate in FATES)
    return Fates(counts.total(), accepted, merged, left_out, forgotten, quarantined)


def _warnings(judged: Judged) -> dict[str, Warned]:
    """What is worth knowing of the accepted rows, in one pass."""
    absurd = _absurd(judged) if "amount" in judged.mapped else None
    predicates = [(rule, rule.broken) for rule in judged.warnings] + ([(AMOUNT_ABSURD, absurd)] if absurd else [])
    if not predicates:
        return {}
    asked = ", ".join(
        f"count(*) FILTER (WHERE {broken}), left(CAST(max({_said(rule)}) FILTER (WHERE {broken}) AS VARCHAR), {EXAMPLE})"
        for rule, broken in predicates
    )
    absent = {name: c.type for name, c in TABLES[judged.table].columns.items() if name not in judged.columns}
    real = "* REPLACE (identity AS customer_id)" if judged.identity.pseudonym else "*"
    whole = ", ".join([real, *(f"CAST(NULL AS {type}) AS {name}" for name, type in absent.items())])
    accepted = f"SELECT {whole} FROM judged WHERE verdict = {ACCEPTED}"
    found = judged.connection.execute(f"SELECT {asked} FROM ({accepted})").fetchone() or ()
    told = zip((rule for rule, _ in predicates), found[::2], found[1::2], strict=True)
    return {rule.name: Warned(int(rows), rule.sentence, _shown(judged, rule, example)) for rule, rows, example in told if rows}


def _said(rule: Rule) -> str:
    """SQL: what the row says in the column that is blamed, in its own words where these could not be read."""
    return f"raw ->> '{rule.column}'" if rule.name == f"{rule.column}_unreadable" else rule.column


def _shown(judged: Judged, rule: Rule, example: str | None) -> str | None:
    """An example that gives nobody away; None where the value is missing, or is a real id that should not be known."""
    return None if example is None or (judged.identity.pseudonym and rule.column == "customer_id") else masked(example)


def _absurd(judged: Judged) -> str | None:
    """SQL: whether an amount lies beyond the far fence of all amounts; None where there are none."""
    bins = judged.connection.execute(
        f"SELECT CAST(floor(log10(abs(amount)) * {BINS}) AS INTEGER) AS bin, count(*) FROM judged "
        f"WHERE verdict = {ACCEPTED} AND amount <> 0 GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    rows = sum(int(count) for _, count in bins)
    if not rows:
        return None
    quartiles = []
    for share in (0.25, 0.75):
        seen = 0
        for place, count in bins:
            seen += int(count)
            if seen >= share * rows:
                quartiles.append((place + 0.5) / BINS)
                break
    fence = quartiles[1] + FENCE * max(quartiles[1] - quartiles[0], LEAST_SPREAD)
    return f"abs(amount) > {math.ceil(10**fence)}" if fence < LARGEST else None
