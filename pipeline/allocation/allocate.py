"""Candidates and known customers -> who is contacted, held out, in the control or left out, and how good the choice is."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pipeline.allocation.arms import Drawing, contested
from pipeline.allocation.left_out import without_candidate, without_permission, without_room
from pipeline.allocation.optimum import Choice, choose
from pipeline.allocation.permitted import Barred, barred
from pipeline.allocation.problem import Problem
from pipeline.allocation.triples import evened, in_order, is_ranked, limit_names, problem_of, tie_key, worth
from pipeline.arrays import Bools, Ints
from pipeline.campaign.id_lookup import by_id, places

CHOSEN = ("list", "offer", "channel", "expected_profit", "cost", "arm", "assignment_probability", "since")
TESTED = ("intended_offer", "offer_probability")
COLUMNS = ("customer_id", "state", *CHOSEN, *TESTED, "left_out_reason")


class Allocated(NamedTuple):
    """`customers`, one row per known customer, by id, with COLUMNS; `figures`: how the choice was made and how good it is."""

    customers: pd.DataFrame
    figures: dict[str, Any]


def allocate(candidates: pd.DataFrame, known: pd.DataFrame, earlier: pd.DataFrame, drawing: Drawing) -> Allocated:
    """Control first, then the most profitable permitted list under the limits, then arms inside it.

    `candidates`: customer_id, list, offer, channel, expected_profit, expected_saves, cost, each (customer, offer, channel) once;
    those of customers who are not `known` are not looked at. `known`: customer_id (unique), status, and what `permitted.barred`
    reads. `earlier`: arms of earlier deliveries. The order of rows never matters. A hold-out takes a place, as it would have been
    contacted. The control is of everybody who could ever be contacted: neither suppressed nor refusing profiling;
    `assignment_probability` of its members is 0, as they stand for themselves.
    """
    known = by_id(known)
    running = drawing.running(earlier, known["customer_id"])
    candidates = _placed(candidates, known)
    against = barred(known, sorted(candidates["channel"].unique()), drawing.rules)
    control = drawing.control(known["customer_id"], running) & ~against.forever
    place, pays = candidates["place"].to_numpy(), _pays(candidates)
    accepts = _accepted(candidates, against)
    reasons = without_candidate(known, _any(place[pays], known), _any(place[_unpriced(candidates)], known))
    told = without_permission(against, _any(place[pays], known), _any(place[pays & accepts], known))
    reasons = told.fillna(reasons)
    may = pays & accepts & (~against.anyhow & ~control)[place]
    key = tie_key(drawing.seed, drawing.day.isoformat())
    triples = in_order(contested(candidates[may], drawing.rules.offer_arms), known["customer_id"], key)
    problem = problem_of(triples, drawing.rules)
    choice = evened(problem, choose(problem))
    blocked = without_room(problem, choice.triples, drawing.rules)
    reasons.iloc[triples["place"].to_numpy()[problem.start]] = blocked.to_numpy()
    listed = drawing.offers(drawing.arms(triples.iloc[choice.triples], running))
    customers = _states(known["customer_id"], control, listed, reasons, running, drawing.day)
    return Allocated(customers, _figures(problem, choice, drawing, key, is_ranked(candidates)))


def _placed(candidates: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """The candidates of known customers with the `place` of their customer in `known`."""
    place = places(candidates["customer_id"], known["customer_id"])
    return candidates.assign(place=place)[place >= 0].reset_index(drop=True)


def _pays(candidates: pd.DataFrame) -> Bools:
    """Candidates worth more than nothing."""
    return np.asarray(worth(candidates) > 0)


def _unpriced(candidates: pd.DataFrame) -> Bools:
    """Candidates whose worth is not known."""
    column = "expected_saves" if is_ranked(candidates) else "expected_profit"
    return candidates[column].isna().to_numpy(dtype=bool)


def _any(places: Ints, known: pd.DataFrame) -> Bools:
    found = np.zeros(len(known), dtype=bool)
    found[places] = True
    return found


def _accepted(candidates: pd.DataFrame, against: Barred) -> Bools:
    """Candidates on a channel that the customer does not refuse."""
    place = candidates["place"].to_numpy()
    accepted = np.zeros(len(candidates), dtype=bool)
    for name, refused in against.refused.items():
        accepted |= (candidates["channel"] == name).to_numpy(dtype=bool) & ~refused[place]
    return accepted


def _states(
    customers: pd.Series, control: Bools, listed: pd.DataFrame, reasons: pd.Series, running: pd.DataFrame, day: date
) -> pd.DataFrame:
    """Every customer in exactly one state; controls say since when they are."""
    at = np.full(len(customers), -1)
    at[listed["place"].to_numpy()] = np.arange(len(listed))
    chosen = listed[[*CHOSEN, *TESTED]].reset_index(drop=True)
    out = chosen.reindex(at).reset_index(drop=True)
    was = pd.Series(running["since"].where(running["arm"] == "control").to_numpy(dtype=object), dtype=object)
    state = np.select([control, at >= 0], ["control", out["arm"].to_numpy(dtype=object)], "left_out")
    return out.assign(
        customer_id=customers,
        state=state,
        arm=np.where(state == "left_out", "none", state),
        assignment_probability=out["assignment_probability"].mask(control, 0.0),
        since=was.where(was.notna(), day).where(control, out["since"].astype(object)),
        left_out_reason=reasons.where(state == "left_out", None),
    )[list(COLUMNS)]


def _figures(problem: Problem, choice: Choice, drawing: Drawing, key: str, ranked: bool) -> dict[str, Any]:
    """What goes on record: how much was earned, at most possible, spent, used, and what one more of each would earn."""
    spent, taken = problem.used(choice.triples)
    names, rules = limit_names(drawing.rules), drawing.rules
    return {
        "mode": "ranked" if ranked else "profit",
        "objective": choice.profit,
        "upper_bound": choice.upper_bound,
        "gap": choice.gap,
        "exact": choice.exact,
        "listed": len(choice.triples),
        "spent_at_most": spent,
        "budget": rules.budget,
        "limits": {name: int(limit) for name, limit in zip(names, problem.limits, strict=True)},
        "used": {name: int(count) for name, count in zip(names, taken, strict=True)},
        "worth_of_one_more": {
            "budget": choice.prices.budget,
            **{name: float(price) for name, price in zip(names, choice.prices.limits, strict=True)},
        },
        "ties": key,
        "control": f"{drawing.seed}/{drawing.control_key}",
    }
