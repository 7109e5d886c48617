"""Who is at risk, who left, and whose row counts how much: literal rows, exact instants."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import Definition
from pipeline.contract.facts import activity_span
from pipeline.contract.tables import COMPANY_INITIATED
from pipeline.errors import ConfigError, DataUnfitError
from pipeline.model.folds import Origin, Plan
from pipeline.model.labels import customers, dates_table, labelled, sampled, share_sampled
from tests.random_rows import BRIEF, CUSTOMERS, FUTURE, MICROSECOND, PAST, tables
from tests.random_rows import T as JUNE
from tests.worlds import Row, Tables, definition, facts

T = datetime(2020, 6, 1)
DAY = timedelta(days=1)
AS_OF = date(2021, 1, 1)


def bought(when: datetime, amount: float = 5, customer: str = "ann", **more: object) -> Row:
    return {"customer_id": customer, "order_id": f"{when} {amount}", "ordered_at": when, "amount": amount} | more


def did(when: datetime, kind: str = "site_visit", **more: object) -> Row:
    return {"customer_id": "ann", "occurred_at": when, "kind": kind} | more


def period(changed_at: datetime, expires_at: datetime | None, status: str = "active", **more: object) -> Row:
    row = {"customer_id": "ann", "subscription_id": "s", "changed_at": changed_at, "status": status, "expires_at": expires_at}
    return row | more


def contacted(when: datetime, arm: str, probability: float | None = None) -> Row:
    return {"customer_id": "ann", "contacted_at": when, "arm": arm, "assignment_probability": probability}


def delivered(when: datetime, arm: str, probability: float) -> Row:
    """In a log that names a campaign after each delivery."""
    day = when.date().isoformat()
    return contacted(when, arm, probability) | {"delivery_id": day, "campaign_id": f"list_{day}"}


def labels(tables: Tables, churn: Definition, t: datetime = T, as_of: date = AS_OF) -> dict[str, tuple[int, float]]:
    """(y, weight) by customer of those at risk at t."""
    with facts(tables, churn) as (connection, _):
        connection.execute(dates_table((t.date(),)))
        rows = connection.execute(labelled(churn, as_of)).fetchall()
        assert all(row[1] == t for row in rows)
        assert len({row[0] for row in rows}) == len(rows)
        return {row[0]: (row[2], row[3]) for row in rows}


def known(tables: Tables, churn: Definition, with_money: bool = True) -> dict[str, dict[str, object]]:
    """What is known of each customer at t."""
    with facts(tables, churn) as (connection, _):
        connection.execute(dates_table((T.date(),)))
        result = connection.execute(customers(churn, T.date(), with_money))
        names = [column[0] for column in result.description]
        rows = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
        assert len({row["customer_id"] for row in rows}) == len(rows)
        return {row["customer_id"]: row for row in rows}


PURCHASE = definition(horizon_days=30, gap_days=7)
STAYED, LEFT = {"ann": (0, 1.0)}, {"ann": (1, 1.0)}

AROUND_THE_WINDOW = [
    (T, LEFT),
    (T + 7 * DAY - MICROSECOND, LEFT),
    (T + 7 * DAY, STAYED),
    (T + 37 * DAY - MICROSECOND, STAYED),
    (T + 37 * DAY, LEFT),
]


@pytest.mark.parametrize(("when", "expected"), AROUND_THE_WINDOW)
def test_a_purchase_counts_from_t_plus_gap_until_before_the_horizon_ends(when: datetime, expected: dict) -> None:
    assert labels({"transactions": [bought(T - DAY), bought(when)]}, PURCHASE) == expected


@pytest.mark.parametrize(("when", "expected"), AROUND_THE_WINDOW)
def test_an_action_counts_in_the_same_window(when: datetime, expected: dict) -> None:
    churn = definition(kind="activity", horizon_days=30, gap_days=7)
    assert labels({"transactions": [], "engagements": [did(T - DAY), did(when)]}, churn) == expected


def test_what_the_company_sends_is_no_activity() -> None:
    churn = definition(kind="activity", horizon_days=30)
    engagements = [did(T - DAY, "chat"), did(T + DAY, "email_sent")]
    assert labels({"transactions": [], "engagements": engagements}, churn) == LEFT
    assert labels({"transactions": [], "engagements": [did(T - DAY, "email_sent")]}, churn) == {}


def test_a_purchase_is_activity_too() -> None:
    churn = definition(kind="activity", horizon_days=30)
    assert labels({"transactions": [bought(T - DAY), bought(T)], "engagements": []}, churn) == STAYED


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (T - MICROSECOND, LEFT),
        (T, {}),
        (T - 365 * DAY, LEFT),
        (T - 365 * DAY - MICROSECOND, {}),
    ],
)
def test_at_risk_is_who_was_active_in_the_active_days_before_t(when: datetime, expected: dict) -> None:
    assert labels({"transactions": [bought(when)]}, PURCHASE) == expected


@pytest.mark.parametrize("amount", [-5, 0])
def test_returns_and_orders_of_no_value_are_no_purchases(amount: float) -> None:
    assert labels({"transactions": [bought(T - DAY), bought(T + 8 * DAY, amount)]}, PURCHASE) == LEFT
    assert labels({"transactions": [bought(T - DAY, amount), bought(T - 9 * DAY, 5, "bob")]}, PURCHASE) == {"bob": (1, 1.0)}


@pytest.mark.parametrize(("is_return", "expected"), [(True, STAYED), (False, LEFT)])
def test_a_returned_line_does_not_undo_its_order_but_a_deduction_does(is_return: bool, expected: dict) -> None:
    lines = [bought(T + 8 * DAY, 5, order_id="o"), bought(T + 8 * DAY, -5, order_id="o", is_return=is_return)]
    assert labels({"transactions": [bought(T - DAY), *lines]}, PURCHASE) == expected


def test_where_no_row_has_an_amount_every_order_is_a_purchase() -> None:
    orders = [bought(T - DAY) | {"amount": None}, bought(T + 8 * DAY) | {"amount": None}]
    assert labels({"transactions": orders}, PURCHASE) == STAYED


@pytest.mark.parametrize(("recorded", "expected"), [(T - MICROSECOND, LEFT), (T, {}), (T + DAY, {})])
def test_a_purchase_recorded_at_t_or_later_does_not_make_its_customer_at_risk(recorded: datetime, expected: dict) -> None:
    assert labels({"transactions": [bought(T - 3 * DAY, recorded_at=recorded)]}, PURCHASE) == expected


def test_a_label_knows_only_what_was_known_before_as_of() -> None:
    later = T + 10 * DAY
    orders = [bought(T - DAY), bought(later, recorded_at=datetime(2020, 8, 1))]
    assert labels({"transactions": orders}, PURCHASE, as_of=date(2020, 8, 1)) == LEFT
    assert labels({"transactions": orders}, PURCHASE, as_of=date(2020, 8, 2)) == STAYED


def test_a_customer_younger_than_the_minimum_tenure_is_not_at_risk() -> None:
    churn = definition(horizon_days=30, min_tenure_days=10)
    assert labels({"transactions": [bought(T - 10 * DAY)]}, churn) == LEFT
    assert labels({"transactions": [bought(T - 10 * DAY + MICROSECOND)]}, churn) == {}


def test_contacted_customers_weigh_nothing_and_those_held_out_stand_for_them() -> None:
    orders = [bought(T - DAY)]
    cases = [
        ([], 1.0),
        ([contacted(T, "contact", 0.9)], 0.0),
        ([contacted(T, "contact")], 0.0),
        ([contacted(T, "holdout", 0.9)], 10.0),
        ([contacted(T, "holdout", 0.75), contacted(T + DAY, "control", 0.5) | {"campaign_id": "another"}], 8.0),
        ([contacted(T + week * 7 * DAY, "holdout", 0.9) for week in range(5)], 10.0),  # one draw, listed week after week
        ([delivered(T + week * 7 * DAY, "holdout", 0.9) for week in range(5)], 10.0),  # the same, each delivery a campaign
        ([delivered(T, "holdout", 0.75), contacted(T + DAY, "holdout", 0.5)], 8.0),
        ([contacted(T, "holdout", 0.75), contacted(T + DAY, "contact", 0.5)], 0.0),
        ([contacted(T, "holdout")], 1.0),
        ([contacted(T - MICROSECOND, "contact")], 1.0),
        ([contacted(T + 37 * DAY - MICROSECOND, "contact")], 0.0),
        ([contacted(T + 37 * DAY, "contact")], 1.0),
    ]
    for contacts, weight in cases:
        seen = labels({"transactions": orders, "contacts": contacts}, PURCHASE)
        assert seen == {"ann": (1, pytest.approx(weight, rel=1e-6))}, contacts


def test_a_label_is_that_of_a_customer_left_alone_until_the_first_contact() -> None:
    cases: list[tuple[list[Row], datetime | None]] = [
        ([], None),
        ([contacted(T + 9 * DAY, "contact"), contacted(T + 3 * DAY, "holdout", 0.9)], T + 3 * DAY),
        ([contacted(T + 3 * DAY, "control"), contacted(T + DAY, "contact", 0.5) | {"campaign_id": "another"}], T + DAY),
        ([contacted(T - MICROSECOND, "contact"), contacted(T, "contact")], T),
        ([contacted(T + 37 * DAY, "contact")], None),
    ]
    for contacts, moment in cases:
        with facts({"transactions": [bought(T - DAY)], "contacts": contacts}, PURCHASE) as (connection, _):
            connection.execute(dates_table((T.date(),)))
            found = connection.execute(f"SELECT first_contact_at FROM ({labelled(PURCHASE, AS_OF)})").fetchall()
        assert found == [(moment,)], contacts


def test_who_refuses_profiling_is_not_learned_from() -> None:
    words: list[Row] = [{"customer_id": "ann", "name": "consent_profiling", "value": "yes", "valid_from": T - 9 * DAY}]
    assert labels({"transactions": [bought(T - DAY)], "attributes": words}, PURCHASE) == LEFT
    words.append({"customer_id": "ann", "name": "consent_profiling", "value": "withdrawn", "valid_from": T + 20 * DAY})
    assert labels({"transactions": [bought(T - DAY)], "attributes": words}, PURCHASE) == {}, "today's word counts for the past"
    words.append({"customer_id": "ann", "name": "consent_profiling", "value": "yes", "valid_from": T + 20 * DAY})
    assert labels({"transactions": [bought(T - DAY)], "attributes": words}, PURCHASE) == {}, (
        "of two words of one date the refusal"
    )


@pytest.mark.parametrize("word", ["N", "no", "No ", "0", "FALSE", "opt-out", "withdrawn", "", None, "maybe", "nein", "-1"])
def test_a_word_that_is_not_a_clear_yes_is_a_refusal(word: str | None) -> None:
    tables: Tables = {
        "transactions": [bought(T - DAY)],
        "attributes": [{"customer_id": "ann", "name": "consent_profiling", "value": word, "valid_from": T - 9 * DAY}],
    }
    assert labels(tables, PURCHASE) == {}
    assert known(tables, PURCHASE)["ann"]["status"] == "no_profiling_consent"


@pytest.mark.parametrize("word", ["Y", "yes", " YES", "1", "TRUE", "True", "on", "given", "Granted"])
def test_a_clear_yes_is_heard_in_any_case(word: str) -> None:
    given: Row = {"customer_id": "ann", "name": "Consent_Profiling ", "value": word, "valid_from": T - 9 * DAY}
    assert known({"transactions": [bought(T - DAY)], "attributes": [given]}, PURCHASE)["ann"]["status"] == "scored"


@pytest.mark.parametrize("name", ["consent_profiling", "Consent_Profiling", " consent_profiling "])
def test_a_withdrawal_newer_than_the_list_is_honoured(name: str) -> None:
    words: list[Row] = [
        {"customer_id": "ann", "name": "consent_profiling", "value": "yes", "valid_from": T - 9 * DAY},
        {"customer_id": "ann", "name": name, "value": "N", "valid_from": T + 10 * DAY},
    ]
    tables: Tables = {"transactions": [bought(T - DAY)], "attributes": words}
    assert known(tables, PURCHASE)["ann"]["status"] == "no_profiling_consent"
    assert labels(tables, PURCHASE, as_of=(T + 5 * DAY).date()) == {}


def test_a_consent_given_later_does_not_reach_back() -> None:
    words: list[Row] = [
        {"customer_id": "ann", "name": "consent_profiling", "value": "no", "valid_from": T - 9 * DAY},
        {"customer_id": "ann", "name": "consent_profiling", "value": "yes", "valid_from": T},
    ]
    tables: Tables = {"transactions": [bought(T - DAY)], "attributes": words}
    assert known(tables, PURCHASE)["ann"]["status"] == "no_profiling_consent"


def test_it_is_known_when_it_became_known_that_a_customer_stayed() -> None:
    late, later = datetime(2020, 8, 1), datetime(2020, 9, 1)
    orders = [
        bought(T - DAY),
        bought(T + 10 * DAY, recorded_at=later),
        bought(T + 20 * DAY, recorded_at=late),
        bought(T + 5 * DAY),  # before the gap is over
        bought(T - DAY, customer="bob"),
    ]
    with facts({"transactions": orders}, PURCHASE) as (connection, _):
        connection.execute(dates_table((T.date(),)))
        query = f"SELECT customer_id, y, kept_known_at FROM ({labelled(PURCHASE, AS_OF)}) ORDER BY 1"
        assert connection.execute(query).fetchall() == [("ann", 0, late), ("bob", 1, None)]


def test_a_label_that_is_not_complete_is_null_though_early_returns_are_known() -> None:
    orders = [bought(T - DAY), bought(T + 10 * DAY), bought(T - DAY, customer="bob")]
    for as_of, y in (((T + 36 * DAY).date(), [None, None]), ((T + 37 * DAY).date(), [0, 1])):
        with facts({"transactions": orders}, PURCHASE) as (connection, _):
            connection.execute(dates_table((T.date(),)))
            rows = connection.execute(
                f"SELECT y, kept_known_at FROM ({labelled(PURCHASE, as_of)}) ORDER BY customer_id"
            ).fetchall()
        assert rows == [(y[0], T + 10 * DAY), (y[1], None)]


RENEWAL = definition(kind="renewal", horizon_days=30, gap_days=7, grace_days=14)
START = T - 300 * DAY
DUE = T + 20 * DAY


def renewals(*rows: Row, **more: list[Row]) -> Tables:
    return {"transactions": [], "subscriptions": list(rows), **more}


@pytest.mark.parametrize(
    ("expires_at", "expected"),
    [
        (T + 7 * DAY - MICROSECOND, {}),
        (T + 7 * DAY, LEFT),
        (T + 37 * DAY - MICROSECOND, LEFT),
        (T + 37 * DAY, {}),
        (T - DAY, {}),
        (None, {}),
    ],
)
def test_at_risk_of_not_renewing_is_whose_period_ends_inside_the_window(expires_at: datetime | None, expected: dict) -> None:
    assert labels(renewals(period(START, expires_at)), RENEWAL) == expected


@pytest.mark.parametrize(
    ("renewed_at", "expected"),
    [
        (T, STAYED),
        (DUE - DAY, STAYED),
        (DUE + 14 * DAY - MICROSECOND, STAYED),
        (DUE + 14 * DAY, LEFT),
    ],
)
def test_a_renewal_counts_until_the_grace_period_ends(renewed_at: datetime, expected: dict) -> None:
    renewed = period(renewed_at, DUE + 365 * DAY, "renewed")
    assert labels(renewals(period(START, DUE), renewed), RENEWAL) == expected


def test_a_change_that_does_not_prolong_cover_is_no_renewal() -> None:
    assert labels(renewals(period(START, DUE), period(T + DAY, DUE, "active", plan="larger")), RENEWAL) == LEFT
    assert labels(renewals(period(START, DUE), period(T + DAY, DUE + 365 * DAY, "cancelled")), RENEWAL) == LEFT


def test_who_renewed_before_t_is_not_due() -> None:
    assert labels(renewals(period(START, DUE), period(T - DAY, DUE + 365 * DAY, "renewed")), RENEWAL) == {}


def test_who_cancelled_before_t_has_already_left_but_a_later_cancellation_is_not_known_yet() -> None:
    assert labels(renewals(period(START, DUE), period(T - MICROSECOND, DUE, "cancelled")), RENEWAL) == {}
    assert labels(renewals(period(START, DUE), period(T, DUE, "cancelled")), RENEWAL) == LEFT


def test_a_cancellation_in_the_same_instant_as_its_period_wins() -> None:
    rows = [period(START, DUE), period(START, DUE, "cancelled")]
    assert labels(renewals(*rows), RENEWAL) == labels(renewals(*reversed(rows)), RENEWAL) == {}


def test_a_second_subscription_that_runs_on_means_not_due() -> None:
    second = period(START, DUE + 100 * DAY, subscription_id="s2")
    assert labels(renewals(period(START, DUE), second), RENEWAL) == {}


def test_a_definition_of_renewal_needs_subscriptions() -> None:
    with (
        pytest.raises(ConfigError, match=r"definition\.kind=renewal needs the table subscriptions"),
        facts({"transactions": [bought(T)]}, RENEWAL),
    ):
        pass


def test_the_status_of_everybody_known() -> None:
    orders = [
        bought(T - 2 * DAY, 10, "scored"),
        bought(T - 20 * DAY, 7, "scored"),
        bought(T - DAY, -4, "scored"),
        bought(T - 365 * DAY - MICROSECOND, 5, "lapsed"),
        bought(T - DAY, 5, "young"),
        bought(T - DAY, 5, "refused"),
        bought(T, 5, "tomorrow"),
        bought(T - DAY, 5, "unrecorded", recorded_at=T),
    ]
    attributes: list[Row] = [
        {"customer_id": "refused", "name": "consent_profiling", "value": "No", "valid_from": T - 2 * DAY},
        {"customer_id": "scored", "name": "consent_profiling", "value": "no", "valid_from": T - 2 * DAY},
        {"customer_id": "scored", "name": "consent_profiling", "value": "yes", "valid_from": T - DAY},
        {"customer_id": "lapsed", "name": "consent_profiling", "value": "yes", "valid_from": T},
        {"customer_id": "undated", "name": "tier", "value": "gold"},
        {"customer_id": "dated", "name": "tier", "value": "gold", "valid_from": T - MICROSECOND},
    ]
    seen = known({"transactions": orders, "attributes": attributes}, definition(min_tenure_days=5))
    assert {customer: row["status"] for customer, row in seen.items()} == {
        "scored": "scored",
        "lapsed": "lapsed",
        "young": "too_new",
        "refused": "no_profiling_consent",
        "dated": "too_new",
    }
    scored = seen["scored"]
    assert (scored["t"], scored["recency_days"], scored["orders_count"], scored["revenue_total"]) == (T, 2, 2, Decimal(13))
    assert (seen["dated"]["recency_days"], seen["dated"]["orders_count"], seen["dated"]["revenue_total"]) == (None, 0, 0)


def test_an_undated_refusal_of_profiling_holds_today() -> None:
    refusal: Row = {"customer_id": "ann", "name": "consent_profiling", "value": "false"}
    assert (
        known({"transactions": [bought(T - DAY)], "attributes": [refusal]}, PURCHASE)["ann"]["status"] == "no_profiling_consent"
    )


def test_the_status_of_subscribers() -> None:
    rows = [
        period(START, DUE, customer_id="due", subscription_id="1"),
        period(START, DUE + 100 * DAY, customer_id="covered", subscription_id="2"),
        period(START, T - MICROSECOND, customer_id="over", subscription_id="3"),
        period(START, DUE, customer_id="gone", subscription_id="4"),
        period(T - DAY, DUE, "cancelled", customer_id="gone", subscription_id="4"),
        period(START, None, customer_id="endless", subscription_id="5"),
    ]
    assert {customer: row["status"] for customer, row in known(renewals(*rows), RENEWAL).items()} == {
        "due": "scored",
        "covered": "not_due",
        "over": "lapsed",
        "gone": "lapsed",
        "endless": "not_due",
    }


def test_without_money_there_is_no_revenue() -> None:
    assert known({"transactions": [bought(T - DAY)]}, PURCHASE, with_money=False)["ann"]["revenue_total"] is None


def test_activity_spans_the_days_known_before_as_of() -> None:
    orders = [bought(T - 9 * DAY), bought(T - 2 * DAY), bought(T + 3 * DAY), bought(T - DAY, -5)]
    with facts({"transactions": orders}) as (connection, _):
        assert activity_span(connection, None) == (date(2020, 5, 23), date(2020, 6, 4))
        assert activity_span(connection, date(2020, 6, 1)) == (date(2020, 5, 23), date(2020, 5, 30))
        with pytest.raises(DataUnfitError, match=r"no activity .* before snapshots.as_of=2020-05-23"):
            activity_span(connection, date(2020, 5, 23))


def _purchases(lines: list[Row]) -> list[tuple[datetime, datetime]]:
    """(date, known at) of one customer's orders: of the parts with money, the one known first opens the order."""
    orders: dict[object, dict[datetime, list[Row]]] = {}
    for line in lines:
        if line["amount"] >= 0:  # type: ignore[operator]
            when, recorded = line["ordered_at"], line["recorded_at"]
            orders.setdefault(line["order_id"], {}).setdefault(max(when, recorded or when), []).append(line)  # type: ignore[type-var, arg-type]
    paid = [
        {known_at: part for known_at, part in parts.items() if sum(line["amount"] for line in part) > 0}  # type: ignore[misc]
        for parts in orders.values()
    ]
    return [(min(line["ordered_at"] for line in parts[min(parts)]), min(parts)) for parts in paid if parts]  # type: ignore[type-var, misc]


def _actions(events: list[Row]) -> list[tuple[datetime, datetime]]:
    own = [event for event in events if event["kind"] not in COMPANY_INITIATED]
    return [(event["occurred_at"], max(event["occurred_at"], event["recorded_at"] or event["occurred_at"])) for event in own]  # type: ignore[type-var, misc]


def _weight(contacts: list[Row], end: datetime) -> float:
    """0 for whoever was contacted; else 1 / (1 - p) for each campaign, whose contacts are one draw, as are all deliveries."""
    chances: dict[object, float] = {}
    for contact in contacts:
        if T <= contact["contacted_at"] < end:  # type: ignore[operator]
            if contact["arm"] == "contact":
                return 0.0
            campaign = contact.get("campaign_id") if contact.get("delivery_id") is None else "deliveries"
            chances[campaign] = max(chances.get(campaign, 0.0), float(contact["assignment_probability"] or 0))  # type: ignore[arg-type]
    weight = 1.0
    for chance in chances.values():
        weight /= 1 - chance
    return weight


@BRIEF
@given(
    tables(st.one_of(PAST, FUTURE), st.one_of(st.none(), PAST, FUTURE), size=40),
    st.sampled_from(["purchase", "activity"]),
    st.integers(0, 20),
)
def test_labels_are_what_loops_over_rows_say(world: Tables, kind: str, gap_days: int) -> None:
    churn = definition(kind=kind, horizon_days=30, gap_days=gap_days, active_days=180)
    begin, end = JUNE + gap_days * DAY, JUNE + (gap_days + 30) * DAY
    expected = {}
    for customer in CUSTOMERS:
        own = {table: [row for row in rows if row["customer_id"] == customer] for table, rows in world.items()}
        moments = _purchases(own["transactions"]) + (_actions(own["engagements"]) if kind == "activity" else [])
        before = [when for when, known_at in moments if known_at < JUNE]
        if before and max(before) >= JUNE - 180 * DAY:
            stayed = any(begin <= when < end and known_at < datetime(2021, 1, 1) for when, known_at in moments)
            expected[customer] = (0 if stayed else 1, pytest.approx(_weight(own["contacts"], end), rel=1e-6))
    zoe = {"customer_id": "zoe", "order_id": "0", "ordered_at": datetime(2010, 1, 1), "amount": 1}
    assert labels(world | {"transactions": [*world["transactions"], zoe]}, churn, JUNE) == expected


WEEKS = [date(2020, 6, 1), date(2020, 6, 8), date(2020, 6, 15)]
OF_THREE = Plan(date(2020, 1, 1), date(2020, 12, 1), (Origin(WEEKS[2], tuple(WEEKS[:2])),), tuple(WEEKS))


def kept_of_twenty(share: float, seed: int = 42) -> dict[date, list[str]]:
    """Who of the customers 0 … 19 is kept at each date."""
    dates = ", ".join(f"(TIMESTAMP '{day}')" for day in WEEKS)
    rows = f"SELECT CAST(c AS VARCHAR) AS customer_id, t FROM range(20) AS r(c), (VALUES {dates}) AS v(t)"
    with facts({"transactions": []}) as (connection, _):
        found = connection.execute(f"{sampled(rows, OF_THREE, share, seed)} ORDER BY t, CAST(customer_id AS INTEGER)").fetchall()
    return {day: [customer for customer, t in found if t.date() == day] for day in WEEKS}


def test_too_many_rows_are_sampled_by_customer_and_date_and_the_test_never_is() -> None:
    everybody = [str(number) for number in range(20)]
    assert kept_of_twenty(0.25) == {
        WEEKS[0]: ["3", "4", "5", "16", "17"],
        WEEKS[1]: ["1", "2", "7", "8", "14", "17", "18"],
        WEEKS[2]: everybody,
    }
    assert kept_of_twenty(0.25, seed=43)[WEEKS[0]] == ["17"]
    assert kept_of_twenty(0.999)[WEEKS[0]] == everybody


@pytest.mark.parametrize(("rows", "share"), [(0, 1.0), (999, 1.0), (1000, 1.0), (1001, 1000 / 1001), (4000, 0.25)])
def test_snapshots_keep_the_share_that_leaves_as_many_rows_as_allowed(rows: int, share: float) -> None:
    assert share_sampled(rows, 1000) == share


def test_a_contact_after_today_changes_no_weight() -> None:
    today = date(2020, 6, 11)
    for when, weight in ((datetime(2020, 6, 10), 0.0), (datetime(2020, 6, 11), 1.0)):
        tables: Tables = {"transactions": [bought(T - DAY)], "contacts": [contacted(when, "contact")]}
        assert labels(tables, PURCHASE, as_of=today) == {"ann": (None, weight)}
