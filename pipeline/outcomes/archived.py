"""The archive of deliveries -> those that were made, oldest first, as they were handed over."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from pipeline.campaign.archive import ASSIGNMENTS, CUSTOMERS, named
from pipeline.campaign.entries import MANIFEST, delivered_list, deliveries_before
from pipeline.campaign.list_columns import LIST_COLUMNS
from pipeline.config import Definition
from pipeline.disk import from_here
from pipeline.errors import DataUnfitError

OF_CUSTOMERS = ("customer_id", "churn_probability", "arm")
# What a list said of a customer that is a number or one of a few words; deliveries of before there was a column lack it.
FIGURES = tuple(column.name for column in LIST_COLUMNS if column.kind in ("number", "integer"))
WORDS = tuple(column.name for column in LIST_COLUMNS if column.words)
SCORED_BY = "model_version"
NUMBERS = (
    "assignment_probability",
    "offer_probability",
    "churn_probability",
    "expected_value",
    "expected_profit",
    "expected_cost",
)
TEXTS = ("customer_id", "list", "segment", "channel", "offer", "intended_offer", "arm", "since", "taken_off")


@dataclass(frozen=True)
class Delivered:
    """A delivery as it was: its day, every known customer, and everybody in an arm, under the names that the facts have.

    `definition` is that by which its forecast was made: what is asked of it, whatever the configuration asks by now.
    `customers` has the numbers and the words of the list (churn_probability is NaN without a score), and `model_version`, NaN or
    empty where the list does not say it; `assignments` the columns of the archive, numbers as numbers.
    """

    t: date
    definition: Definition
    customers: pd.DataFrame
    assignments: pd.DataFrame


def read_archive(
    archive: Path, entered: Path, until: date, pseudonyms: Mapping[str, str], definition: Definition
) -> list[Delivered]:
    """Every delivery dated before `until`, under the pseudonyms there are; of the older ones lists have real ids.

    `definition` is taken for that of deliveries whose manifest has none, as earlier versions wrote it.
    Raises DataUnfitError for a delivery that is not here, or not the one, that the file `entered` names, and for a list that is
    not that of its manifest or lacks a column.
    """
    return [_read(folder, pseudonyms, definition) for folder in deliveries_before(archive, entered, until)]


def _read(folder: Path, pseudonyms: Mapping[str, str], definition: Definition) -> Delivered:
    listed = named(delivered_list(folder / CUSTOMERS, OF_CUSTOMERS, FIGURES), pseudonyms)
    kept = listed.reindex(columns=["customer_id", SCORED_BY, *WORDS, *FIGURES])
    assigned = named(delivered_list(folder / ASSIGNMENTS, (*TEXTS, *NUMBERS), NUMBERS), pseudonyms)
    kept = kept.astype(dict.fromkeys(FIGURES, float) | {SCORED_BY: "str"})
    return Delivered(date.fromisoformat(folder.name), _definition(folder / MANIFEST) or definition, kept, assigned)


def _definition(manifest: Path) -> Definition | None:
    """That of a delivery; None where there is no manifest, or none in it. Raises DataUnfitError for one that is damaged."""
    if not manifest.exists():
        return None
    try:
        said = json.loads(manifest.read_text(encoding="utf-8")).get("definition")
        return None if said is None else Definition.model_validate(said)
    except (ValueError, AttributeError):
        raise DataUnfitError(
            f"{from_here(manifest)} does not say by which definition the delivery was made; bring the folder back as it was"
        ) from None
