"""A simulated company that delivers lists again and again and goes on with the contacts made: what was drawn, and what was true.

The lists are the pipeline's own: its playbook, its allocation, its arms. Nothing is learned: the score is the true chance with
noise, as a read-out must be right whatever the score is. Profiles have the columns that offers ask for most, from the orders.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

import numpy as np
import pandas as pd
import pyarrow as pa
import yaml

from benchmarks.flow import ROOT, choices
from pipeline.allocation.arms import EARLIER
from pipeline.campaign.archive import LABELS, Earlier
from pipeline.campaign.planning import plan_lists
from pipeline.campaign.profile_columns import COLUMNS
from pipeline.campaign.shown import NOTHING, Shown
from pipeline.config import Config
from pipeline.config.campaign_section import Campaign
from pipeline.outcomes.archived import Delivered
from pipeline.simulator import Settings, World, raw_tables
from pipeline.simulator.delivery_truth import LATE, WINDOW, WINDOW_DAYS, delivery_truth, sold
from pipeline.simulator.played import CONTACT_COST
from pipeline.simulator.records import customers_table

EXPORTED = ("order_lines", "campaign_contacts")  # what a read-out needs
NOISE = 1.0  # of the score, in log-odds
UNTREATED = f"untreated_no_purchase_probability_{WINDOW_DAYS}d"
HAS = {"money", *(need for column in COLUMNS for needs in column.needs for need in (needs, needs.split(":")[0]))}
Tables = dict[str, pa.Table]


@dataclass(frozen=True)
class Lived:
    """A delivery, what is true of everybody in it (`delivery_truth`), and every customer's chance to leave untreated."""

    month: int
    delivered: Delivered
    truth: pd.DataFrame
    untreated: pd.Series


@dataclass(frozen=True)
class Company:
    """What a company exported, the contacts that it truly made (customer_id, contacted_at, cost), and the deliveries."""

    tables: Tables
    contacts: pd.DataFrame
    lived: tuple[Lived, ...]
    end: pd.Timestamp


def live(settings: Settings, at: range, config: Config) -> Company:
    """Live until the windows of the deliveries at the month boundaries `at` have passed, and one month for what is late."""
    world = World(settings)
    months: list[Tables] = []
    drawn: list[pd.DataFrame] = []
    made: list[pd.DataFrame] = []
    planned: dict[int, tuple[Delivered, World, pd.Series]] = {}
    for month in range(max(at) + WINDOW + LATE):
        contacts = None
        if month in at:
            delivered = deliver(world, sold(months), drawn, made, config)
            chances = world.truth(WINDOW_DAYS, only_eligible=False).set_index("customer_id")[UNTREATED]
            planned[month] = delivered, deepcopy(world), chances
            drawn.append(delivered.assignments)
            contacts = contacts_of(delivered, world.now)
            made.append(contacts[contacts["arm"] == "contact"])
        months.append(world.step(contacts))
    lived = tuple(
        Lived(month, delivered, delivery_truth(before, contacts_of(delivered, before.now), months[month:]), chances)
        for month, (delivered, before, chances) in planned.items()
    )
    tables = raw_tables(world, months)
    return Company({name: tables[name] for name in EXPORTED}, pd.concat(made, ignore_index=True), lived, world.now)


def deliver(world: World, lines: pd.DataFrame, drawn: list[pd.DataFrame], made: list[pd.DataFrame], config: Config) -> Delivered:
    """The lists of today, after those `drawn` and the contacts `made` before."""
    return delivered_of(profile_of(world, lines, made), scores_of(world, lines), drawn, config, world.now.date())


def delivered_of(
    profile: pd.DataFrame, scores: pd.DataFrame, drawn: list[pd.DataFrame], config: Config, day: date, shown: Shown = NOTHING
) -> Delivered:
    """The lists of a day for customers of whom this is known, after those `drawn` before, by what is `shown` of deliveries."""
    arms = pd.concat([rows[list(EARLIER)] for rows in drawn]) if drawn else pd.DataFrame(columns=list(EARLIER))
    earlier = Earlier(arms, pd.DataFrame(columns=list(LABELS)))
    scores = scores[scores["customer_id"].isin(profile.loc[profile["status"] == "scored", "customer_id"])]
    customers = plan_lists(profile, scores, earlier, config, day, HAS, shown).customers
    listed = customers[customers["arm"] != "none"].reset_index(drop=True)
    words = ("list", "segment", "channel", "offer", "intended_offer")
    filled = {name: listed[name].astype(object).where(listed[name].notna(), "") for name in words}
    numbers = {name: listed[name].astype(float) for name in ("assignment_probability", "offer_probability", "expected_cost")}
    assignments = listed.assign(**filled, **numbers, since=listed["since"].astype(str), taken_off="")
    return Delivered(day, config.definition, customers, assignments)


def contacts_of(delivered: Delivered, now: pd.Timestamp) -> pd.DataFrame:
    """Those who are contacted and held out, as the shop's log has them."""
    rows = delivered.assignments[delivered.assignments["arm"] != "control"].reset_index(drop=True)
    told = rows[["customer_id", "offer", "arm", "assignment_probability", "channel"]]
    day = delivered.t.isoformat()
    return told.assign(
        campaign_id=f"list-{day}",
        delivery_id=day,
        cost=told["channel"].map(CONTACT_COST),
        contacted_at=now + pd.Timedelta(hours=9),
    )


def profile_of(world: World, lines: pd.DataFrame, made: list[pd.DataFrame]) -> pd.DataFrame:
    """Everybody who has ordered, with what can be told from the orders, the consents and the contacts."""
    now, sales = world.now, lines[(lines["line_type"] == "SALE") & (lines["line_total"] > 0)]
    by = sales.groupby("customer_no")
    first, last = ((now - by["order_time"].agg(which)).dt.days for which in ("min", "max"))
    count = by["order_no"].nunique()
    luck = np.random.default_rng([world.settings.seed, world.month, 1]).random((4, len(count)))
    found: dict[str, object] = dict.fromkeys(column.name for column in COLUMNS)
    people = pd.DataFrame(found, index=count.index).assign(
        customer_id=count.index, t=now, status=np.where(last <= 365, "scored", "lapsed"), recency_days=last, orders_count=count,
        known_days=first, activity_days=count, tenure_days=first, engagement_recency_days=last,
        order_amount_mean=by["line_total"].sum() / count, points_balance=np.where(count > 1, 50.0, np.nan),
        nps_last=np.where(luck[0] < 0.5, np.floor(22 * luck[0]), np.nan), complaints_count_90d=luck[1] < 0.05,
        points_to_reward=200 * luck[2], spending_to_tier=250 * luck[3],
        revenue_total=by["line_total"].sum(), suppressed=False,
        margin_of_year=lines[lines["order_time"] >= now - pd.Timedelta(days=365)].groupby("customer_no")["margin"].sum(),
    )  # fmt: skip
    people["rhythm_days"] = ((first - last) / (count - 1)).where(count > 2)
    consents = customers_table(world.settings, world.luck, world.traits).to_pandas().set_index("customer_no")
    for name in ("email", "sms", "phone", "push"):
        people[f"consent_{name}"] = (consents[f"consent_{name}"] == "Y").reindex(people.index)
    log = pd.concat(made) if made else pd.DataFrame({"customer_id": [], "contacted_at": pd.Series([], dtype="datetime64[s]")})
    since = (now - log.groupby("customer_id")["contacted_at"].max()).dt.days
    recent = log[log["contacted_at"] >= now - pd.Timedelta(days=90)]["customer_id"].value_counts()
    people["contact_recency_days"], people["contacts_recent"] = since, recent.reindex(people.index).fillna(0)
    texts = {column.name for column in COLUMNS if column.kind in ("word", "moment")} | {"customer_id", "t"}
    numbers = [name for name in people if name not in texts and not str(name).startswith("consent_") and name != "suppressed"]
    return people.astype(dict.fromkeys(numbers, "float64")).reset_index(drop=True)


def scores_of(world: World, lines: pd.DataFrame) -> pd.DataFrame:
    """The true chance with noise, and the margin of ninety days of the last year."""
    truth = world.truth(WINDOW_DAYS, only_eligible=False)
    p = truth[UNTREATED].clip(0.01, 0.99).to_numpy()
    noise = np.random.default_rng([world.settings.seed, world.month]).normal(0, NOISE, len(p))
    year = lines[lines["order_time"] >= world.now - pd.Timedelta(days=365)].groupby("customer_no")["margin"].sum()
    noisy = 1 / (1 + np.exp(-(np.log(p / (1 - p)) + noise)))
    value = truth["customer_id"].map(year).fillna(0).clip(lower=0) * 90 / 365 + 5
    return pd.DataFrame(
        {"customer_id": truth["customer_id"], "churn_probability": noisy, "risk_score": 100 * noisy, "expected_value": value}
    ).assign(model_version="noise")


def config_of(seed: int, holdout_share: float, raw: str) -> Config:
    """The committed choices of the demo with this hold-out; of every second seed with the offers that the shop itself knows."""
    config = _demo()
    rules = config.campaign.allocation.model_dump() | {"holdout_share": holdout_share}
    own = yaml.safe_load((ROOT / "benchmarks" / "playbook.yaml").read_text(encoding="utf-8"))
    offers = own if seed % 2 else config.campaign.model_dump()["offers"]
    campaign = Campaign.model_validate(config.campaign.model_dump() | {"allocation": rules, "offers": offers})
    tables = {name: config.source.tables[name] for name in ("transactions", "contacts")}
    source = config.source.model_copy(update={"path": raw, "tables": tables})
    return config.model_copy(update={"campaign": campaign, "seed": seed, "source": source})


@cache
def _demo() -> Config:
    return choices("source=demo")


def settings_of(seed: int, customers: int, months: int) -> Settings:
    """A company without past campaigns of its own."""
    return replace(Settings(seed=seed, customers=customers), months=months)
