"""An offer by a channel -> the sentence of `recommended_action`, in English or Italian."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from pipeline.arrays import Ints
from pipeline.campaign.profile_columns import CHANNELS
from pipeline.config.campaign_section import PlaybookOffer
from pipeline.reasons.phrases import Locale

BY: dict[Locale, dict[str, str]] = {
    "en": {"email": "by e-mail", "sms": "by text message", "phone": "by phone", "push": "by push message"},
    "it": {"email": "via e-mail", "sms": "via SMS", "phone": "per telefono", "push": "con una notifica push"},
}
LEFT_ALONE: dict[str, dict[Locale, str]] = {
    "none": {"en": "Leave alone", "it": "Lasciare in pace"},
    "holdout": {
        "en": "Leave alone: held out, to measure the effect",
        "it": "Lasciare in pace: escluso a caso, per misurare l'effetto",
    },
    "control": {
        "en": "Leave alone: control group, to measure the effect",
        "it": "Lasciare in pace: gruppo di controllo, per misurare l'effetto",
    },
}


def action(offer: PlaybookOffer, channel: str, locale: Locale) -> str:
    """What to do: the offer's action, and by which channel."""
    return f"{offer.action.text(locale)} ({BY[locale][channel]})"


def recommended_action(
    offer: pd.Series, channel: pd.Series, arm: pd.Series, playbook: Mapping[str, PlaybookOffer], locale: Locale
) -> pd.Series:
    """The sentence of each customer; all but the arm `contact` are left alone, and why."""
    said = [action(one, by, locale) if by in one.channels else None for one in playbook.values() for by in CHANNELS]
    words = np.array([*said, *(alone[locale] for alone in LEFT_ALONE.values()), None], dtype=object)
    made, by, alone = _place(offer, playbook), _place(channel, CHANNELS), _place(arm, LEFT_ALONE)
    unknown = len(words) - 1
    meant = np.where((made < 0) | (by < 0), unknown, made * len(CHANNELS) + by)
    left = np.where(alone < 0, unknown, len(said) + alone)
    at = np.where(arm.eq("contact").to_numpy(bool), meant, left)
    return pd.Series(words[at], arm.index, dtype="str")


def _place(column: pd.Series, words: Iterable[str]) -> Ints:
    """The place of each word in a declared order, -1 where it is not there."""
    at = column.astype(object).map({word: place for place, word in enumerate(words)})
    return at.to_numpy(np.float64, na_value=-1.0).astype(np.int64)
