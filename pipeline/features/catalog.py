"""Every feature of the pipeline, declared once: the list is what runs, and what docs/reference/features.md is generated from."""

from __future__ import annotations

from pipeline.config import Definition, Features
from pipeline.features.catalog_engagement import engagement
from pipeline.features.spec import (
    Feature,
    Rows,
    attribute,
    count,
    decayed,
    distinct,
    first,
    last,
    latest_word,
    maximum,
    mean,
    median,
    minimum,
    ratio,
    recency,
    sql,
    std,
    tenure,
    total,
    trend,
    trends,
)

PURCHASES = Rows("purchases", "purchases", "purchases", "rhythm", ("transactions",), "opens")
SPENT = Rows("purchases", "purchases", "purchases", "money", ("transactions.amount",))
BASKETS = Rows("purchases", "baskets", "purchases", "basket", ("transactions.product_id",))
UNITS = Rows("purchases", "baskets", "purchases", "basket", ("transactions.quantity",))
DISCOUNTED = Rows("purchases", "purchases", "purchases", "money", ("transactions.discount",))
MARGINS = Rows("purchases", "purchases", "purchases", "money", ("transactions.margin",))
BOUGHT_ON = Rows("purchases", "purchases", "purchases", "channel", ("transactions.channel",), "opens")
CATEGORIES = Rows("lines", "lines", "lines bought", "basket", ("transactions.category",), "NOT is_return")
PRODUCTS = Rows("lines", "lines", "lines bought", "basket", ("transactions.product_id",), "NOT is_return")
RETURNS = Rows("returns", "returns", "returned lines", "returns", ("transactions.amount",))

PERIODS = Rows("periods", "periods", "subscription changes", "subscription", ("subscriptions",))
PLANS = Rows("periods", "periods", "subscription changes", "subscription", ("subscriptions.plan",))
PRICES = Rows("periods", "periods", "subscription changes", "subscription", ("subscriptions.price",))
PAID = Rows("periods", "renewals", "paid periods begun", "subscription", ("subscriptions",), "status IN ('active', 'renewed')")
CANCELLED = Rows("periods", "cancellations", "cancellations", "subscription", ("subscriptions",), "status = 'cancelled'")

ACTIVITY = Rows("activity", "activity", "purchases and actions of the customer", "rhythm", ())

# Sunday 0 on every engine: their own day-of-week functions start at different days with different numbers.
WEEKDAY = "date_diff('day', DATE '1899-12-31', CAST(happened_at AS DATE)) % 7"


def _rhythm(windows: tuple[int, ...], horizon: int) -> list[Feature]:
    counts = [count(PURCHASES, days) for days in windows]
    ever = count(PURCHASES, None)
    since, known = recency(PURCHASES), tenure(PURCHASES)
    gaps = [word(PURCHASES, "gap_days", "days", None) for word in (mean, std, median, maximum, minimum)]
    gap_mean, gap_std, _, gap_max, _ = gaps
    last_year = sql(
        f"purchases_count_year_ago_{horizon}d",
        PURCHASES,
        "count(*) FILTER (WHERE happened_at >= year_ago AND happened_at < year_ago_end)",
        "count",
        f"number of purchases in the {horizon} days that began a year before t",
        zero=True,
    )
    return [
        *counts,
        ever,
        *(distinct(PURCHASES, "CAST(happened_at AS DATE)", "days", "days", days) for days in (*windows, None)),
        since,
        known,
        *gaps,
        last(PURCHASES, "gap_days", "days", null_with="1"),
        decayed(PURCHASES, 30),
        decayed(PURCHASES, 90),
        last_year,
        *trends(counts, windows),
        ratio("recency_per_gap_mean", since, gap_mean, "recency in units of the customer's usual gap"),
        ratio("recency_per_gap_max", since, gap_max, "recency in units of the customer's longest gap"),
        ratio("recency_per_tenure", since, known, "recency as a share of tenure"),
        Feature(
            "recency_zscore",
            "rhythm",
            "standard deviations",
            "how far recency lies beyond the customer's usual gap",
            None,
            f"({since.name} - {gap_mean.name}) / ({gap_std.name} + 1)",
            PURCHASES.needs,
        ),
        *_clock(),
    ]


def _clock() -> list[Feature]:
    return [
        sql(
            "purchases_weekend_share",
            PURCHASES,
            f"CAST(sum(CASE WHEN {WEEKDAY} IN (0, 6) THEN 1 ELSE 0 END) AS DOUBLE) / count(*)",
            "share",
            "share of purchases on a Saturday or Sunday",
        ),
        sql(
            "purchases_hour_mean",
            PURCHASES,
            "CAST(sum(hour(happened_at)) AS DOUBLE) / count(*)",
            "hour",
            "mean hour of purchases, UTC",
        ),
    ]


def _money(windows: tuple[int, ...]) -> list[Feature]:
    spent = [total(SPENT, "amount", "money", days) for days in windows]
    middle = windows[-3:][0]
    discounts = total(DISCOUNTED, "discount", "money", windows[-1])
    margins = [total(MARGINS, "margin", "money", days) for days in dict.fromkeys((middle, windows[-1]))]
    return [
        *spent,
        total(SPENT, "amount", "money", None),
        *(mean(SPENT, "amount", "money", days) for days in (*windows, None)),
        *(maximum(SPENT, "amount", "money", days) for days in windows),
        std(SPENT, "amount", "money", None),
        last(SPENT, "amount", "money"),
        decayed(SPENT, 90, "amount"),
        trend(spent[-3:][0], middle, spent[-1], windows[-1]),
        first(SPENT, "amount", "money"),
        minimum(SPENT, "amount", "money", windows[-1]),
        *margins,
        ratio("margin_share", margins[-1], spent[-1], f"margin per unit of money spent in the last {windows[-1]} days"),
        discounts,
        ratio("discount_share", discounts, spent[-1], f"discount per unit of money spent in the last {windows[-1]} days"),
        *(count(RETURNS, days) for days in dict.fromkeys((middle, windows[-1]))),
        total(RETURNS, "amount", "money", windows[-1]),
        recency(RETURNS),
    ]


def _basket(windows: tuple[int, ...]) -> list[Feature]:
    middle, long = windows[-3:][0], windows[-1]
    lines_ever = count(PRODUCTS, None)
    kinds = [distinct(PRODUCTS, "product_id", "products", "products", days) for days in dict.fromkeys((middle, long, None))]
    return [
        *kinds,
        lines_ever,
        ratio(
            "lines_new_product_share", kinds[-1], lines_ever, "share of lines with a product the customer had not bought before"
        ),
        *(distinct(CATEGORIES, "category", "categories", "categories", days) for days in dict.fromkeys((middle, long, None))),
        *(total(BASKETS, "products", "count", days) for days in windows),
        mean(BASKETS, "products", "count", None),
        last(BASKETS, "products", "count"),
        *(total(UNITS, "quantity", "units", days) for days in windows),
    ]


def _channel(windows: tuple[int, ...]) -> list[Feature]:
    return [
        *(distinct(BOUGHT_ON, "channel", "channels", "channels", days) for days in (windows[-1], None)),
        latest_word(BOUGHT_ON, "channel"),
    ]


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
            PERIODS,
            f"date_diff('second', any_value(t), max(expires_at) {live}) / CAST(86400 AS DOUBLE)",
            "days",
            "days until the running period ends; negative after it",
        ),
        sql(
            "period_length_days",
            PERIODS,
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


def catalog(features: Features, definition: Definition) -> tuple[Feature, ...]:
    """All features for the configured windows (days, ascending) and horizon, in the order of the matrix; names are unique."""
    windows = tuple(sorted(features.windows))
    listed = [
        *_rhythm(windows, definition.horizon_days),
        *_money(windows),
        *_basket(windows),
        *_channel(windows),
        *engagement(windows, PURCHASES),
        *_subscription(),
        *(attribute(name) for name in features.attributes),
        *(_activity(windows) if definition.kind == "activity" else ()),
    ]
    names = [feature.name for feature in listed]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"features declared twice: {', '.join(twice)}")
    return tuple(listed)
