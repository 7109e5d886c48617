"""The profit that the list could have earned at the test dates: under the literature's costs, and under the campaign's own.

What a customer who left would have been worth had they stayed nobody can see, so the value of everybody is the one expected of
them by the model of value that had not seen the outcome; who left is what happened.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pipeline.arrays import Floats
from pipeline.config.campaign_section import Costs
from pipeline.profit.expected_profit import Offer, best_cut, break_even, expected_profit, profit_curve
from pipeline.profit.maximum_profit import KEPT_PRIOR, Maximum, empc, mpc

# Verbraken, Verbeke & Baesens 2013, section 5: lifetime value 200, offer 10, contact 1, γ ~ Beta(6, 14), for MPC its mean.
LIFETIME_VALUE = 200.0
LITERATURE = Offer(10.0, 1.0, KEPT_PRIOR[0] / sum(KEPT_PRIOR))
MODEL = "churn_probability"
RANKINGS = ("expected_profit", MODEL)


def offer_of(costs: Costs) -> Offer:
    """The configured costs as the offer that profits are computed of."""
    return Offer(
        cost=costs.offer,
        contact_cost=costs.contact,
        kept=costs.kept,
        taken_by_lost=costs.taken_by_lost,
        taken_by_stayers=costs.taken_by_stayers,
        driven_away=costs.driven_away,
        stayer_uplift=costs.stayer_uplift,
    )


def maximum_profits(judged: pd.DataFrame, names: list[str]) -> dict[str, dict[str, float]]:
    """EMPC and MPC, each with the share of customers contacted for it, of the scores `names`, all dates together."""
    found = {}
    for name in names:
        y, score, weight = _columns(judged, "y", name, "weight")
        expected, fixed = empc(y, score, weight, LIFETIME_VALUE, LITERATURE), mpc(y, score, weight, LIFETIME_VALUE, LITERATURE)
        found[name] = _said("empc", expected) | _said("mpc", fixed)
    return found


def _said(name: str, found: Maximum) -> dict[str, float]:
    return {name: found.profit, f"{name}_share": found.share}


def measure_profit(judged: pd.DataFrame, rivals: list[str], costs: Costs, *, samples: int, seed: int) -> dict[str, Any]:
    """The object `profit` of the metrics; `campaign` is left out where no value of a customer is expected.

    `judged` has `y`, `weight`, `churn_probability`, the `rivals` and `expected_value` of all test dates.
    """
    found = maximum_profits(judged, [MODEL, *rivals])
    of = {"value": LIFETIME_VALUE, "offer": LITERATURE.cost, "contact": LITERATURE.contact_cost, "kept_prior": list(KEPT_PRIOR)}
    made: dict[str, Any] = {**found.pop(MODEL), "baselines": found, "literature": of}
    known = _known(judged)
    return made if known.empty else made | {"campaign": _campaign(known, costs, samples, seed)}


def _campaign(known: pd.DataFrame, costs: Costs, samples: int, seed: int) -> dict[str, Any]:
    """What the campaign's own costs allow, in the currency per customer at risk: the rule, everybody, the best cut of a ranking.

    The rule contacts whoever has a positive expected profit, as far as was known beforehand.
    """
    offer = offer_of(costs)
    y, weight, value, p = _columns(known, "y", "weight", "expected_value", MODEL)
    gain, promised = expected_profit(y, value, offer), expected_profit(p, value, offer)
    chosen = weight * (promised > 0)
    cuts = {}
    for name, ranking in zip(RANKINGS, (promised, p), strict=True):
        cut = best_cut(
            y, ranking, weight, value, offer, samples=samples, seed=seed, customer=known["customer_id"].to_numpy(dtype=object)
        )
        cuts[name] = cut._asdict()
    return {
        "customers": len(known),
        "mean_value": float(np.average(value, weights=weight)),
        "everybody": float(np.average(gain, weights=weight)),
        "break_even": _break_even(value, weight, offer),
        "rule": {
            "share": float(chosen.sum() / weight.sum()),
            "profit": float(chosen @ gain / weight.sum()),
            "promised": float(chosen @ promised / weight.sum()),
        },
        "best_cut": cuts,
    }


def _break_even(value: Floats, weight: Floats, offer: Offer) -> dict[str, float]:
    """From which churn probability on a customer of mean value pays, NaN for at none; of what share of customers none pays."""
    of_mean = float(break_even(float(np.average(value, weights=weight)), offer))
    never = np.isinf(break_even(value, offer))
    return {"of_mean_value": of_mean if np.isfinite(of_mean) else float("nan"), "never": float(weight @ never / weight.sum())}


def profit_curves(judged: pd.DataFrame, costs: Costs) -> pd.DataFrame:
    """Profit per customer at risk by the share contacted, a column for each ranking; no rows where no value is expected."""
    known, offer = _known(judged), offer_of(costs)
    if known.empty:
        return pd.DataFrame(columns=["contacted", *RANKINGS], dtype=np.float64)
    y, weight, value, p = _columns(known, "y", "weight", "expected_value", MODEL)
    rankings = dict(zip(RANKINGS, (expected_profit(p, value, offer), p), strict=True))
    curves = {name: profit_curve(y, ranking, weight, value, offer) for name, ranking in rankings.items()}
    return pd.DataFrame({"contacted": curves[MODEL]["contacted"]} | {name: curve["profit"] for name, curve in curves.items()})


def _known(judged: pd.DataFrame) -> pd.DataFrame:
    return judged[judged["expected_value"].notna() & (judged["weight"] > 0)]


def _columns(rows: pd.DataFrame, *names: str) -> tuple[Floats, ...]:
    return tuple(rows[name].to_numpy(np.float64) for name in names)
