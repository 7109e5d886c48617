"""Profiles, scores and earlier deliveries -> where every customer stands, who is meant to be contacted with what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from pipeline.allocation.allocate import Allocated, allocate
from pipeline.allocation.arms import Drawing
from pipeline.allocation.list_sizes import list_sizes
from pipeline.allocation.sample_size import ratio_check, readouts
from pipeline.allocation.steady import Turnover, steady_segment, turnover
from pipeline.arrays import Floats
from pipeline.campaign.archive import Earlier
from pipeline.campaign.id_lookup import beside, by_id, places
from pipeline.campaign.lifecycle import assumed_probability, lifecycle, tier_bounds, value_tier, worth
from pipeline.campaign.lists import risk_segment
from pipeline.campaign.named_segments import contact_intensity, named_segment
from pipeline.campaign.shown import NOTHING, Shown
from pipeline.config import Config
from pipeline.config.allocation_section import Allocation
from pipeline.counted import counted
from pipeline.model.folds import label_days
from pipeline.playbook.action import recommended_action
from pipeline.playbook.candidates import SERVED, Candidates, best, candidates
from pipeline.uplift.who_can_be_saved import who_can_be_saved
from pipeline.value.horizon import horizon_of

ARMS = {"contact": "to contact", "holdout": "held out", "control": "in the control"}
CUT = ("budget", "capacity", "offer_limit")
SCORES = ("customer_id", "churn_probability", "risk_score", "model_version", "expected_value")


@dataclass(frozen=True)
class Planned:
    """`customers`, a row each by id: profile, score, where they stand, what is meant for them; and how that was found.

    `assumed_churn` is the probability that was decided by: of the lapsed and the new without a score an assumed one. `turnover`
    is against the latest delivery, None before the first.
    """

    customers: pd.DataFrame
    candidates: Candidates
    allocated: Allocated
    turnover: Turnover | None


def plan_lists(
    profile: pd.DataFrame,
    scores: pd.DataFrame,
    earlier: Earlier,
    config: Config,
    day: date,
    has: set[str],
    shown: Shown = NOTHING,
) -> Planned:
    """Everything that the lists of `day` say of customers but for the reasons.

    `profile` has the columns of `profile_columns`, `revenue_total`, `contacts_recent` and `suppressed`; `scores` SCORES; `has` is
    what the source has; `shown` is what earlier deliveries showed. Probabilities and values are rounded as lists show them before
    anything is decided by them: a list never contradicts itself.
    """
    known = _standing(profile, scores, config)
    campaign = config.campaign
    assumed = assumed_probability(_floats(known["churn_probability"]), known["lifecycle"], campaign.assumed_churn)
    priced = known.assign(churn_probability=assumed, expected_value=known["worth"])
    found = candidates(priced, campaign.playbook, has, campaign.segments, shown.learned)
    saved = who_can_be_saved(found, priced, shown.effects) if shown.effects is not None else None
    found = saved.candidates if saved is not None else found
    drawing = Drawing(config.seed, day, label_days(config.definition), campaign.allocation)
    status = _against(known, found.with_money, campaign.segments)
    status = status.mask(saved.sleeping_dog, "sleeping_dog") if saved is not None else status
    permitted = known.assign(days_since_contact=known["contact_recency_days"], status=status)
    allocated = allocate(found.rows, permitted, earlier.arms, drawing)
    meant = _with_cut(allocated.customers, found)
    customers = _told(known, meant, earlier, config).assign(assumed_churn=assumed)
    moved = None
    if earlier.delivery is not None:
        moved = turnover(earlier.labels, allocated.customers, campaign.allocation.max_turnover)
    return Planned(customers, found, allocated, moved)


def _standing(profile: pd.DataFrame, scores: pd.DataFrame, config: Config) -> pd.DataFrame:
    """The profiles with scores, risk segment, lifecycle, worth (also of the unscored), value tier and named segment, by id."""
    known = by_id(profile)
    of_score = beside(scores[list(SCORES[1:])], places(known["customer_id"], scores["customer_id"]))
    known = known.assign(**{str(name): column for name, column in of_score.items()})
    p = known["churn_probability"].astype(np.float64).round(4)
    value = known["expected_value"].astype(np.float64).round(2)
    stands = lifecycle(known, _floats(p), config.definition, config.campaign.bands)
    worthy = worth(_floats(value), known, horizon_of(config.definition, config.value))
    tier = value_tier(worthy, tier_bounds(worthy, config.campaign.value_tiers), known.index)
    risk = risk_segment(p, config.campaign.bands)
    return known.assign(
        churn_probability=p,
        expected_value=value,
        value_at_risk=(p * value).round(2),
        worth=worthy,
        risk_segment=risk,
        lifecycle=stands,
        value_tier=tier,
        segment=named_segment(risk, tier, stands),
    )


def _against(known: pd.DataFrame, with_money: bool, segments: tuple[str, ...]) -> pd.Series:
    """The status of each customer, and what it does not tell: `never_active` though not new; `not_risky` in ranked mode."""
    never = known["status"].eq("too_new") & known["lifecycle"].eq("lapsed")
    told = known["status"].mask(never, "never_active")
    served = known["lifecycle"].isin(SERVED["churn"]) & told.eq("scored")
    return told if with_money else told.mask(served & ~known["risk_segment"].isin(segments), "not_risky")


def _with_cut(allocated: pd.DataFrame, found: Candidates) -> pd.DataFrame:
    """With the best offer of whoever was cut by a budget or a limit: what more money or room would bring."""
    top = best(found)
    top = beside(top, places(allocated["customer_id"], top["customer_id"]))
    cut = allocated["left_out_reason"].isin(CUT)
    names = ["offer", "channel", "expected_profit", "cost"]
    return allocated.assign(**{name: allocated[name].astype(object).mask(cut, top[name].astype(object)) for name in names})


def _told(known: pd.DataFrame, allocated: pd.DataFrame, earlier: Earlier, config: Config) -> pd.DataFrame:
    """What is said of each customer, beside where they stand: segments with steady names, offer, action, arm."""
    campaign, ids = config.campaign, known["customer_id"]
    chosen = beside(allocated, places(ids, allocated["customer_id"]))
    named = beside(earlier.labels, places(ids, earlier.labels["customer_id"]))["risk_segment"]
    steady = steady_segment(known["churn_probability"], named, campaign.bands, campaign.allocation.hysteresis)
    segment = named_segment(steady, known["value_tier"], known["lifecycle"])
    contacted = (chosen["arm"] == "contact").to_numpy(bool)
    return known.assign(
        risk_segment=steady,
        segment=segment,
        **{name: chosen[name] for name in ("list", "offer", "channel", "arm", "left_out_reason", "assignment_probability")},
        **{name: chosen[name] for name in ("since", "intended_offer", "offer_probability")},
        expected_profit=chosen["expected_profit"].astype(np.float64).round(2),
        expected_cost=chosen["cost"].astype(np.float64).round(2),
        contact_intensity=contact_intensity(segment, contacted),
        recommended_action=recommended_action(
            chosen["offer"], chosen["channel"], chosen["arm"], campaign.playbook, config.locale
        ),
    )


def _floats(column: pd.Series) -> Floats:
    return np.asarray(column, dtype=np.float64)


def figures(planned: Planned, rules: Allocation) -> dict[str, Any]:
    """How the lists were chosen, their sizes before anything is sent, what their arms can show, and what moved."""
    everyone = planned.customers.assign(churn_probability=planned.customers["assumed_churn"])
    listed = everyone[everyone["arm"].isin(["contact", "holdout"])]
    described = everyone[["customer_id", "segment", "churn_probability"]]
    found: dict[str, Any] = {
        "allocation": planned.allocated.figures | {"mode": "profit" if planned.candidates.with_money else "ranked"},
        "offers_switched_off": planned.candidates.switched_off,
        "forecast": _records(list_sizes(planned.allocated.customers, described, ["segment"])),
        "can_show": [one._asdict() for one in readouts(listed, rules.holdout_share, rules.detectable)],
        "sample_ratio": _records(ratio_check(listed, ["list"])) if len(listed) else [],
    }
    return found if planned.turnover is None else found | {"turnover": planned.turnover.figures}


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain values, None where nothing is known."""
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{str(name): round(value, 6) if isinstance(value, float) else value for name, value in row.items()} for row in rows]


def said(planned: Planned, listed: pd.DataFrame) -> str:
    """What the lists come to, in a line, with the warning if too many changed."""
    arms, meant = listed["arm"].value_counts(), listed[listed["arm"].isin(["contact", "holdout"])]
    of = meant["list"].value_counts().sort_index()
    lists = ", ".join(f"{name} {count:,}" for name, count in of[of > 0].items()) or "nobody"
    sizes = ", ".join(f"{arms.get(arm, 0):,} {words}" for arm, words in ARMS.items())
    earned = listed.loc[listed["arm"] == "contact", "expected_profit"].sum()
    profit = f"expected profit {earned:,.0f}" if planned.candidates.with_money else "without money, by expected saves"
    warning = planned.turnover.warning if planned.turnover else None
    return "; ".join(filter(None, (counted(len(listed), "customer"), f"{lists}: {sizes}", profit, warning)))
