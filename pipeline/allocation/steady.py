"""Steady lists: labels that do not flicker, and who entered, left and stayed since the delivery before, and why."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pipeline.campaign.lists import SEGMENTS, risk_segment
from pipeline.config.campaign_section import Bands

LISTED = ("contact", "holdout")


def steady_segment(probability: pd.Series, before: pd.Series, bands: Bands, margin: float) -> pd.Series:
    """The risk segment of each customer: that of `before` until the probability has passed its bound by `margin`.

    Both by customer; `before` is missing where there was none. Exactly at bound plus or minus margin the label changes. Only the
    word changes later, never who is listed: allocation does not read it.
    """
    now = risk_segment(probability, bands)
    lower = pd.Series({"critical": bands.critical, "high": bands.high, "medium": bands.medium, "low": -np.inf})
    upper = pd.Series({"critical": np.inf, "high": bands.critical, "medium": bands.high, "low": bands.medium})
    was = before.where(before.isin(SEGMENTS))
    above, below = was.map(lower).astype(np.float64) - margin, was.map(upper).astype(np.float64) + margin
    stays = (probability > above) & (probability < below)
    return now.where(~stays | (margin == 0), was).astype(object)


class Turnover(NamedTuple):
    """`customers`: everybody listed before or now, by id, with what happened and why; `figures`; a `warning`, or None."""

    customers: pd.DataFrame
    figures: dict[str, Any]
    warning: str | None


def turnover(before: pd.DataFrame, now: pd.DataFrame, bound: float) -> Turnover:
    """Who entered, left and stayed on the intended lists (contact and hold-out) between two deliveries.

    Both frames have customer_id, state, left_out_reason, as `allocate` gives them. `why` is for who left what keeps them out now
    (`control`, `unknown` for who is not known any more), for who entered what kept them out before (`unknown`: was not known),
    empty for who stayed. The share is that of entered and left among all listed before or now (one less Jaccard's index).
    """
    then, today = (frame.set_index("customer_id") for frame in (before, now))
    were, are = (set(frame.index[frame["state"].isin(LISTED)]) for frame in (then, today))
    rows = [(who, "stayed", "") for who in were & are]
    rows += [(who, "left", why) for who, why in _why(were - are, today)]
    rows += [(who, "entered", why) for who, why in _why(are - were, then)]
    customers = pd.DataFrame(sorted(rows), columns=["customer_id", "turnover", "why"], dtype=object)
    counts = customers["turnover"].value_counts()
    figures: dict[str, Any] = {name: int(counts.get(name, 0)) for name in ("entered", "left", "stayed")}
    share = (figures["entered"] + figures["left"]) / max(len(customers), 1)
    moved = customers[customers["turnover"] != "stayed"]
    reasons = (moved["turnover"] + ": " + moved["why"]).value_counts().sort_index()
    figures |= {"share": share, "bound": bound, "why": {str(why): int(count) for why, count in reasons.items()}}
    told = f"{figures['entered']:,} entered and {figures['left']:,} left, {figures['stayed']:,} stayed"
    warning = f"turnover {share:.0%} is above campaign.allocation.max_turnover {bound:.0%}: {told}"
    return Turnover(customers, figures, warning if share > bound and were else None)


def _why(customers: set[str], other: pd.DataFrame) -> list[tuple[str, str]]:
    """What kept customers from the lists of the other delivery."""
    rows = other.reindex(sorted(customers))
    told = rows["left_out_reason"].where(rows["state"] == "left_out", rows["state"]).fillna("unknown")
    return [(str(who), str(why)) for who, why in told.items()]
