"""The customer file as the shop exports it, and the customers' hidden traits for the truth folder."""

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.simulator.luck import Luck
from pipeline.simulator.month import customer_numbers, labels
from pipeline.simulator.offers import OFFER_NAMES
from pipeline.simulator.population import ACQUISITION, CATEGORIES, CHANNELS, CONSENTS, COUNTRIES, Traits
from pipeline.simulator.settings import MONTH_DAYS, Settings

MOST_DAYS_BEFORE = 1200


def arrival_day(luck: Luck, traits: Traits) -> np.ndarray:
    """Day of the first purchase since the history's start; negative for those who were there before."""
    before = -1 - MOST_DAYS_BEFORE * luck.uniform("registered", 0, traits.customer) ** 2
    day = np.where(traits.joined < 0, before, 0.0)
    for month in np.unique(traits.joined[traits.joined >= 0]).tolist():
        rows = np.flatnonzero(traits.joined == month)
        day[rows] = MONTH_DAYS * (month + luck.uniform("arrival", month, traits.customer[rows]))
    return day


def customers_table(settings: Settings, luck: Luck, traits: Traits) -> pa.Table:
    """One row per customer with what the shop knows today: static facts, preferences and consents."""
    day = np.floor(arrival_day(luck, traits)).astype(np.int64)
    registered = settings.start.astype("datetime64[D]") + day.astype("timedelta64[D]")
    unknown_age = luck.uniform("customer/age_unknown", 0, traits.customer) < 0.08
    columns = {
        "customer_no": customer_numbers(traits.customer),
        "registered_on": pa.array(registered),
        "birth_year": pa.array(traits.birth_year, mask=unknown_age),
        "acquisition_channel": labels(ACQUISITION, traits.acquisition),
        "country": labels(COUNTRIES, traits.country),
        "preferred_channel": labels(CHANNELS, traits.channel),
    }
    for place, name in enumerate(CONSENTS):
        columns[f"consent_{name}"] = labels(("N", "Y"), traits.consents[:, place].astype(np.int64))
    return pa.table(columns)


def hidden_traits(traits: Traits) -> pd.DataFrame:
    """One row per customer with what drives them: rhythm, leanings, and how each offer persuades or annoys them."""
    columns = {
        "customer_id": customer_numbers(traits.customer).to_pandas(),
        "joined_month": traits.joined,
        "monthly_rate": traits.rate,
        "regularity": traits.regularity,
        "season_pull": traits.season_pull,
        "discontent": traits.discontent,
        "interest": traits.interest,
        "spending": traits.spending,
        "favourite_category": np.asarray(CATEGORIES)[traits.favourite],
    }
    for code, name in enumerate(OFFER_NAMES):
        columns[f"response_{name}"] = traits.response[:, code]
        columns[f"annoyance_{name}"] = traits.annoyance[:, code]
    return pd.DataFrame(columns)
