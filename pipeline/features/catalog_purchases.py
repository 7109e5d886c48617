"""The part of the catalogue that reads orders: rhythm, money, baskets, channels, returns."""

from __future__ import annotations

from dataclasses import replace

from pipeline.features.combinations import combined, missing, ratio, trend, trends
from pipeline.features.spec import (
    Feature,
    Rows,
    count,
    decayed,
    directed,
    distinct,
    first,
    first_word,
    last,
    latest_word,
    maximum,
    mean,
    median,
    minimum,
    recency,
    sql,
    std,
    tenure,
    top_share,
    total,
)

PURCHASES = Rows("purchases", "purchases", "purchases", "purchase", "rhythm", "order_frequency", ("transactions",), "opens")
SILENCE = replace(PURCHASES, reason="silence")
GAPS = replace(PURCHASES, reason="order_rhythm")
HISTORY = replace(PURCHASES, reason="history")
SEASON = replace(PURCHASES, reason="season")
CLOCK = replace(PURCHASES, reason="order_times")
SPENT = Rows("purchases", "purchases", "purchases", "purchase", "money", "spending", ("transactions.amount",))
VALUES = replace(SPENT, reason="order_value")
FIRST = replace(SPENT, reason="first_order")
BASKETS = Rows("purchases", "baskets", "purchases", "purchase", "basket", "basket_size", ("transactions.product_id",))
UNITS = Rows("purchases", "baskets", "purchases", "purchase", "basket", "basket_size", ("transactions.quantity",))
DISCOUNTED = Rows("purchases", "purchases", "purchases", "purchase", "money", "discounts", ("transactions.discount",))
MARGINS = Rows("purchases", "purchases", "purchases", "purchase", "money", "spending", ("transactions.margin",))
BOUGHT_ON = Rows("purchases", "purchases", "purchases", "purchase", "channel", "channel", ("transactions.channel",), "opens")
CATEGORIES = Rows(
    "lines", "lines", "lines bought", "line bought", "basket", "variety", ("transactions.category",), "NOT is_return"
)
PRODUCTS = Rows(
    "lines", "lines", "lines bought", "line bought", "basket", "variety", ("transactions.product_id",), "NOT is_return"
)
RETURNS = Rows("returns", "returns", "returned lines", "return", "returns", "returns", ("transactions.amount",))

YEAR = 365  # days, whatever windows are configured: it is what the company says of its tiers
DAY = "CAST(happened_at AS DATE)"
# Sunday 0 on every engine: their own day-of-week functions start at different days with different numbers.
WEEKDAY = "date_diff('day', DATE '1899-12-31', CAST(happened_at AS DATE)) % 7"


def purchases(windows: tuple[int, ...], horizon: int, tier_spending: tuple[int, ...]) -> list[Feature]:
    """What customers bought, when, and where."""
    return [
        *_rhythm(windows, horizon),
        *_money(windows),
        *_basket(windows),
        *_channel(windows),
        *_first(),
        *(_tier(windows, tier_spending) if tier_spending else ()),
    ]


def _rhythm(windows: tuple[int, ...], horizon: int) -> list[Feature]:
    counts = [count(PURCHASES, days) for days in windows]
    ever = count(HISTORY, None)
    (since,) = directed([recency(SILENCE)], "raises")
    known = tenure(HISTORY)
    gaps = [word(GAPS, "gap_days", "days", None) for word in (mean, std, median, maximum, minimum)]
    last_year = sql(
        f"purchases_count_year_ago_{horizon}d",
        SEASON,
        "count(*) FILTER (WHERE happened_at >= year_ago AND happened_at < year_ago_end)",
        "count",
        f"number of purchases in the {horizon} days that began a year before t",
        zero=True,
    )
    return [
        *directed(counts, "lowers"),
        ever,
        *directed((distinct(PURCHASES, DAY, "days", "days", days) for days in windows), "lowers"),
        distinct(HISTORY, DAY, "days", "days", None),
        since,
        known,
        *gaps,
        last(GAPS, "gap_days", "days", null_with="1"),
        decayed(PURCHASES, 30),
        decayed(PURCHASES, 90),
        last_year,
        *trends(counts, windows, "order_trend"),
        *_silence(since, ever, known, gaps),
        *_clock(),
    ]


def _silence(since: Feature, ever: Feature, known: Feature, gaps: list[Feature]) -> list[Feature]:
    gap_mean, gap_std, _, gap_max, _ = gaps
    usual = f"({since.name} - {gap_mean.name}) / ({gap_std.name} + 1)"
    every = sql(
        "purchases_gaps", SILENCE, "list(gap_days) FILTER (WHERE gap_days IS NOT NULL)", "days", "all days between purchases"
    )
    longer = f"array_length(list_filter({every.name}, lambda gap: gap > {since.name}))"
    survived = f"CASE WHEN {gap_mean.name} IS NOT NULL THEN (1 + {longer}) / CAST(2 + array_length({every.name}) AS DOUBLE) END"
    share = "share of the customer's gaps longer than recency, counted with one longer and one shorter gap more"
    beside_gaps = [
        ratio("recency_per_gap_mean", since, gap_mean, "recency in units of the customer's usual gap"),
        ratio("recency_per_gap_max", since, gap_max, "recency in units of the customer's longest gap"),
    ]
    return [
        *directed(beside_gaps, "raises"),
        ratio("recency_per_tenure", since, known, "recency as a share of tenure"),
        combined("recency_zscore", SILENCE, usual, "standard deviations", "how far recency lies beyond the customer's usual gap"),
        replace(every, in_matrix=False),
        combined("recency_gap_survival", SILENCE, survived, "share", share),
        combined(
            "only_purchase_recency_days",
            SILENCE,
            f"CASE WHEN {ever.name} = 1 THEN {since.name} END",
            "days",
            "days since the only purchase of a customer with one",
        ),
    ]


def _clock() -> list[Feature]:
    return [
        sql(
            "purchases_weekend_share",
            CLOCK,
            f"CAST(sum(CASE WHEN {WEEKDAY} IN (0, 6) THEN 1 ELSE 0 END) AS DOUBLE) / count(*)",
            "share",
            "share of purchases on a Saturday or Sunday",
        ),
        sql(
            "purchases_hour_mean",
            CLOCK,
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
        *(mean(VALUES, "amount", "money", days) for days in (*windows, None)),
        *(maximum(VALUES, "amount", "money", days) for days in windows),
        std(VALUES, "amount", "money", None),
        last(VALUES, "amount", "money"),
        decayed(SPENT, 90, "amount"),
        trend(spent[-3:][0], middle, spent[-1], windows[-1]),
        minimum(VALUES, "amount", "money", windows[-1]),
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
        top_share(BOUGHT_ON, "channel"),
    ]


def _first() -> list[Feature]:
    category = first_word(replace(FIRST, needs=("transactions.category",)), "category")
    return [
        first(FIRST, "amount", "money"),
        first(replace(BASKETS, reason=FIRST.reason), "products", "count"),
        first(replace(DISCOUNTED, reason=FIRST.reason), "discount", "money"),
        first_word(replace(BOUGHT_ON, reason=FIRST.reason), "channel"),
        replace(category, in_matrix=False),  # a customer never changes it: docs/decisions/0013-features-left-out.md
    ]


def _tier(windows: tuple[int, ...], steps: tuple[int, ...]) -> list[Feature]:
    spent = total(replace(SPENT, reason="tier"), "amount", "money", YEAR)
    lacks = missing("spending_to_tier", spent, spent, steps, "spending that the last 365 days lack to the next loyalty tier")
    return [lacks, *([] if YEAR in windows else [replace(spent, in_matrix=False)])]
