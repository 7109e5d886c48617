"""Every feature of the pipeline, declared once: the list is what runs, and what docs/reference/features.md is generated from."""

from __future__ import annotations

from dataclasses import replace

from pipeline.config import Definition, Features
from pipeline.errors import ConfigError
from pipeline.features.catalog_engagement import engagement
from pipeline.features.catalog_purchases import PURCHASES, purchases
from pipeline.features.spec import (
    NAME,
    Feature,
    Rows,
    attribute,
    count,
    directed,
    distinct,
    first,
    last,
    latest_word,
    recency,
    sql,
    tenure,
)
from pipeline.reasons.declared import REASONS

CODES = {reason.code for reason in REASONS}

PERIODS = Rows(
    "periods", "periods", "subscription changes", "subscription change", "subscription", "renewals", ("subscriptions",)
)
EXPIRY = replace(PERIODS, reason="expiry")
PLANS = replace(PERIODS, reason="plan", needs=("subscriptions.plan",))
PRICES = replace(PERIODS, reason="plan", needs=("subscriptions.price",))
PAID = replace(PERIODS, name="renewals", words="paid periods begun", where="status IN ('active', 'renewed')")
CANCELLED = replace(PERIODS, name="cancellations", words="cancellations", where="status = 'cancelled'")

ACTIVITY = Rows(
    "activity",
    "activity",
    "purchases and actions of the customer",
    "purchase or action of the customer",
    "rhythm",
    "activity",
    (),
)


# Columns that stand beside the features in the matrix, or in the queries that make it.
TAKEN = {"customer_id", "t", "who", "y", "weight", "kept_known_at", "features"}

# Words of SQL that cannot stand for a column unless quoted.
RESERVED = """
    all analyse analyze and anti any array as asc asof asymmetric at authorization binary both by case cast check
    collate collation column columns concurrently constraint create cross default deferrable desc describe
    distinct do else end except false fetch for foreign freeze from full generated glob group having ilike in
    initially inner intersect into is isnull join lambda lateral leading left like limit map natural not notnull
    null offset on only or order outer overlaps pivot pivot_longer pivot_wider placing positional primary qualify
    references returning right select semi show similar some struct summarize symmetric table tablesample then to
    trailing true try_cast tuple union unique unpack unpivot using variadic verbose when where window with
"""


def _subscription() -> list[Feature]:
    live = "FILTER (WHERE status IN ('trial', 'active', 'renewed'))"
    return [
        recency(PERIODS),
        tenure(PERIODS),
        count(PAID, None),
        latest_word(PLANS, "plan"),
        latest_word(PERIODS, "status"),
        last(PRICES, "price", "money"),
        first(PRICES, "price", "money"),
        sql(
            "days_to_expiry",
            EXPIRY,
            f"date_diff('second', any_value(t), max(expires_at) {live}) / CAST(86400 AS DOUBLE)",
            "days",
            "days until the running period ends; negative after it",
        ),
        sql(
            "period_length_days",
            EXPIRY,
            f"arg_max(date_diff('second', started_at, expires_at), struct_pack(a := happened_at, b := expires_at)) {live} "
            "/ CAST(86400 AS DOUBLE)",
            "days",
            "length of the latest period",
        ),
        count(CANCELLED, None),
    ]


def _activity(windows: tuple[int, ...]) -> list[Feature]:
    return [
        *directed([recency(ACTIVITY)], "raises"),
        tenure(ACTIVITY),
        *directed((count(ACTIVITY, days) for days in sorted({*windows, 90})), "lowers"),
        *(distinct(ACTIVITY, "CAST(happened_at AS DATE)", "days", "days", days) for days in (*windows, None)),
    ]


def catalog(
    features: Features, definition: Definition, reward_points: tuple[int, ...] = (), tier_spending: tuple[int, ...] = ()
) -> tuple[Feature, ...]:
    """All features for the configured windows (days, ascending) and horizon, in the order of the matrix; names are unique.

    `reward_points` are balances of points that buy a reward, `tier_spending` what must be spent in 365 days for each tier.
    """
    windows = tuple(sorted(features.windows))
    _refuse_attributes(features.attributes)
    listed = [
        *purchases(windows, definition.horizon_days, tier_spending),
        *engagement(windows, PURCHASES, reward_points),
        *_subscription(),
        *(attribute(name) for name in features.attributes),
        *(_activity(windows) if definition.kind == "activity" else ()),
    ]
    names = [feature.name for feature in listed]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice and twice[0] in features.attributes:
        raise ConfigError(
            f"features.attributes: {twice[0]!r} is named twice, or another feature has that name; rename it in source.tables"
        )
    if twice:
        raise ValueError(f"features declared twice: {', '.join(twice)}")
    lost = sorted(feature.name for feature in listed if feature.reason not in CODES)
    if lost:
        raise ValueError(f"features without a reason: {', '.join(lost)}")
    return tuple(listed)


def _refuse_attributes(names: tuple[str, ...]) -> None:
    """Raise ConfigError for an attribute whose name cannot be that of a column: SQL must read it, and nothing else have it."""
    for name in names:
        if not NAME.fullmatch(name) or name in TAKEN or name in RESERVED.split():
            raise ConfigError(
                f"features.attributes: {name!r} cannot be the name of a column (small letters, digits and _, at most 40, no word "
                "of SQL and of the matrix itself); give the attribute another name in source.tables.attributes"
            )
