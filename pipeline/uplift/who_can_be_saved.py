"""Candidates by risk and value -> the same with the effect that was learned: what they are worth then, and who is left alone.

Of each customer the effect of the offer they would get is learned; by how much it lies above or below what the playbook says of
that offer is added to what the playbook says of each of their offers. So which offer is still chosen as before, and nobody is
contacted who would not be by risk and value; what is new is who is left out and who comes first. What contacting costs is what
the playbook expects.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from pipeline.arrays import Bools, Floats
from pipeline.playbook.candidates import CENTS, Candidates, best
from pipeline.uplift.effect_model import EffectModel
from pipeline.uplift.randomised import LIST, NUMBERS


class Saved(NamedTuple):
    """The candidates that still pay, and of each customer by id whether contacting would rather drive them away."""

    candidates: Candidates
    sleeping_dog: Bools


def who_can_be_saved(found: Candidates, customers: pd.DataFrame, model: EffectModel) -> Saved:
    """`found` with the effects of `model`; `customers` are those the candidates are of, by id, as the lists show them."""
    known = customers.sort_values("customer_id", ignore_index=True)
    meant = best(found)
    meant = meant[(meant["list"] == LIST) & meant["offer"].isin(model.offers)]
    at = pd.Index(known["customer_id"]).get_indexer(pd.Index(meant["customer_id"]))
    numbers = {name: known[name].take(at).to_numpy(np.float64, na_value=np.nan) for name in NUMBERS}
    effect = model.effect(meant.reset_index(drop=True).assign(**numbers))
    moved, dog = np.zeros(len(known)), np.zeros(len(known), dtype=bool)
    moved[at] = effect - meant["expected_saves"].to_numpy(np.float64)
    dog[at] = effect < 0
    return Saved(_moved(found, moved, dog), dog)


def _moved(found: Candidates, moved: Floats, dog: Bools) -> Candidates:
    """Candidates with so much more saves of each customer, those that do not pay then left out."""
    rows = found.rows
    more = moved[found.customer]
    value = np.maximum(rows["expected_value"].to_numpy(np.float64), 0.0)
    changed = more != 0
    saves = rows["expected_saves"].to_numpy(np.float64) + more
    profit = np.where(changed, (found.worth + more * value).round(CENTS), found.worth) if found.with_money else saves
    stays = (profit > 0) & ~dog[found.customer]
    told = {"expected_saves": saves} | ({"expected_profit": profit} if found.with_money else {})
    kept = rows.assign(**told)[stays].reset_index(drop=True)
    return replace(found, rows=kept, customer=found.customer[stays], worth=profit[stays])
