"""What lies beside the lists and says what they are: as campaign makes it, a delivery adds to it, and forgetting follows.

Every count is a function of the lists (`_counts`, `taken_off`), so all three have it. `files` are names with rows and checksums.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from pipeline.campaign.list_columns import SCHEMA_VERSION
from pipeline.config import Config

Manifest = dict[str, Any]
Files = Mapping[str, tuple[int, str]]


def of_lists(
    customers: pd.DataFrame, model: Manifest, campaign: Manifest, plan: Manifest, test: Manifest, files: Files
) -> Manifest:
    """The manifest of fresh lists.

    `model` scored them, `campaign` are its settings, `plan` is how they were chosen, `test` are figures that judge the model.
    """
    day = {"snapshot_date": customers["snapshot_date"].iloc[0]}
    return {**day, **model, **_counts(customers), **plan, "campaign": campaign, "test": test, "files": _described(files)}


def settings(config: Config) -> Manifest:
    """What else decided the lists, and the version of the columns they are written in."""
    return {
        "schema_version": SCHEMA_VERSION,
        "seed": config.seed,
        "locale": config.locale,
        "definition": config.definition.model_dump(mode="json"),
        "value": config.value.model_dump(mode="json"),
    }


def of_delivery(
    manifest: Manifest, handed_over: Manifest, customers: pd.DataFrame, assignments: pd.DataFrame, files: Files
) -> Manifest:
    """The manifest of a delivery of those lists; `handed_over` says how, `files` are all there are."""
    kept = {**manifest, **_counts(customers), "files": _described(files)}
    return {**kept, **handed_over, "taken_off": taken_off(assignments)}


def of_fewer(manifest: Manifest, customers: pd.DataFrame | None, assignments: pd.DataFrame | None, files: Files) -> Manifest:
    """The manifest after some customers left the lists: `files` changed; a list is None where it is missing."""
    counts = _counts(customers) if customers is not None else {}
    if "taken_off" in manifest and assignments is not None and "taken_off" in assignments:
        counts |= {"taken_off": taken_off(assignments)}
    return {**manifest, "files": manifest["files"] | _described(files), **counts}


def taken_off(assignments: pd.DataFrame) -> Manifest:
    """How many of each arm were taken off at the hand-over, by reason."""
    gone = assignments[assignments["taken_off"] != ""]
    return {str(arm): _by(rows["taken_off"]) for arm, rows in gone.groupby("arm", sort=True)}


def text(manifest: Manifest) -> str:
    """A manifest as it is written."""
    return json.dumps(manifest, indent=2) + "\n"


def _counts(customers: pd.DataFrame) -> Manifest:
    """Customers by status, list, arm and reason for being left out, of the columns there are, which may be of text."""
    named = {"status": "status", "lists": "list", "arms": "arm", "left_out": "left_out_reason"}
    return {name: _by(customers[column].replace("", None).dropna()) for name, column in named.items() if column in customers}


def _by(column: pd.Series) -> dict[str, int]:
    return {str(name): int(rows) for name, rows in column.value_counts().sort_index().items()}


def _described(files: Files) -> dict[str, Manifest]:
    return {name: {"rows": rows, "sha256": checksum} for name, (rows, checksum) in files.items()}
