"""Risk × value × lifecycle -> the segment of a customer: a name, what it means, and how intensely to contact.

The list is what runs: the first segment whose three conditions hold is a customer's, and the last takes everybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np
import pandas as pd

from pipeline.campaign.categories import category
from pipeline.campaign.profile_columns import LIFECYCLES, RISKS, TIERS
from pipeline.reasons.phrases import Locale

Intensity = Literal["leave alone", "passive", "active", "personal"]
INTENSITIES: tuple[Intensity, ...] = ("leave alone", "passive", "active", "personal")
UNKNOWN = None
Words = tuple[str | None, ...]
ANY_RISK, ANY_VALUE, ANY_LIFECYCLE = (*RISKS, UNKNOWN), (*TIERS, UNKNOWN), (*LIFECYCLES, UNKNOWN)
LEAVING, CUSTOMERS = ("critical", "high"), ("one_time", "active", "cooling", "at_risk")


@dataclass(frozen=True)
class NamedSegment:
    """One segment: the risk segments, value tiers and lifecycles it takes (None: unknown), and what to do about it."""

    code: str
    en: str
    it: str
    meaning: str
    intensity: Intensity
    risk: Words = ANY_RISK
    value: Words = ANY_VALUE
    lifecycle: Words = ANY_LIFECYCLE

    def name(self, locale: Locale) -> str:
        """What it is called in one language."""
        return self.en if locale == "en" else self.it


NAMED_SEGMENTS: tuple[NamedSegment, ...] = (
    NamedSegment(
        "unprofiled", "No profile", "Senza profilo", "refuses profiling: nothing is computed of them", "leave alone",
        lifecycle=(UNKNOWN,),
    ),
    NamedSegment(
        "valuable_lapsed", "Lost, worth winning back", "Persi, da riconquistare",
        "gone already, and were worth much", "active", value=("top", "middle"), lifecycle=("lapsed",),
    ),
    NamedSegment("lapsed", "Lost", "Persi", "gone already, of small or unknown worth", "passive", lifecycle=("lapsed",)),
    NamedSegment("newcomers", "Newcomers", "Nuovi clienti", "have just begun", "active", lifecycle=("new",)),
    NamedSegment(
        "best_leaving", "Best customers about to leave", "Clienti migliori in partenza",
        "likely to leave, of the top value", "personal", risk=LEAVING, value=("top",), lifecycle=CUSTOMERS,
    ),
    NamedSegment(
        "second_order", "Came once, not again yet", "Venuti una volta, non ancora tornati",
        "came once and are likely not to come again", "active", risk=LEAVING, lifecycle=("one_time",),
    ),
    NamedSegment(
        "leaving", "About to leave", "In partenza", "likely to leave, of middle or unknown value", "active",
        risk=LEAVING, value=("middle", UNKNOWN), lifecycle=CUSTOMERS,
    ),
    NamedSegment(
        "small_leaving", "About to leave, of low value", "In partenza, di valore basso",
        "likely to leave, of low value", "passive", risk=LEAVING, lifecycle=CUSTOMERS,
    ),
    NamedSegment(
        "valuable_cooling", "Valuable, cooling", "Di valore, si raffreddano",
        "wavering, or quieter than their own rhythm, and worth much", "active",
        value=("top", "middle"), lifecycle=("cooling",),
    ),
    NamedSegment(
        "cooling", "Cooling", "Si raffreddano", "wavering, or quieter than their own rhythm", "passive", lifecycle=("cooling",),
    ),
    NamedSegment(
        "loyal", "Loyal, of top value", "Fedeli, di valore alto", "likely to stay, of the top value", "passive",
        risk=("medium", "low"), value=("top",),
    ),
    NamedSegment("steady", "Steady", "Stabili", "everybody else: no sign of leaving", "passive"),
)  # fmt: skip

BY_CODE = {segment.code: segment for segment in NAMED_SEGMENTS}
CODES = tuple(BY_CODE)


def segment_of(risk: str | None, value: str | None, lifecycle: str | None) -> NamedSegment:
    """The first segment that takes these three."""
    return next(s for s in NAMED_SEGMENTS if risk in s.risk and value in s.value and lifecycle in s.lifecycle)


def named_segment(risk: pd.Series, value: pd.Series, lifecycle: pd.Series) -> pd.Series:
    """The code of each customer's segment, a category in the declared order; the three have one index."""
    places = product(ANY_RISK, ANY_VALUE, ANY_LIFECYCLE)
    shape = (len(ANY_RISK), len(ANY_VALUE), len(ANY_LIFECYCLE))
    found = np.array([CODES.index(segment_of(*place).code) for place in places], dtype=np.int8).reshape(shape)
    # code -1, unknown, is the last place of each axis
    at = tuple(
        pd.Categorical(column, categories=list(words)).codes
        for column, words in ((risk, RISKS), (value, TIERS), (lifecycle, LIFECYCLES))
    )
    return category(found[at], CODES, risk.index)


def contact_intensity(segment: pd.Series, has_candidate: np.ndarray) -> pd.Series:
    """How intensely to contact: as the segment says where an offer promises anything (`has_candidate`), else leave alone."""
    by_segment = np.array([INTENSITIES.index(one.intensity) for one in NAMED_SEGMENTS], dtype=np.int8)
    codes = np.where(has_candidate, by_segment[pd.Categorical(segment, categories=list(CODES)).codes], 0)
    return category(codes, INTENSITIES, segment.index)
