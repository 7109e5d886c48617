"""What is measured on literal tables, what a whole shop is told, and that no clean folder is too strange for the check."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.check import arrivals, columns, customers
from pipeline.check.fitness import examine, report
from pipeline.config import Definition, Snapshots
from pipeline.config.source_section import Mapping, Source
from pipeline.engine import engine
from pipeline.statistics.intervals import auc_half_width
from tests.conftest import SOURCE
from tests.random_rows import BRIEF, FUTURE, PAST, tables
from tests.worlds import Row, Tables, definition, facts, snapshots, write_tables

START = datetime(2023, 1, 1, 12)
DAY = timedelta(days=1)
TRANSACTIONS = {"path": "orders.csv", "columns": {"customer_id": "c", "order_id": "o", "ordered_at": "d", "amount": "a"}}


def source(*static: str, **mapped: dict) -> Source:
    named = {"name": "shop", "path": "data/raw", "sector": None, "simulate": {}, "static_attributes": list(static)}
    return Source.model_validate(SOURCE | named | {"tables": {"transactions": TRANSACTIONS} | mapped})


def order(customer: str, day: float, amount: float | None = 5, **more: object) -> Row:
    when = START + timedelta(days=day)
    return {"customer_id": customer, "order_id": f"{customer}/{day}", "ordered_at": when, "amount": amount} | more


def shop(days: int = 400, people: int = 60) -> list[Row]:
    """One more customer every three days, each ordering every ten; every third one leaves for good in the second half."""
    lasting = {k: days if k % 3 else days // 2 + k for k in range(people)}
    return [order(f"c{k}", day, 5 + k % 3) for k, last in lasting.items() for day in range(3 * k, min(last, days), 10)]


def told(
    rows: Tables,
    churn: Definition | None = None,
    plan: Snapshots | None = None,
    origin: Source | None = None,
    accounts: dict | None = None,
) -> dict:
    """The report on literal tables."""
    with TemporaryDirectory() as folder, engine() as connection:
        clean = write_tables(Path(folder), rows)
        churn, plan, origin = churn or definition(horizon_days=20), plan or snapshots(), origin or source()
        return report(examine(connection, clean, accounts or {}, origin, churn, plan))


def codes(found: dict) -> set[str]:
    return {finding["code"] for finding in found["findings"]}


def test_a_small_regular_shop_is_fit_and_told_only_that_it_is_small():
    found = told({"transactions": shop()})
    assert found["fit"]
    assert codes(found) == {"few_customers"}
    assert found["counts"] == {"error": 0, "warning": 1, "advice": 0}
    assert found["today"] == "2024-02-05"
    assert found["orders"]["customers"] == 60
    assert found["classes"]["test"]["lost"] + found["classes"]["test"]["kept"] == found["classes"]["test"]["at_risk"]


def test_too_little_history_is_an_error_in_the_planners_words_and_the_rest_is_still_measured():
    found = told({"transactions": shop(days=110)}, definition(horizon_days=60))
    assert not found["fit"]
    (error,) = [finding for finding in found["findings"] if finding["severity"] == "error"]
    assert error["code"] == "no_plan"
    assert error["sentence"].startswith("too little history: 110 days of activity before 2023-04-21, but 165 are needed")
    assert found["classes"] == {}
    assert found["rhythm"]["median_days"] == 10
    planned = {name: "t" in one for name, one in found["horizons"].items()}
    assert planned == {"half": True, "chosen": False, "double": False}


def test_customers_who_never_return_cannot_carry_a_model():
    found = told({"transactions": [order(f"c{day}", day) for day in range(400)]})
    assert {"one_class", "mostly_one_order"} <= codes(found)
    assert found["rhythm"]["share_within"] is None


def test_data_that_end_long_before_today_are_an_error():
    found = told({"transactions": shop()}, plan=snapshots(as_of=date(2026, 1, 1)))
    assert {"no_plan", "ended_early"} <= codes(found)
    assert found["rhythm"]["median_days"] == 10, "watched until the data end, not until today"


def test_a_mistyped_year_is_an_error_and_a_mistyped_month_a_warning():
    assert "no_plan" in codes(told({"transactions": [*shop(), order("c1", 4000)]}))
    month = told({"transactions": [*shop(), order("c1", 430)]})
    assert "stray_days" in codes(month)
    (stray,) = [finding for finding in month["findings"] if finding["code"] == "stray_days"]
    assert stray["remedy"].endswith("snapshots.as_of=2024-02-05")


def test_strays_after_a_chosen_today_are_only_rows_after_today():
    found = told({"transactions": [*shop(), order("c1", 430)]}, plan=snapshots(as_of=date(2024, 2, 5)))
    assert found["after_today"] == {"transactions": 1}
    assert "stray_days" not in codes(found)


def test_a_definition_without_its_table_is_an_error():
    found = told({"transactions": shop()}, churn=definition(kind="renewal"))
    assert found["plan"]["problem"].startswith("definition.kind=renewal needs the table subscriptions")
    assert not found["fit"]


def test_a_missing_month_is_a_hole():
    rows = [row for row in shop() if not START + 200 * DAY <= row["ordered_at"] < START + 225 * DAY]  # type: ignore[operator]
    assert "calendar_hole" in codes(told({"transactions": rows}))


def test_the_account_of_ingest_may_lack_keys():
    found = told({"transactions": shop()}, accounts={"transactions": {"rows_in": 5000, "quarantined": {"x": 3000}}})
    assert "most_rows_quarantined" in codes(found)
    assert found["tables"]["transactions"]["merged"] == 0


def test_the_same_data_give_the_same_bytes():
    first, second = (json.dumps(told({"transactions": shop()}), sort_keys=True) for _ in range(2))
    assert first == second


def mapping(**given: str) -> Mapping:
    return Mapping.model_validate({"path": "x.csv", "columns": {"customer_id": "c"} | given})


def test_columns_are_profiled_by_what_is_mapped():
    rows = [order("ann", 0, channel="web"), order("bob", 1, channel="web", quantity=2), order("bob", 2, channel=None)]
    both = (mapping(channel="'web'", quantity="q"), mapping(channel="'shop'"))
    with facts({"transactions": rows}) as (connection, present):
        profile = columns.profiles(connection, present, {"transactions": both}, {})["transactions"]
    assert (profile["rows"], profile["customers"], profile["first"], profile["last"]) == (3, 2, "2023-01-01", "2023-01-03")
    assert profile["missing"]["quantity"] == pytest.approx(2 / 3)
    assert profile["missing"]["channel"] == pytest.approx(1 / 3)
    assert profile["single_valued"] == ["amount", "channel", "is_return"]
    assert (profile["mapped"], profile["mapped_everywhere"]) == (
        ["customer_id", "channel", "quantity"],
        ["customer_id", "channel"],
    )
    assert profile["constant"] == ["channel"]


def attribute(name: str, value: str, dated: bool = False) -> Row:
    return {"customer_id": "ann", "name": name, "value": value, "valid_from": START if dated else None}


def test_attributes_are_told_apart_by_date_and_declaration():
    rows = [
        attribute("tier", "gold", True),
        attribute("tier", "blue", True),
        attribute("city", "Rome"),
        attribute("city", "Bari"),
    ]
    rows += [attribute("birth_year", "1980"), attribute("consent_email", "yes")]
    with facts({"transactions": [order("ann", 0)], "attributes": rows}) as (connection, _):
        found = columns.attributes(connection, ("birth_year", "colour"))
    assert found == {"undated": ["city"], "static_absent": ["colour"], "single_valued": ["birth_year"]}


def test_missing_amounts_count_only_where_there_are_amounts():
    with facts({"transactions": [order("ann", 0), order("ann", 1, None)]}) as (connection, _):
        assert columns.missing_amounts(connection) == 0.5
    with facts({"transactions": [order("ann", 0, None)]}) as (connection, _):
        assert columns.missing_amounts(connection) == 0


def test_orders_and_money_are_those_of_the_contract():
    rows = [order("ann", 0, 10), order("ann", 5, 20), order("bob", 1, 7), order("bob", 2, 0), order("ann", 6, -4)]
    with facts({"transactions": rows}) as (connection, _):
        assert customers.orders(connection) == {
            "customers": 2,
            "orders": 3,
            "share_with_one_order": 0.5,
            "lines_with_amount": 5,
            "lines_of_zero": 1,
            "lines_returned": 1,
            "revenue_positive": 37.0,
            "revenue_negative": -4.0,
        }


def test_first_orders_are_counted_in_the_first_month_and_the_two_after():
    rows = [order("a", 0), order("a", 40), order("b", 29.4), order("c", 30.4), order("d", 89), order("e", 90.5)]
    with facts({"transactions": rows}) as (connection, _):
        assert customers.beginning(connection) == {"days": 30, "first": 2, "following": 1.0, "long_enough": True}


def test_customers_without_orders_are_counted_once_per_table():
    seen = [{"customer_id": name, "occurred_at": START, "kind": "site_visit"} for name in ("ann", "zoe", "zoe")]
    with facts({"transactions": [order("ann", 0)], "engagements": seen}) as (connection, present):
        assert customers.strangers(connection, present) == {"engagements": 1}


def test_every_kind_of_engagement_has_its_end_and_longest_silence():
    visits = [{"customer_id": "a", "occurred_at": START + day * DAY, "kind": "site_visit"} for day in (0, 1, 8, 30)]
    chats = [{"customer_id": "a", "occurred_at": START, "kind": "chat"}]
    with facts({"transactions": [order("a", 0)], "engagements": visits + chats}) as (connection, _):
        ends = arrivals.endings(connection, {"engagements"}, date(2023, 1, 11))
        assert arrivals.after_today(connection, {"engagements", "transactions"}, date(2023, 1, 9)) == {
            "transactions": 0,
            "engagements": 2,
        }
    both = {"table": "engagements"}
    assert ends == [
        both | {"kind": None, "rows": 4, "last": "2023-01-09", "days_ago": 1, "longest_silence": 7},
        both | {"kind": "chat", "rows": 1, "last": "2023-01-01", "days_ago": 9, "longest_silence": None},
        both | {"kind": "site_visit", "rows": 3, "last": "2023-01-09", "days_ago": 1, "longest_silence": 7},
    ]


def test_delays_are_those_of_rows_that_say_when_they_were_recorded():
    rows = [order("a", day, recorded_at=START + (day + late) * DAY) for day, late in ((0, 0), (1, 2), (2, 4), (3, 30))]
    with facts({"transactions": rows, "engagements": []}) as (connection, present):
        assert arrivals.delays(connection, present) == {
            "transactions": {"share_late": 0.75, "share_very_late": 0.25, "median_days_late": 4.0}
        }


def test_held_out_customers_stand_for_those_contacted():
    """At the test, ann and bob left; bob was held out with a chance of one half, cem was contacted and teaches nothing."""
    early = [order(name, day) for name in ("ann", "bob", "cem", "dee") for day in range(0, 300, 30)]
    rows = [*early, *(order("dee", day) for day in range(300, 401, 20))]
    drawn = {"contacted_at": START + 345 * DAY, "campaign_id": "x", "assignment_probability": 0.5}
    contacts = [drawn | {"customer_id": "bob", "arm": "holdout"}, drawn | {"customer_id": "cem", "arm": "contact"}]
    test = told({"transactions": rows, "contacts": contacts}, definition(horizon_days=60))["classes"]["test"]
    assert test["t"] == "2023-12-08"
    assert [test[name] for name in ("at_risk", "contacted", "lost", "kept")] == [4, 1, 2, 1]
    assert test["churn_rate"] == pytest.approx(3 / 4)


def test_the_interval_of_an_auc_is_that_of_hanley_and_mcneil():
    """Their example: AUC .893, 51 abnormal and 58 normal cases, standard error .0321 (Radiology 1982, table II's formula)."""
    q1, q2 = 0.893 / 1.107, 2 * 0.893**2 / 1.893
    error = ((0.893 * 0.107 + 50 * (q1 - 0.893**2) + 57 * (q2 - 0.893**2)) / (51 * 58)) ** 0.5
    assert auc_half_width(0.893, 51, 58) == pytest.approx(1.96 * error, rel=1e-4)
    assert error == pytest.approx(0.032, abs=0.001)
    assert auc_half_width(0.75, 0, 10) is None
    assert auc_half_width(0.75, 100, 400) == pytest.approx(0.0588, abs=5e-5)


def test_consent_in_words_that_are_not_understood_is_the_reason_that_nobody_is_at_risk():
    words = [{"customer_id": f"c{k}", "name": "consent_profiling", "value": "yes" if k < 2 else "tak"} for k in range(60)]
    found = told({"transactions": shop(), "attributes": words})
    consent = found["classes"]["consent"]
    assert found["classes"]["test"]["at_risk"] == consent["would_be_at_risk"] - consent["refuse_profiling"] <= 2
    sentences = {one["code"]: one["sentence"] for one in found["findings"]}
    (code,) = {"one_class", "few_customers"} & set(sentences)
    assert "58 of 60 refuse profiling: consent_profiling is read as given only for the words true, 1, yes" in sentences[code]


KINDS = st.sampled_from(["purchase", "activity", "renewal"])


@BRIEF
@given(tables(st.one_of(PAST, FUTURE), st.one_of(st.none(), PAST)), KINDS, st.sampled_from([None, date(2020, 6, 1)]))
def test_no_clean_folder_is_too_strange(rows, kind, as_of):
    found = told(rows, definition(kind=kind, horizon_days=30), snapshots(as_of=as_of, max_stale_days=9999))
    assert found["fit"] == (found["counts"]["error"] == 0)
    json.dumps(found)


@pytest.mark.parametrize("kind", ["purchase", "activity", "renewal"])
def test_empty_tables_are_unfit_and_nothing_worse(kind):
    empty: Tables = {table: [] for table in ("transactions", "engagements", "attributes", "subscriptions", "contacts")}
    found = told(empty, definition(kind=kind))
    assert [finding["code"] for finding in found["findings"]] == ["no_plan"]
