"""The plan of a day -> the people-facing lists: one row per known customer, riskiest first, and what each channel sends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from pipeline.allocation.left_out_reasons import LEFT_OUT
from pipeline.campaign.id_lookup import beside, by_id, places
from pipeline.campaign.list_columns import BY_NAME, LIST_COLUMNS, NAMES, riskiest_first
from pipeline.config.campaign_section import Bands
from pipeline.contract.identity import renamed
from pipeline.reasons.phrases import Locale

SEGMENTS = ("critical", "high", "medium", "low")
Tables = dict[str, pd.DataFrame]
# What a tool that sends needs, and nothing that is not its business.
SENT = [
    "customer_id", "list", "channel", "offer", "recommended_action", "segment", "preferred_category",
    "reason_1", "reason_2", "reason_3",
]  # fmt: skip
ASSIGNED = [
    "customer_id", "list", "channel", "offer", "intended_offer", "offer_probability", "arm", "assignment_probability", "since",
    "risk_segment", "segment", "churn_probability", "expected_value", "expected_profit", "expected_cost",
]  # fmt: skip


def risk_segment(probability: pd.Series, bands: Bands) -> pd.Series:
    """The band of each probability: critical, high, medium or low; a probability on a bound belongs to the higher band."""
    bounds = [-float("inf"), bands.medium, bands.high, bands.critical, float("inf")]
    cut = pd.cut(probability, bounds, right=False, labels=list(reversed(SEGMENTS)))
    return cut.astype(object)


def customer_list(planned: pd.DataFrame, reasons: pd.DataFrame) -> pd.DataFrame:
    """Every known customer with the columns of `customers.csv`; those without a score come last, by id.

    `planned` are the customers of a plan (`planning.plan_lists`), `reasons` those of whoever was explained.
    """
    told = beside(reasons, places(planned["customer_id"], reasons["customer_id"])).drop(columns="customer_id")
    days = {day: pd.Timestamp(day).strftime("%Y-%m-%d") for day in planned["t"].unique()}
    joined = pd.concat([planned.reset_index(drop=True), told], axis="columns").assign(snapshot_date=planned["t"].map(days).array)
    whole = {column.name: "Int64" for column in LIST_COLUMNS if column.kind == "integer"}
    listed = riskiest_first(joined[list(NAMES)].astype(whole))
    refuse_malformed(listed)
    return listed


def refuse_malformed(listed: pd.DataFrame) -> None:
    """Hold a list against its declared columns. Raises ValueError, as the list is ours: it names the column and an example."""
    if list(listed.columns) != list(NAMES):
        raise ValueError(f"customers.csv has other columns than declared: {sorted(set(listed.columns) ^ set(NAMES))}")
    for name, column in BY_NAME.items():
        known = listed[name][listed[name].notna()]
        wrong = known.iloc[:0]
        if column.always and len(known) < len(listed):
            raise ValueError(f"customers.csv: {name} is empty for {len(listed) - len(known):,} customers")
        if column.unique and known.duplicated().any():
            raise ValueError(f"customers.csv: {name} {known[known.duplicated()].iloc[0]!r} stands there twice")
        if column.words:
            wrong = known[~known.isin(column.words)]
        elif column.low is not None:
            wrong = known[(known < column.low) | (known > (float("inf") if column.high is None else column.high))]
        if len(wrong):
            raise ValueError(f"customers.csv: {name} is {wrong.iloc[0]!r} for {len(wrong):,} customers")


def sent(listed: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Name and rows of each list by channel, of whom it contacts, the most profitable first."""
    contacted = listed[listed["arm"] == "contact"]
    by = ["expected_profit", "churn_probability", "customer_id"]
    ordered = contacted.sort_values(by, ascending=[False, False, True], na_position="last")
    for (name, channel), rows in ordered.groupby(["list", "channel"], observed=True, sort=True):
        yield f"{name}_{channel}", rows[SENT]


def left_out(listed: pd.DataFrame, locale: Locale) -> pd.DataFrame:
    """Who is on no list, and why in words, by id."""
    rows = by_id(listed[listed["left_out_reason"].notna()])
    words = {reason.code: reason.text(locale) for reason in LEFT_OUT}
    because = rows["left_out_reason"].map(words)
    return rows[["customer_id", "status", "left_out_reason"]].assign(because=because)


def tables_of(planned: pd.DataFrame, listed: pd.DataFrame, identities: Mapping[str, str], locale: Locale) -> Tables:
    """Every file of a campaign by its name without the ending: `customers`, the lists by channel, `left_out`, `assignments`."""
    arms = by_id(renamed(assigned(planned), identities))
    return {"customers": listed, **dict(sent(listed)), "left_out": left_out(listed, locale), "assignments": arms}


def assigned(planned: pd.DataFrame) -> pd.DataFrame:
    """What is on record of a campaign: everybody in an arm, with the chance it was drawn by, by id."""
    return by_id(planned.loc[planned["arm"] != "none", ASSIGNED])
