"""Verified copies of the lists -> what is handed over: less who is forgotten or taken off, archive copies under pseudonyms."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from pipeline.allocation.suppression import read_suppressed, refuse_lost_zeros
from pipeline.artifacts import ARTIFACTS
from pipeline.campaign.id_lookup import by_id
from pipeline.campaign.list_columns import FIXED, riskiest_first
from pipeline.campaign.manifest import Files, Manifest, of_delivery
from pipeline.campaign.measured_bands import measured_bands
from pipeline.campaign.planning import ARMS
from pipeline.config import Config
from pipeline.contract.facts import open_facts
from pipeline.contract.identity import renamed
from pipeline.contract.tombstones import read_tombstones, tombstone
from pipeline.disk import sha256
from pipeline.engine import engine, scalar
from pipeline.errors import DataUnfitError
from pipeline.figure_files import read_figures
from pipeline.operate.newest import newest_clean
from pipeline.operate.taken_off import BY_CODE, taken_off
from pipeline.spreadsheet import PLAIN, Layout, freed_column, guarded_column, read_cells, write_cells

ARCHIVED = CUSTOMERS, ASSIGNMENTS, LEFT_OUT = "customers.csv", "assignments.csv", "left_out.csv"


@dataclass(frozen=True)
class Gone:
    """Who is not handed over, by real ids: `forgotten` are nowhere; `taken` has the reason of each other one.

    `latest` is when the newest activity of the data became known; None where nobody looked.
    """

    forgotten: frozenset[str]
    taken: Mapping[str, str]
    latest: str | None


def hand_over(
    folder: Path, manifest: Manifest, identities: Mapping[str, str], config: Config, root: Path, refresh: bool
) -> tuple[Manifest, str]:
    """Rewrite the copies in `folder` as they are handed over; their manifest, and what to say.

    Raises DataUnfitError when the figures of the model are not those of the lists, and what ingest raises.
    """
    about = _about(manifest, config, root)
    cells = {name: _read(folder / name, _layout(name, config)) for name in manifest["files"]}
    gone = _gone(cells, date.fromisoformat(manifest["snapshot_date"]), identities, config, root, refresh)
    cells = {name: _without(rows, gone.forgotten) for name, rows in cells.items()}
    assignments = cells[ASSIGNMENTS].assign(taken_off=[gone.taken.get(name, "") for name in cells[ASSIGNMENTS]["customer_id"]])
    contacted = assignments[(assignments["arm"] == "contact") & (assignments["taken_off"] != "")]
    written = {
        **{name: rows if name in ARCHIVED else _without(rows, gone.taken) for name, rows in cells.items()},
        CUSTOMERS: cells[CUSTOMERS],
        ASSIGNMENTS: assignments,
        LEFT_OUT: pd.concat([cells[LEFT_OUT], _as_left_out(contacted, cells[CUSTOMERS], config)]),
    }
    files = _write(written, folder, identities, config)
    how = {"done": refresh, "latest_activity_known_at": gone.latest}
    handed_over = about | {"refresh": how, "forgotten": len(gone.forgotten)}
    return of_delivery(manifest, handed_over, cells[CUSTOMERS], assignments, files), _said(assignments, gone, refresh)


def _about(manifest: Manifest, config: Config, root: Path) -> Manifest:
    """What a delivery says beside its lists: the grade, what each band was worth on the test dates, budget and seeds."""
    metrics, judged = read_figures(root / ARTIFACTS["metrics"]), root / ARTIFACTS["judged"] / "test.parquet"
    if not judged.exists():
        raise DataUnfitError(f"{judged} is missing; run `dvc repro` first")
    if metrics.get("model_version") != manifest["test"]["model_version"]:
        raise DataUnfitError(
            f"{root / ARTIFACTS['metrics']} judges {metrics.get('model_version')}, the lists were made beside the figures of "
            f"{manifest['test']['model_version']}; run `dvc repro` first"
        )
    rows = pd.read_parquet(judged, columns=["customer_id", "t", "y", "weight", "churn_probability"])
    seeds = {"seed": config.seed, **{name: manifest["allocation"].get(name) for name in ("ties", "control")}}
    return {
        "delivery_id": manifest["snapshot_date"],
        "grade": metrics["grade"],
        "grade_reason": metrics["grade_reason"],
        "bands": {"model_version": metrics["model_version"], **measured_bands(rows, config.campaign.bands)},
        "budget": config.campaign.allocation.budget,
        "seeds": seeds,
    }


def _gone(
    cells: Mapping[str, pd.DataFrame], day: date, identities: Mapping[str, str], config: Config, root: Path, refresh: bool
) -> Gone:
    salt, stones = read_tombstones(root / ARTIFACTS["forgotten"])
    buried, everybody = set(stones), cells[CUSTOMERS]["customer_id"] if stones else ()
    forgotten = frozenset(name for name in everybody if tombstone(name, salt) in buried)
    assignments = cells[ASSIGNMENTS]
    known = assignments.loc[~assignments["customer_id"].isin(forgotten), ["customer_id", "channel"]]
    meant = renamed(known, _inside(identities))
    names = dict(zip(meant["customer_id"], known["customer_id"], strict=True))
    rules = config.campaign.allocation
    listed = read_suppressed(Path(rules.suppression))
    refuse_lost_zeros(Path(rules.suppression), listed, cells[CUSTOMERS]["customer_id"])
    stopped = frozenset(inside for inside, name in names.items() if name in listed)
    if not refresh:
        with engine() as connection:
            found, latest = taken_off(connection, meant, stopped, day, config, newest=False), None
    else:
        with newest_clean(config, root) as clean, engine() as connection:
            open_facts(connection, clean, config.definition, of_lines=())
            found = taken_off(connection, meant, stopped, day, config)
            latest = str(scalar(connection, "SELECT max(known_at) FROM activity"))
    return Gone(forgotten, {names[str(inside)]: code for inside, code in found.items()}, latest)


def _without(rows: pd.DataFrame, gone: Collection[str]) -> pd.DataFrame:
    goes = rows["customer_id"].isin(gone)
    return rows[~goes] if goes.any() else rows


def _as_left_out(contacted: pd.DataFrame, customers: pd.DataFrame, config: Config) -> pd.DataFrame:
    """The lines of `left_out.csv` of contacts who were taken off."""
    status = customers.set_index("customer_id")["status"].reindex(contacted["customer_id"])
    because = [BY_CODE[code].text(config.locale) for code in contacted["taken_off"]]
    told = {"status": status.tolist(), "left_out_reason": contacted["taken_off"].tolist(), "because": because}
    return pd.DataFrame({"customer_id": contacted["customer_id"].tolist(), **told}, dtype=object)


def _inside(identities: Mapping[str, str]) -> dict[str, str]:
    return {identity: pseudonym for pseudonym, identity in identities.items()}


def _layout(name: str, config: Config) -> Layout:
    return PLAIN if Path(name).stem in FIXED else config.campaign.export.layout


def _read(path: Path, layout: Layout) -> pd.DataFrame:
    """The cells of a list as they stand there, but for the ids, which are freed."""
    cells = read_cells(path, layout)
    return cells.assign(customer_id=freed_column(cells["customer_id"]))


def _write(written: Mapping[str, pd.DataFrame], folder: Path, identities: Mapping[str, str], config: Config) -> Files:
    """Write lists by channel under real ids, all else under the pseudonyms there are; rows and checksum of each file."""
    inside, files = _inside(identities), {}
    archived = {
        CUSTOMERS: riskiest_first(renamed(written[CUSTOMERS], inside)),
        ASSIGNMENTS: by_id(renamed(written[ASSIGNMENTS], inside)),
        LEFT_OUT: by_id(renamed(written[LEFT_OUT], inside)),
    }
    for name, rows in ({**written, **archived}).items():
        write_cells(rows.assign(customer_id=guarded_column(rows["customer_id"])), folder / name, _layout(name, config))
        files[name] = (len(rows), sha256(folder / name))
    return files


def _said(assignments: pd.DataFrame, gone: Gone, refresh: bool) -> str:
    """What is handed over, in a line."""
    stays = assignments[assignments["taken_off"] == ""]["arm"].value_counts()
    sizes = ", ".join(f"{stays.get(arm, 0):,} {words}" for arm, words in ARMS.items())
    codes = assignments["taken_off"][assignments["taken_off"] != ""].value_counts().sort_index()
    off = ", ".join(f"{count:,} {code}" for code, count in codes.items()) or "nobody"
    how = "taken off" if refresh else "not refreshed, taken off"
    left = f"; {len(gone.forgotten):,} forgotten: run `churn forget` for them here as well" if gone.forgotten else ""
    return f"{sizes}; {how}: {off}{left}"
