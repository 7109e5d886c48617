"""A simulated company that lives by a policy: what it delivers from month to month, and what it knows when it does.

Lists are planned by the pipeline's own planning, read back when their windows have passed by its own functions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from benchmarks.delivering import EXPORTED, Tables, contacts_of, delivered_of, profile_of, scores_of
from benchmarks.flow import ROOT, choices, run
from benchmarks.learned import playbook_of
from benchmarks.lists import CUSTOMERS as OF_LIMITS
from benchmarks.lists import LIMITS
from pipeline.artifacts import ARTIFACTS
from pipeline.campaign.shown import Shown
from pipeline.config import Config
from pipeline.config.campaign_section import Campaign
from pipeline.contract.facts import open_facts
from pipeline.engine import engine
from pipeline.outcomes.archived import FIGURES, WORDS, Delivered
from pipeline.outcomes.read_delivery import read_delivery
from pipeline.outcomes.what_happened import matures_on
from pipeline.simulator import World, raw_tables, write_raw
from pipeline.simulator.delivery_truth import LATE, WINDOW_DAYS, sold
from pipeline.simulator.settings import MONTH_DAYS

HISTORY = 18  # months before the first delivery
ENDS = (3, 12)  # months over which contacts are paid; lists are planned for the longer
AFTERWARDS = max(ENDS)  # months that every life goes on after its last delivery
RIGHT_EVERY = 5  # of so many seeds one has the playbook that a pilot showed, the others wrong ones
LIMITS_CHANGE_AFTER = 20  # seeds
TESTED_SHARE = 0.2
GRIEVANCES = ("TICKET", "COMPLAINT")  # what the pilot took for a grievance
Read = tuple[dict[str, Any], pd.DataFrame]
Said = dict[str, Any]


@dataclass
class Life:
    """A company that lives by one policy: its world, what it has exported, delivered, contacted and read back so far."""

    config: Config
    know: Callable[[Life, Standing], tuple[Shown, Said]]
    root: Path
    world: World
    months: list[Tables]
    delivered: list[Delivered] = field(default_factory=list)
    made: list[pd.DataFrame] = field(default_factory=list)
    read: dict[date, Read] = field(default_factory=dict)

    def step(self, contacts: pd.DataFrame | None = None) -> None:
        """One month more, with these contacts."""
        self.months.append(self.world.step(contacts))

    def go_on(self, planned: Planned) -> None:
        """Hand the lists over, and live a month with the contacts made."""
        self.delivered.append(planned.delivered)
        self.made.append(planned.contacted)
        self.step(next(iter(planned.lists.values())))

    def earned(self, since: pd.Timestamp) -> float:
        """The margin of the whole company since then, the cost of its contacts paid."""
        lines = sold(self.months)
        margin = float(lines.loc[lines["order_time"] >= since, "margin"].sum())
        return round(margin - sum(float(rows["cost"].sum()) for rows in self.made), 2)


@dataclass(frozen=True)
class Standing:
    """Profiles and scores of a day."""

    profile: pd.DataFrame
    scores: pd.DataFrame


@dataclass(frozen=True)
class Planned:
    """What is delivered, and by name the contacts and hold-outs of that list, first, and of what it would have been otherwise."""

    delivered: Delivered
    lists: dict[str, pd.DataFrame]
    said: Said

    @property
    def contacted(self) -> pd.DataFrame:
        """The contacts that are made."""
        rows = next(iter(self.lists.values()))
        return rows[rows["arm"] == "contact"]


def is_right(seed: int) -> bool:
    """Whether the company's playbook is the one that a pilot showed."""
    return seed % RIGHT_EVERY == 0


def is_limited(seed: int) -> bool:
    """Whether the company has a budget and little room in its channels, as in `benchmarks.lists`.

    How the playbook is wrong goes by four seeds, so those with limits change places after some.
    """
    return (seed + (seed - 1) // LIMITS_CHANGE_AFTER) % 2 == 0


def config_of(seed: int, customers: int, raw: Path) -> Config:
    """The committed choices, with the playbook and the limits of this company, planning for the months that are paid."""
    config = choices("source=demo", f"source.path={raw}", f"seed={seed}", f"value.days={max(ENDS) * MONTH_DAYS}")
    right = yaml.safe_load((ROOT / "benchmarks" / "playbook.yaml").read_text(encoding="utf-8"))
    offers = right if is_right(seed) else {code: offer.model_dump() for code, offer in playbook_of(seed).items()}
    rules = config.campaign.allocation.model_dump() | (_limits(customers) if is_limited(seed) else {})
    campaign = Campaign.model_validate(config.campaign.model_dump() | {"allocation": rules, "offers": offers})
    tables = {name: config.source.tables[name] for name in ("transactions", "contacts")}
    source = config.source.model_copy(update={"tables": tables})
    return config.model_copy(update={"campaign": campaign, "source": source})


def _limits(customers: int) -> dict[str, Any]:
    """The limits of `benchmarks.lists` for a company of this size."""
    share = customers / OF_LIMITS
    capacity = {channel: round(room * share) for channel, room in LIMITS["capacity"].items()}
    return {"budget": LIMITS["budget"] * share, "capacity": capacity}


def offers_tested(config: Config) -> Config:
    """The same, with the e-mailed offer that is thought to keep more tested against the other one."""
    by_email = {code: offer.kept for code, offer in config.campaign.playbook.items() if "email" in offer.channels}
    better, other = sorted(by_email, key=lambda code: -by_email[code])
    arms = {"offer_arms": {better: {"against": other, "share": TESTED_SHARE}}}
    rules = config.campaign.allocation.model_dump() | arms
    campaign = Campaign.model_validate(config.campaign.model_dump() | {"allocation": rules})
    return config.model_copy(update={"campaign": campaign})


def listed(life: Life) -> Planned:
    """The lists of today by the life's policy; with a learned effect in use, also what they would be without."""
    lines, day = sold(life.months), life.world.now.date()
    now = _standing(life, lines)
    shown, said = life.know(life, now)
    drawn = [one.assignments for one in life.delivered]
    delivered = delivered_of(now.profile, now.scores, drawn, life.config, day, shown)
    lists = {"made": contacts_of(delivered, life.world.now)}
    if shown.effects is not None:
        without = replace(shown, effects=None)
        other = delivered_of(now.profile, now.scores, drawn, life.config, day, without)
        lists["without_effects"] = contacts_of(other, life.world.now)
    return Planned(delivered, lists, said)


def _standing(life: Life, lines: pd.DataFrame) -> Standing:
    """Profiles with the grievances of ninety days, and scores with the value of the months that are planned for."""
    profile, scores = profile_of(life.world, lines, life.made), scores_of(life.world, lines)
    told = pd.concat([month["service_tickets"].to_pandas() for month in life.months[-WINDOW_DAYS // MONTH_DAYS :]])
    since = life.world.now - pd.Timedelta(days=WINDOW_DAYS)
    told = told[told["ticket_type"].isin(GRIEVANCES) & (told["opened_at"] >= since)]
    aggrieved = profile["customer_id"].isin(told["customer_no"]).astype(np.float64)
    value = scores["expected_value"] * (max(ENDS) * MONTH_DAYS / WINDOW_DAYS)
    return Standing(profile.assign(complaints_count_90d=aggrieved), scores.assign(expected_value=value))


def read_back(life: Life) -> list[Read]:
    """The figures and the rows of each matured delivery, as the stage outcomes keeps them, from what was exported until today."""
    today, config = life.world.now.date(), life.config
    matured = [one for one in life.delivered if matures_on(one.t, one.definition) <= today]
    if not matured:
        return []
    tables = raw_tables(life.world, life.months)
    write_raw(life.root / ARTIFACTS["raw"], {name: tables[name] for name in EXPORTED})
    run(config, life.root, ("ingest",))
    with engine() as connection:
        open_facts(connection, life.root / ARTIFACTS["clean"], config.definition, of_lines=())
        for one in matured[-1 - LATE :]:  # of earlier ones nothing comes in any more
            archived = replace(one, customers=_as_archived(one.customers))
            life.read[one.t] = read_delivery(connection, archived, life.delivered, today, config)
    return [life.read[one.t] for one in matured]


def _as_archived(customers: pd.DataFrame) -> pd.DataFrame:
    """The columns that are read of an archived list (`pipeline.outcomes.archived`)."""
    kept = customers.reindex(columns=["customer_id", *WORDS, *FIGURES])
    return kept.astype(dict.fromkeys(FIGURES, float))
