"""Models as text files with a checksum over both: `<name>.txt` (trees, if there are any) and `<name>.json` (all else)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import lightgbm as lgb

from pipeline.errors import DataUnfitError
from pipeline.model.design_matrix import Columns


def write_sealed(folder: Path, name: str, body: Mapping[str, Any], trees: str = "") -> None:
    """Write what a model consists of, sealed with its checksum; without trees there is no `<name>.txt`."""
    if trees:
        (folder / f"{name}.txt").write_text(trees, encoding="utf-8")
    sealed = {**body, "sha256": _checksum(trees, body)}
    (folder / f"{name}.json").write_text(json.dumps(sealed, indent=2) + "\n", encoding="utf-8")


def read_body(folder: Path, name: str, what: str = "model") -> dict[str, Any]:
    """What `<name>.json` says, its seal unbroken or not. Raises DataUnfitError when it cannot be read."""
    try:
        body = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        if not isinstance(body, dict):
            raise TypeError("it holds no names")
    except (OSError, ValueError, TypeError) as error:
        raise _incomplete(folder, name, what, error) from None
    return body


def read_sealed(folder: Path, name: str, *, trees: bool, what: str = "model") -> tuple[dict[str, Any], str]:
    """The body and, where it has any, the trees. `what` it is, is said when it cannot be read.

    Raises DataUnfitError when a file is missing or was changed.
    """
    body, text = read_body(folder, name, what), ""
    try:
        if trees:
            text = (folder / f"{name}.txt").read_text(encoding="utf-8")
        intact = _checksum(text, body) == body["sha256"]
    except (OSError, ValueError, KeyError) as error:
        raise _incomplete(folder, name, what, error) from None
    if not intact:
        raise DataUnfitError(f"{folder}/{name}: the files are not those their checksum names; train or promote again")
    return body, text


@contextmanager
def of_this_version(folder: Path, name: str) -> Iterator[None]:
    """Raise DataUnfitError where an intact body turns out not to say what this version of the pipeline asks of it."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, lgb.basic.LightGBMError) as error:
        raise DataUnfitError(
            f"{folder}/{name}: a model of another version of the pipeline ({type(error).__name__}: {error}); "
            "train or promote again"
        ) from None


def booster_of(trees: str, columns: Columns) -> lgb.Booster:
    """The trees of a text. Raises ValueError when they read another number of columns."""
    booster = lgb.Booster(model_str=trees)
    if booster.num_feature() != len(columns.names):
        raise ValueError(f"trees of {booster.num_feature()} columns, a list of {len(columns.names)}")
    return booster


def said_columns(columns: Columns) -> dict[str, Any]:
    """The columns of a matrix as a body has them."""
    return {
        "columns": list(columns.names),
        "category_levels": {name: list(levels) for name, levels in columns.levels.items()},
    }


def columns_of(body: Mapping[str, Any]) -> Columns:
    """The columns of a matrix that a body has."""
    return Columns(tuple(body["columns"]), {name: tuple(levels) for name, levels in body["category_levels"].items()})


def _incomplete(folder: Path, name: str, what: str, error: Exception) -> DataUnfitError:
    return DataUnfitError(f"{folder}/{name}: not a complete {what} ({error}); train or promote again")


def _checksum(trees: str, body: Mapping[str, Any]) -> str:
    rest = {key: value for key, value in body.items() if key != "sha256"}
    return hashlib.sha256(f"{trees}{json.dumps(rest, sort_keys=True)}".encode()).hexdigest()
