"""What lies beside the lists and says what they are: as campaign makes it, a delivery adds to it, and forgetting follows.

Every count is a function of the lists (`_counts`), so all three have it. `files` are names with rows and checksums.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

MANIFEST = "manifest.json"

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


def of_delivery(manifest: Manifest, delivery_id: str, customers: pd.DataFrame, files: Files) -> Manifest:
    """The manifest of a delivery of those lists; `files` are new or not what they were."""
    described = manifest["files"] | _described(files)
    return {**manifest, **_counts(customers), "files": described, "delivery_id": delivery_id}


def of_fewer(manifest: Manifest, customers: pd.DataFrame | None, files: Files) -> Manifest:
    """The manifest after some customers left the lists: `files` changed; the list is None where it is missing."""
    counts = _counts(customers) if customers is not None else {}
    return {**manifest, "files": manifest["files"] | _described(files), **counts}


def text(manifest: Manifest) -> str:
    """A manifest as it is written."""
    return json.dumps(manifest, indent=2) + "\n"


def _counts(customers: pd.DataFrame) -> Manifest:
    """Customers by status, list, arm and reason for being left out; the columns may be of text."""
    named = {"status": "status", "lists": "list", "arms": "arm", "left_out": "left_out_reason"}
    return {name: _by(customers[column].replace("", None).dropna()) for name, column in named.items()}


def _by(column: pd.Series) -> dict[str, int]:
    return {str(name): int(rows) for name, rows in column.value_counts().sort_index().items()}


def _described(files: Files) -> dict[str, Manifest]:
    return {name: {"rows": rows, "sha256": checksum} for name, (rows, checksum) in files.items()}
