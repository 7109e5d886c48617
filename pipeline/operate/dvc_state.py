"""What a `dvc` that was killed leaves behind and no later one gets over: notes of its own that it does not write in one step."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import Any

import yaml

LOCK, RWLOCK = Path("dvc.lock"), Path(".dvc/tmp/rwlock")


def mend_dvc(root: Path = Path()) -> list[str]:
    """Remove `dvc.lock` if it was cut short, and the note of who works on which file if it names nobody; a sentence each.

    Without `dvc.lock` every stage runs again, or is brought from DVC's cache of runs: same inputs, same bytes.
    """
    return [*_mend_lock(root / LOCK), *_mend_rwlock(root / RWLOCK)]


def dvc_writes(root: Path = Path()) -> bool:
    """Whether a DVC that somebody started works on files here; to be asked after `mend_dvc`."""
    try:
        noted = json.loads((root / RWLOCK).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return False
    except ValueError:  # it is being written
        return True
    return any(_is_dvc(int(one["pid"])) for one in _noted(noted))


def _mend_lock(path: Path) -> list[str]:
    from dvc.schema import COMPILED_LOCKFILE_SCHEMA
    from voluptuous import Invalid

    try:
        COMPILED_LOCKFILE_SCHEMA(yaml.safe_load(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return []
    except (yaml.YAMLError, Invalid, UnicodeDecodeError):
        path.unlink()
        return [f"{path} was cut short; it is written anew"]
    return []


def _mend_rwlock(path: Path) -> list[str]:
    """DVC forgets processes that are gone, but not those whose number another process has by now."""
    if not path.exists():
        return []
    with path.with_name("rwlock.lock").open("a") as guard:
        try:
            fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:  # somebody is writing it
            return []
        try:
            noted = json.loads(path.read_text(encoding="utf-8"))
            pids = {int(one["pid"]) for one in _noted(noted)}
        except (ValueError, TypeError, KeyError, AttributeError):
            path.unlink()
            return [f"{path} was cut short; it is written anew"]
        if pids and not any(map(_is_dvc, pids)):
            path.unlink()
            return [f"{path} named processes that are no dvc any more; it is written anew"]
    return []


def _noted(noted: dict[str, Any]) -> list[dict[str, Any]]:
    writers, readers = noted.get("write", {}).values(), noted.get("read", {}).values()
    return [*(one for one in writers if one), *(one for several in readers for one in several)]


def _is_dvc(pid: int) -> bool:
    """Whether a process runs that may be a dvc; where there is no /proc, any that runs may."""
    if Path("/proc/self").exists():
        try:
            return b"dvc" in (Path("/proc") / str(pid) / "cmdline").read_bytes()
        except OSError:
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
