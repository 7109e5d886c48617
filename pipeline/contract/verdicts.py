"""Canonical rows -> the table `judged`: each with the verdict on it, the file it came from and, if rejected, its own text."""

from __future__ import annotations

from dataclasses import dataclass, field

import duckdb

from pipeline.contract.identity import Identity
from pipeline.contract.rows import Rows
from pipeline.contract.rules import IS_CONSENT, KEPT_WITHOUT, KEY_CONFLICT, LINE_BROKEN, Limits, Rule, rules
from pipeline.contract.tables import NUMBERED_WITHIN, TABLES
from pipeline.engine import quoted, scalar, unreadable
from pipeline.errors import DataUnfitError

ACCEPTED, LEFT_OUT, FORGOTTEN, MERGED = range(4)
FATES = ("accepted", "left_out", "forgotten", "merged")
BROKEN_LINES = """
INSERT INTO broken SELECT {first} + file_id, line, {record} FROM {rejects} GROUP BY file_id, line
"""


@dataclass(frozen=True)
class Origin:
    """A file (sheet, query) as one mapping reads it: its name, the line of its first row, canonical rows per raw one."""

    name: str
    first_line: int
    facts: int


@dataclass
class Judged:
    """The engine's table `judged`: the canonical columns that the source gives, `file`, `verdict`, `raw` and `likeness`.

    Lines that did not parse are in `broken`. A verdict is a place in `verdicts`: the fates of rows that break no rule, then the
    names of the errors.
    """

    connection: duckdb.DuckDBPyConnection
    table: str
    mapped: tuple[str, ...]
    limits: Limits
    identity: Identity
    origins: list[Origin] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Create both tables, empty."""
        declared = rules(self.table, self.mapped, self.limits)
        self.warnings = tuple(rule for rule in declared if rule.severity == "warning")
        self.errors = tuple(rule for rule in declared if rule.severity == "error")
        self.verdicts = (*FATES, *(rule.name for rule in self.errors), KEY_CONFLICT.name, LINE_BROKEN.name)
        declared_columns = TABLES[self.table].columns
        self.columns = [name for name, column in declared_columns.items() if name in self.mapped or column.otherwise]
        self.key = [name for name in TABLES[self.table].key if name in self.columns]
        columns = ", ".join(f"{name} {declared_columns[name].type}" for name in self.columns)
        columns += ", identity VARCHAR" if self.identity.pseudonym else ""
        columns += ", file INTEGER, place BIGINT, verdict UTINYINT, raw VARCHAR, likeness UBIGINT"
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE judged ({columns})")
        self.connection.execute("CREATE OR REPLACE TEMP TABLE broken (file INTEGER, line BIGINT, record VARCHAR)")

    def verdict(self, name: str) -> int:
        """The number of a fate or of an error."""
        return self.verdicts.index(name)

    def add(self, rows: Rows) -> None:
        """Judge the rows of one run, one by one. Raises DataUnfitError when its files cannot be read or changed meanwhile."""
        names = list(rows.run.files.values())
        first = len(self.origins)
        self.origins += [Origin(name, rows.run.first_line, rows.facts) for name in names]
        paths = ", ".join(quoted(path) for path in rows.run.files)
        file = f"{first} + enum_code(CAST(_file AS ENUM ({paths})))" if len(names) > 1 else str(first)
        try:
            with unreadable(f"source.tables.{self.table}", names, discreet=not self.identity.plain):
                self.connection.execute(f"INSERT INTO judged {self._verdicts(rows.query, file)}")
        except (duckdb.Error, DataUnfitError):
            rows.run.verify()  # the reason for whatever the engine met
            raise
        rows.run.verify()
        if rows.run.rejects:
            text = "any_value(trim(csv_line, chr(10) || chr(13)))" if self.identity.plain else "NULL"  # it names the customer
            self.connection.execute(BROKEN_LINES.format(first=first, record=text, rejects=rows.run.rejects))
        self._no_refusal_lost(first)

    def _no_refusal_lost(self, first: int) -> None:
        """Raise DataUnfitError when files of consents, those from number `first` on, have lines that cannot be read."""
        lost = self.connection.execute(f"SELECT min(file), min(line), count(*) FROM broken WHERE file >= {first}").fetchone()
        consents = f"SELECT count(*) FROM judged WHERE file >= {first} AND verdict = {ACCEPTED} AND {IS_CONSENT}"
        if lost and lost[2] and self.table == "attributes" and scalar(self.connection, consents):
            raise DataUnfitError(
                f"attributes: {self.origins[lost[0]].name}: line {lost[1]} does not fit its header ({lost[2]:,} in all), and the "
                "file holds consents: who refuses there would be contacted; correct the file"
            )

    def _verdicts(self, query: str, file: str) -> str:
        columns = TABLES[self.table].columns
        cases = " ".join(f"WHEN {rule.broken} THEN {self.verdict(rule.name)}" for rule in self.errors if rule.applies_if is None)
        gone = self.identity.forgotten("raw_customer_id") if self.identity.forgotten else "false"
        forgotten = f"SELECT *, {gone} AS _forgotten FROM ({query})"
        fates = f"WHEN NOT _kept THEN {LEFT_OUT} WHEN _forgotten THEN {FORGOTTEN}"
        judged = f"SELECT *, CASE {fates} {cases} ELSE {ACCEPTED} END AS verdict FROM ({forgotten})"
        filled = [f"coalesce({name}, {c.otherwise}) AS {name}" for name, c in columns.items() if c.otherwise]
        identity = ""
        if self.identity.pseudonym:  # only now: the rules are about the real one
            pseudonym = self.identity.pseudonym("raw_customer_id")
            judged, identity = f"SELECT *, raw_customer_id AS identity FROM ({judged})", ", identity"
            filled += [f"{pseudonym} AS customer_id, {pseudonym} AS raw_customer_id"]
        ready = f"SELECT * REPLACE ({', '.join(filled)}) FROM ({judged})" if filled else judged
        raw = ", ".join(f"{name} := raw_{name}" for name in self.mapped)
        without = [name for name in KEPT_WITHOUT.get(self.table, ()) if name in self.mapped]
        told = " OR ".join([f"verdict >= {len(FATES)}", *(f"(raw_{name} IS NOT NULL AND {name} IS NULL)" for name in without)])
        return (
            f"SELECT {', '.join(self.columns)}{identity}, {file} AS file, _place AS place, verdict, "
            f"CASE WHEN {told} THEN CAST(to_json(struct_pack({raw})) AS VARCHAR) END AS raw, "
            f"CASE WHEN verdict = {ACCEPTED} THEN {self._likeness()} END AS likeness FROM ({ready})"
        )

    def _likeness(self) -> str:
        """SQL: rows that may say the same thing share a number: those of one key, or of one content where the key is numbered."""
        content = f"hash({', '.join(self.content)})"
        return f"CASE WHEN {self.complete} THEN hash({', '.join(self.key)}) ELSE {content} END" if self.key else content

    @property
    def content(self) -> list[str]:
        """What two rows must share to be one: every column but the time at which they became known."""
        return [name for name in self.columns if name != "recorded_at"]

    @property
    def complete(self) -> str:
        """SQL: whether a row has every part of its key, or still waits for a number."""
        numbered = [name for name in TABLES[self.table].key if name in NUMBERED_WITHIN]
        return f"{numbered[0]} IS NOT NULL" if set(numbered) & set(self.columns) else str(not numbered)

    def finish(self) -> None:
        """Judge what takes all rows together: rules that hold only for some sources, copies, and conflicting keys."""
        for rule in self.errors:
            if rule.applies_if and scalar(self.connection, f"SELECT {rule.applies_if} FROM judged WHERE verdict = {ACCEPTED}"):
                self.connection.execute(
                    f"UPDATE judged SET verdict = {self.verdict(rule.name)} WHERE verdict = {ACCEPTED} AND {rule.broken}"
                )
        content = ", ".join(self.content)
        # small files may arrive in another order than they are given: the first copy is that of the first file
        known = "recorded_at NULLS FIRST, " if "recorded_at" in self.columns else ""
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE copies AS SELECT *, {self.complete} AS complete, "
            f"row_number() OVER (PARTITION BY {content} ORDER BY {known}file, place, number) AS copy "
            f"FROM (SELECT rowid AS number, * FROM judged WHERE verdict = {ACCEPTED} AND likeness IN "
            f"(SELECT likeness FROM judged WHERE verdict = {ACCEPTED} GROUP BY likeness HAVING count(*) > 1))"
        )
        spared = f" AND NOT {IS_CONSENT}" if self.table == "attributes" else ""  # of two words the refusal counts
        others = f"count(*) FILTER (WHERE copy = 1) OVER (PARTITION BY {', '.join(['complete', *self.key])})"
        fates = (
            f"SELECT number, CASE WHEN copy > 1 THEN {MERGED} "
            f"WHEN complete AND {others} > 1{spared} THEN {self.verdict(KEY_CONFLICT.name)} END AS fate FROM copies"
        )
        self.connection.execute(
            f"UPDATE judged SET verdict = fate FROM ({fates}) AS fates WHERE judged.rowid = number AND fate IS NOT NULL"
        )
        self.connection.execute("DROP TABLE copies")

    def rule(self, name: str) -> Rule:
        """An error by its name."""
        return next(rule for rule in (*self.errors, KEY_CONFLICT, LINE_BROKEN) if rule.name == name)
