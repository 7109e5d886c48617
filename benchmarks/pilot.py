"""What the simulated company's offers do, as a company would measure it: `python -m benchmarks.pilot [--days 360]`.

A randomised pilot in a simulated company that is none of those whose lists are judged. Everything is read from what the company
exports (orders, tickets), by the arm that a customer was drawn into; nothing is read from what only the simulator knows.
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy.optimize import nnls

from pipeline.markdown import table
from pipeline.simulator import Settings, World
from pipeline.simulator.offers import OFFERS
from pipeline.simulator.settings import MONTH_DAYS

SEEDS, CUSTOMERS, MONTHS, PILOT = range(7_001, 7_005), 120_000, 30, 17
CHURN_DAYS, ACTIVE_DAYS, GRIEVANCE_DAYS, STRATA = 90, 365, 90, 10
CONTROL, CALL = "control", "service_call"
READ = {
    "order_lines": ["order_no", "line_no", "line_type", "customer_no", "order_time", "line_total", "margin"],
    "service_tickets": ["ticket_no", "customer_no", "opened_at", "ticket_type"],
}
Tables = dict[str, pd.DataFrame]


def piloted(seed: int, customers: int, days: int) -> pd.DataFrame:
    """Customers of a pilot: `arm`, `aggrieved`, and before it `recency` in days and the `earlier` margin of a year.

    After it `left` and `margin`: `left` is 1 for who bought nothing in CHURN_DAYS, `margin` is that of `days`, returns and
    discounts taken off.
    """
    world, people = World(Settings(seed=seed, customers=customers, months=MONTHS)), pd.DataFrame()
    months: list[dict[str, pa.Table]] = []
    t = pd.Timestamp(world.settings.boundary(PILOT))
    for month in range(PILOT + days // MONTH_DAYS):
        contacts = None
        if month == PILOT:
            people = drawn(_read(months), t, np.random.default_rng(seed))
            contacts = _contacts(people[people["arm"] != CONTROL], t)
        tables = world.step(contacts)
        months.append({name: tables[name].select(columns) for name, columns in READ.items()})
    return people.join(outcomes(_read(months), t, days)).fillna({"left": 1.0, "margin": 0.0})


def _read(months: list[dict[str, pa.Table]]) -> Tables:
    """The tables of some months as frames, without copies of rows and without rows of nobody."""
    frames = {name: pa.concat_tables([month[name] for month in months]).to_pandas() for name in READ}
    return {name: frame.dropna(subset="customer_no").drop_duplicates() for name, frame in frames.items()}


def drawn(before: Tables, t: pd.Timestamp, generator: np.random.Generator) -> pd.DataFrame:
    """Active customers, each in an arm drawn with equal chances; those with a grievance may be drawn into calls as well."""
    lines = before["order_lines"]
    sales = lines[(lines["line_type"] == "SALE") & (lines["line_total"] > 0)]
    by = sales.groupby("customer_no")
    people = pd.DataFrame({
        "recency": (t - by["order_time"].max()).dt.total_seconds() / 86_400,
        "earlier": lines[lines["order_time"] >= t - pd.Timedelta(days=ACTIVE_DAYS)].groupby("customer_no")["margin"].sum(),
    })  # fmt: skip
    people = people[people["recency"] <= ACTIVE_DAYS].sort_index()
    told = before["service_tickets"]
    told = told[(told["opened_at"] >= t - pd.Timedelta(days=GRIEVANCE_DAYS)) & (told["ticket_type"] != "CHAT")]
    aggrieved = people.index.isin(told["customer_no"])
    names = np.array([CONTROL, *(offer.name for offer in OFFERS)], dtype=object)
    arm = generator.integers(0, np.where(aggrieved, len(names), len(names) - 1))
    return people.assign(aggrieved=aggrieved, arm=names[arm])


def _contacts(people: pd.DataFrame, t: pd.Timestamp) -> pd.DataFrame:
    told = {offer.name: offer for offer in OFFERS}
    return pd.DataFrame({
        "customer_id": people.index,
        "offer": people["arm"].to_numpy(),
        "arm": "contact",
        "campaign_id": "pilot",
        "assignment_probability": 1 / (1 + len(OFFERS)),
        "channel": [told[name].channel for name in people["arm"]],
        "cost": [told[name].cost for name in people["arm"]],
        "contacted_at": t,
    })  # fmt: skip


def outcomes(exports: Tables, t: pd.Timestamp, days: int) -> pd.DataFrame:
    """What customers did from the pilot on, by customer; who did nothing is not there."""
    lines = exports["order_lines"]
    lines = lines[(lines["order_time"] >= t) & (lines["order_time"] < t + pd.Timedelta(days=days))]
    soon = lines[(lines["order_time"] < t + pd.Timedelta(days=CHURN_DAYS)) & (lines["line_type"] == "SALE")]
    bought = soon.loc[soon["line_total"] > 0, "customer_no"].unique()
    margin = lines.groupby("customer_no")["margin"].sum()
    return pd.DataFrame({"margin": margin, "left": pd.Series(0.0, index=bought)})


def measured(people: pd.DataFrame, offer: str) -> dict[str, float]:
    """What an offer did, in the terms of the playbook; customers are compared within strata of recency.

    γ and ρ solve R_C − R_T = γ R_C − ρ (1 − R_C) over the strata, R being the share that left, neither below 0; η is what is left
    of the margin that the contacted brought in above the others, by the formula of the expected profit, for a stayer's margin V;
    as discounts are taken off the margin, they are in η and not in the cost d. What customers brought in before the draw is
    taken out of the comparison, which it cannot bias (CUPED; Deng, Xu, Kohavi & Walker 2013).
    """
    rows = people[people["arm"].isin([CONTROL, offer]) & (people["aggrieved"] | (offer != CALL))]
    treated = (rows["arm"] == offer).to_numpy()
    stayed = (rows["left"] == 0).to_numpy()
    by = pd.qcut(rows["recency"], STRATA, labels=False).to_numpy()
    slope = float(np.cov(rows["margin"], rows["earlier"])[0, 1] / rows["earlier"].var())
    compared = rows.assign(margin=rows["margin"] - slope * rows["earlier"])
    left, margin = (compared[name].groupby([by, treated]).mean().unstack() for name in ("left", "margin"))
    value = rows.loc[stayed & ~treated, "margin"].groupby(by[stayed & ~treated]).mean()
    n = rows.groupby(by).size()
    root = np.sqrt(n.to_numpy())
    sides = np.column_stack([left[False], left[False] - 1]) * root[:, None]
    (kept, driven), _ = nnls(sides, (left[False] - left[True]).to_numpy() * root)
    stays = 1 - left[False]
    saved = (kept * left[False] - driven * stays) * value
    lifted = float((n * (margin[True] - margin[False] - saved)).sum() / (n * stays * value).sum())
    made = {"kept": kept, "driven_away": driven, "stayer_uplift": lifted}
    return {name: float(number) for name, number in made.items()} | {"contacted": float(treated.sum())}


def main() -> None:
    """Run the pilot in every company and print what was measured of each offer in all of them together."""
    parser = argparse.ArgumentParser(description="What the simulated company's offers do, measured by a randomised pilot.")
    parser.add_argument("--days", type=int, default=360, help="of margin that are read after it")
    parser.add_argument("--customers", type=int, default=CUSTOMERS, help="of each company")
    asked = parser.parse_args()
    people = pd.concat([piloted(seed, asked.customers, asked.days) for seed in SEEDS], ignore_index=True)
    found = {offer.name: measured(people, offer.name) for offer in OFFERS}
    header = "|".join(["offer", *found[CALL]])
    print(table(header, ([name, *(f"{number:.3g}" for number in of.values())] for name, of in found.items())))


if __name__ == "__main__":
    main()
