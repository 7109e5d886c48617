"""An offer by a channel -> the sentence of `recommended_action`, in English or Italian."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from pipeline.campaign.profile_columns import CHANNELS
from pipeline.config_campaign import PlaybookOffer
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
    said = {f"{code}/{by}": action(one, by, locale) for code, one in playbook.items() for by in CHANNELS if by in one.channels}
    pairs = offer.astype("str").str.cat(channel.astype("str"), sep="/")
    alone = arm.map({name: words[locale] for name, words in LEFT_ALONE.items()})
    return pairs.map(said).where(arm == "contact", alone).astype("str")
