"""Every figure per period on a hand-written shop of about thirty rows, with the arithmetic beside it."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from pipeline.engine import engine
from pipeline.kpis.compute import Figures, figures
from pipeline.kpis.tabulate import Row
from tests.conftest import config_of
from tests.worlds import Tables, write_tables

MARGIN = Decimal("0.5")


def line(who: str, order: str, day: str, amount: int, **more: object) -> dict[str, object]:
    """An order line at noon; half of its amount is margin."""
    when = datetime.fromisoformat(f"2024-{day}T12:00:00")
    return {"customer_id": who, "order_id": order, "line_id": "1", "ordered_at": when, "amount": amount} | {
        "margin": amount * MARGIN, "channel": "web", "category": "tea", "discount": 0} | more  # fmt: skip


def did(who: str, kind: str, day: str, value: object = None, topic: str | None = None) -> dict[str, object]:
    when = datetime.fromisoformat(f"2024-{day}T09:00:00")
    return {"customer_id": who, "kind": kind, "occurred_at": when, "value": value, "topic": topic}


# Active means: bought in the last 60 days. Months January to April; today is 1 May.
SHOP: Tables = {
    "transactions": [
        line("ann", "a1", "01-01", 100), line("ann", "a2", "02-10", 50), line("ann", "a3", "03-10", 80),
        line("ann", "a4", "04-20", 60),
        line("bob", "b1", "01-10", 40),
        line("cem", "c1", "01-20", 20), line("cem", "c2", "04-05", 30, channel="shop"),
        line("dee", "d1", "03-05", 200, discount=50), line("dee", "d2", "03-06", 100), line("dee", "d3", "03-20", -60),
        line("eve", "e1", "03-25", 10, category="cup"),
        line("fay", "f1", "04-30", 5, channel="shop"),
    ],
    "engagements": [
        did("ann", "nps_response", "03-02", 10), did("dee", "nps_response", "03-07", 9), did("bob", "nps_response", "03-08", 7),
        did("eve", "nps_response", "03-26", 3), did("ann", "survey_sent", "03-01"), did("bob", "survey_sent", "03-01"),
        did("cem", "survey_sent", "03-01"),
        did("ann", "email_sent", "03-01"), did("bob", "email_sent", "03-01"), did("dee", "email_sent", "03-09"),
        did("ann", "email_opened", "03-02"), did("ann", "email_clicked", "03-02"), did("dee", "email_opened", "03-30"),
        did("dee", "complaint", "03-08", 4, "delivery"), did("dee", "support_ticket", "03-09", 8, "invoice"),
        did("ann", "site_visit", "03-02"), did("ann", "site_visit", "03-03"), did("dee", "site_visit", "03-03"),
        did("ann", "points_earned", "01-02", 90), did("ann", "points_redeemed", "03-04", 20), did("eve", "referral", "03-28"),
        did("eve", "review", "03-27", 4), did("dee", "review", "03-27", 5),
    ],
    "attributes": [
        {"customer_id": "ann", "name": "country", "value": "IT", "valid_from": None},
        {"customer_id": "bob", "name": "country", "value": "IT", "valid_from": None},
        {"customer_id": "dee", "name": "country", "value": "FR", "valid_from": None},
        {"customer_id": "ann", "name": "tier", "value": "blue", "valid_from": datetime(2024, 1, 1)},
        {"customer_id": "ann", "name": "tier", "value": "gold", "valid_from": datetime(2024, 3, 15)},
    ],
}  # fmt: skip
SHORT = ("definition.active_days=60", "snapshots.as_of=2024-05-01", "kpis.point_value=0.1")


def figures_of(
    tables: Tables, *overrides: str, by: tuple[str, ...] = ("country", "channel", "category", "tier", "cohort")
) -> Figures:
    with TemporaryDirectory() as folder, engine() as connection:
        return figures(connection, write_tables(Path(folder), tables), config_of(*SHORT, *overrides), by)


def by_metric(found: Figures, period: str, dimension: str = "all", value: str = "all") -> dict[str, Row]:
    return {row.metric: row for row in found.rows if (row.period, row.dimension, row.value) == (period, dimension, value)}


@pytest.fixture(scope="module")
def shop() -> Figures:
    return figures_of(SHOP)


def flow(rows: dict[str, Row]) -> tuple[int, ...]:
    names = ("start", "acquired", "reactivated", "retained", "lost", "end")
    return tuple(int(rows[f"customers_{name}"].figure) for name in names)


def test_customers_flow_from_month_to_month(shop):
    # February 1: active since 3 December are ann, bob, cem. March 1 looks back to 1 January: ann, bob, cem again.
    # April 1 looks back to 1 February: ann, dee, eve; bob and cem are lost in March. cem comes back on 5 April, fay is new;
    # May 1 looks back to 2 March: ann, dee (March 6), eve, cem, fay.
    assert flow(by_metric(shop, "2024-01")) == (0, 3, 0, 0, 0, 3)
    assert flow(by_metric(shop, "2024-02")) == (3, 0, 0, 3, 0, 3)
    assert flow(by_metric(shop, "2024-03")) == (3, 2, 0, 1, 2, 3)
    assert flow(by_metric(shop, "2024-04")) == (3, 1, 1, 3, 0, 5)


def test_rates_and_their_textbook_variants(shop):
    march = by_metric(shop, "2024-03")
    assert march["retention_rate"].figure == pytest.approx(1 / 3)
    assert march["churn_rate"].figure == pytest.approx(2 / 3)
    assert march["retention_rate_textbook"].figure == pytest.approx((3 - 2) / 3)
    assert march["churn_rate_textbook"].figure == pytest.approx((3 - 3) / 3)
    april = by_metric(shop, "2024-04")
    assert april["retention_rate"].figure == 1
    assert april["retention_rate_textbook"].figure == pytest.approx((5 - 1) / 3), "cem came back: the textbook says 133 %"
    assert march["lifetime_periods"].figure == pytest.approx(3 / 2)
    assert march["lifetime_days"].figure == 0, "bob and cem had bought once"


def test_what_was_bought(shop):
    march = {name: row.figure for name, row in by_metric(shop, "2024-03").items()}
    # ann 80, dee 200 + 100 − 60, eve 10
    assert march["revenue_net"] == 330
    assert (march["revenue_gross"], march["revenue_returned"], march["margin_net"]) == (390, 60, 165)
    assert (march["buyers"], march["orders"]) == (3, 4)
    assert march["repeat_purchase_rate"] == pytest.approx(1 / 3), "dee"
    assert march["purchase_frequency"] == pytest.approx(4 / 3)
    assert march["average_transaction_value"] == pytest.approx(330 / 4)
    assert march["repeat_revenue_share"] == pytest.approx(80 / 330)
    assert march["returning_buyer_share"] == pytest.approx(1 / 3)
    assert march["return_share"] == pytest.approx(60 / 390)
    assert march["discount_share"] == pytest.approx(50 / 440)
    assert march["top20_revenue_share"] == pytest.approx(240 / 330), "the top fifth of three is one: dee"
    # February had 50 of ann; in January ann 100, bob 40, cem 20
    assert march["gross_revenue_retention"] == pytest.approx(50 / 50)
    assert march["net_revenue_retention"] == pytest.approx(80 / 50)
    assert by_metric(shop, "2024-02")["net_revenue_retention"].figure == pytest.approx(50 / 160)
    # to the end of March: 160 + 50 + 330 of ann, bob, cem, dee, eve
    assert march["revenue_to_date_per_customer"] == pytest.approx(540 / 5)
    assert march["clv_historical"] == pytest.approx(270 / 5)


def test_what_was_said_and_done(shop):
    march = {name: row.figure for name, row in by_metric(shop, "2024-03").items()}
    # present: ann, bob, cem, dee, eve; answers 10, 9, 7, 3
    assert march["nps"] == pytest.approx(100 * (2 - 1) / 4)
    assert (march["nps_promoters"], march["nps_passives"], march["nps_detractors"]) == (0.5, 0.25, 0.25)
    assert march["nps_response_rate"] == pytest.approx(2 / 3), "ann and bob of ann, bob and cem"
    assert march["nps_silent_share"] == pytest.approx(1 / 5), "cem"
    assert march["review_score"] == 4.5
    assert march["email_open_rate"] == pytest.approx(2 / 3)
    assert march["email_click_rate"] == pytest.approx(1 / 3)
    assert march["email_click_to_open"] == pytest.approx(1 / 2)
    assert march["visits"] == 3
    assert march["engaged_share"] == pytest.approx(4 / 5)
    assert march["complaints_per_100"] == 100 * 1 / 5
    assert march["tickets_per_100"] == 100 * 1 / 5
    assert (march["hours_to_resolve"], march["hours_to_resolve_median"]) == (6, 6)
    assert march["members"] == 1, "ann, since January"
    assert march["reward_cost_share"] == pytest.approx(20 * 0.1 / 40)
    assert march["referrals_per_100"] == 100 * 1 / 5
    # own days: ann 2, 3, 4 March; dee 3, 7, 8, 9, 27, 30; bob 8; eve 26, 27, 28 -> 3 + 6 + 1 + 3 over 31 days
    assert march["dau"] == pytest.approx(13 / 31)
    # weeks from 1 March: ann 1; dee 1, 2, 4 (27 March); bob 2; eve 4 -> 6 of 4 weeks (29–31 March are in no whole week)
    assert march["wau"] == pytest.approx(6 / 4)
    assert march["mau"] == 4


def test_tickets_and_complaints_by_topic(shop):
    topics = {row.value for row in shop.rows if row.dimension == "topic"}
    assert topics == {"delivery", "invoice"}
    # of five present in March dee complained about a delivery (4 hours) and asked about an invoice (8 hours)
    delivery = {name: row.figure for name, row in by_metric(shop, "2024-03", "topic", "delivery").items()}
    assert delivery == {
        "tickets_per_100": 0, "complaints_per_100": 20, "hours_to_resolve": 4, "hours_to_resolve_median": 4,
    }  # fmt: skip
    assert by_metric(shop, "2024-03", "topic", "invoice")["tickets_per_100"].figure == 20
    april = by_metric(shop, "2024-04", "topic", "invoice")
    assert (april["tickets_per_100"].figure, april["hours_to_resolve_median"].figure) == (0, None)


def test_the_median_is_not_the_mean_and_stands_in_every_cell():
    said = [did("ann", "complaint", f"03-0{day}", hours) for day, hours in ((1, 1), (2, 2), (3, 30))]
    found = figures_of(SHOP | {"engagements": [*said, did("dee", "support_ticket", "03-09", 7)]}, by=("country",))
    everybody = by_metric(found, "2024-03")
    assert (everybody["hours_to_resolve"].figure, everybody["hours_to_resolve_median"].figure) == (10, 4.5)
    assert everybody["hours_to_resolve_median"].numerator is None
    assert everybody["hours_to_resolve_median"].denominator == 4
    assert by_metric(found, "2024-03", "country", "IT")["hours_to_resolve_median"].figure == 2, "ann"
    assert not [row for row in found.rows if row.dimension == "topic"], "nobody gave a topic"


def test_dimensions_split_customers_and_add_up(shop):
    assert flow(by_metric(shop, "2024-03", "country", "IT")) == (2, 0, 0, 1, 1, 1)
    assert flow(by_metric(shop, "2024-03", "country", "(unknown)")) == (1, 1, 0, 0, 1, 1)
    assert by_metric(shop, "2024-03", "country", "IT")["retention_rate"].mark == "small undated"
    assert by_metric(shop, "2024-03", "tier", "blue")["revenue_net"].figure == 80, "ann was blue when March began"
    assert by_metric(shop, "2024-04", "tier", "gold")["revenue_net"].figure == 60
    assert by_metric(shop, "2024-04", "channel", "web")["revenue_net"].figure == 60 + 30, "cem had bought on the web before"
    assert by_metric(shop, "2024-04", "channel", "shop")["revenue_net"].figure == 5, "fay's first is in a shop"
    assert by_metric(shop, "2024-04", "cohort", "2024-01")["customers_end"].figure == 2, "ann and cem"
    for dimension in ("country", "channel", "category", "tier", "cohort"):
        for metric in ("customers_start", "customers_lost", "revenue_net", "orders", "visits"):
            cells = [r for r in shop.rows if r.dimension == dimension and r.metric == metric and r.period == "2024-03"]
            assert sum(cell.figure for cell in cells) == by_metric(shop, "2024-03")[metric].figure, (dimension, metric)


def test_incomplete_periods_are_marked(shop):
    marks = {row.period: row.mark for row in shop.rows if row.dimension == "all" and row.metric == "retention_rate"}
    # January begins with the data; 60 days before 1 March begin on 1 January
    assert marks == {"2024-01": "truncated small empty", "2024-02": "truncated small", "2024-03": "small", "2024-04": "small"}
    half = figures_of(SHOP, "snapshots.as_of=2024-04-16", by=())
    assert by_metric(half, "2024-04")["revenue_net"].mark == "partial"
    assert by_metric(half, "2024-04")["customers_end"].figure == 4, "cem is back; fay has not come yet"
    assert by_metric(half, "2024-04")["mau"].figure is None, "28 days are not over"


@pytest.mark.parametrize(
    ("period", "labels"),
    [
        ("quarter", ["2024-Q1", "2024-Q2"]),
        ("year", ["2024"]),
        ("90", ["2023-11-03", "2024-02-01"]),
        ("week", [f"2024-W{number:02d}" for number in range(1, 19)]),
    ],
)
def test_any_length_of_period(period, labels):
    found = figures_of(SHOP, f"kpis.period={period}", by=("cohort",))
    assert [span.label for span in found.grid.spans] == labels
    assert sum(row.figure for row in found.rows if row.metric == "revenue_net" and row.dimension == "all") == 635


def test_what_a_source_lacks_is_absent_with_a_reason():
    bare = {"transactions": [{**row, "amount": None, "margin": None, "is_return": False} for row in SHOP["transactions"]]}
    found = figures_of(bare)
    assert found.absent["revenue_net"] == "needs transactions.amount, which this source lacks"
    assert found.absent["nps"] == "needs engagements:nps_response, which this source lacks"
    assert found.absent["country"] == "needs attributes:country, which this source lacks"
    assert not {"revenue_net", "nps"} & {row.metric for row in found.rows}
    assert by_metric(found, "2024-04")["orders"].figure == 3


def test_intervals_are_those_of_the_textbooks(shop):
    row = by_metric(shop, "2024-03")["retention_rate"]
    # Wilson 1927 for 1 of 3, z = 1.96: (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n)
    assert (row.low, row.high) == (pytest.approx(0.0615, abs=1e-4), pytest.approx(0.7923, abs=1e-4))
    nps = by_metric(shop, "2024-03")["nps"]
    # scores 1, 1, 0, −1: mean .25, variance (3 − 4 · .25²) / 3 = 11/12, half width 1.96 √(11/48)
    assert (nps.low, nps.high) == (pytest.approx(25 - 93.83, abs=0.01), pytest.approx(25 + 93.83, abs=0.01))


def test_today_is_not_the_clock():
    assert figures_of(SHOP, "snapshots.as_of=null", by=()).grid.as_of == date(2024, 5, 1)
