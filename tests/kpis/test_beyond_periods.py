"""Cohorts, survival, segments, reasons, worth and contracts on worlds small enough to count by hand."""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from math import exp, log, sqrt
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engine import engine
from pipeline.errors import ConfigError
from pipeline.kpis.compute import figures
from pipeline.kpis.rfm import NEW, SEGMENTS
from pipeline.kpis.summary import summary
from pipeline.kpis.survival import kaplan_meier
from pipeline.statistics.intervals import mean_difference, risk_difference, wilson
from tests.conftest import config_of
from tests.kpis.test_figures import SHOP, SHORT, line
from tests.worlds import Tables, write_tables


def told(tables: Tables, *overrides: str, by: tuple[str, ...] = ()) -> dict:
    with TemporaryDirectory() as folder, engine() as connection:
        config = config_of(*SHORT, *overrides)
        found = figures(connection, write_tables(Path(folder), tables), config, by)
        return {"rows": found.rows, **json.loads(json.dumps(summary(connection, found, config), allow_nan=False))}


@pytest.fixture(scope="module")
def shop() -> dict:
    return told(SHOP)


def test_cohorts_follow_the_months_of_first_purchase(shop):
    january, march, april = shop["cohorts"]["rows"]
    # ann, bob, cem in January; ann comes back in February, March and April, cem in April
    assert (january["cohort"], january["customers"], january["active"]) == ("2024-01", 3, [3, 1, 1, 2])
    assert january["revenue"] == [160, 50, 80, 90]
    assert (march["customers"], march["active"], march["revenue"]) == (2, [2, 0], [250, 0])
    assert (april["customers"], april["active"]) == (1, [1])
    # age 1 has been reached by January and March: 1 of 5 active, 50 + 0 of revenue
    one = shop["cohorts"]["pooled"][1]
    assert (one["customers"], one["share"], one["revenue_per_customer"]) == (5, 0.2, 10)
    assert (one["low"], one["high"]) == pytest.approx(wilson(1, 5))


def test_kaplan_meier_is_the_product_of_what_is_left():
    # five lives: one ends on day 1, one is censored on day 2, two end on day 3, one is censored on day 5
    curve = kaplan_meier([(1, 1, 0), (2, 0, 1), (3, 2, 0), (5, 0, 1)])
    assert [(p["day"], p["at_risk"]) for p in curve] == [(1, 5), (3, 3)]
    assert curve[0]["share"] == pytest.approx(4 / 5)
    assert curve[1]["share"] == pytest.approx(4 / 5 * 1 / 3)
    half = 1.959963984540054 * sqrt(1 / (5 * 4) + 2 / (3 * 1)) / -log(4 / 15)
    assert (curve[1]["low"], curve[1]["high"]) == (pytest.approx((4 / 15) ** exp(half)), pytest.approx((4 / 15) ** exp(-half)))


@given(st.lists(st.tuples(st.integers(0, 50), st.booleans()), min_size=1, max_size=60))
def test_survival_only_falls_and_is_the_plain_share_without_censoring(lives):
    counts = [(day, 1 - censored, int(censored)) for day, censored in lives]
    merged = [(d, sum(e for x, e, _ in counts if x == d), sum(c for x, _, c in counts if x == d)) for d, *_ in {c[:1]: c for c in counts}.values()]  # fmt: skip # noqa: E501
    curve = kaplan_meier(merged)
    shares = [point["share"] for point in curve]
    assert shares == sorted(shares, reverse=True)
    assert all(0 <= p["low"] <= p["share"] + 1e-12 and p["share"] <= p["high"] + 1e-12 <= 1 + 1e-9 for p in curve)
    if not any(censored for _, censored in lives):
        for point in curve:
            assert point["share"] == pytest.approx(sum(day > point["day"] for day, _ in lives) / len(lives))


def test_a_life_ends_when_the_silence_is_too_long(shop):
    # 60 days of silence: bob from 10 January ends after 60 days, cem after 60 too (20 January to 5 April are 76);
    # ann, dee, eve, fay live on
    assert (shop["survival"]["customers"], shop["survival"]["events"]) == (6, 2)
    # all six are at risk until day 37 (fay 1, eve 37 and dee 57 days old are censored before): (3 − 2) / 3 on day 60
    assert shop["survival"]["curve"][2]["share"] == pytest.approx(1 / 3)


def test_time_to_the_second_purchase(shop):
    # ann after 40 days, cem after 76, dee after 1; bob 112, eve 37 and fay 1 days waiting
    second = shop["second_purchase"]
    assert (second["customers"], second["events"]) == (6, 3)
    # day 1: 1 of 6; then fay and eve leave the risk set: day 40: 1 of 3; day 76: 1 of 2
    assert {w["days"]: w["share"] for w in second["within"]} == {
        30: pytest.approx(1 / 6), 60: pytest.approx(1 - 5 / 6 * 2 / 3), 90: pytest.approx(1 - 5 / 6 * 2 / 3 / 2),
    }  # fmt: skip


def test_fifths_of_ten_customers_and_who_moves(shop):
    # ten customers; customer n buys first on day n, for 10 n: n is the place in recency and in money, all have one order
    lines = [line(f"c{n}", f"o{n}", f"01-{n:02d}", 10 * n) for n in range(1, 11)]
    # in February c1 buys again, three times: now it leads in recency and frequency
    lines += [line("c1", f"again{n}", f"02-{n:02d}", 500) for n in (10, 11, 12)]
    world = told({"transactions": lines}, "snapshots.as_of=2024-03-01")
    january = {row["segment"]: row["customers"] for row in world["rfm"]["sizes"] if row["period"] == "2024-01"}
    # recency fifths 1 1 2 2 3 3 4 4 5 5; frequency all equal: 1; money as recency; fm = (1 + 1 + m) // 2
    # c1–c4: r < 3, fm < 3: hibernating; c5, c6: r = 3, fm = 2: promising; c7–c10: r ≥ 4, fm = 3: loyal
    assert january == {"champions": 0, "loyal": 4, "new": 0, "promising": 2, "at_risk": 0, "hibernating": 4}
    moves = [(m["from"], m["to"], m["customers"]) for m in world["rfm"]["moves"] if m["period"] == "2024-02"]
    # c1: r 5, f 5, m 5: champion; c2, c3 now in the lowest fifth of recency, c10 is ninth: r 5
    assert ("hibernating", "champions", 1) in moves
    assert sum(n for *_, n in moves) == 10
    assert {a for a, *_ in moves} <= {*SEGMENTS, NEW}


def test_lost_customers_are_compared_with_retained_ones():
    # 40 of A complained in January and were silent afterwards, 60 of B bought every month; 10 of B complained in March
    lines = [line(f"a{n}", f"a{n}", "01-01", 10) for n in range(40)]
    lines += [line(f"b{n}", f"b{n}-{m}", f"{m:02d}-01", 10) for n in range(60) for m in (1, 2, 3, 4)]
    who = [(f"a{n}", datetime(2024, 1, 10)) for n in range(40)] + [(f"b{n}", datetime(2024, 3, 10)) for n in range(10)]
    complaints = [{"customer_id": c, "kind": "complaint", "occurred_at": day, "topic": "delivery", "value": 2} for c, day in who]
    world = told({"transactions": lines, "engagements": complaints})["leaving"]
    # lost on 1 March (silent since 1 January, 60 days); the past of February begins before the data, April has no lost
    assert (world["lost"], world["retained"]) == (40, 60), "B was retained in March and in April, and counts once, in April"
    complained = next(row for row in world["differences"] if row["trait"] == "complained")
    # the past of April are February and March
    assert (complained["lost"], complained["retained"]) == (1.0, pytest.approx(10 / 60))
    assert (complained["effect"], complained["low"], complained["high"]) == pytest.approx(risk_difference(40, 40, 10, 60))
    assert {row["trait"] for row in world["differences"]} >= {"topic=delivery", "actions"}, "orders vary in neither group"
    assert all(row["low"] > 0 or row["high"] < 0 for row in world["differences"])


def test_buying_less_does_not_look_like_buying_at_fewer_discounts():
    # everybody buys every second time at a discount: A four times until March, then no more; B every month twice
    def pair(who: str, month: int) -> list[dict[str, object]]:
        return [line(who, f"{who}-{month}-{n}", f"{month:02d}-0{n}", 10, discount=n - 1) for n in (1, 2)]

    lines = [row for n in range(40) for row in pair(f"a{n}", 1)]
    lines += [row for n in range(40) for month in (1, 2, 3, 4) for row in pair(f"b{n}", month)]
    world = told({"transactions": lines})["leaving"]
    assert (world["lost"], world["retained"]) == (40, 40)
    assert "discounted" not in {row["trait"] for row in world["differences"]}


def test_differences_have_the_intervals_of_the_textbooks():
    # Newcombe 1998, table II: 56/70 − 48/80 is .20, method 10: .0524 to .3339
    assert risk_difference(56, 70, 48, 80) == (
        pytest.approx(0.2),
        pytest.approx(0.0524, abs=5e-5),
        pytest.approx(0.3339, abs=5e-5),
    )
    # 1, 2, 3 against 3, 4, 5: means 2 and 4, pooled variance 1: d = −2, half width 1.96 √(6/9 + 4/12)
    d, low, high = mean_difference((6, 14, 3), (12, 50, 3)) or (0, 0, 0)
    assert (d, high - d, d - low) == (pytest.approx(-2), pytest.approx(1.96, abs=1e-3), pytest.approx(1.96, abs=1e-3))


def test_five_points_of_retention_in_money():
    # 100 customers bought for 10 on 1 January, 80 of them again for 10 on 1 April; today is 1 July, 182 days later
    lines = [line(f"c{n}", f"x{n}", "01-01", 10) for n in range(100)]
    lines += [line(f"c{n}", f"y{n}", "04-01", 10) for n in range(80)]
    world = told({"transactions": lines}, "snapshots.as_of=2024-07-01", "definition.active_days=92",
                 "snapshots.max_stale_days=365")["worth"]  # fmt: skip
    # of 100 active on 2 April (since 1 January), 80 are active on 1 July (since 31 March)
    assert (world["unit_days"], world["customers"], world["retention"]) == (90, 100, 0.8)
    # months of life: 10, 0, 0, 8, 0, 0 per customer; month 3 is 3 · 30.4375 / 90 units old: 8 · (.85 / .8)^1.0146
    more = 8 * ((0.85 / 0.8) ** (3 * 30.4375 / 90) - 1)
    assert world["revenue"]["months"] == 6
    assert world["revenue"]["per_customer_more"] == pytest.approx(more)
    assert world["revenue"]["more_share"] == pytest.approx(more / 18)
    assert world["margin"]["per_customer_more"] == pytest.approx(more / 2)


def change(who: str, day: str, status: str, until: str | None, price: int = 0, plan: str = "basic") -> dict[str, object]:
    return {
        "customer_id": who, "subscription_id": who, "changed_at": datetime.fromisoformat(f"2024-{day}"), "status": status,
        "plan": plan, "started_at": datetime(2024, 1, 1), "price": price,
        "expires_at": datetime.fromisoformat(f"2024-{until}") if until else None,
    }  # fmt: skip


def test_contracts_are_renewed_lost_and_won_from_trials():
    # ann pays 30 a month and renews, then 60; bob lets a month end on 1 March; cem's trial becomes a month, dee's does not
    log = [
        change("ann", "01-01", "active", "02-01", 31), change("ann", "02-01", "renewed", "03-01", 29),
        change("ann", "03-01", "renewed", "04-01", 62), change("ann", "04-01", "renewed", "06-01", 61),
        change("bob", "01-01", "active", "02-01", 31), change("bob", "02-01", "renewed", "03-01", 29),
        change("cem", "01-15", "trial", "02-15"), change("cem", "02-15", "active", "06-15", 121),
        change("dee", "01-20", "trial", "02-20"), change("dee", "02-10", "cancelled", "02-20"),
    ]  # fmt: skip
    world = told(
        {"transactions": [line("ann", "1", "01-01", 31)], "subscriptions": log}, "definition.kind=renewal",
        "definition.grace_days=14", "snapshots.as_of=2024-05-01", "snapshots.max_stale_days=60",
    )  # fmt: skip
    rows = {(r.metric, r.period): r for r in world["rows"] if r.dimension == "all"}
    assert (rows["terms_due", "2024-02"].figure, rows["renewal_rate", "2024-02"].figure) == (2, 1), "ann and bob on 1 February"
    assert rows["renewal_rate", "2024-03"].figure == 0.5, "ann renews on 1 March, bob does not"
    assert rows["trial_conversion_rate", "2024-02"].figure == 0.5, "cem, not dee"
    # paid periods at 1 March (running to it or longer): ann, bob, cem; at 1 April: ann, cem
    assert (rows["subscribers_start", "2024-03"].figure, rows["logo_churn_rate", "2024-03"].figure) == (3, pytest.approx(1 / 3))
    month = Decimal("30.4375")
    start = [month * 29 / 29, month * 29 / 29, month * 121 / 121]  # ann and bob 29 for 29 days, cem 121 for 121
    assert rows["mrr_start", "2024-03"].figure == pytest.approx(float(sum(start)))
    assert rows["revenue_churn_rate", "2024-03"].figure == pytest.approx(1 / 3), "bob"
    assert rows["net_mrr_retention", "2024-03"].figure == pytest.approx((2 + 0 + 1) / 3), "ann pays 62 for 31 days"
    # active at 1 April: ann, cem; they stay
    assert (rows["customers_start", "2024-04"].figure, rows["customers_end", "2024-04"].figure) == (2, 2)
    # a life: bob's ends on 1 March plus 14 days of grace; dee's trial, cancelled on 10 February, 14 days after that
    assert (world["survival"]["customers"], world["survival"]["events"]) == (4, 2)


def _monthly(log: list[dict[str, object]], as_of: str = "2024-08-01") -> dict[tuple[str, str], float | None]:
    world = told(
        {"subscriptions": log}, "definition.kind=renewal", "definition.grace_days=14", f"snapshots.as_of={as_of}",
        "snapshots.max_stale_days=365", by=(),
    )  # fmt: skip
    return {(r.metric, r.period): r.figure for r in world["rows"] if r.dimension == "all"}


def test_an_upgrade_within_a_year_is_no_churn():
    # 120 for the year (366 days), from 15 March 240 for it
    year = [change("ann", "01-01", "active", "12-31", 120), change("ann", "03-15", "active", "12-31", 240)]
    figures = _monthly(year)
    assert figures["mrr_start", "2024-03"] == pytest.approx(120 * 30.4375 / 365, abs=1e-4)
    assert figures["mrr_start", "2024-04"] == pytest.approx(240 * 30.4375 / 365, abs=1e-4)
    assert (figures["revenue_churn_rate", "2024-03"], figures["net_mrr_retention", "2024-03"]) == (0, pytest.approx(2, abs=1e-4))


def test_a_term_that_another_takes_the_place_of_is_not_due():
    # basic until 1 March, on 1 February changed to pro until the same day, and not renewed: one term, lost
    figures = _monthly([change("ann", "01-01", "active", "03-01", 60), change("ann", "02-01", "active", "03-01", 90, "pro")])
    assert (figures["terms_due", "2024-03"], figures["renewal_rate", "2024-03"]) == (1, 0)


def test_a_paid_month_begins_when_it_says_so():
    # a trial until 31 January, converted on 20 January, paid from then to 20 February: 31 for 31 days
    trial, paid = change("ann", "01-01", "trial", "01-31"), change("ann", "01-20", "active", "02-20", 31)
    figures = _monthly([trial, paid | {"started_at": datetime(2024, 1, 20)}])
    assert figures["mrr_start", "2024-02"] == pytest.approx(30.4375)


def test_a_contract_without_an_end_has_no_monthly_revenue_and_none_is_lost():
    figures = _monthly([change("ann", "01-01", "active", "02-01", 31), change("ann", "02-01", "renewed", None, 31)])
    assert (figures["mrr_start", "2024-02"], figures["revenue_churn_rate", "2024-02"]) == (pytest.approx(30.4375), None)
    assert figures["subscribers_start", "2024-03"] == 1


def test_a_pass_of_a_day_is_a_day():
    day = change("ann", "01-10", "active", "01-10", 5) | {"changed_at": datetime(2024, 1, 10, 8)}
    figures = _monthly([day | {"started_at": datetime(2024, 1, 10, 8), "expires_at": datetime(2024, 1, 10, 20)}])
    assert (figures["terms_due", "2024-01"], figures["renewal_rate", "2024-01"]) == (1, 0)


def test_who_pays_for_one_thing_has_not_converted_the_trial_of_another():
    month = [change("ann", f"0{m}-01", "renewed" if m > 1 else "active", f"0{m + 1}-01", 30) for m in range(1, 7)]
    other = change("ann", "03-05", "trial", "04-05") | {"subscription_id": "extra"}
    assert _monthly([*month, other])["trial_conversion_rate", "2024-04"] == 0
    alone = [change("bob", "03-05", "trial", "04-05"), change("bob", "04-05", "active", "05-05", 9) | {"subscription_id": "paid"}]
    assert _monthly(alone)["trial_conversion_rate", "2024-04"] == 1, "the first thing bob pays for"


def test_targets_are_met_missed_or_open():
    values = {"retention_rate": 0.9, "revenue_net": 90.0, "orders": 100.0, "reward_cost_share": 0.1, "churn_rate": 0.5}
    wanted = [f"+kpis.targets.{name}={value}" for name, value in values.items()]
    statuses = {t["metric"]: t["status"] for t in told(SHOP, *wanted, "kpis.point_value=null")["targets"]}
    # April: 3 of 3 retained (interval from .44: 0.9 and 0.5 lie inside), revenue 95, 3 orders
    assert statuses == {
        "retention_rate": "open", "revenue_net": "met", "orders": "missed", "reward_cost_share": "absent", "churn_rate": "open",
    }  # fmt: skip


@pytest.mark.parametrize("target", ["retention=0.5", "top20_revenue_share=0.5", "retention_rate=98", "tier=1", "nps=.nan"])
def test_a_target_that_makes_no_sense_is_refused(target):
    with pytest.raises(ConfigError, match=rf"kpis\.targets\.{target.split('=')[0]}"):
        told(SHOP, f"+kpis.targets.{target}")


def test_reasons_stated_are_counted():
    said = [{"customer_id": c, "name": "cancel_reason", "value": v, "valid_from": datetime(2024, 3, 1) + timedelta(days=n)}
            for n, (c, v) in enumerate([("ann", "price"), ("bob", "price"), ("cem", "service")])]  # fmt: skip
    reasons = told({**SHOP, "attributes": said})["cancel_reasons"]
    assert reasons == {"reasons": [{"reason": "price", "customers": 2}, {"reason": "service", "customers": 1}]}
    again = [
        *said,
        said[0] | {"value": "moved", "valid_from": datetime(2024, 3, 9)},
        said[1] | {"valid_from": datetime(2024, 6, 1)},
    ]
    changed = told({**SHOP, "attributes": again})["cancel_reasons"]["reasons"]
    assert [(row["reason"], row["customers"]) for row in changed] == [("moved", 1), ("price", 1), ("service", 1)], (
        "until today, once each"
    )
    assert told(SHOP)["cancel_reasons"] == {"absent": "needs attributes:cancel_reason, which this source lacks"}
