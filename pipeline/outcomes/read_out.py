"""One matured delivery -> its figures: how true the forecast was of who was left alone, and what contacting changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from pipeline.allocation.sample_size import SUSPECT, ratio_check
from pipeline.arrays import Bools, Floats
from pipeline.config.campaign_section import Bands
from pipeline.model.metrics import figures
from pipeline.outcomes.archived import Delivered
from pipeline.outcomes.by_risk import by_band, four_groups
from pipeline.outcomes.effect import Effect, effect, share_effect
from pipeline.outcomes.left_alone import left_alone

FEWEST_FOR_MONEY = 20  # of an arm; with fewer the intervals of skewed amounts hold the truth too rarely (docs/outcomes-truth.md)
DRAW = ("offer", "intended_offer", "offer_probability", "assignment_probability", "since")
FIGURES = ("auc", "log_loss", "ece", "predicted", "lift_at_10")


def read_out(delivered: Delivered, happened: pd.DataFrame, bands: Bands, bins: int) -> dict[str, Any]:
    """The figures of `reports/outcomes.json` of one delivery whose window is complete.

    `happened` is that of `what_happened`, with the weights of `untreated`.
    """
    everybody = _with_arms(delivered).merge(happened, on="customer_id", validate="1:1")
    drawn = _drawn(delivered, happened)
    alone = left_alone(everybody)
    contact = drawn["arm"] == "contact"
    cost, cost_from = _cost(drawn[contact])
    money = _money(drawn, cost)
    return {
        "as_of": delivered.t.isoformat(),
        "matured": True,
        "customers": len(everybody),
        **_forecast(alone, bins),
        "bands": by_band(alone, bands),
        "arms": {name: _arm(everybody[everybody["arm"] == name]) for name in ("contact", "holdout", "control")},
        "taken_off": int((delivered.assignments["taken_off"] != "").sum()),
        "effect": told(_churn(drawn)),
        **money,
        "cost": cost,
        "cost_from": cost_from,
        "why_not": _why_not(contact, money, cost),
        **_ratio(drawn),
        "reached": _reached(drawn),
        "four_groups": four_groups(everybody, alone, bands),
        "parts": list(_parts(drawn)),
        "offers_against": list(_against(drawn)),
    }


def everybody_after(delivered: Delivered, happened: pd.DataFrame, *, suspect: bool) -> pd.DataFrame:
    """A row for each customer of a delivery: what the list said, how they were drawn, and what became of them.

    `drawn` says who is in an arm of the comparison, `since` the day of that draw, which holds for later deliveries as well, and
    `weight` for how many those stand who were left alone; it is 0 for all others. `suspect`, the same in each row, is what
    `read_out` says of the delivery.
    """
    of_draw = delivered.assignments[["customer_id", *DRAW]]
    rows = delivered.customers.merge(of_draw, on="customer_id", how="left", validate="1:1")
    rows = rows.merge(happened, on="customer_id", validate="1:1")
    drawn = rows["customer_id"].isin(_drawn(delivered, happened)["customer_id"])
    return rows.assign(delivery=pd.Timestamp(delivered.t), drawn=drawn, suspect=suspect)


def _with_arms(delivered: Delivered) -> pd.DataFrame:
    """The customers, in no arm those who were taken off at the hand-over."""
    gone = delivered.assignments.loc[delivered.assignments["taken_off"] != "", "customer_id"]
    customers = delivered.customers
    return customers.assign(arm=customers["arm"].mask(customers["customer_id"].isin(gone), "none"))


def _drawn(delivered: Delivered, happened: pd.DataFrame) -> pd.DataFrame:
    """Who was drawn for contact or hold-out on this day, less those taken off before, in both arms alike, at the hand-over.

    An arm that was drawn before holds still, but who of it is listed again depends on what the first contact did, and the
    contacted are spared by the cool-down: such arms are no longer alike. They count where they were drawn, once.
    """
    rows = delivered.assignments
    chance = rows["assignment_probability"]
    now = rows["since"] == delivered.t.isoformat()
    drawn = rows[now & rows["arm"].isin(["contact", "holdout"]) & (rows["taken_off"] == "") & (chance > 0) & (chance < 1)]
    return drawn.merge(happened, on="customer_id", validate="1:1")


def _forecast(alone: pd.DataFrame, bins: int) -> dict[str, Any]:
    y, p, weight = (alone[name].to_numpy(np.float64) for name in ("churned", "churn_probability", "weight"))
    if not len(alone) or weight.sum() <= 0:
        return dict.fromkeys(("realised", *FIGURES))
    both = y.min() < y.max()  # without either kind nobody can be told from others
    found = figures(y, p, weight, bins) if both else {"predicted": float(np.average(p, weights=weight))}
    return {"realised": float(np.average(y, weights=weight))} | {name: found.get(name) for name in FIGURES}


def _arm(rows: pd.DataFrame) -> dict[str, Any]:
    rate = float(rows["churned"].mean()) if len(rows) else None
    return {"customers": len(rows), "churn_rate": rate}


def _columns(rows: pd.DataFrame) -> Floats:
    """What was known of them before the draw."""
    p, value = (rows[name].to_numpy(np.float64) for name in ("churn_probability", "expected_value"))
    return np.column_stack([p, value, (1 - p) * value])


def _sides(rows: pd.DataFrame) -> tuple[Bools, Floats]:
    return (rows["arm"] == "contact").to_numpy(dtype=bool), rows["assignment_probability"].to_numpy(np.float64)


def _churn(rows: pd.DataFrame) -> Effect | None:
    return share_effect(rows["churned"].to_numpy(dtype=bool), *_sides(rows), _columns(rows)[:, :1])


def told(found: Effect | None) -> dict[str, Any] | None:
    """An effect as it is written; None where it cannot be measured."""
    if found is None:
        return None
    body = asdict(found)
    return {"churn_difference": body.pop("difference")} | body


def _money(rows: pd.DataFrame, cost: float | None) -> dict[str, Any]:
    """Saves, incremental revenue and margin of all who were contacted, and the profit: the margin less what contacting cost.

    Each with its interval in `intervals`; None where it cannot be measured.
    """
    many = int((rows["arm"] == "contact").sum())
    enough = min(many, len(rows) - many) >= FEWEST_FOR_MONEY
    gained = {
        name: effect(rows[name].to_numpy(np.float64), *_sides(rows), _columns(rows), skewed=True)
        if enough and rows[name].notna().all()
        else None
        for name in ("revenue", "margin")
    }
    found = {"saves": _times(_churn(rows), -many), **{name: _times(of, many) for name, of in gained.items()}}
    margin = found["margin"]
    found["profit"] = tuple(figure - cost for figure in margin) if margin is not None and cost is not None else None
    return {
        **{name: of[0] if of else None for name, of in found.items()},
        "intervals": {name: list(of[1:]) if of else None for name, of in found.items()},
    }


def _why_not(contact: pd.Series, money: dict[str, Any], cost: float | None) -> dict[str, Any] | None:
    """Why no effect is told (an arm is empty), or an effect without a profit; None where both are told.

    `code` is `nobody_drawn`, `nobody_contacted`, `nobody_held_out`, `few` (for money), `no_margin` or `no_cost`.
    """
    contacted, held_out = int(contact.sum()), int((~contact).sum())
    found = {
        "nobody_drawn": not contacted + held_out,
        "nobody_contacted": not contacted,
        "nobody_held_out": not held_out,
        "few": min(contacted, held_out) < FEWEST_FOR_MONEY,
        "no_margin": money["margin"] is None,
        "no_cost": cost is None,
    }
    code = next((code for code, so in found.items() if so), None)
    return {"code": code, "smaller_arm": min(contacted, held_out), "needed": FEWEST_FOR_MONEY} if code else None


def _times(found: Effect | None, many: int) -> tuple[float, ...] | None:
    """The effect on so many customers, and the ends of its interval."""
    if found is None:
        return None
    return (many * found.difference, *sorted((many * found.low, many * found.high)))


def _cost(contacted: pd.DataFrame) -> tuple[float | None, str]:
    """What contacting cost within the window, and where that comes from: the contacts of the log, the playbook, or both.

    None where neither knows what one contact cost. A contact that the log lacks counts as the playbook expected: a log may be cut
    off, and contacts that it lacks were not free.
    """
    priced, made = int(contacted["contacts_priced"].sum()), int(contacted["contacts"].sum())
    asked = "playbook" if not priced else "contacts" if priced == made else "both"
    return (float(contacted["cost"].sum()) if len(contacted) and contacted["cost"].notna().all() else None), asked


def _ratio(drawn: pd.DataFrame) -> dict[str, Any]:
    """Whether the arms have the sizes that were drawn, in all and of each list: lists can be off in opposite directions.

    One of k lists is suspect below SUSPECT / k, so that all of them together err as rarely as the whole.
    """
    if not len(drawn):
        return {"sample_ratio_p": None, "suspect": False, "suspect_lists": []}
    ratio = ratio_check(drawn, ["list"])
    whole, lists = ratio.iloc[0], ratio[ratio["by"] == "list"]
    off = sorted(lists.loc[lists["p_value"] < SUSPECT / len(lists), "stratum"])
    return {"sample_ratio_p": float(whole["p_value"]), "suspect": bool(whole["suspect"]) or bool(off), "suspect_lists": off}


def _reached(rows: pd.DataFrame) -> dict[str, Any] | None:
    """The effect on those whom the log says were reached, if being drawn changes nothing else (Bloom 1984); secondary.

    None where the log knows nothing of the delivery.
    """
    contact = rows["arm"] == "contact"
    took, crossed = (float(rows.loc[side, "reached"].mean()) if side.any() else 0.0 for side in (contact, ~contact))
    found = _churn(rows)
    if took - crossed <= 0 or found is None:
        return None
    share = took - crossed
    ends = {"churn_difference": found.difference / share, "low": found.low / share, "high": found.high / share}
    return {"share_of_contacted": took, "share_of_held_out": crossed} | ends


def _parts(rows: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """The effect within each list, each segment of a list, and each offer of a list."""
    for by in (["list"], ["list", "segment"], ["list", "intended_offer"]):
        for key, part in rows.groupby(by, sort=True):
            names = dict(zip(by, key, strict=True))
            yield {"list": None, "segment": None, "intended_offer": None} | names | _part(part)


def _part(rows: pd.DataFrame) -> dict[str, Any]:
    cost, _ = _cost(rows[rows["arm"] == "contact"])
    return {"effect": told(_churn(rows)), **_money(rows, cost), "cost": cost}


def _against(rows: pd.DataFrame) -> Iterator[Mapping[str, Any]]:
    """Offer against offer, among the contacted who were drawn for either: churn with the intended less that with the other."""
    tested = rows[(rows["offer_probability"] < 1) & (rows["arm"] == "contact")]
    for offer, part in tested.groupby("intended_offer", sort=True):
        intended = (part["offer"] == offer).to_numpy()
        own = part["offer_probability"].to_numpy(np.float64)
        chance = np.where(intended, own, 1 - own)
        found = share_effect(part["churned"].to_numpy(dtype=bool), intended, chance, _columns(part)[:, :1])
        others = ", ".join(sorted(part.loc[~intended, "offer"].unique()))
        yield {"offer": offer, "against": others, "effect": _of_offers(found)}


def _of_offers(found: Effect | None) -> dict[str, Any] | None:
    """The effect of an offer against others: both sides were contacted, so they have other names."""
    if found is None:
        return None
    ends = {"churn_difference": found.difference, "low": found.low, "high": found.high}
    means = {"intended_mean": found.contacted_mean, "other_mean": found.held_out_mean}
    return ends | means | {"intended": found.contacted, "other": found.held_out}
