"""Every column of `customers.csv`, declared once: lists have them, a dictionary and a schema tell them, a check holds them.

The order of its rows stands here too. New columns come last, so that whoever reads by place goes on reading the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd

from pipeline.allocation.left_out_reasons import CODES as LEFT_OUT
from pipeline.campaign.id_lookup import by_id
from pipeline.campaign.named_segments import CODES as NAMED
from pipeline.campaign.named_segments import INTENSITIES
from pipeline.campaign.profile_columns import CHANNELS, LIFECYCLES, RISKS, TIERS
from pipeline.config.campaign_section import ListName

SCHEMA_VERSION = 1  # of all files beside each other; one more whenever a column changes its meaning, its name or its words
Kind = Literal["text", "number", "integer", "date"]
ARMS = ("contact", "holdout", "control", "none")
LISTS: tuple[ListName, ...] = get_args(ListName)
STATUSES = ("scored", "lapsed", "too_new", "not_due", "no_profiling_consent")
REASONS = 3
FIXED = ("customers", "assignments")  # files that the pipeline reads back: `campaign.export` is not for them


@dataclass(frozen=True)
class ListColumn:
    """One column: `always` has a value for everybody, `unique` another one each; `words` are the only ones it can be.

    Numbers lie in `low` … `high`, both included.
    """

    name: str
    kind: Kind
    meaning: str
    always: bool = False
    unique: bool = False
    words: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None


def _reason(place: int) -> tuple[ListColumn, ...]:
    what = ("strongest", "second", "third")[place - 1]
    return (
        ListColumn(f"reason_{place}", "text", f"the {what} reason for the probability, with the customer's own figures"),
        ListColumn(f"reason_{place}_code", "text", "code of that reason"),
        ListColumn(f"reason_{place}_direction", "text", "whether it raises or lowers the risk", words=("raises", "lowers")),
    )


LIST_COLUMNS: tuple[ListColumn, ...] = (
    ListColumn(
        "customer_id", "text", "your id, with an apostrophe before `=` `+` `-` `@`, which a spreadsheet would compute",
        always=True, unique=True,
    ),
    ListColumn("snapshot_date", "date", "the day as of which everything was known", always=True),
    ListColumn("status", "text", "`scored`, or why there is no score", always=True, words=STATUSES),
    ListColumn(
        "churn_probability", "number", "chance that the customer leaves **if nothing is done**, four digits", low=0, high=1
    ),
    ListColumn("risk_score", "number", "place in today's list: 100 the riskiest; not a probability", low=0, high=100),
    ListColumn(
        "risk_segment", "text", "band of the probability; one is kept within `campaign.allocation.hysteresis`", words=RISKS,
    ),
    ListColumn("recency_days", "integer", "days since the last activity (for renewals: of any kind)", low=0),
    ListColumn("orders_count", "integer", "purchases ever, without returns", always=True, low=0),
    ListColumn("revenue_total", "number", "money from all order lines ever, returns subtracted; empty without amounts"),
    ListColumn("model_version", "text", "which model gave the probability"),
    ListColumn(
        "expected_value", "number", "margin expected over `value.days` **given that they stay**; empty without amounts"
    ),
    ListColumn("value_at_risk", "number", "`churn_probability` times `expected_value`: lost on average if nothing is done"),
    ListColumn("lifecycle", "text", "where the customer stands; empty for who refuses profiling", words=LIFECYCLES),
    ListColumn("value_tier", "text", "tier of the expected value (of the past pace where there is no score)", words=TIERS),
    ListColumn("segment", "text", "risk, value and lifecycle together, by name", always=True, words=NAMED),
    *(column for place in range(1, REASONS + 1) for column in _reason(place)),
    ListColumn("offer", "text", "code of the offer meant for them, also for a hold-out"),
    ListColumn("recommended_action", "text", "what to do, in words", always=True),
    ListColumn("channel", "text", "by which channel", words=CHANNELS),
    ListColumn("preferred_category", "text", "category of most of their order lines"),
    ListColumn("contact_intensity", "text", "how much effort the segment deserves", always=True, words=INTENSITIES),
    ListColumn(
        "expected_profit", "number", "what contacting them is expected to earn, all costs paid; empty without money", low=0.01
    ),
    ListColumn("expected_cost", "number", "what contacting them is expected to cost", low=0),
    ListColumn("list", "text", "the list they are meant for, also as a hold-out", words=LISTS),
    ListColumn("arm", "text", "`contact`; `holdout` and `control`: left alone, to measure; `none`", always=True, words=ARMS),
    ListColumn("left_out_reason", "text", "why they are on no list", words=LEFT_OUT),
)  # fmt: skip
NAMES = tuple(column.name for column in LIST_COLUMNS)
BY_NAME = {column.name: column for column in LIST_COLUMNS}
RANK = ("churn_probability", "risk_score")


def riskiest_first(listed: pd.DataFrame) -> pd.DataFrame:
    """The order of every list; numbers may be text. Customers without a score come last, by id."""
    ordered = by_id(listed)
    numbers = [-pd.to_numeric(ordered[name].replace("", None)).to_numpy(np.float64, na_value=np.nan) for name in RANK]
    return ordered.take(np.lexsort(numbers[::-1])).reset_index(drop=True)  # a stable sort, in which NaN is last
