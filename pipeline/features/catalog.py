"""Every feature of the pipeline, declared once: the list is what runs, and what docs/reference/features.md is generated from."""

from __future__ import annotations

from dataclasses import replace

from pipeline.config import Definition, Features
from pipeline.features.catalog_engagement import engagement
from pipeline.features.catalog_purchases import PURCHASES, purchases
from pipeline.features.reasons import REASONS
from pipeline.features.spec import Feature, Rows, attribute, count, distinct, first, last, latest_word, recency, sql, tenure

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
        recency(ACTIVITY),
        tenure(ACTIVITY),
        *(count(ACTIVITY, days) for days in sorted({*windows, 90})),
        *(distinct(ACTIVITY, "CAST(happened_at AS DATE)", "days", "days", days) for days in (*windows, None)),
    ]


def catalog(
    features: Features, definition: Definition, reward_points: tuple[int, ...] = (), tier_spending: tuple[int, ...] = ()
) -> tuple[Feature, ...]:
    """All features for the configured windows (days, ascending) and horizon, in the order of the matrix; names are unique.

    `reward_points` are balances of points that buy a reward, `tier_spending` what must be spent in 365 days for each tier.
    """
    windows = tuple(sorted(features.windows))
    listed = [
        *purchases(windows, definition.horizon_days, tier_spending),
        *engagement(windows, PURCHASES, reward_points),
        *_subscription(),
        *(attribute(name) for name in features.attributes),
        *(_activity(windows) if definition.kind == "activity" else ()),
    ]
    names = [feature.name for feature in listed]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"features declared twice: {', '.join(twice)}")
    lost = sorted(feature.name for feature in listed if feature.reason not in CODES)
    if lost:
        raise ValueError(f"features without a reason: {', '.join(lost)}")
    return tuple(listed)
