"""A mapping of the configuration -> SQL of canonical rows: every column typed, beside the text it was read from."""

from __future__ import annotations

import duckdb

from pipeline.config.source_section import Lookup, Mapping, Source
from pipeline.contract.rows import Rows, Run
from pipeline.contract.tables import TABLES
from pipeline.engine import quoted, refused, scalar
from pipeline.errors import DataUnfitError
from pipeline.sources.parse import USES_FILE, USES_ROW, number, text_of, typed
from pipeline.sources.raw import identifier, runs, shape

PLACED = "raw._file AS _file, raw._place AS _place"


def read(connection: duckdb.DuckDBPyConnection, source: Source, table: str, number_of: int) -> list[Rows]:
    """The rows of one mapping of a table, run by run; a wrong path, column or expression is one line.

    Expressions may name the input `raw`, a lookup by its alias, `_row` (the row's number over all files), `_file`, and
    `number(text)`, which reads a number as the mapping's `decimal` says. They are tried on empty tables of the same shape, so
    that a file is looked at once and read once. What is read must be used before the next mapping is: `number` changes with it.
    """
    mapping = source.tables[table][number_of]
    where = f"source.tables.{table}" if number_of == 0 else f"source.tables.{table}[{number_of}]"
    name = f"raw_{table}_{number_of}"
    connection.execute(
        f"CREATE OR REPLACE TEMP MACRO number(x) AS {number('CAST(x AS VARCHAR)', 'DECIMAL(19,6)', mapping.decimal)}"
    )
    texts = (*mapping.columns.values(), *mapping.unpivot.values(), mapping.where or "")
    numbered, named = (any(word.search(text) for text in texts) for word in (USES_ROW, USES_FILE))
    joins = bool(mapping.lookups)  # after a join nothing but a number tells where a row stood
    made = runs(connection, source, mapping, where, name, apart=numbered or named or joins)
    for alias, lookup in mapping.lookups.items():
        _open_lookup(connection, source, lookup, f"{where}.lookups.{alias}", f"{name}_{alias}")
    before, result = "0", []
    for part, run in enumerate(made):
        columns, selected = _columns(run, mapping)
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name}_{part}_shape AS {shape(columns)}")
        joined = _joined(name, f"{name}_{part}_shape", mapping)
        types = _tried(connection, joined, mapping, where, run)
        with refused(f"{where}: {next(iter(run.files.values()))}"):  # what is wrong with all expressions together
            connection.execute(f"DESCRIBE {_select(mapping, types, joined, table, source)}")
        place = run.place or ("row_number() OVER ()" if numbered or joins else "CAST(NULL AS BIGINT)")
        file = quoted(next(iter(run.files.values()))) if len(run.files) == 1 else "_file"
        placed = f"SELECT {selected}, {file} AS _file, {place} AS _place FROM {run.relation}"
        relation = f"(SELECT *, {before} + _place AS _row FROM ({placed}))"
        query = _select(mapping, types, _joined(name, relation, mapping), table, source)
        result.append(Rows(query, run, len(mapping.unpivot) or 1))
        if numbered and len(made) > 1:
            before = str(scalar(connection, f"SELECT {before} + count(*) FROM {run.relation}"))
            connection.execute(f"DROP TABLE IF EXISTS {run.rejects}")
            connection.execute(f"DROP TABLE IF EXISTS {run.rejects}_scan")
    return result


def _columns(run: Run, mapping: Mapping) -> tuple[list[tuple[str, str]], str]:
    """The columns of a run, and the SQL that selects them: what lookups are joined by is text, as in the lookups."""
    keys = {key.lower() for lookup in mapping.lookups.values() for key in lookup.key}
    as_key = [name.lower() in keys for name, _ in run.columns]
    columns = [(name, "VARCHAR" if key else type) for (name, type), key in zip(run.columns, as_key, strict=True)]
    return columns, _selected(run, as_key)


def _selected(run: Run, as_text: list[bool]) -> str:
    """SQL of a run's columns, some of them as text."""
    named = ((identifier(name), type, text) for (name, type), text in zip(run.columns, as_text, strict=True))
    return ", ".join(f"{text_of(name, type)} AS {name}" if text else name for name, type, text in named)


def _joined(name: str, relation: str, mapping: Mapping) -> str:
    """A relation under the name `raw`, joined with its lookups under theirs."""
    joins = [f"LEFT JOIN {name}_{alias} AS {alias} USING ({', '.join(one.key)})" for alias, one in mapping.lookups.items()]
    return " ".join([f"{relation} AS raw", *joins])


def _tried(connection: duckdb.DuckDBPyConnection, joined: str, mapping: Mapping, where: str, run: Run) -> dict[str, str]:
    """The type of every expression, by canonical column or fact; the first that the engine refuses is named with its file."""
    file = next(iter(run.files.values()))
    types = {}
    for key, expressions in (("columns", mapping.columns), ("unpivot", mapping.unpivot)):
        for name, expression in expressions.items():
            with refused(f"{where}.{key}.{name}: {file}"):
                described = connection.execute(f"DESCRIBE SELECT ({expression}) FROM {joined}").fetchall()
            types[name] = str(described[0][1])
    if mapping.where:
        with refused(f"{where}.where: {file}"):
            connection.execute(f"SELECT 1 FROM {joined} WHERE ({mapping.where})")
    return types


def _open_lookup(connection: duckdb.DuckDBPyConnection, source: Source, lookup: Lookup, here: str, name: str) -> None:
    """Read a lookup into a table after making sure that it cannot multiply rows."""
    made = runs(connection, source, lookup, here, name)
    key, keys = ", ".join(lookup.key), {key.lower() for key in lookup.key}
    known = " AND ".join(f"{column} IS NOT NULL" for column in lookup.key)
    with refused(f"{here}: {lookup.origin}"):
        parts = (f"SELECT {_selected(run, [n.lower() in keys for n, _ in run.columns])} FROM {run.relation}" for run in made)
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {' UNION ALL BY NAME '.join(parts)}")
        twice = f"SELECT {key} FROM {name} WHERE {known} GROUP BY {key} HAVING count(*) > 1"
        many = scalar(connection, f"SELECT count(*) FROM ({twice})")
    for run in made:
        run.verify()
        line = scalar(connection, f"SELECT min(line) FROM {run.rejects}") if run.rejects else None
        if line:
            raise DataUnfitError(f"{here}: {lookup.origin}: line {line} does not fit its header; correct the file")
    if many:
        raise DataUnfitError(f"{here}: {many} keys ({key}) occur twice in {lookup.origin}; rows would multiply")


def _select(mapping: Mapping, types: dict[str, str], joined: str, table: str, source: Source) -> str:
    """The typed select of one run."""
    texts = {f"raw_{name}": text_of(expression, types[name]) for name, expression in mapping.columns.items()}
    raw = {name: f"raw_{name}" for name in mapping.columns}
    if mapping.unpivot:
        facts = {name: text_of(value, types[name]) for name, value in mapping.unpivot.items()}
        texts["facts"] = "[" + ", ".join(f"{{'name': {quoted(name)}, 'value': {value}}}" for name, value in facts.items()) + "]"
        raw |= {"name": "fact.name", "value": "fact.value"}
    outer = []
    for name, column in TABLES[table].columns.items():
        text = raw.get(name, "CAST(NULL AS VARCHAR)")
        value = typed(
            text,
            column.type,
            is_text=types.get(name, "VARCHAR") == "VARCHAR",
            decimal=mapping.decimal,
            time_format=mapping.time_format,
            zone=mapping.time_zone or source.time_zone,
        )
        outer.append(f"{value if name in raw else f'CAST(NULL AS {column.type})'} AS {name}, {text} AS raw_{name}")
    return f"SELECT {', '.join(outer)}, _kept, _file, _place FROM ({_texts(mapping, texts, joined)})"


def _texts(mapping: Mapping, texts: dict[str, str], joined: str) -> str:
    """The text of every mapped column; with a `where`, its expressions never see the rows that are left out."""
    if mapping.where:
        pairs = ", ".join(f"{name} := {text}" for name, text in texts.items())
        kept = f"SELECT CASE WHEN ({mapping.where}) THEN struct_pack({pairs}) END AS mapped, {PLACED} FROM {joined}"
        values = ", ".join(f"mapped.{name} AS {name}" for name in texts)
        query = f"SELECT {values}, mapped IS NOT NULL AS _kept, _file, _place FROM ({kept})"
    else:
        values = ", ".join(f"{text} AS {name}" for name, text in texts.items())
        query = f"SELECT {values}, true AS _kept, {PLACED} FROM {joined}"
    if not mapping.unpivot:
        return query
    nothing = "[" + ", ".join(["{'name': CAST(NULL AS VARCHAR), 'value': CAST(NULL AS VARCHAR)}"] * len(mapping.unpivot)) + "]"
    return f"SELECT * EXCLUDE (facts), unnest(coalesce(facts, {nothing})) AS fact FROM ({query})"
