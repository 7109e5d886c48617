"""Conditions of offers -> for whom they hold, and which offers a source has the data for."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from pipeline.arrays import Bools
from pipeline.config.campaign_section import PlaybookOffer
from pipeline.contract.offered import met
from pipeline.playbook.predicate import Predicate

COMPARED = {
    "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal, "=": np.equal, "!=": np.not_equal,
}  # fmt: skip
A_SHARE_OF_ORDERS = ("transactions.amount",)


def holds(predicate: Predicate, profile: pd.DataFrame) -> Bools:
    """Of whom a condition holds, in the order of the rows."""
    column = profile[predicate.column]
    unknown = column.isna().to_numpy(bool)
    if predicate.operator == "is unknown":
        return unknown
    if predicate.operator == "is known":
        return ~unknown | predicate.or_unknown
    return np.where(unknown, predicate.or_unknown, _compared(predicate, column)).astype(bool)


def _compared(predicate: Predicate, column: pd.Series) -> Bools:
    if isinstance(predicate.value, tuple):
        among = column.isin(predicate.value).to_numpy(bool)
        return ~among if predicate.operator in ("!=", "not in") else among
    if isinstance(predicate.value, bool):
        return column.eq(predicate.value).fillna(False).to_numpy(bool)
    numbers, bound = column.to_numpy(np.float64, na_value=np.nan), np.float64(predicate.value or 0)
    return np.asarray(COMPARED[predicate.operator](numbers, bound), dtype=np.bool_)


def eligible(offer: PlaybookOffer, profile: pd.DataFrame) -> Bools:
    """Who meets all conditions of an offer, of each any of its alternatives."""
    who = np.ones(len(profile), bool)
    for alternatives in offer.predicates:
        who &= np.logical_or.reduce([holds(predicate, profile) for predicate in alternatives])
    return who


def switched_off(playbook: Mapping[str, PlaybookOffer], has: set[str]) -> dict[str, str]:
    """The offers that the source has no data for, by code, and what is lacking in a sentence.

    An offer needs one alternative of each of its conditions, and amounts where it costs a share of an order.
    """
    off = {}
    for code, offer in playbook.items():
        lacking = [
            f"{' or '.join(offer.eligibility[place])} (needs {' or '.join(', '.join(one.needs) for one in alternatives)})"
            for place, alternatives in enumerate(offer.predicates)
            if not any(met(one.needs, has) for one in alternatives)
        ]
        if offer.order_share and not met(A_SHARE_OF_ORDERS, has):
            lacking.append(f"a cost of {offer.order_share:.0%} of an order (needs {', '.join(A_SHARE_OF_ORDERS)})")
        if lacking:
            off[code] = f"{code} is off, as this source has no data for {'; '.join(lacking)}"
    return off
