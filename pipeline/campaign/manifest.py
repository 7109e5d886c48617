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


def of_lists(customers: pd.DataFrame, model: Manifest, campaign: Manifest, test: Manifest, files: Files) -> Manifest:
    """The manifest of fresh lists: `model` scored them, `campaign` are its settings, `test` the figures that judge the model."""
    day = {"snapshot_date": customers["snapshot_date"].iloc[0]}
    return {**day, **model, "campaign": campaign, **_counts(campaign, customers, None), "test": test, "files": _described(files)}


def of_delivery(manifest: Manifest, delivery_id: str, customers: pd.DataFrame, arms: pd.DataFrame, files: Files) -> Manifest:
    """The manifest of a delivery of those lists; `files` are new or not what they were."""
    counts = _counts(manifest["campaign"], customers, arms)
    return {**manifest, "files": manifest["files"] | _described(files), "delivery_id": delivery_id, **counts}


def of_fewer(manifest: Manifest, customers: pd.DataFrame | None, arms: pd.DataFrame | None, files: Files) -> Manifest:
    """The manifest after some customers left the lists: `files` changed; lists are None where they are missing."""
    counts = _counts(manifest.get("campaign", {}), customers, arms)
    known = {name: count for name, count in counts.items() if name in manifest}
    return {**manifest, "files": manifest["files"] | _described(files), **known}


def text(manifest: Manifest) -> str:
    """A manifest as it is written."""
    return json.dumps(manifest, indent=2) + "\n"


def _counts(campaign: Manifest, customers: pd.DataFrame | None, arms: pd.DataFrame | None) -> Manifest:
    """Customers by status, arms, and who of the intended list refuses the channel."""
    counts: Manifest = {}
    if customers is not None:
        counts["status"] = _by(customers["status"])
    if arms is not None:
        counts["arms"] = _by(arms["arm"])
    if customers is not None and arms is not None:
        intended = int(customers["risk_segment"].isin(campaign["segments"]).sum())
        counts["left_out"] = {f"refused_{campaign['channel']}": intended - len(arms)}
    return counts


def _by(column: pd.Series) -> dict[str, int]:
    return {str(name): int(rows) for name, rows in column.value_counts().sort_index().items()}


def _described(files: Files) -> dict[str, Manifest]:
    return {name: {"rows": rows, "sha256": checksum} for name, (rows, checksum) in files.items()}
