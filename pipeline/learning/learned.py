"""Matured draws and the playbook -> what is used of every offer by every channel: assumed, measured, and both weighed.

Two steps down: what was measured of an offer by a channel moves the playbook's share kept, and what was measured of a segment
moves that of all other segments of the offer together, so that no draw counts twice. A segment without draws has its offer's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from pipeline.config.campaign_section import Campaign, ChannelTerms, Learning, PlaybookOffer
from pipeline.figure_files import sealed
from pipeline.learning.drawn import drawn
from pipeline.learning.posterior import Normal, origin, posterior, share_measured
from pipeline.learning.share_kept import Kept, as_chances, share_kept, take_up

Row = dict[str, Any]


def learned_from(trusted: Sequence[pd.DataFrame], found: Sequence[Mapping[str, Any]], today: date, campaign: Campaign) -> str:
    """The text of `reports/learned.json`.

    `trusted` are the tables of the matured deliveries of `found` that are not suspect. With learning off it has no offers.
    """
    draws = drawn(trusted, campaign.assumed_churn)
    body = {
        "as_of": today.isoformat(),
        "draws": len(draws),
        "deliveries_left_out": [one["as_of"] for one in found if one.get("suspect")],
        "offers_left_out": left_out(draws, campaign.playbook),
        "offers": learn(draws, campaign.playbook, campaign.learning) if campaign.learning.enabled else [],
    }
    return sealed(body)


def left_out(draws: pd.DataFrame, playbook: Mapping[str, PlaybookOffer]) -> list[Row]:
    """Of each offer and channel that were drawn and are not in the playbook (any more), how many draws teach nothing."""
    known = {(code, channel) for code, offer in playbook.items() for channel in offer.channels}
    found = [(*key, len(part)) for key, part in draws.groupby(["offer", "channel"], sort=True)]
    return [{"offer": code, "channel": channel, "draws": many} for code, channel, many in found if (code, channel) not in known]


def learn(draws: pd.DataFrame, playbook: Mapping[str, PlaybookOffer], settings: Learning) -> list[Row]:
    """A row for each offer by each channel, `segment` None, and after it one for each segment that was measured.

    `draws` by `drawn`. `assumed` is the playbook's share kept, `measured` that of the draws (None without any), `used` the
    posterior mean, which may lie below 0; `low` … `high` its 95 % interval; `kept` and `driven_away` the chances that profits are
    computed with; `from_customers` how much of `used` was measured; `take_up` the factor on the playbook's take-up.
    """
    found: list[Row] = []
    for code, offer in sorted(playbook.items()):
        for channel, terms in sorted(offer.channels.items()):
            rows = draws[(draws["offer"] == code) & (draws["channel"] == channel)].reset_index(drop=True)
            about = {"offer": code, "channel": channel, "list": offer.list}
            found += [about | row for row in _of_offer(rows, offer, terms, settings)]
    return found


def _of_offer(rows: pd.DataFrame, offer: PlaybookOffer, terms: ChannelTerms, settings: Learning) -> Iterator[Row]:
    assumed = offer.kept if terms.kept is None else terms.kept
    believed = Normal(assumed, settings.sd_of_playbook**2)
    whole = share_kept(rows, offer.driven_away)
    one = _row(None, assumed, believed, whole, offer)
    taken = _take_up(rows, offer, terms, one["kept"], settings)
    yield one | taken
    for segment, part in rows.groupby("segment", sort=True):
        measured = share_kept(part, offer.driven_away)
        if measured.share is not None and settings.sd_between_segments > 0 and settings.sd_of_playbook > 0:
            elsewhere = share_kept(rows[rows["segment"] != segment], offer.driven_away).share
            others = posterior(believed, elsewhere)
            within = Normal(others.mean, others.variance + settings.sd_between_segments**2)
            yield _row(str(segment), assumed, within, measured, offer, share_measured(believed, elsewhere)) | taken


def _row(segment: str | None, assumed: float, prior: Normal, measured: Kept, offer: PlaybookOffer, of_prior: float = 0.0) -> Row:
    """A row; `of_prior` is how much of the mean of `prior` was measured, of other customers of the offer."""
    used, share = posterior(prior, measured.share), share_measured(prior, measured.share)
    share = 1 - (1 - share) * (1 - of_prior)
    seen = measured.share
    kept, driven = as_chances(used.mean, offer.driven_away, measured.forecast)
    return {
        "segment": segment,
        "contacted": measured.contacted,
        "held_out": measured.held_out,
        "assumed": assumed,
        "shrunk_towards": prior.mean,
        "measured": seen.mean if seen else None,
        "measured_low": seen.interval[0] if seen else None,
        "measured_high": seen.interval[1] if seen else None,
        "used": used.mean,
        "low": used.interval[0],
        "high": used.interval[1],
        "from_customers": share,
        "origin": origin(share),
        "kept": kept,
        "driven_away": driven,
    }


def _take_up(rows: pd.DataFrame, offer: PlaybookOffer, terms: ChannelTerms, kept: float, settings: Learning) -> Row:
    """The factor on κ and ψ, with its interval and the customers behind it, or why the log does not say it."""
    paid = rows[rows["contacted"] & rows["reached"] & rows["own_cost"].notna()]
    why = _silent(paid, offer)
    measured = None
    if why is None:
        p = paid["p"].to_numpy(np.float64)
        expected = offer.cost * (p * (1 - kept) * offer.taken_by_lost + (1 - p) * offer.taken_by_stayers)
        measured = take_up(paid, (terms.contact + offer.cost * p * kept, expected))
        why = "the playbook says that nobody takes it" if measured is None else None
    prior = Normal(1.0, settings.sd_of_take_up**2)
    used, share = posterior(prior, measured), share_measured(prior, measured)
    low, high = used.interval
    return {
        "take_up": {
            "measured": measured.mean if measured else None,
            "used": max(used.mean, 0.0),
            "low": low,
            "high": high,
            "customers": len(paid) if measured else 0,
            "origin": origin(share),
            "why_not": why,
        }
    }


def _silent(paid: pd.DataFrame, offer: PlaybookOffer) -> str | None:
    """Why logged costs say nothing of who took the offer, if they do not."""
    if offer.cost == 0 and offer.order_share == 0:
        return "it costs nothing when taken"
    if offer.order_share > 0:
        return "it costs a share of an order, which deliveries do not keep"
    if len(paid) < 2:
        return "no contact has a logged cost"
    if (paid["own_contacts"] > 1).any():  # reminders go to those who have not taken it yet
        return "some were contacted more than once by one delivery, so that costs do not say who took it"
    if float(np.ptp(paid["own_cost"].to_numpy(np.float64))) == 0:
        return "every contact has the same logged cost: that of the contact, not of what was taken"
    return None
