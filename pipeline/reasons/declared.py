"""Every reason that a customer may be given for their risk, declared once; features name theirs by its code."""

from __future__ import annotations

import re
from dataclasses import replace

from pipeline.features.spec import nearest
from pipeline.reasons.of_engagement import ENGAGEMENT_REASONS
from pipeline.reasons.of_purchases import PURCHASE_REASONS
from pipeline.reasons.phrases import Phrase, Reason

REASONS = (*PURCHASE_REASONS, *ENGAGEMENT_REASONS)
TOKEN = re.compile(r"<(\w+)(?:-(\d+))?>")


# Where churn is the end of activity, activity is not what a customer does besides ordering.
NOUN_OF_ACTIVITY = (":active_day}", ":activity_day}")


def reasons(windows: tuple[int, ...], horizon_days: int, kind: str = "purchase") -> dict[str, Reason]:
    """The reasons by code, their windows filled in; phrases that would speak of one window twice are left out.

    `kind` is that of the churn definition: with `activity`, orders are not mentioned beside it.
    """

    def days(token: str) -> int:
        named = {"horizon": horizon_days, "long": max(windows)}
        return named[token] if token in named else nearest(windows, int(token))

    def filled(text: str) -> str:
        text = text.replace(*NOUN_OF_ACTIVITY) if kind == "activity" else text
        return TOKEN.sub(lambda found: str(days(found[1]) - (days(found[2]) if found[2] else 0)), text)

    def differ(phrase: Phrase) -> bool:
        spoken = {name for found in TOKEN.findall(phrase.en) for name in found if name} - {"horizon"}
        return len({days(token) for token in spoken}) == len(spoken)

    def made(phrase: Phrase) -> Phrase:
        holds = tuple(
            replace(one, feature=filled(one.feature), than=filled(one.than), part=(filled(one.part[0]), filled(one.part[1])))
            for one in phrase.holds
        )
        return replace(phrase, en=filled(phrase.en), it=filled(phrase.it), holds=holds)

    return {reason.code: replace(reason, phrases=tuple(map(made, filter(differ, reason.phrases)))) for reason in REASONS}
