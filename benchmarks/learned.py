"""Whether learning finds the truth: `python -m benchmarks.learned [--first 1] [--seeds 20] [--customers 6000] [--rows FILE]`.

Each seed is a simulated company whose playbook is wrong: every share kept is a third, a half, twice or three times what a
pilot showed. Every month for a year it lists the riskiest who are in no arm, each with an offer by chance, holds a part out, and
reads back what has matured. What the offers really did to those who were drawn, the simulator knows exactly.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from scipy.stats import norm

from benchmarks.flow import ROOT, choices
from benchmarks.resumed import resumed
from pipeline.allocation.arms import EARLIER, Drawing
from pipeline.arrays import Floats
from pipeline.config.campaign_section import AssumedChurn, Learning, PlaybookOffer
from pipeline.learning.drawn import drawn
from pipeline.learning.learned import learn
from pipeline.markdown import table
from pipeline.simulator import Settings, World
from pipeline.simulator.settings import MONTH_DAYS
from pipeline.statistics.intervals import Z95

HISTORY, DELIVERIES, HORIZON = 18, 12, 3  # months
LISTED = 1 / 6  # of the customers, each month
BLUR = 0.5  # standard deviation of the forecast's log-odds about the truth
WRONG = (3.0, 1 / 3, 2.0, 0.5)
SPLIT = 0.6  # the forecast that parts the two segments


def playbook_of(seed: int) -> dict[str, PlaybookOffer]:
    """The offers of the simulated company, with shares kept that are wrong, each by another factor, by the seed."""
    offers = yaml.safe_load((ROOT / "benchmarks" / "playbook.yaml").read_text(encoding="utf-8"))
    return {
        code: PlaybookOffer.model_validate(offer | {"kept": offer["kept"] * WRONG[(seed + place) % len(WRONG)]})
        for place, (code, offer) in enumerate(sorted(offers.items()))
    }


def lived(seed: int, customers: int, held_out: float) -> list[pd.DataFrame]:
    """A year of deliveries, each as it will be read back, with `change`: what its offer did to the chance of leaving."""
    config = choices("source=demo", f"seed={seed}")
    rules = config.campaign.allocation.model_copy(update={"holdout_share": held_out, "control_share": 0.0})
    playbook, world = playbook_of(seed), World(Settings(seed=seed, customers=customers, months=HISTORY))
    for _ in range(HISTORY):
        world.step()
    earlier, found = pd.DataFrame({name: pd.Series(dtype=object) for name in EARLIER}), []
    for _ in range(DELIVERIES):
        drawing = Drawing(seed, world.now.date(), HORIZON * MONTH_DAYS, rules)
        rows = _delivery(world, drawing, earlier, playbook, round(customers * LISTED))
        found.append(rows)
        earlier = pd.concat([earlier, rows[list(EARLIER)]], ignore_index=True)
        world.step(_contacts(rows, world.now, playbook))
    return found


def _delivery(
    world: World, drawing: Drawing, earlier: pd.DataFrame, playbook: Mapping[str, PlaybookOffer], most: int
) -> pd.DataFrame:
    """The riskiest who are in no arm, as the stage outcomes would keep them; nobody is drawn twice at a time."""
    truth = world.truth(HORIZON * MONTH_DAYS).sort_values("customer_id", ignore_index=True)
    free = drawing.running(earlier, truth["customer_id"])["arm"].isna().to_numpy(bool)
    truth = truth.assign(churn_probability=_forecast(truth, drawing))[free]
    rows = truth.sort_values(["churn_probability", "customer_id"], ascending=[False, True]).head(most).reset_index(drop=True)
    codes = np.array(sorted(playbook), dtype=object)
    offer = codes[(drawing.uniform(rows["customer_id"], f"offer/{drawing.day}") * len(codes)).astype(np.int64)]
    nobody = drawing.running(earlier.head(0), rows["customer_id"])
    rows = drawing.arms(rows.assign(place=np.arange(len(rows)), offer=offer), nobody)
    untreated = f"untreated_no_purchase_probability_{HORIZON * MONTH_DAYS}d"
    asked = [_of_offer(rows, f"no_purchase_probability_{HORIZON * MONTH_DAYS}d_", codes)]
    luck = _of_offer(rows, f"no_purchase_{HORIZON * MONTH_DAYS}d_", codes)
    left = np.where(rows["arm"] == "contact", luck, rows[f"no_purchase_{HORIZON * MONTH_DAYS}d_untreated"])
    channel = [next(iter(playbook[code].channels)) for code in offer]
    told = rows[["customer_id", *EARLIER[1:], "offer", "churn_probability"]]
    return told.assign(
        change=asked[0] - rows[untreated].to_numpy(np.float64),
        churned=left.astype(bool),
        channel=channel,
        segment=np.where(rows["churn_probability"] >= SPLIT, "leaving", "cooling"),
        lifecycle="at_risk",
        drawn=True,
        delivery=pd.Timestamp(drawing.day),
        reached=rows["arm"].eq("contact"),
        own_cost=np.nan,
        own_contacts=1,
    )


def _forecast(truth: pd.DataFrame, drawing: Drawing) -> Floats:
    """The true chance of leaving, blurred as a model's would be."""
    p = truth[f"untreated_no_purchase_probability_{HORIZON * MONTH_DAYS}d"].to_numpy(np.float64).clip(1e-6, 1 - 1e-6)
    generator = np.random.default_rng([drawing.seed, drawing.day.toordinal()])
    return np.asarray(1 / (1 + np.exp(-np.log(p / (1 - p)) - BLUR * generator.standard_normal(len(p)))))


def _of_offer(rows: pd.DataFrame, stem: str, codes: Floats) -> Floats:
    """What a column named after each row's offer says."""
    return np.asarray(np.select([(rows["offer"] == code).to_numpy() for code in codes], [rows[stem + code] for code in codes]))


def _contacts(rows: pd.DataFrame, now: pd.Timestamp, playbook: Mapping[str, PlaybookOffer]) -> pd.DataFrame:
    made = rows[rows["arm"] == "contact"]
    costs = {code: next(iter(offer.channels.values())).contact for code, offer in playbook.items()}
    named = made[["customer_id", "offer", "arm", "assignment_probability", "channel"]]
    return named.assign(campaign_id="learned", cost=made["offer"].map(costs), contacted_at=now)


def judged(seed: int, customers: int, held_out: float) -> dict[str, Any]:
    """What was known of each offer at the end of every month of the year, beside what it did."""
    deliveries, playbook = lived(seed, customers, held_out), playbook_of(seed)
    found = []
    for month in range(HORIZON, DELIVERIES + 1):
        matured = deliveries[: month - HORIZON + 1]
        draws_ = drawn(matured, AssumedChurn())
        everybody = pd.concat(matured, ignore_index=True)
        for row in learn(draws_, playbook, Learning()):
            of = everybody[everybody["offer"] == row["offer"]]
            of = of if row["segment"] is None else of[of["segment"] == row["segment"]]
            truth = _true_share(of, playbook[row["offer"]].driven_away)
            found.append({"month": month, "truth": truth, **{name: row[name] for name in TOLD}})
    return {"seed": seed, "customers": customers, "found": found}


TOLD = (
    "offer", "segment", "assumed", "measured", "measured_low", "measured_high", "used", "low", "high", "from_customers",
    "contacted", "held_out",
)  # fmt: skip


def _true_share(of: pd.DataFrame, driven_away: float) -> float:
    """The share kept with which the formula gives the change that the offer really made, on average, for those drawn."""
    p = float(of["churn_probability"].mean())
    return float(((1 - p) * driven_away - of["change"].mean()) / p)


def told(rows: pd.DataFrame) -> Iterator[list[str]]:
    """A line for each month: how near playbook and learned are to the truth, and how often intervals hold it."""
    for month, at in rows.groupby("month"):
        half = (at["measured_high"] - at["measured_low"]) / 2
        reached = {name: (at[name] - at["truth"]).abs() <= half for name in ("assumed", "used")}
        holds = {
            name: at[low].le(at["truth"]) & at["truth"].le(at[high])
            for name, low, high in (("measured", "measured_low", "measured_high"), ("used", "low", "high"))
        }
        nearer = (at["used"] - at["truth"]).abs() < (at["assumed"] - at["truth"]).abs()
        errors = [float(np.sqrt(np.square(at[name] - at["truth"]).mean())) for name in ("assumed", "measured", "used")]
        shares = [reached["assumed"], reached["used"], nearer, holds["measured"], holds["used"], _should_hold(at)]
        spread = float(np.sqrt(np.square((at["measured"] - at["truth"]) * Z95 / half).mean()))
        sizes = [at["contacted"].mean(), at["held_out"].mean()]
        yield [
            str(month),
            *(f"{size:.0f}" for size in sizes),
            *(f"{error:.3f}" for error in errors),
            *(f"{100 * float(share.mean()):.0f} %" for share in shares),
            f"{spread:.2f} ± {Z95 / np.sqrt(2 * len(at)):.2f}",
        ]


def _should_hold(at: pd.DataFrame) -> pd.Series:
    """The chance with which the learned interval holds the truth if the measurement is as exact as it says.

    It is not 95 %: what is learned is drawn towards a playbook that is known to be wrong here.
    """
    variance = np.square((at["measured_high"] - at["measured_low"]) / (2 * Z95))
    share = 1 / (1 + variance / Learning().sd_of_playbook ** 2)
    half, off = (at["high"] - at["low"]) / 2, (1 - share) * (at["assumed"] - at["truth"])
    spread = share * np.sqrt(variance)
    return pd.Series(norm.cdf((half - off) / spread) - norm.cdf((-half - off) / spread), at.index)


HEADER = (
    "month|contacted|held out|error assumed|error measured|error learned|playbook in the truth's interval|learned in it|"
    "learned nearer than the playbook|interval measured holds the truth|interval learned holds it|which it should|"
    "errors measured in their standard errors"
)


def by_segment(last: pd.DataFrame) -> Iterator[list[str]]:
    """A line for each segment: how near its own measurement, its offer's estimate, and the two together come to the truth."""
    whole = last[last["segment"].isna()].set_index(["seed", "offer"])["used"]
    for segment, at in last.groupby("segment"):
        of_offer = whole.loc[pd.MultiIndex.from_frame(at[["seed", "offer"]])].to_numpy(np.float64)
        errors = [float(np.sqrt(np.square(one - at["truth"]).mean())) for one in (at["measured"], of_offer, at["used"])]
        holds = at["low"].le(at["truth"]) & at["truth"].le(at["high"])
        yield [str(segment), *(f"{error:.3f}" for error in errors), f"{100 * float(holds.mean()):.0f} %"]


SEGMENTS = "segment|error measured|error of its offer's|error learned|interval learned holds the truth"


def main() -> None:
    """Judge every seed and print, for all offers together and each at the end."""
    parser = argparse.ArgumentParser(description="Whether learning finds what offers do, on simulated companies.")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=1, help="the first seed; companies of one seed share customers")
    parser.add_argument("--customers", type=int, default=6_000)
    parser.add_argument("--held-out", type=float, default=0.1, help="the share of the lists that is left alone")
    parser.add_argument("--rows", type=Path, help="a file that keeps what each seed gave, so that a run that was stopped goes on")
    asked = parser.parse_args()
    seeds = range(asked.first, asked.first + asked.seeds)
    found = list(resumed(seeds, asked.rows, lambda seed: judged(seed, asked.customers, asked.held_out)))
    rows = pd.DataFrame([row | {"seed": one["seed"]} for one in found for row in one["found"]])
    whole = rows[rows["segment"].isna()]
    last = whole[whole["month"] == DELIVERIES]
    print(table(HEADER, told(whole)))
    print(table("offer|" + HEADER, ([str(name), *line] for name, at in last.groupby("offer") for line in told(at))))
    print(table(SEGMENTS, by_segment(rows[rows["month"] == DELIVERIES])))


if __name__ == "__main__":
    main()
