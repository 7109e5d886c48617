"""One input of the configuration (files or a query) -> runs: DuckDB relations over files of one shape, in order."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import partial
from itertools import groupby
from pathlib import Path

import duckdb

from pipeline.config.source_section import Format, Input, Source
from pipeline.contract.rows import Run
from pipeline.engine import quoted, refused, scalar, spill
from pipeline.errors import DataUnfitError
from pipeline.sources import delimited, excel
from pipeline.sources.paths import NO_ROOM, Signature, check_unchanged, compression, find, format_of, signature

HEADED = 2  # the line of the first row below a header
UNCLOSED = "error_type = 'UNQUOTED VALUE' AND contains(trim(csv_line, chr(10) || chr(13)), chr(10))"
ONE_COLUMN = "columns = {'line': 'VARCHAR'}, auto_detect = false, header = false, delim = '\\0', quote = '', escape = ''"


def runs(
    connection: duckdb.DuckDBPyConnection, source: Source, given: Input, where: str, name: str, apart: bool = False
) -> list[Run]:
    """The runs of an input; `where` is its configuration key, `name` a prefix for what has to be created in the engine.

    With `apart`, every file is a run of its own: the engine keeps the order of rows in a file, and may change that of files.

    Text formats give text columns only: nothing is guessed. `lines` gives `line` and `word`, its words. Raises DataUnfitError or
    ConfigError for files that are missing, empty or not what their format says.
    """
    if given.query is not None:
        from pipeline.sources.database import spool

        target = spill(connection) / f"{name}.parquet"
        spool(str(source.database), given.query, target, where)
        return _parquet(connection, {target: "query"}, given, {}, name)
    folder = Path(source.path)
    files = find(folder, str(given.path), where)
    names = {file: _name(file, folder) for file in files}
    taken = signature(files)
    read = READERS[format_of(files, given.format)]
    groups = [{file: called} for file, called in names.items()] if apart else [names]
    with refused(f"{where}: {given.path}"):
        try:
            found = (read(connection, group, given, taken, f"{name}_{part}") for part, group in enumerate(groups))
            return [run for made in found for run in made]
        except (OSError, EOFError, zlib.error) as error:  # a compressed file that is cut off or is not what its ending says
            if isinstance(error, OSError) and error.errno in NO_ROOM:
                raise
            raise DataUnfitError(f"{where}: {given.path}: not readable ({error}); bring the file again") from None


def _name(file: Path, folder: Path) -> str:
    return file.relative_to(folder).as_posix() if file.is_relative_to(folder) else str(file)


def _delimited(
    connection: duckdb.DuckDBPyConnection, names: dict[Path, str], given: Input, taken: Signature, name: str
) -> list[Run]:
    read = {file: delimited.as_utf8(file, given.encoding, spill(connection)) for file in names}
    dialects = {file: delimited.dialect(read[file], file, given.delimiter) for file in names}
    made = []
    alike = groupby(names, key=lambda file: (dialects[file], compression(read[file])))
    for number, (how, group) in enumerate((how, list(files)) for (how, _), files in alike):
        rejects = f"{name}_{number}_rejects"
        made.append(
            Run(
                relation=delimited.relation([read[file] for file in group], how, rejects),
                columns=tuple((column, "VARCHAR") for column in how.names),
                files={str(read[file]): names[file] for file in group},
                first_line=HEADED,
                verify=partial(
                    _verify, connection, {file: taken[file] for file in group}, rejects, [names[file] for file in group]
                ),
                rejects=rejects,
            )
        )
    return made


def _verify(connection: duckdb.DuckDBPyConnection, taken: Signature, rejects: str, files: list[str]) -> None:
    """Refuse a file that changed, is in another encoding, or in which a quote swallowed the lines after it."""
    check_unchanged(taken)
    if not scalar(connection, f"SELECT count(*) FROM duckdb_tables() WHERE table_name = '{rejects}'"):
        return  # what went wrong did so before the first line
    worst = f"error_type IN ('INVALID ENCODING', 'LINE SIZE OVER MAXIMUM') OR ({UNCLOSED})"
    found = connection.execute(
        f"SELECT file_id, line, error_type FROM {rejects} WHERE {worst} ORDER BY file_id, line LIMIT 1"
    ).fetchone()
    if found and found[2] == "INVALID ENCODING":
        raise delimited.not_utf8(files[found[0]], found[1])
    if found:
        raise DataUnfitError(
            f"{files[found[0]]}: a quote that opens near line {found[1]} does not close there, so what follows cannot be told "
            "apart; correct that line"
        )


def _lines(connection: duckdb.DuckDBPyConnection, names: dict[Path, str], given: Input, taken: Signature, name: str) -> list[Run]:
    read = {file: delimited.as_utf8(file, given.encoding, spill(connection)) for file in names}
    relation = (
        "(SELECT line, regexp_split_to_array(trim(line), '\\s+') AS word, _file "
        f"FROM read_csv({_list(list(read.values()))}, {ONE_COLUMN}, filename = '_file'))"
    )
    columns = (("line", "VARCHAR"), ("word", "VARCHAR[]"))
    return [
        Run(
            relation,
            columns,
            {str(read[file]): names[file] for file in names},
            first_line=1,
            verify=partial(check_unchanged, taken),
        )
    ]


def _excel(connection: duckdb.DuckDBPyConnection, names: dict[Path, str], given: Input, taken: Signature, name: str) -> list[Run]:
    wanted = (given.sheet,) if isinstance(given.sheet, str) else given.sheet or ()
    made = []
    for file, called in names.items():
        for sheet, target in excel.spool(file, wanted, spill(connection)).items():
            made += _parquet(connection, {target: f"{called}#{sheet}"}, given, {file: taken[file]}, name, first_line=HEADED)
    return made


def _json(connection: duckdb.DuckDBPyConnection, names: dict[Path, str], given: Input, taken: Signature, name: str) -> list[Run]:
    # at depth 1, and without maps, every value stays the text it is in the file: no number is rounded; all are asked for keys
    read = (
        f"read_json({_list(list(names))}, format = 'auto', maximum_depth = 1, sample_size = -1, union_by_name = true, "
        "map_inference_threshold = -1, filename = '_file')"
    )
    found = [column for column, _ in _columns(connection, read, next(iter(names)))]
    values = ", ".join(f"({identifier(column)} ->> '$') AS {identifier(column)}" for column in found)
    columns = tuple((column, "VARCHAR") for column in found)
    return [
        Run(
            f"(SELECT {values}, _file FROM {read})",
            columns,
            {str(f): n for f, n in names.items()},
            1,
            partial(check_unchanged, taken),
        )
    ]


def _parquet(
    connection: duckdb.DuckDBPyConnection, names: dict[Path, str], given: Input, taken: Signature, name: str, first_line: int = 1
) -> list[Run]:
    hive = any("=" in part for name in names.values() for part in Path(name).parts[:-1])
    options = "filename = '_file', file_row_number = true" + (
        ", hive_partitioning = true, hive_types_autocast = false" if hive else ""
    )
    shapes = {file: _columns(connection, f"read_parquet({_list([file])}, {options})", file) for file in names}
    made = []
    for shape, alike in groupby(names, key=lambda file: shapes[file]):
        group = list(alike)
        relation = f"read_parquet({_list(group)}, {options})"
        known = {file: taken[file] for file in group if file in taken} or taken
        verify, files = partial(check_unchanged, known), {str(file): names[file] for file in group}
        place = excel.ROW if first_line == HEADED else "file_row_number + 1"
        made.append(Run(relation, shape, files, first_line, verify, place))
    return made


def _columns(connection: duckdb.DuckDBPyConnection, relation: str, named: Path) -> tuple[tuple[str, str], ...]:
    own = ("_file", "file_row_number", excel.ROW)
    described = [row for row in connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall() if row[0] not in own]
    delimited.check_width(len(described), named)
    return tuple((str(row[0]), str(row[1])) for row in described)


def identifier(name: str) -> str:
    """A column name as SQL."""
    return '"' + name.replace('"', '""') + '"'


READERS: dict[Format, Callable[..., list[Run]]] = {
    "csv": _delimited,
    "lines": _lines,
    "excel": _excel,
    "json": _json,
    "parquet": _parquet,
}


def shape(columns: list[tuple[str, str]]) -> str:
    """SQL of an empty relation with a run's columns and `_file`, `_place` and `_row`: expressions are tried on it."""
    columns = [*columns, ("_file", "VARCHAR"), ("_place", "BIGINT"), ("_row", "BIGINT")]
    return "SELECT " + ", ".join(f"CAST(NULL AS {type}) AS {identifier(name)}" for name, type in columns) + " WHERE false"


def _list(files: list[Path]) -> str:
    return "[" + ", ".join(quoted(file) for file in files) + "]"
