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
NOTHING: dict[Locale, str] = {"en": "Leave alone", "it": "Lasciare in pace"}


def action(offer: PlaybookOffer, channel: str, locale: Locale) -> str:
    """What to do: the offer's action, and by which channel."""
    return f"{offer.action.text(locale)} ({BY[locale][channel]})"


def recommended_action(offer: pd.Series, channel: pd.Series, playbook: Mapping[str, PlaybookOffer], locale: Locale) -> pd.Series:
    """The sentence of each customer; who has no offer (null) is left alone."""
    said = {f"{code}/{by}": action(one, by, locale) for code, one in playbook.items() for by in CHANNELS if by in one.channels}
    pairs = offer.astype("str").str.cat(channel.astype("str"), sep="/")
    return pairs.map(said).where(offer.notna(), NOTHING[locale]).astype("str")
