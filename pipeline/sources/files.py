"""Raw files -> one SQL query per mapping: every canonical column typed, beside the text it was read from."""

from __future__ import annotations

from pathlib import Path

import duckdb

from pipeline.config import Format, Mapping
from pipeline.contract.tables import TABLES, Table
from pipeline.engine import quoted, refused, scalar
from pipeline.errors import ConfigError, DataUnfitError

SUFFIXES: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".gz": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".xlsx": "excel",
}


def find(folder: Path, path: str, where: str) -> list[Path]:
    """The files a path (file, folder or glob below `folder`) means, sorted; `where` names the config key for the message."""
    if not folder.is_dir():
        raise DataUnfitError(f"source.path: {folder} is not a folder; give the folder that holds {path} (source.path=FOLDER)")
    target = folder / path
    if target.is_dir():
        found = sorted(file for file in target.rglob("*") if file.is_file() and not file.name.startswith("."))
    elif target.is_file():
        found = [target]
    else:
        found = [] if Path(path).is_absolute() else sorted(file for file in folder.glob(path) if file.is_file())
    if not found:
        raise DataUnfitError(f"{where}.path: no file {path} in {folder}; correct the path or bring the file")
    return found


def raw_relation(
    connection: duckdb.DuckDBPyConnection, files: list[Path], format: Format | None, sheet: object, name: str
) -> str:
    """SQL of a raw relation over files of one format, with `_row` (the row's number over the sorted files).

    Text formats give VARCHAR columns only: nothing is guessed. `lines` gives `line` and `word`, its whitespace-separated words.
    """
    kind = format or SUFFIXES.get(files[0].suffix.lower())
    if kind is None:
        raise ConfigError(f"{files[0].name}: what kind of file is this? set `format` to csv, parquet, excel or lines")
    for file in files:
        if file.stat().st_size == 0:
            raise DataUnfitError(f"{file} is empty (0 bytes); bring the file again")
    if kind == "excel":
        return f"SELECT *, row_number() OVER () AS _row FROM {_excel(connection, files, sheet, name)}"
    paths = "[" + ", ".join(quoted(file) for file in files) + "]"
    reader = {
        "parquet": f"read_parquet({paths}, union_by_name = true)",
        # quotes are said, not guessed from a sample: the first quoted field may come late
        "csv": f"read_csv({paths}, all_varchar = true, header = true, quote = '\"', escape = '\"', "
        "union_by_name = true, null_padding = false)",
        "lines": f"read_csv({paths}, columns = {{'line': 'VARCHAR'}}, header = false, delim = '\\0', quote = '', escape = '')",
    }[kind]
    extra = ", regexp_split_to_array(trim(line), '\\s+') AS word" if kind == "lines" else ""
    return f"SELECT *{extra}, row_number() OVER () AS _row FROM {reader}"


def _excel(connection: duckdb.DuckDBPyConnection, files: list[Path], sheet: object, name: str) -> str:
    import pandas as pd

    frames = []
    for file in files:
        try:
            frames.append(pd.read_excel(file, sheet_name=sheet or 0, dtype=object, keep_default_na=False, na_values=[""]))
        except Exception as error:  # openpyxl raises many kinds; each means the same to the user
            raise DataUnfitError(f"{file}: not readable as Excel ({_first_line(error)}); save it again as .xlsx or CSV") from None
    frame = pd.concat(frames, ignore_index=True)
    text = frame.map(lambda cell: None if pd.isna(cell) else str(cell)).astype(object)
    connection.register(f"excel_{name}", text)
    return f"excel_{name}"


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__


def read_mapping(connection: duckdb.DuckDBPyConnection, folder: Path, table: str, number: int, mapping: Mapping) -> str:
    """Create the view `raw_<table>_<number>` of one mapping and return its name; a wrong path, column or expression is one line.

    The view has, for every canonical column of the table, the typed value (null where it cannot be read) and `raw_<column>`.
    Expressions may name the file `raw` and a lookup by its alias. They are tried on empty tables of the same shape, so that a
    file is looked at once and read once.
    """
    where = f"source.tables.{table}" if number == 0 else f"source.tables.{table}[{number}]"
    view = f"raw_{table}_{number}"
    with refused(f"{where}: {mapping.path}"):
        files = find(folder, mapping.origin, where)
        _open(connection, f"{view}_file", raw_relation(connection, files, mapping.format, mapping.sheet, view))
    for alias in mapping.lookups:
        _open_lookup(connection, folder, f"{view}_{alias}", alias, where, mapping)
    filtered = f"WHERE coalesce(({mapping.where}), false)" if mapping.where else ""
    shape = _joined(view, mapping, "_shape")
    for key, expressions in (("columns", mapping.columns), ("unpivot", mapping.unpivot)):
        for name, expression in expressions.items():
            with refused(f"{where}.{key}.{name}: {mapping.path}"):
                connection.execute(f"SELECT {expression} FROM {shape}")
    with refused(f"{where}.where: {mapping.path}"):
        connection.execute(f"SELECT 1 FROM {shape} {filtered}")
    with refused(f"{where}: {mapping.path}"):
        source = f"{_joined(view, mapping, '')} {filtered}"
        connection.execute(f"CREATE TEMP VIEW {view} AS {_select(TABLES[table], mapping, source)}")
    return view


def _open(connection: duckdb.DuckDBPyConnection, name: str, query: str) -> None:
    """A view of a raw relation, and an empty table `<name>_shape` with its columns."""
    connection.execute(f"CREATE TEMP VIEW {name} AS {query}")
    connection.execute(f"CREATE TEMP TABLE {name}_shape AS SELECT * FROM {name} LIMIT 0")


def _joined(view: str, mapping: Mapping, suffix: str) -> str:
    """The file under the name `raw`, joined with its lookups under theirs."""
    joins = [
        f"LEFT JOIN {view}_{alias}{suffix} AS {alias} USING ({', '.join(lookup.key)})"
        for alias, lookup in mapping.lookups.items()
    ]
    return " ".join([f"{view}_file{suffix} AS raw", *joins])


def _open_lookup(
    connection: duckdb.DuckDBPyConnection, folder: Path, name: str, alias: str, where: str, mapping: Mapping
) -> None:
    """Open a lookup after making sure that it cannot multiply rows."""
    lookup, here = mapping.lookups[alias], f"{where}.lookups.{alias}"
    key = ", ".join(lookup.key)
    with refused(f"{here}: {lookup.path}"):
        query = raw_relation(connection, find(folder, lookup.origin, here), lookup.format, None, name)
        _open(connection, name, f"SELECT * EXCLUDE (_row) FROM ({query})")
        twice = scalar(connection, f"SELECT count(*) FROM (SELECT 1 FROM {name} GROUP BY {key} HAVING count(*) > 1)")
    if twice:
        raise DataUnfitError(f"{here}: {twice} keys ({key}) occur twice in {lookup.path}; rows would multiply")


def _select(table: Table, mapping: Mapping, source: str) -> str:
    """The typed select of one mapping: blanks are null, `raw_<column>` keeps the text, unpivoted columns become rows."""
    raw = {name: f"raw_{name}" for name in mapping.columns}
    inner = [f"{_text(expression)} AS raw_{name}" for name, expression in mapping.columns.items()]
    if mapping.unpivot:
        facts = ", ".join(f"{{'name': {quoted(name)}, 'value': {_text(value)}}}" for name, value in mapping.unpivot.items())
        inner.append(f"unnest([{facts}]) AS fact")
        raw |= {"name": "fact.name", "value": "fact.value"}
    outer = [
        f"{_typed(raw[name], column.type)} AS {name}, {raw[name]} AS raw_{name}"
        if name in raw
        else f"CAST(NULL AS {column.type}) AS {name}, CAST(NULL AS VARCHAR) AS raw_{name}"
        for name, column in table.columns.items()
    ]
    return f"SELECT {', '.join(outer)} FROM (SELECT {', '.join(inner)} FROM {source})"


def _text(expression: str) -> str:
    return f"nullif(trim(CAST(({expression}) AS VARCHAR)), '')"


def _typed(text: str, type: str) -> str:
    """SQL that reads a text as a canonical type, null where it cannot; a time with an offset becomes UTC, infinity no time."""
    if type == "VARCHAR":
        return text
    if type == "TIMESTAMP":  # a plain cast to TIMESTAMP would drop the offset, and an AM or PM, without a word
        time = f"TRY_CAST(TRY_CAST({text} AS TIMESTAMPTZ) AS TIMESTAMP)"
        return f"CASE WHEN isfinite({time}) THEN {time} END"
    return f"TRY_CAST({text} AS {type})"
