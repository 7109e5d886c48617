"""Why a known customer is in no list, by the state of the choice: one code of `LEFT_OUT` each."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.allocation.permitted import Barred
from pipeline.allocation.problem import Problem
from pipeline.arrays import Bools, Ints
from pipeline.config.allocation_section import Allocation

STATUSES = ("no_profiling_consent", "too_new", "never_active", "lapsed", "not_due", "not_risky", "sleeping_dog")


def without_candidate(known: pd.DataFrame, valued: Bools, unvalued: Bools) -> pd.Series:
    """Why customers without a candidate that pays have none, by `status` (one of STATUSES); missing for the others.

    `valued` have a candidate above 0, `unvalued` one whose profit is not known.
    """
    told = known["status"].where(known["status"].isin(STATUSES), "not_profitable")
    told = told.mask(unvalued & ~known["status"].isin(STATUSES).to_numpy(dtype=bool), "value_unknown")
    return told.mask(valued)


def without_permission(barred: Barred, valued: Bools, consenting: Bools) -> pd.Series:
    """Why customers with a candidate that pays may not be contacted, missing for who may; `consenting` to one of its channels."""
    told = np.select(
        [barred.suppressed, barred.unprofiled, valued & ~consenting, valued & barred.lately, valued & barred.often],
        ["suppressed", "no_profiling_consent", "no_consent", "contacted_lately", "contacted_often"],
        "",
    )
    return pd.Series(told, dtype=object).replace("", None)


def without_room(problem: Problem, chosen: Ints, rules: Allocation) -> pd.Series:
    """For each customer of a problem what stands against the triple they would earn most with, missing for the chosen.

    Raises RuntimeError when nothing does: then the choice was not complete.
    """
    room = problem.left(chosen)
    full = problem.full(room)
    channels = np.asarray(full[:, : len(rules.capacity)].any(axis=1))
    offers = np.asarray(full[:, len(rules.capacity) :].any(axis=1))
    highest = np.maximum.reduceat(problem.profit, problem.start) if len(problem.start) else problem.profit
    at = np.flatnonzero(problem.profit == highest[problem.customer])
    top = at[np.unique(problem.customer[at], return_index=True)[1]]
    dear = problem.too_dear((room[0] - 2 * problem.slack, room[1]))  # what rounding decided was too dear stays so
    cases = [dear[top], channels[problem.group[top]], offers[problem.group[top]]]
    told = np.select(cases, ["budget", "capacity", "offer_limit"], "")
    told[problem.customer[chosen]] = "chosen"
    if (told == "").any():
        raise RuntimeError(f"{int((told == '').sum())} customers are left out though their best candidate fits")
    return pd.Series(told, dtype=object).replace("chosen", None)
