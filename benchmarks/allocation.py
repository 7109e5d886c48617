"""Choosing whom to contact, of made-up candidates: `python -m benchmarks.allocation [--customers 1000000]`.

A few candidates a customer over twelve offers and four channels, with a budget, two capacities and three limited offers that all
bind or nearly do. Beside the whole (control, permissions, choice, arms, reasons) the least that could do: sort all candidates by
profit and walk down them in plain Python, which is greedy and knows no bound.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from datetime import date

import numpy as np
import pandas as pd

from benchmarks.run import table
from pipeline.allocation.allocate import Allocated, allocate
from pipeline.allocation.arms import EARLIER, Drawing
from pipeline.config.allocation_section import Allocation
from pipeline.profit.expected_profit import Offer, expected_profit

CHANNELS, CONTACT = np.array(["email", "sms", "phone", "push"]), np.array([0.02, 0.08, 4.0, 0.01])
OFFERS = np.array([f"offer_{number:02d}" for number in range(12)])
HEADER = "customers|candidates|what|seconds|of the processor|MB more|listed|earned|share of the bound"


def candidates(customers: int, seed: int = 1) -> pd.DataFrame:
    """About three (offer, channel) a customer, and of those the profitable ones, sorted."""
    rng = np.random.default_rng(seed)
    pair = np.unique(rng.integers(0, customers * 48, customers * 3))
    who, offer, channel = pair // 48, pair % 48 // 4, pair % 4
    value, p, cost = rng.lognormal(4, 1, customers)[who], rng.beta(2, 2, customers)[who], np.linspace(1, 20, 12)[offer]
    kept = (0.15 + 0.02 * offer) * np.array([1.0, 1.1, 1.6, 0.9])[channel]
    profit = expected_profit(p, value, Offer(cost, CONTACT[channel], kept, taken_by_stayers=0.5))
    frame = pd.DataFrame(
        {
            "customer_id": pd.Series(who).map("C{:08d}".format),
            "list": "churn",
            "offer": OFFERS[offer],
            "channel": CHANNELS[channel],
            "churn_probability": p,
            "expected_profit": profit,
            "expected_saves": p * kept,
            "cost": CONTACT[channel] + cost * (p * kept + (1 - p) * 0.5),
        }
    )
    return frame[frame["expected_profit"] > 0].reset_index(drop=True)


def people(customers: int, seed: int = 2) -> pd.DataFrame:
    """Everybody known, some of whom were contacted lately, refuse a channel, or are suppressed."""
    rng = np.random.default_rng(seed)
    consents = {
        f"consent_{name}": pd.array(rng.choice(np.array([True, False, None]), customers, p=[0.6, 0.2, 0.2]), dtype="boolean")
        for name in ("email", "sms")
    }
    return pd.DataFrame(
        {
            "customer_id": [f"C{number:08d}" for number in range(customers)],
            "status": "scored",
            "suppressed": rng.random(customers) < 0.01,
            "days_since_contact": np.where(rng.random(customers) < 0.3, rng.integers(0, 90, customers), np.nan),
            "contacts_recent": rng.poisson(0.5, customers),
            **consents,
        }
    )


def drawing(customers: int) -> Drawing:
    """Limits that bind."""
    rules = {
        "budget": float(customers),
        "capacity": {"phone": customers // 200, "email": customers // 10},
        "offer_limits": {"offer_03": customers // 100, "offer_11": customers // 50, "offer_00": customers // 100},
        "contact_cap": {"contacts": 3, "days": 30},
        "cool_down_days": 14,
        "consent": {"unknown": "allowed"},
        "suppression": "data/nobody.csv",
        "holdout_share": 0.1,
        "control_share": 0.02,
        "control_days": 180,
        "offer_arms": {},
        "detectable": {"effect": 0.05, "alpha": 0.05, "power": 0.8},
        "hysteresis": 0.03,
        "max_turnover": 0.5,
    }
    return Drawing(42, date(2026, 1, 1), 90, Allocation.model_validate(rules))


def greedy(rows: pd.DataFrame, rules: Allocation) -> tuple[int, float]:
    """How many are listed, and what they earn, when candidates are taken from the highest profit down while they fit."""
    money = rules.budget or 0.0
    left: dict[str, int] = dict([*rules.capacity.items(), *rules.offer_limits.items()])
    taken: set[str] = set()
    earned = 0.0
    ordered = rows.sort_values("expected_profit", ascending=False)
    for who, offer, channel, profit, cost in zip(
        *(ordered[name] for name in ("customer_id", "offer", "channel", "expected_profit", "cost")), strict=True
    ):
        if who in taken or cost > money or left.get(offer, 1) < 1 or left.get(channel, 1) < 1:
            continue
        taken.add(who)
        earned += profit
        money -= cost
        for name in (offer, channel):
            if name in left:
                left[name] -= 1
    return len(taken), earned


def permitted(rows: pd.DataFrame, known: pd.DataFrame, found: Allocated) -> pd.DataFrame:
    """Candidates that the allocation could choose from, as far as its reasons tell."""
    out = found.customers
    free = out["customer_id"][
        out["state"].isin(["contact", "holdout"]) | out["left_out_reason"].isin(["budget", "capacity", "offer_limit"])
    ]
    said = known.set_index("customer_id")
    for name in ("email", "sms"):
        refusing = said.index[(~said[f"consent_{name}"]).fillna(False).to_numpy(dtype=bool)]
        rows = rows[~((rows["channel"] == name) & rows["customer_id"].isin(refusing))]
    return rows[rows["customer_id"].isin(free)]


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    customers = parser.parse_args().customers
    rows, known, drawn = candidates(customers), people(customers), drawing(customers)
    earlier = pd.DataFrame({name: pd.Series(dtype=object) for name in EARLIER})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started, worked = time.perf_counter(), time.process_time()
    found = allocate(rows, known, earlier, drawn)
    seconds, work = time.perf_counter() - started, time.process_time() - worked
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / (1024**2 if sys.platform == "darwin" else 1024)
    free = permitted(rows, known, found)
    figures = found.figures
    started, worked = time.perf_counter(), time.process_time()
    count, earned = greedy(free, drawn.rules)
    least, labour = time.perf_counter() - started, time.process_time() - worked
    size = (f"{customers:,}", f"{len(rows):,}")

    def line(what: str, *numbers: float, memory: str) -> tuple[str, ...]:
        wall, busy, listed, profit = numbers
        share = f"{profit / figures['upper_bound']:.6f}"
        return *size, what, f"{wall:.1f}", f"{busy:.1f}", memory, f"{listed:,.0f}", f"{profit:,.0f}", share

    best = line("allocation", seconds, work, figures["listed"], figures["objective"], memory=f"{more:,.0f}")
    print(table([best, line("greedy choice alone", least, labour, count, earned, memory="")], HEADER))


if __name__ == "__main__":
    main()
