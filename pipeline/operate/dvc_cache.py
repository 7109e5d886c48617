"""DVC's cache on this machine: which outputs it holds, whether they are whole, and a model that lies in it.

DVC trusts a file of its cache that it made read-only: one that a power cut left short would come back for ever.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from pipeline.artifacts import ARTIFACTS
from pipeline.disk import remove, scratch
from pipeline.errors import DataUnfitError
from pipeline.model.saved import version_of
from pipeline.operate.registry import intact, keep, read_metrics

CACHE, OBJECTS, LOCK = Path(".dvc/cache/runs"), Path(".dvc/cache/files/md5"), Path("dvc.lock")
Run = dict[str, Any]


def mend_cache(root: Path = Path()) -> list[str]:
    """Remove objects that are shorter or longer than what was kept, and the outputs made of them; a sentence if so.

    Only sizes are looked at until one is wrong, so it costs no reading of large files.
    """
    runs = [*_runs(root / CACHE), *_locked(root / LOCK)]
    wrong = [out for run in runs for out in run.get("outs", ()) if "size" in out and not _whole(root, out)]
    if not wrong:
        return []
    gone = sum(_purge(path) for out in wrong for path in (*_objects(root, out), _place(root, out["md5"])))
    for out in _outs(_locked(root / LOCK)):
        if (root / out["path"]).exists() and _size(root / out["path"]) != out.get("size"):
            remove(root / out["path"])
    return [f"{gone} damaged files of {root / OBJECTS} were removed; what they were part of is made anew"] if gone else []


def bring_back(root: Path, version: str) -> bool:
    """Put a promoted model and its figures into the registry again, as they were when it was trained; whether they were found."""
    for run in _runs(root / CACHE):
        model = _md5(run.get("deps", ()), ARTIFACTS["challenger"])
        figures = _md5(run.get("outs", ()), ARTIFACTS["metrics"])
        if model and figures and _rebuilt(root, version, model, _place(root, figures)):
            return True
    return False


def _rebuilt(root: Path, version: str, model: str, figures: Path) -> bool:
    with scratch("churn-model") as folder:
        for path, source in _listed(root, model):
            if source.exists():
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, folder / path)
        try:
            if version_of(folder) != version:
                return False
            keep(folder, read_metrics(figures), root / ARTIFACTS["registry"] / version)
        except DataUnfitError:
            return False
    return intact(root / ARTIFACTS["registry"] / version, version)


def _runs(folder: Path) -> Iterator[Run]:
    """What DVC remembers of every run of a stage; a note that cannot be read is removed, DVC would stumble over it."""
    for path in sorted(folder.glob("??/*/*")):
        try:
            run = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
            run["cmd"]
        except (yaml.YAMLError, UnicodeDecodeError, TypeError, KeyError):
            remove(path)
            continue
        yield run


def _locked(path: Path) -> list[Run]:
    return list(yaml.safe_load(path.read_text(encoding="utf-8"))["stages"].values()) if path.exists() else []


def _outs(runs: list[Run]) -> list[dict[str, Any]]:
    return [out for run in runs for out in run.get("outs", ())]


def _md5(files: Any, path: Path) -> str | None:
    return next((str(one["md5"]) for one in files if one["path"] == path.as_posix() and "md5" in one), None)


def _place(root: Path, md5: str) -> Path:
    return root / OBJECTS / md5[:2] / md5[2:]


def _listed(root: Path, md5: str) -> list[tuple[str, Path]]:
    """Path and object of every file of a folder; none where the list itself cannot be read."""
    try:
        listed = json.loads(_place(root, md5).read_text(encoding="utf-8"))
        return [(str(one["relpath"]), _place(root, one["md5"])) for one in listed]
    except (OSError, ValueError, TypeError, KeyError):
        return []


def _objects(root: Path, out: dict[str, Any]) -> list[Path]:
    md5 = str(out["md5"])
    return [path for _, path in _listed(root, md5)] if md5.endswith(".dir") else [_place(root, md5)]


def _whole(root: Path, out: dict[str, Any]) -> bool:
    """Whether an output lies in the cache with the size it had; what is not all there DVC makes anew by itself."""
    if not _place(root, str(out["md5"])).exists():
        return True
    objects = _objects(root, out)
    if not all(path.exists() for path in objects):
        return True
    return sum(path.stat().st_size for path in objects) == out["size"]


def _purge(path: Path) -> bool:
    """Remove an object whose bytes are not those of its name; whether it was so."""
    if not path.exists():
        return False
    with path.open("rb") as file:
        right = hashlib.file_digest(file, "md5").hexdigest() == (path.parent.name + path.name).removesuffix(".dir")
    if not right:
        remove(path)
    return not right


def _size(path: Path) -> int:
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file()) if path.is_dir() else path.stat().st_size
