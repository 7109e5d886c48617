"""Rows out of what is on disk: tables and lists are rewritten without some customers, each in one step, and manifests follow."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pandas as pd

from pipeline.campaign.entries import MANIFEST
from pipeline.campaign.manifest import Manifest, of_fewer, text
from pipeline.counted import counted
from pipeline.disk import partial, remove, replace, sha256, write_text
from pipeline.engine import quoted, scalar
from pipeline.errors import DataUnfitError
from pipeline.operate.delivered import follow
from pipeline.spreadsheet import freed, layout_of, read_cells, write_cells

IDS = ("customer_id", "identity")


@dataclass
class Removed:
    """How many rows left how many files of a place, and under which names they were found."""

    rows: int = 0
    files: int = 0
    names: set[str] = field(default_factory=set)

    def __str__(self) -> str:
        if not self.rows:
            return "nothing to remove"
        return f"{counted(self.rows, 'row')} removed from {counted(self.files, 'file')}"


def purge(
    connection: duckdb.DuckDBPyConnection, place: Path, names: set[str], removed: Removed, pinned_by: Path | None = None
) -> None:
    """Rewrite the tables (.parquet) and lists (.csv) below a folder without the customers of the table `gone` (name).

    `names` are those of the table; what was removed is added up in `removed`. A folder's manifest is replaced before its files:
    killed in between, its checksums name files that the next call writes, byte for byte. What was not the file of its manifest
    before is not made so. `pinned_by` is the file that pins manifests by checksum (`delivered`): it goes before them, likewise.
    """
    if not place.is_dir():
        return
    for left_over in sorted(place.rglob(".*.partial")):
        remove(left_over)
    for folder in sorted({file.parent for file in place.rglob("*") if file.is_file()}):
        manifest = _manifest(folder / MANIFEST)
        cut: Iterable[Path] = _cut(connection, folder, names, removed)
        if manifest is not None:
            cut = list(cut)
            followed = _followed(manifest, folder, cut)
            if followed != manifest:
                if pinned_by is not None:
                    follow(pinned_by, folder, text(followed))
                write_text(folder / MANIFEST, text(followed))
        for file in cut:
            replace(file, partial(file))


def _cut(connection: duckdb.DuckDBPyConnection, folder: Path, names: set[str], removed: Removed) -> Iterator[Path]:
    """The files of a folder that hold one of the customers, each with its successor under the partial name."""
    for file in sorted(folder.iterdir()):
        found: list[str] = []
        if file.suffix == ".parquet":
            found = _cut_table(connection, file)
        elif file.suffix == ".csv":
            found = _cut_list(file, names)
        if found:
            removed.rows += len(found)
            removed.files += 1
            removed.names.update(found)
        if partial(file).exists():
            yield file


def _cut_table(connection: duckdb.DuckDBPyConnection, file: Path) -> list[str]:
    """The name in each row that goes; rows keep their order, a row without a customer stays.

    Lines that could not be cut into cells lose their text: it may name anybody.
    """
    source = f"read_parquet({quoted(file)})"
    columns = [row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()]
    ids = [name for name in IDS if name in columns]
    if not ids:
        return []
    goes = " OR ".join(f"coalesce(CAST({name} AS VARCHAR) IN (SELECT name FROM gone), false)" for name in ids)
    found = [str(row[0]) for row in connection.execute(f"SELECT {ids[0]} FROM {source} WHERE {goes}").fetchall()]
    told = "record" in columns and scalar(connection, f"SELECT count(record) FROM {source}")
    kept_columns = "* REPLACE (CAST(NULL AS VARCHAR) AS record)" if told else "*"
    if found or told:
        target = f"{quoted(partial(file))} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)"
        connection.execute(f"COPY (SELECT {kept_columns} FROM {source} WHERE NOT ({goes})) TO {target}")
        kept = scalar(connection, f"SELECT count(*) FROM read_parquet({quoted(partial(file))})")
        if kept != int(str(scalar(connection, f"SELECT count(*) FROM {source}"))) - len(found):
            raise AssertionError(f"{file}: {len(found)} rows go, but {kept} stay")
    return found


def _cut_list(file: Path, names: set[str]) -> list[str]:
    """The name in each line that goes; the other lines keep their bytes. Raises DataUnfitError for a damaged list."""
    try:
        layout = layout_of(file, IDS[0])
        cells = read_cells(file, layout)
    except (ValueError, csv.Error) as error:
        raise DataUnfitError(
            f"{file} cannot be read as a list ({error}), so nobody can say whom it names; bring it back as it was or remove it, "
            "and forget the same customers again"
        ) from None
    if IDS[0] not in cells:
        return []
    ids = cells[IDS[0]].map(freed)
    goes = ids.isin(names)
    if goes.any():
        write_cells(cells[~goes], partial(file), layout)
    return list(ids[goes])


def _manifest(path: Path) -> Manifest | None:
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return manifest if isinstance(manifest, dict) and isinstance(manifest.get("files"), dict) else None


def _followed(manifest: Manifest, folder: Path, cut: list[Path]) -> Manifest:
    """The manifest of the files that are to come; unchanged where it names them already, or named none of them before."""
    named = [file for file in cut if manifest["files"].get(file.name, {}).get("sha256") == sha256(file)]
    if not named:
        return manifest
    customers, assignments = _to_come(folder / "customers.csv"), _to_come(folder / "assignments.csv")
    layouts = {file: layout_of(file, IDS[0]) for file in named}
    changed = {file.name: (len(read_cells(partial(file), layouts[file])), sha256(partial(file))) for file in named}
    return of_fewer(manifest, customers, assignments, changed)


def _to_come(file: Path) -> pd.DataFrame | None:
    cut = partial(file)
    return read_cells(cut) if cut.exists() else read_cells(file) if file.exists() else None
