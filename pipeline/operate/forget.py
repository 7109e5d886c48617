"""`churn forget`: remove customers from every local table, list and delivery, and keep a tombstone so that ingest drops them."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from pkgutil import iter_modules

from markupsafe import escape

from pipeline import stages
from pipeline.artifacts import ARTIFACTS, HOLD_CUSTOMERS, REPLAYED, REPLAYED_DAYS
from pipeline.config import Config
from pipeline.contract.identity import FILE, key_from_environment, pseudonym
from pipeline.contract.tombstones import bury
from pipeline.counted import counted
from pipeline.disk import partial, remove, write_text
from pipeline.engine import engine, quoted
from pipeline.errors import BusyError, ConfigError
from pipeline.lock import alone
from pipeline.operate.purge import Removed, purge

UNFINISHED = Path("data/.forgetting.partial")


def read_ids(given: list[str], file: Path | None) -> list[str]:
    """The ids to forget, each once, from the arguments and a file with one a line; blanks around an id do not count.

    Raises ConfigError when there is none, or the file is not UTF-8 text.
    """
    lines: list[str] = []
    if file is not None:
        try:
            lines = file.read_text(encoding="utf-8-sig").replace("\r\n", "\n").split("\n")
        except (FileNotFoundError, IsADirectoryError, UnicodeDecodeError) as error:
            why = "is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else "is no file"
            raise ConfigError(f"--file: {file} {why}; give a text file with one customer id per line") from None
    ids = list(dict.fromkeys(name.strip() for name in [*given, *lines] if name.strip()))
    if any("\udc80" <= letter <= "\udcff" for name in ids for letter in name):  # bytes of an argument that are not UTF-8
        raise ConfigError("an id is not UTF-8 text; give the ids in a UTF-8 file with --file")
    if not ids:
        raise ConfigError(
            "nobody to forget: give customer ids, or --file with one id per line; after `--` an id may begin with -"
        )
    return ids


@contextmanager
def nothing_runs(root: Path) -> Iterator[None]:
    """Keep every stage and DVC from running meanwhile. Raises BusyError when one runs already."""
    with ExitStack() as held:
        for module in iter_modules(stages.__path__):
            held.enter_context(alone(root, module.name))
        if (root / ARTIFACTS["backfill"]).is_dir():
            held.enter_context(alone(root / ARTIFACTS["backfill"], "backfill"))
        lock = root / ".dvc/tmp/lock"  # held by DVC between stages, while it hashes and stores what they wrote
        if lock.exists():
            try:
                fcntl.flock(held.enter_context(lock.open("a")), fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BusyError("dvc is running in this folder; try again when it has ended") from None
        yield


def forget(ids: list[str], config: Config, root: Path = Path()) -> list[str]:
    """Forget customers by their real ids, and return what to say; killed in the middle, the next call ends what was begun.

    The tombstones come first, so that no later run brings them back; ids that were not found have one as well. What is returned
    names no id. Raises ConfigError when pseudonyms are on and their key is not in the environment.
    """
    key = key_from_environment(config.source.pseudonym_key) if config.source.pseudonym_key else None
    if key:
        _check_key(root, key)
    unfinished = root / UNFINISHED
    before = json.loads(unfinished.read_text(encoding="utf-8")) if unfinished.exists() else []
    buried, found = 0, set()
    removed = {artifact: Removed() for artifact in HOLD_CUSTOMERS}
    pages, found_on = [root / ARTIFACTS["report"], root / REPLAYED / ARTIFACTS["report"]], []
    for batch in (before, ids) if before else (ids,):  # apart: a manifest may name the files of the first already
        write_text(unfinished, json.dumps(batch))  # until it is done: no half of a purge is left
        buried += bury(batch, root / ARTIFACTS["forgotten"])
        names = {name: real for real in batch for name in (real, pseudonym(real, key) if key else real)}
        _purge_all(names, root, removed)
        found |= {names[name] for place in removed.values() for name in place.names if name in names}
        found_on += [page for page in pages if _without_page(page, set(names))]
    unfinished.unlink()
    who = counted(len(ids), "customer")
    return [
        f"{who} to forget, {buried:,} not forgotten before; {ARTIFACTS['forgotten']} tells ingest to drop them: commit it",
        *([f"ended what was begun before: {len(before):,} to forget"] if before else []),
        *(f"{ARTIFACTS[name]}: {place}" for name, place in removed.items()),
        *(f"{page.relative_to(root)}: removed, it listed a forgotten customer; `dvc repro` writes it anew" for page in found_on),
        *_not_found([number for number, name in enumerate(ids, start=1) if name not in found], len(ids)),
        *_beyond(config),
    ]


def _check_key(root: Path, key: bytes) -> None:
    """Raise ConfigError when the pseudonyms here were made with another key: half of what names a customer would not be found."""
    path = root / ARTIFACTS["identities"] / FILE
    with engine() as connection:
        pair = (
            connection.execute(f"SELECT customer_id, identity FROM read_parquet({quoted(path)}) LIMIT 1")
            if path.exists()
            else None
        )
        known = pair.fetchone() if pair else None
    if known and pseudonym(known[1], key) != known[0]:
        raise ConfigError(
            "the pseudonyms here were made with another key than source.pseudonym_key names now; set that key, or run "
            "`dvc repro --force ingest` with this one first"
        )


def _purge_all(names: Mapping[str, str], root: Path, removed: Mapping[str, Removed]) -> None:
    with engine() as connection:
        connection.execute("CREATE TABLE gone AS SELECT unnest($1::VARCHAR[]) AS name", [list(names)])
        for artifact, place in removed.items():
            for folder, pinned_by in _folders(root, artifact):
                remove(partial(folder))
                purge(connection, folder, set(names), place, pinned_by)


def _folders(root: Path, artifact: str) -> list[tuple[Path, Path | None]]:
    """Where rows of an artifact lie, and the file that pins their manifests; a backfill is a project of its own."""
    if artifact != "backfill":
        return [(root / ARTIFACTS[artifact], root / ARTIFACTS["delivered"] if artifact == "deliveries" else None)]
    inside = [pair for name in HOLD_CUSTOMERS if name != artifact for pair in _folders(root / REPLAYED, name)]
    return [(root / REPLAYED_DAYS, None), *inside]


def _not_found(places: list[int], ids: int) -> list[str]:
    """Ids that nothing here held are told by their place among those given: an id in a log would be one more copy."""
    if not places:
        return []
    shown = ", ".join(f"{place}." for place in places[:10]) + (", …" if len(places) > 10 else "")
    return [
        f"not found in any place: {len(places):,} of {ids:,} ids ({shown} of those given); they have a tombstone all the same"
    ]


def _without_page(page: Path, names: set[str]) -> bool:
    """Remove the report if its table of the riskiest names a forgotten customer."""
    if not page.exists():
        return False
    text = page.read_text(encoding="utf-8")
    listed = any(f">{escape(name)}</th>" in text for name in names)
    if listed:
        page.unlink()
    return listed


def _beyond(config: Config) -> list[str]:
    """What no command here can reach, and how to."""
    source = f"your own files in {config.source.path}" + (" and the database" if config.source.database else "")
    return [
        "not purged, do it yourself (docs/privacy.md):",
        f"- {source}: delete the customer there; until then ingest drops them",
        "- DVC's cache and remotes hold earlier versions: `dvc repro`, commit dvc.lock and data/forgotten.csv, then "
        "`dvc gc --workspace`, and `dvc gc --workspace --cloud` for the default remote (other branches too)",
        "- DVC's experiments hold copies: `dvc queue remove --all`, `dvc exp remove --all-commits`; the run cache has none",
        "- models, figures and MLflow hold no rows and no ids, but learned from them: `dvc repro`, then `churn promote`",
        "- git, backups, other clones, and lists that people downloaded or loaded into a CRM",
    ]
