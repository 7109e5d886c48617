"""Everyone known at the date of the score, with all that lists and offers ask of them: profiles read from the clean tables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pandas as pd

from pipeline.allocation.suppression import read_suppressed, refuse_lost_zeros
from pipeline.campaign.id_lookup import beside, by_id, places
from pipeline.campaign.profile import contacts_within, profile, source_has
from pipeline.config import Config
from pipeline.contract.facts import open_facts
from pipeline.engine import engine, quoted


def known_customers(
    clean: Path, customers: Path, identities: Mapping[str, str], day: date, config: Config
) -> tuple[pd.DataFrame, set[str]]:
    """The profiles of the file `customers`, and what the source has.

    Beside the columns of `profile_columns`: `t`, `revenue_total`, `contacts_recent` (within `contact_cap.days`) and `suppressed`;
    a suppression list names customers by their real ids, `identities`.
    """
    rules = config.campaign.allocation
    with engine() as connection:
        present = open_facts(connection, clean, config.definition, of_lines=())
        has = source_has(connection, present, day, config)
        connection.execute(f"CREATE TABLE people AS SELECT * FROM read_parquet({quoted(customers)})")
        found = connection.execute(profile(config.definition, config.value, config.source, day, has, "people")).df()
        lately = connection.execute(contacts_within(day, rules.contact_cap.days if rules.contact_cap else 1)).df()
    revenue = pd.read_parquet(customers, columns=["customer_id", "revenue_total"])  # to the cent, as it is shown
    found = by_id(found)
    ids = found["customer_id"]
    found["revenue_total"] = beside(revenue, places(ids, revenue["customer_id"]))["revenue_total"]
    found["contacts_recent"] = beside(lately, places(ids, lately["customer_id"]))["contacts_recent"].fillna(0)
    names = found["customer_id"].map(identities) if identities else found["customer_id"]
    stopped = read_suppressed(Path(rules.suppression))
    refuse_lost_zeros(Path(rules.suppression), stopped, names.dropna())
    return found.assign(suppressed=names.isin(stopped)), has
