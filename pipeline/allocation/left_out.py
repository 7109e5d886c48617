"""Why a known customer is in no list: one code each, the first of a declared list that is true."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.allocation.permitted import Barred
from pipeline.allocation.problem import Problem
from pipeline.arrays import Bools, Ints
from pipeline.config_allocation import Allocation
from pipeline.reasons.phrases import Locale


@dataclass(frozen=True)
class LeftOut:
    """A reason for being in no list, in words that follow "because"."""

    code: str
    en: str
    it: str

    def text(self, locale: Locale) -> str:
        """In one language."""
        return self.en if locale == "en" else self.it


# In the order in which they count: what was said by the customer before what has to do with us.
LEFT_OUT = (
    LeftOut("suppressed", "is on the suppression list", "è nella lista di esclusione"),
    LeftOut("no_profiling_consent", "has not consented to profiling", "non ha acconsentito alla profilazione"),
    LeftOut("too_new", "is too new for a forecast", "è cliente da troppo poco tempo per una previsione"),
    LeftOut(
        "never_active",
        "has long been known and never been active, and no offer fits",
        "è noto da tempo ma non è mai stato attivo, e nessuna offerta è adatta",
    ),
    LeftOut("lapsed", "lapsed long ago, and winning back would not pay", "è inattivo da tempo e riconquistarlo non conviene"),
    LeftOut("not_due", "has no renewal due", "non ha un rinnovo in scadenza"),
    LeftOut(
        "not_risky",
        "is not in a risk segment that is contacted without money to weigh",
        "non è in un segmento di rischio che si contatta senza importi da pesare",
    ),
    LeftOut(
        "value_unknown", "has no known value to weigh a contact against", "non ha un valore noto con cui valutare un contatto"
    ),
    LeftOut("not_profitable", "no offer is expected to pay", "nessuna offerta dovrebbe convenire"),
    LeftOut("no_consent", "refuses every channel of a suitable offer", "rifiuta ogni canale di un'offerta adatta"),
    LeftOut("contacted_lately", "was contacted only lately", "è stato contattato da poco"),
    LeftOut("contacted_often", "was contacted often enough", "è già stato contattato abbastanza"),
    LeftOut("budget", "the budget is spent on others who pay more", "il budget va ad altri che rendono di più"),
    LeftOut("capacity", "the channel is full with others who pay more", "il canale è al completo con altri che rendono di più"),
    LeftOut("offer_limit", "the offer has gone to others who pay more", "l'offerta è andata ad altri che rendono di più"),
)
CODES = tuple(reason.code for reason in LEFT_OUT)
STATUSES = ("no_profiling_consent", "too_new", "never_active", "lapsed", "not_due", "not_risky")


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
