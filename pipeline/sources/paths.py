"""Paths of the configuration -> files: found, of a known format, unchanged while they were read."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from pipeline.config.source_section import Format
from pipeline.errors import ConfigError, DataUnfitError

SUFFIXES: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".xlsx": "excel",
    ".xlsm": "excel",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
}
COMPRESSED = {".gz": "gzip", ".zst": "zstd"}

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # the disk that is written to is at fault, not the file that is read

Signature = dict[Path, tuple[int, int]]


def find(folder: Path, path: str, where: str) -> list[Path]:
    """The files a path (file, folder or glob below `folder`) means, sorted; `where` names the config key for the message."""
    if not folder.is_dir():
        raise DataUnfitError(f"source.path: {folder} is not a folder; give the folder that holds {path} (source.path=FOLDER)")
    target = folder / path
    if not Path(os.path.normpath(target.absolute())).is_relative_to(Path(os.path.normpath(folder.absolute()))):
        raise ConfigError(f"{where}.path: {path} lies outside source.path, {folder}, which is all that DVC watches")
    try:
        if target.is_dir():
            found = sorted(file for file in _below(target) if file.is_file() and not file.name.startswith((".", "_")))
        elif target.is_file():
            found = [target]
        else:
            found = [] if Path(path).is_absolute() else sorted(file for file in _matching(folder, path) if file.is_file())
    except PermissionError as error:  # passed over in silence, rows would be missing
        raise DataUnfitError(
            f"{where}.path: {error.filename} may not be read; ask for the right to, or correct the path"
        ) from None
    except (ValueError, NotImplementedError) as error:
        raise ConfigError(f"{where}.path: {path!r} is no path, folder or glob ({error})") from None
    if not found:
        raise DataUnfitError(f"{where}.path: no file {path} in {folder}; correct the path or bring the file")
    return found


def _below(folder: Path) -> Iterator[Path]:
    """Every file below a folder. Raises PermissionError for one that may not be looked into, which `rglob` passes over."""

    def refuse(error: OSError) -> None:
        raise error

    for here, _, names in os.walk(folder, onerror=refuse, followlinks=False):
        yield from (Path(here) / name for name in names)


def _matching(folder: Path, pattern: str) -> list[Path]:
    """The files of a glob. Raises PermissionError for a folder on the way that may not be looked into."""
    parts = Path(pattern).parts
    depth = len(parts) - 1 if "**" not in parts else parts.index("**") + 1
    ways = {folder, *(way for length in range(1, depth + 1) for way in folder.glob("/".join(parts[:length])) if way.is_dir())}
    for way in sorted(ways):
        with os.scandir(way):
            pass
    return list(folder.glob(pattern))


def format_of(files: list[Path], format: Format | None) -> Format:
    """The one format of some files: said, or told by their endings. Raises ConfigError when neither tells."""
    if format:
        return format
    kinds = {by_ending(file): file for file in files}
    if None in kinds:
        raise ConfigError(
            f"{kinds[None].name}: what kind of file is this? set `format` to csv, parquet, excel, json or lines, or name the "
            "files you mean with a glob"
        )
    if len(kinds) > 1:
        raise ConfigError(f"{' and '.join(file.name for file in kinds.values())} differ in kind; give each its own mapping")
    return next(kind for kind in kinds if kind)


def by_ending(file: Path) -> Format | None:
    """The format that a file's ending tells, also before that of its compression."""
    return SUFFIXES.get((Path(file.stem) if compression(file) else file).suffix.lower())


def compression(file: Path) -> str | None:
    """gzip, zstd or None, by the ending."""
    return COMPRESSED.get(file.suffix.lower())


def opened(file: Path) -> BinaryIO:
    """The bytes of a file, decompressed where its ending says that it is compressed."""
    return pa.input_stream(str(file), compression=compression(file))  # type: ignore[no-any-return]


def scratch(spill: Path, ending: str) -> Path:
    """A new file in the engine's private folder."""
    handle, name = tempfile.mkstemp(dir=spill, suffix=ending)
    os.close(handle)
    return Path(name)


def signature(files: Iterable[Path]) -> Signature:
    """Size and time of change of each file. Raises DataUnfitError for one that is empty or gone."""
    taken: Signature = {}
    for file in files:
        try:
            stat = file.stat()
        except FileNotFoundError:
            raise DataUnfitError(f"{file} is gone; run again when the files are complete") from None
        except OSError as error:
            raise DataUnfitError(f"{file}: {error.strerror}; bring the file again") from None
        if stat.st_size == 0:
            raise DataUnfitError(f"{file} is empty (0 bytes); bring the file again")
        taken[file] = (stat.st_size, stat.st_mtime_ns)
    return taken


def check_unchanged(before: Signature) -> None:
    """Raise DataUnfitError for a file that changed or vanished since its signature was taken."""
    after = signature(before)
    for file, taken in before.items():
        if after[file] != taken:
            raise DataUnfitError(f"{file} changed while it was read; run again when it is complete")
