"""The catalogue: unique and legible names, needs that exist, features that come and go with the data, SQL for two engines."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta

import duckdb
import pytest
import sqlglot

from pipeline.config import Features
from pipeline.contract.tables import KINDS, TABLES
from pipeline.errors import ConfigError
from pipeline.features.catalog import RESERVED, catalog
from pipeline.features.compile import compile_features, usable
from pipeline.features.spec import Feature
from tests.worlds import WINDOWS, Tables, configured, definition, every_feature, every_need, features_of

ACTIVITY = definition(kind="activity")
T = datetime(2020, 6, 1)
DAY = timedelta(days=1)
PURCHASE = {"customer_id": "ann", "order_id": "1", "ordered_at": T - 10 * DAY}
SECTOR_WINDOWS = [
    WINDOWS,
    (14, 30, 60, 90, 180, 365, 730),
    (30, 60, 90, 180, 365, 730),
    (7, 14, 30, 60, 90, 180),
    (7, 14, 30),
    (30, 90),
    (365, 730),
    (7, 1000, 2000),
]


@pytest.mark.parametrize("windows", SECTOR_WINDOWS)
@pytest.mark.parametrize("kind", ["purchase", "activity", "renewal"])
def test_names_are_unique_and_short_words_in_lower_case(kind: str, windows: tuple[int, ...]) -> None:
    names = [feature.name for feature in every_feature(definition(kind=kind), windows)]
    assert len(names) == len(set(names))
    assert [name for name in names if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name)] == []


def test_a_name_that_is_no_word_is_refused() -> None:
    with pytest.raises(ValueError, match="feature name 'Recency' must match"):
        Feature("Recency", "rhythm", "days", "days since the latest purchase", None, "1")


def test_needs_are_tables_columns_kinds_and_attributes_that_exist() -> None:
    words = {
        *TABLES,
        *(f"{table}.{column}" for table, declared in TABLES.items() for column in declared.columns),
        *(f"engagements:{kind}" for kind in KINDS),
    }
    unknown = {need for need in every_need(ACTIVITY) if need not in words and not need.startswith("attributes:")}
    assert unknown == set()


def test_a_feature_of_features_is_built_from_features_declared_with_the_same_or_fewer_needs() -> None:
    declared = {feature.name: feature for feature in every_feature(ACTIVITY)}
    for feature in declared.values():
        if feature.fact is None:
            parts = [declared[word] for word in re.findall(r"[a-z][a-z0-9_]+", feature.sql) if word in declared]
            assert len(parts) >= 2, feature.name
            assert {need for part in parts for need in part.needs} <= set(feature.needs), feature.name


def test_every_feature_says_what_it_means_in_what_unit() -> None:
    assert [feature.name for feature in every_feature(ACTIVITY) if not (feature.meaning and feature.unit and feature.group)] == []


def test_a_source_of_dated_orders_without_money_has_no_features_of_money_baskets_or_engagement() -> None:
    seen = features_of({"transactions": [PURCHASE]}, [("ann", T)])["ann", T]
    assert seen["purchases_count_30d"] == 1
    assert {name.split("_")[0] for name in seen} == {"purchases", "recency", "only"}
    assert [name for name in seen if "amount" in name or "discount" in name] == []


def test_features_of_a_kind_of_event_exist_where_the_kind_occurs() -> None:
    world: Tables = {
        "transactions": [PURCHASE | {"amount": 5}],
        "engagements": [{"customer_id": "ann", "occurred_at": T - DAY, "kind": "email_opened"}],
    }
    seen = features_of(world, [("ann", T)])["ann", T]
    assert seen["emails_opened_count_30d"] == 1
    assert "email_open_rate" not in seen
    assert "complaints_count_30d" not in seen
    assert "days_to_expiry" not in seen


@pytest.mark.parametrize("kind", ["site_visit", "app_session"])
def test_visits_are_site_visits_or_app_sessions_whichever_a_source_has(kind: str) -> None:
    world: Tables = {
        "transactions": [PURCHASE | {"amount": 5}],
        "engagements": [{"customer_id": "ann", "occurred_at": T - DAY, "kind": kind}],
    }
    assert features_of(world, [("ann", T)])["ann", T]["visits_count_30d"] == 1


def test_what_the_company_sent_serves_rates_but_is_no_feature_itself() -> None:
    world: Tables = {
        "transactions": [PURCHASE | {"amount": 5}],
        "engagements": [
            {"customer_id": "ann", "occurred_at": T - days * DAY, "kind": kind}
            for days, kind in ((1, "email_sent"), (2, "email_sent"), (1, "email_opened"))
        ],
    }
    seen = features_of(world, [("ann", T)])["ann", T]
    assert seen["email_open_rate"] == 0.5
    assert not [name for name in seen if name.startswith("emails_sent")]


def test_an_excluded_feature_is_not_in_the_matrix_but_those_built_on_it_still_are() -> None:
    world: Tables = {
        "transactions": [PURCHASE | {"order_id": str(days), "ordered_at": T - days * DAY, "amount": 5} for days in (10, 40, 80)]
    }
    everything = features_of(world, [("ann", T)])["ann", T]
    excluded = ("purchases_recency_days", "purchases_count_30d", "recency_zscore")
    seen = features_of(world, [("ann", T)], exclude=excluded)["ann", T]
    assert seen == {name: value for name, value in everything.items() if name not in excluded}
    assert seen["recency_per_gap_mean"] == pytest.approx(10 / 35)


def test_usable_keeps_the_order_of_the_catalogue() -> None:
    declared = every_feature(ACTIVITY)
    names = [feature.name for feature in usable(declared, every_need(ACTIVITY), configured())]
    assert names == [feature.name for feature in declared if feature.name in names]
    assert len(names) > 240


def test_what_is_neither_in_the_matrix_nor_serves_what_is_is_not_computed() -> None:
    chosen = usable(every_feature(ACTIVITY), every_need(ACTIVITY), configured(exclude=("email_open_rate", "email_click_rate")))
    names = {feature.name for feature in chosen}
    assert "emails_sent_count_90d" not in names
    assert {"points_earned_value_sum_all", "purchases_gaps"} <= names


def test_what_campaigns_sent_is_in_the_matrix_where_it_is_included() -> None:
    world: Tables = {
        "transactions": [PURCHASE | {"amount": 5}],
        "contacts": [
            {"customer_id": "ann", "contacted_at": T - days * DAY, "arm": arm}
            for days, arm in ((1, "holdout"), (2, "contact"), (40, "contact"))
        ],
    }
    assert not [name for name in features_of(world, [("ann", T)])["ann", T] if name.startswith("contacts")]
    asked = ("contacts_count_90d", "contacts_recency_days")
    seen = features_of(world, [("ann", T)], include=asked)["ann", T]
    assert {name: seen[name] for name in seen if name.startswith("contacts")} == dict(zip(asked, (2, 2), strict=True))


@pytest.mark.parametrize(("points", "lacks"), [(1, 199), (199, 1), (200, 300), (500, 0), (900, 0)])
def test_points_to_the_next_reward_end_at_the_last(points: int, lacks: int) -> None:
    events = [
        {"customer_id": "ann", "occurred_at": T - DAY, "kind": "points_earned", "value": points + 10},
        {"customer_id": "ann", "occurred_at": T - DAY, "kind": "points_redeemed", "value": 10},
    ]
    world: Tables = {"transactions": [PURCHASE | {"amount": 5}], "engagements": events}
    assert features_of(world, [("ann", T)])["ann", T]["points_to_reward"] == lacks


@pytest.mark.parametrize("windows", [WINDOWS, (30, 90)])
def test_spending_to_the_next_tier_is_that_of_a_year_whatever_the_windows(windows: tuple[int, ...]) -> None:
    orders = [PURCHASE | {"order_id": str(days), "ordered_at": T - days * DAY, "amount": 5} for days in (1, 365, 366)]
    seen = features_of({"transactions": orders}, [("ann", T)], windows=windows)["ann", T]
    assert seen["spending_to_tier"] == 10
    assert ("purchases_amount_sum_365d" in seen) == (365 in windows)


@pytest.mark.parametrize(
    ("days_ago", "share"), [((40, 30, 9), 0.75), ((40, 30, 10), 0.5), ((40, 30, 12), 0.5), ((40, 30, 19), 0.25), ((5,), None)]
)
def test_gaps_longer_than_recency_are_counted_with_one_longer_and_one_shorter(
    days_ago: tuple[int, ...], share: float | None
) -> None:
    """A gap as long as recency is not longer."""
    orders = [PURCHASE | {"order_id": str(days), "ordered_at": T - days * DAY} for days in days_ago]
    assert features_of({"transactions": orders}, [("ann", T)])["ann", T]["recency_gap_survival"] == share


def test_the_most_used_channel_is_that_of_the_orders_known() -> None:
    known = [("web", 50, None), ("web", 40, None), ("shop", 30, None), ("shop", 45, 10), ("shop", 44, 10), (None, 20, None)]
    orders = [
        PURCHASE | {"order_id": str(n), "ordered_at": T - days * DAY, "channel": channel, "recorded_at": late and T - late * DAY}
        for n, (channel, days, late) in enumerate(known)
    ]
    seen = features_of({"transactions": orders}, [("ann", T - 10 * DAY), ("ann", T)])
    shares = [seen["ann", t]["purchases_top_channel_share"] for t in (T - 10 * DAY, T)]
    assert shares == [pytest.approx(2 / 3), pytest.approx(3 / 5)]


def test_a_feature_without_a_reason_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    lost = replace(every_feature(ACTIVITY)[0], name="lucky", reason="luck")
    monkeypatch.setattr("pipeline.features.catalog.purchases", lambda *_: [lost])
    with pytest.raises(ValueError, match="features without a reason: lucky"):
        every_feature(ACTIVITY)


def test_gaps_of_equal_length_have_no_standard_deviation() -> None:
    """Sums and squares rounded to different places once made 0.26 days out of nothing."""
    gap = timedelta(days=333, seconds=28_801)
    world: Tables = {
        "transactions": [PURCHASE | {"order_id": str(n), "ordered_at": T - DAY - n * gap, "amount": 5} for n in range(3)]
    }
    assert features_of(world, [("ann", T)])["ann", T]["purchases_gap_days_std_all"] == 0


def test_an_order_that_grew_does_not_change_its_weekday_or_hour() -> None:
    saturday_noon = datetime(2020, 5, 23, 12)
    line = {"customer_id": "ann", "order_id": "1", "ordered_at": saturday_noon, "amount": 5}
    world: Tables = {"transactions": [line, line | {"recorded_at": saturday_noon + DAY}]}
    seen = features_of(world, [("ann", T)])["ann", T]
    assert (seen["purchases_weekend_share"], seen["purchases_hour_mean"]) == (1, 12)


@pytest.mark.parametrize(("days", "share"), [((22,), 0), ((23,), 1), ((24,), 1), ((25,), 0), ((21, 22, 23, 24), 0.5)])
def test_a_weekend_is_a_saturday_and_a_sunday(days: tuple[int, ...], share: float) -> None:
    """23 May 2020 was a Saturday."""
    orders = [{"customer_id": "ann", "order_id": str(n), "ordered_at": datetime(2020, 5, n), "amount": 5} for n in days]
    assert features_of({"transactions": orders}, [("ann", T)])["ann", T]["purchases_weekend_share"] == share


@pytest.mark.parametrize("often", [True, False])
def test_the_compiled_query_transpiles_to_spark(often: bool) -> None:
    query = compile_features(every_feature(ACTIVITY), T, ACTIVITY.horizon_days, often)
    (spark,) = sqlglot.transpile(query, read="duckdb", write="spark", unsupported_level=sqlglot.ErrorLevel.RAISE)
    (parsed,) = sqlglot.parse(spark, read="spark")
    assert parsed is not None
    assert parsed.named_selects == sqlglot.parse_one(query, read="duckdb").named_selects
    assert len(parsed.named_selects) == 2 + len([feature for feature in every_feature(ACTIVITY) if feature.in_matrix])


@pytest.mark.parametrize("often", [True, False])
def test_the_compiled_query_means_the_same_on_spark(often: bool) -> None:
    """Spark reads 30.0 as a DECIMAL and counts weekdays from 1, and sqlglot passes both on as they are."""
    query = compile_features(every_feature(ACTIVITY), T, ACTIVITY.horizon_days, often).lower()
    assert re.findall(r"\b\d+\.\d+\b", query) == []
    assert "dayofweek" not in query


def test_two_features_of_one_name_are_refused() -> None:
    from pipeline.config import Features

    with pytest.raises(ValueError, match="declared twice"):
        catalog(Features.model_construct(windows=(30, 30, 90), attributes=(), include=(), exclude=()), ACTIVITY)


@pytest.mark.parametrize("name", ["Tier Level", "weight", "t", "order", "left"])
def test_an_attribute_whose_name_can_be_no_column_is_refused_by_name(name: str) -> None:
    with pytest.raises(ConfigError, match=rf"^features\.attributes: '{name}' cannot be the name of a column"):
        catalog(Features(windows=(30, 90), attributes=(name,), include=(), exclude=()), definition())


@pytest.mark.parametrize("names", [("tier", "tier"), ("purchases_recency_days",)])
def test_an_attribute_named_like_another_feature_is_refused_by_name(names: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError, match=rf"^features\.attributes: '{names[0]}' is named twice, or another feature"):
        catalog(Features(windows=(30, 90), attributes=names, include=(), exclude=()), definition())


def test_the_words_of_sql_are_those_of_the_engine() -> None:
    query = "SELECT DISTINCT keyword_name FROM duckdb_keywords() WHERE keyword_category IN ('reserved', 'type_function')"
    assert set(RESERVED.split()) == {word for (word,) in duckdb.execute(query).fetchall()}


def test_directions_are_declared_where_the_field_agrees_and_nowhere_else() -> None:
    found = {feature.name: feature.monotone for feature in every_feature(definition(kind="activity")) if feature.monotone}
    recent = [7, 14, 30, 60, 90]
    silence = ["purchases", "engagements", "visits", "activity"]
    lower = [f"purchases_{what}_{days}d" for what in ("count", "days") for days in recent]
    lower += [f"{rows}_count_{days}d" for rows in ("engagements", "visits") for days in (30, 90)]
    lower += [f"activity_count_{days}d" for days in recent]
    raised = [f"{rows}_recency_days" for rows in silence] + ["recency_per_gap_mean", "recency_per_gap_max"]
    assert found == dict.fromkeys(lower, "lowers") | dict.fromkeys(raised, "raises")
