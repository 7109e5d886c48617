"""`churn deliver`: freeze today's lists into the dated archive, with who is contacted, who is held out, and by what chance."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from pipeline.artifacts import ARTIFACTS
from pipeline.campaign.holdout import assign
from pipeline.campaign.lists import riskiest_first
from pipeline.campaign.manifest import MANIFEST, Manifest, of_delivery, text
from pipeline.config import Config
from pipeline.contract.identity import read_identities, renamed
from pipeline.disk import partial, remove, sha256
from pipeline.errors import ConfigError, DataUnfitError
from pipeline.model.folds import label_days
from pipeline.spreadsheet import freed, guarded, read_cells, read_csv, write_cells, write_csv

ASSIGNMENTS, CONTACT = "assignments.csv", "contact.csv"


def deliver(config: Config, root: Path = Path()) -> str:
    """Write `data/deliveries/<snapshot date>/` in one step and return what was delivered; doing it again changes nothing.

    Raises DataUnfitError when the lists are missing or not those of their manifest, ConfigError when a different delivery of
    that date exists already.
    """
    campaigns, archive = root / ARTIFACTS["campaigns"], root / ARTIFACTS["deliveries"]
    manifest = _verified_manifest(campaigns)
    if manifest["campaign"] != config.campaign.model_dump(mode="json"):
        raise ConfigError("the lists were made with other campaign settings than params.yaml has now; run `dvc repro` first")
    day = date.fromisoformat(manifest["snapshot_date"])
    place = archive / day.isoformat()
    growing = partial(place)
    remove(growing)
    shutil.copytree(campaigns, growing)
    identities = read_identities(root / ARTIFACTS["identities"])
    hidden = _hide_identities(growing, manifest, identities)
    listed = read_csv(growing / "customers.csv")
    intended, refusing = _with_consent(listed[listed["risk_segment"].isin(config.campaign.segments)], root, day, config)
    arms = _arms(intended, archive, day, config, identities)
    write_csv(arms, growing / ASSIGNMENTS)
    contact = _contact(campaigns / "customers.csv", arms, identities)
    write_cells(contact, growing / CONTACT)
    added = {name: (len(rows), sha256(growing / name)) for name, rows in ((ASSIGNMENTS, arms), (CONTACT, contact))}
    manifest = of_delivery(manifest, day.isoformat(), listed, arms, hidden | added)
    (growing / MANIFEST).write_text(text(manifest), encoding="utf-8")
    said = f"{len(contact):,} to contact, {len(arms) - len(contact):,} held out, {refusing:,} refuse {config.campaign.channel}"
    if place.exists():
        return _same_as_before(growing, place, said)
    growing.rename(place)
    return f"delivered {place}: {said}"


def _verified_manifest(campaigns: Path) -> Manifest:
    try:
        manifest: Manifest = json.loads((campaigns / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise DataUnfitError(f"{campaigns / MANIFEST} is missing or not readable; run `dvc repro` first") from None
    for name, file in manifest["files"].items():
        if not (campaigns / name).exists() or sha256(campaigns / name) != file["sha256"]:
            raise DataUnfitError(f"{campaigns / name} is not the file its manifest names; run `dvc repro --force campaign`")
    return manifest


def _hide_identities(folder: Path, manifest: Manifest, identities: Mapping[str, str]) -> dict[str, tuple[int, str]]:
    """Put the archived copies of the lists under pseudonyms, in the order that those give; rows and checksums of what changed."""
    pseudonyms = {identity: name for name, identity in identities.items()}
    changed = {}
    for name in manifest["files"] if pseudonyms else ():
        cells = read_cells(folder / name)
        ids = cells.assign(customer_id=cells["customer_id"].map(freed))
        write_cells(riskiest_first(renamed(ids, pseudonyms)), folder / name)
        changed[name] = (len(cells), sha256(folder / name))
    return changed


def _contact(customers: Path, arms: pd.DataFrame, identities: Mapping[str, str]) -> pd.DataFrame:
    """The cells of `customers.csv`, as they are, of whoever is to be contacted under their real ids, and the offer."""
    chosen = renamed(arms[arms["arm"] == "contact"], identities).set_index("customer_id")["offer"]
    cells = read_cells(customers)
    offers = cells["customer_id"].map(freed).map(chosen)
    return cells.assign(offer=offers.map(guarded, na_action="ignore"))[offers.notna()]


def _with_consent(intended: pd.DataFrame, root: Path, day: date, config: Config) -> tuple[pd.DataFrame, int]:
    """The intended list without those who refuse the campaign's channel, and how many do."""
    known = pd.read_parquet(root / ARTIFACTS["snapshots"] / "customers.parquet", columns=["customer_id", "t", "refused_channels"])
    if known["t"].iloc[0].date() != day:
        raise DataUnfitError(f"the lists are of {day}, the snapshots of {known['t'].iloc[0].date()}; run `dvc repro` first")
    refuses = known["refused_channels"].str.split(",").map(lambda channels: config.campaign.channel in channels)
    refusing = intended["customer_id"].isin(known.loc[refuses, "customer_id"])
    return intended[~refusing], int(refusing.sum())


def _arms(intended: pd.DataFrame, archive: Path, day: date, config: Config, identities: Mapping[str, str]) -> pd.DataFrame:
    """Arms of the intended list; whoever was drawn less than the length of a label ago keeps that arm, and then is drawn anew."""
    drawn = assign(
        intended,
        offer=config.campaign.offer,
        holdout_share=config.campaign.holdout_share,
        seed=config.seed,
        delivery_id=day.isoformat(),
    )
    drawn.insert(1, "delivery_id", day.isoformat())
    drawn.insert(2, "risk_segment", intended["risk_segment"].to_numpy())
    drawn["drawn_on"] = day.isoformat()
    drawn["assignment_probability"] = drawn["assignment_probability"].map(str)
    pseudonyms = {identity: name for name, identity in identities.items()}
    matured = (day - timedelta(days=label_days(config.definition))).isoformat()
    for earlier in sorted(path for path in archive.glob("????-??-??") if path.name < day.isoformat()):
        before = read_csv(earlier / ASSIGNMENTS)
        before["customer_id"] = [
            pseudonyms.get(name, name) for name in before["customer_id"]
        ]  # where pseudonyms began after that delivery
        before = before.set_index("customer_id")
        before = before[before["drawn_on"] > matured]
        again = drawn["customer_id"].isin(before.index)
        for column in ("arm", "assignment_probability", "drawn_on"):
            drawn.loc[again, column] = before.loc[drawn.loc[again, "customer_id"], column].to_numpy()
    return drawn.sort_values("customer_id", ignore_index=True)


def _same_as_before(growing: Path, place: Path, said: str) -> str:
    before, now = ({file.name: file.is_file() and sha256(file) for file in folder.iterdir()} for folder in (place, growing))
    remove(growing)
    if now != before:
        raise ConfigError(
            f"{place} holds another delivery of that date; deliveries are never overwritten: move it away if it is void"
        )
    return f"{place} was delivered before, unchanged: {said}"
