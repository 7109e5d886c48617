"""The profile of every known customer: literal rows at a date, what was not known then, and what a source has not."""

from __future__ import annotations

from datetime import datetime, timedelta

import pandas as pd
import pytest

from pipeline.campaign.profile import contacts_within, profile, source_has
from pipeline.campaign.profile_columns import COLUMNS
from pipeline.config import Config, Definition
from pipeline.contract.facts import open_facts
from pipeline.contract.offered import met
from pipeline.engine import engine, quoted
from pipeline.model.labels import customers, dates_table
from tests.conftest import config_of
from tests.worlds import Row, Tables, definition, facts

T = datetime(2024, 6, 1)
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def config() -> Config:
    """Rewards at 200 points, tiers from 250 and 700."""
    return config_of()


def bought(days: float, amount: float | None = 10, **more: object) -> Row:
    when = T - days * DAY
    return {"customer_id": "ann", "order_id": f"o{when}", "line_id": "1", "ordered_at": when, "amount": amount} | more


def did(days: float, kind: str, **more: object) -> Row:
    return {"customer_id": "ann", "engagement_id": f"{kind}{days}", "occurred_at": T - days * DAY, "kind": kind} | more


def said(name: str, value: str | None, days: float | None = None, who: str = "ann") -> Row:
    return {"customer_id": who, "name": name, "value": value, "valid_from": None if days is None else T - days * DAY}


def profiles(tables: Tables, config: Config, churn: Definition | None = None) -> pd.DataFrame:
    """The profiles at T, by customer."""
    churn, as_of = churn or definition(), T.date()
    with facts(tables, churn) as (connection, present):
        connection.execute(dates_table((as_of,)))
        connection.execute(f"CREATE TABLE everybody AS {customers(churn, as_of, True)}")
        has = source_has(connection, present, as_of, config.model_copy(update={"definition": churn}))
        made = connection.execute(profile(churn, config.value, config.source, as_of, has, "everybody")).df()
    assert list(made.columns) == ["customer_id", "t", *(c.name for c in COLUMNS if c.relation), *NOT_OF_ROWS]
    return made.set_index("customer_id")


NOT_OF_ROWS = [column.name for column in COLUMNS if not column.relation]


def ann(tables: Tables, config: Config) -> dict[str, object]:
    """Her profile, unknown values as None."""
    made = profiles(tables, config)
    assert list(made.index) == ["ann"]
    return {name: None if pd.isna(value) else value for name, value in made.iloc[0].items()}


def test_orders_make_rhythm_spending_margin_and_category(config):
    lines = [
        bought(400, 40, category="toys", margin=20),
        bought(300, 60, category="books"),
        bought(100, 50, category="books", margin=5),
        bought(90, -20, category="toys", is_return=True, margin=-4),
    ]
    found = ann({"transactions": lines}, config)
    expected = {
        "orders_count": 3,
        "recency_days": 100,
        "activity_days": 3,
        "tenure_days": 400,
        "rhythm_days": 150,  # (400 - 100) / 2
        "first_purchase_at": pd.Timestamp(T - 400 * DAY),
        "order_amount_mean": 50,  # (40 + 60 + 50) / 3
        "spending_365d": 90,  # 60 + 50 - 20
        "spending_to_tier": 160,  # 250 - 90
        "margin_of_year": 39,  # 20 + 0.3 × 60 + 5 - 4, over 310 days, a year at least
        "preferred_category": "books",
    }
    assert {name: found[name] for name in expected} == expected


def test_two_days_are_no_rhythm_yet_and_the_margin_of_longer_spans_is_a_year_s(config):
    found = ann({"transactions": [bought(731, 100, margin=30), bought(1, 100, margin=30)]}, config)
    assert found["rhythm_days"] is None
    assert found["margin_of_year"] == 30  # 60 in two years


def test_service_feedback_points_and_answers(config):
    events = [
        did(100, "complaint"),
        did(10, "complaint"),
        did(40, "support_ticket", value=24),  # resolved a day later
        did(1, "support_ticket", value=48),  # resolved after t only
        did(2, "support_ticket"),
        did(50, "nps_response", value=9),
        did(20, "nps_response", value=3),
        did(15, "survey_sent"),
        did(30, "points_earned", value=190),
        did(29, "points_redeemed", value=40),
        did(12, "email_opened"),
        did(13, "push_opened"),
        did(14, "push_opened"),
        did(5, "email_sent"),
        did(3, "referral"),
    ]
    found = ann({"transactions": [bought(100)], "engagements": events}, config)
    expected = {
        "engagement_recency_days": 1,
        "complaints_count_90d": 1,
        "complaint_recency_days": 10,
        "tickets_count_90d": 3,
        "tickets_open_90d": 2,
        "nps_last": 3,
        "survey_recency_days": 15,
        "points_balance": 150,
        "points_to_reward": 50,
        "answers_channel": "push",
        "referrals_count_90d": 1,
    }
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize(("earned", "lacks"), [(199, 1), (200, 0), (500, 0)])
def test_from_the_last_reward_on_no_points_are_lacking(config, earned, lacks):
    events = [did(3, "points_earned", value=earned), did(2, "points_redeemed", value=0)]
    assert ann({"transactions": [bought(100)], "engagements": events}, config)["points_to_reward"] == lacks


def test_contacts_by_channel_holdouts_are_none(config):
    def contact(days: float, **more: object) -> Row:
        return {"customer_id": "ann", "contact_id": str(days), "contacted_at": T - days * DAY} | more

    contacts = [contact(200, channel="E-Mail"), contact(30, channel="phone"), contact(5, channel="email", arm="holdout")]
    found = ann({"transactions": [bought(100)], "contacts": contacts}, config)
    assert (found["contact_recency_days"], found["contacts_count_90d"]) == (30, 1)
    channels = ("email", "sms", "phone", "push")
    assert [found[f"contact_{channel}_recency_days"] for channel in channels] == [200, None, 30, None]


@pytest.mark.parametrize(("days", "recent"), [(4, 0), (5, 1), (29, 1), (30, 2)])
def test_contacts_of_any_number_of_days(days, recent):
    contacts: list[Row] = [
        {"customer_id": "ann", "contact_id": str(back), "contacted_at": T - back * DAY, "arm": arm}
        for back, arm in ((30, "contact"), (5, "contact"), (4, "holdout"), (0, "contact"), (-1, "contact"))
    ]
    with facts({"transactions": [bought(100)], "contacts": contacts}) as (connection, _):
        found = connection.execute(contacts_within(T.date(), days)).fetchall()
    assert found == [("ann", recent)] * bool(recent)


def test_a_consent_is_true_false_or_unknown_and_a_later_withdrawal_is_heard(config):
    words = [
        said("consent_email", "no", 9),
        said("consent_email", "Yes", 3),
        said("consent_sms", "maybe"),
        said("consent_phone", "yes", 3),
        said("consent_phone", "no", -2),
        said("consent_push", "yes", -2),
        said("tier", "basic", 50),
        said("tier", "gold", 5),
        said("tier", "platinum", -1),
        said("preferred_channel", "app"),
    ]
    found = ann({"transactions": [bought(100)], "attributes": words}, config)
    assert [found[f"consent_{channel}"] for channel in ("email", "sms", "phone", "push")] == [True, False, False, None]
    assert (found["tier"], found["preferred_channel"]) == ("gold", "app")


def test_plan_and_expiry_are_of_the_latest_change(config):
    def change(days: float, plan: str, ends: float, **more: object) -> Row:
        row = {"customer_id": "ann", "subscription_id": "s", "changed_at": T - days * DAY, "plan": plan, "status": "active"}
        return row | {"expires_at": T + ends * DAY} | more

    periods = [change(400, "monthly", -35), change(35, "annual", 330), change(-1, "weekly", 7)]
    found = ann({"transactions": [bought(100)], "subscriptions": periods}, config)
    assert (found["plan"], found["days_to_expiry"]) == ("annual", 330)


def test_where_churn_is_a_renewal_not_made_the_margin_is_that_of_paid_periods_and_activity_their_changes(config):
    def paid(days: float, ends: float) -> Row:
        return {
            "customer_id": "ann", "subscription_id": "s", "changed_at": T - days * DAY, "plan": "annual", "status": "renewed",
            "expires_at": T + ends * DAY, "price": 100,
        }  # fmt: skip

    tables: Tables = {"transactions": [bought(5, 999)], "subscriptions": [paid(745, -380), paid(380, -15), paid(15, 350)]}
    found = profiles(tables, config, definition(kind="renewal")).loc["ann"]
    assert found["margin_of_year"] == pytest.approx(45)  # 0.3 × 300 in 730 days
    assert (found["activity_days"], found["rhythm_days"], found["days_to_expiry"]) == (3, 365, 350)


def test_everything_that_is_declared_has_a_value_where_the_source_has_everything(small_run):
    config, root = small_run
    with engine() as connection:
        present = open_facts(connection, root / "data/clean", config.definition)
        path = quoted(root / "data/snapshots/customers.parquet")
        as_of = connection.execute(f"SELECT max(t) FROM read_parquet({path})").fetchall()[0][0].date()
        has = source_has(connection, present, as_of, config)
        sql = profile(config.definition, config.value, config.source, as_of, has, f"read_parquet({path})")
        made = connection.execute(f"{sql} ORDER BY customer_id").df()
    known = pd.read_parquet(root / "data/snapshots/customers.parquet")
    assert made["customer_id"].tolist() == sorted(known["customer_id"])
    empty = {column.name for column in COLUMNS if made[column.name].isna().all()}
    assert empty == {"contact_sms_recency_days", "contact_push_recency_days"}  # the shop writes e-mails and calls
    assert all(met(column.needs, has) for column in COLUMNS)


def test_nothing_after_t_and_nothing_that_became_known_after_t_changes_a_profile(config):
    past: Tables = {
        "transactions": [bought(100), bought(20)],
        "engagements": [did(30, "complaint"), did(30, "points_earned", value=5), did(30, "points_redeemed", value=1)],
        "attributes": [said("tier", "gold", 50)],
        "contacts": [{"customer_id": "ann", "contact_id": "c", "contacted_at": T - 9 * DAY, "channel": "email"}],
    }
    late = {"recorded_at": T + DAY}
    future: Tables = {
        "transactions": [*past["transactions"], bought(-1, 99), bought(5, 99, **late), bought(0, 99)],
        "engagements": [*past["engagements"], did(-1, "complaint"), did(3, "complaint", **late), did(0, "complaint")],
        "attributes": [*past["attributes"], said("tier", "new", -1), said("tier", "late", 4) | late],
        "contacts": [*past["contacts"], {"customer_id": "ann", "contact_id": "d", "contacted_at": T, "channel": "email"}],
    }
    assert ann(future, config) == ann(past, config)


def test_what_a_source_has_not_is_unknown_and_not_zero(config):
    found = ann({"transactions": [bought(30, None), bought(20, None)]}, config)
    there = {name for name, value in found.items() if value is not None}
    of_orders = {"recency_days", "orders_count", "known_days", "activity_days", "tenure_days", "first_purchase_at"}
    assert there == {"t", "status"} | of_orders


def test_of_who_refuses_profiling_only_consents_and_contacts_are_put_together(config):
    words = [said("consent_profiling", "no", 1), said("consent_email", "yes", 1), said("tier", "gold", 9)]
    contacts = [{"customer_id": "ann", "contact_id": "c", "contacted_at": T - 9 * DAY, "channel": "email"}]
    found = ann({"transactions": [bought(30)], "attributes": words, "contacts": contacts}, config)
    there = {name for name, value in found.items() if value is not None}
    of_everybody = {"t", "status", "recency_days", "orders_count", "consent_email"}
    assert there == of_everybody | {"contact_recency_days", "contacts_count_90d", "contact_email_recency_days"}


def test_everyone_known_has_one_row_also_without_any_activity(config):
    visit = {"customer_id": "bob", "engagement_id": "1", "occurred_at": T - DAY, "kind": "site_visit"}
    found = profiles({"transactions": [bought(30), bought(20)], "engagements": [visit]}, config)
    assert sorted(found.index) == ["ann", "bob"]
    assert (found.loc["bob", "activity_days"], found.loc["bob", "known_days"], found.loc["bob", "status"]) == (0, 1, "too_new")
    assert pd.isna(found.loc["bob", "tenure_days"])
