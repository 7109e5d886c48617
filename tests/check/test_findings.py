"""Every finding on literal figures: the sentence when it is found, nothing one step before."""

from __future__ import annotations

import pytest

from pipeline.check.findings import SEVERITIES, listed, percent
from pipeline.check.fitness import CHECKS
from pipeline.counted import counted

PURCHASE, RENEWAL = {"definition": {"kind": "purchase"}}, {"definition": {"kind": "renewal"}}


def table(**changes: object) -> dict:
    """One table's figures, nothing wrong with it; `changes` go over them."""
    calm = {"rows_in": 1000, "rows": 1000, "customers": 10, "quarantined": {}, "row_warnings": {}, "missing": {}}
    return calm | {"mapped": [], "mapped_everywhere": [], "constant": [], "single_valued": []} | changes


def transactions(**changes: object) -> dict:
    return PURCHASE | {"tables": {"transactions": table(**changes)}, "attributes": {"single_valued": []}}


def engagements(**changes: object) -> dict:
    return PURCHASE | {"tables": {"engagements": table(**changes)}}


def risk(lost: int, kept: int, rate: float | None = 0.5, **more: int) -> dict:
    return {
        "t": "2024-06-01",
        "at_risk": lost + kept,
        "contacted": 0,
        "lost": lost,
        "kept": kept,
        "churn_rate": rate,
        "auc_half_width": 0.0588,
    } | more


def at_risk(**snapshots: dict) -> dict:
    return {"classes": {"test": risk(300, 300), "train": risk(300, 300)} | snapshots}


def planned(number: int, asked: int = 12, problem: str | None = None) -> dict:
    return {"plan": {"training_snapshots": number, "asked": asked, "problem": problem}}


def orders(kind: str = "purchase", **changes: object) -> dict:
    calm = {"customers": 200, "share_with_one_order": 0.2, "lines_with_amount": 100, "lines_of_zero": 0}
    return {"definition": {"kind": kind}, "orders": calm | {"revenue_positive": 100.0, "revenue_negative": -10.0} | changes}


def known(table_: str, customers: int, without: int, kind: str = "purchase") -> dict:
    return {
        "definition": {"kind": kind},
        "tables": {table_: table(customers=customers)},
        "without_orders": {table_: without},
    }


def begun(first: int, following: float, long_enough: bool = True) -> dict:
    figures = {"days": 30, "first": first, "following": following, "long_enough": long_enough}
    return {"beginning": figures, "orders": {"customers": 500}}


def named(**changes: object) -> dict:
    """Figures of 1,000 customers' identifiers, nothing wrong with them; `changes` go over them."""
    calm = {"orders": 5000, "nobody": [], "largest": 40, "usual_large": 20, "spellings": 0, "spelt_customers": 0}
    calm |= {"spelt_between": {"attributes": {"customers": 1000, "alike": 0}}, "order_ids": 5000, "order_ids_shared": 0}
    return {"tables": {"transactions": table(customers=1000)}, "identifiers": calm | changes}


def copied(revenue: float, mere_days: bool = False) -> dict:
    return {"copies": {"lines": 30, "revenue": revenue, "sold": 10000.0, "mere_days": mere_days}}


def monthly(*medians: float, mix: int | None = None) -> dict:
    return {"months": [{"month": f"2024-0{k}", "median": median, "mix": mix} for k, median in enumerate(medians, start=1)]}


def refusing(refuse: int, everybody: int = 3000) -> dict:
    words = ["true", "1", "yes"]
    return {"consent": {"would_be_at_risk": everybody, "refuse_profiling": refuse, "words": words}}


def doubted(rule: str, rows: int) -> dict:
    return transactions(row_warnings={rule: {"rows": rows, "sentence": "it is doubtful", "example": "5.0"}})


def series(name: str = "orders", **changes: object) -> dict:
    calm = {"usual_week": 70.0, "gaps": [], "shifts": [], "strays": [], "thin_last": [], "last_usual": "2024-06-30"}
    return {"calendar": {"orders": calm, "activity": calm} | {name: calm | changes}}


def gap(days: int) -> dict:
    return {"first": "2024-02-01", "last": "2024-02-09", "days": days}


def shift(factor: float, every_year: bool = False) -> dict:
    return {"week": "2024-03-01", "factor": factor, "every_year": every_year}


def ending(rows: int = 100, days_ago: int = 31, longest_silence: int | None = 10) -> dict:
    end = {"table": "contacts", "kind": None, "rows": rows, "last": "2024-01-01", "days_ago": days_ago}
    return {"today": "2024-02-02", "endings": [end | {"longest_silence": longest_silence}]}


def after(rows: int, as_of: str | None = None) -> dict:
    return {"as_of": as_of, "today": "2024-02-02", "after_today": {"contacts": rows}}


def late(share: float) -> dict:
    return {"delays": {"transactions": {"share_late": 0.5, "share_very_late": share, "median_days_late": 12.4}}}


def returns(
    share: float | None, days: int = 90, proposed: int | None = 126, kind: str = "purchase", room: dict | None = None
) -> dict:
    figures = {"days": days, "share_within": share, "median_days": 20, "covering_days": 120, "proposed_days": proposed}
    return {"definition": {"kind": kind}, "rhythm": figures | {"watched_days": 1339}, "horizons": {"proposed": room or {}}}


SENTENCE = "half within 20 and 95 % within 120 (watched for up to 1,339 days)"

# code, figures, what is said (part of it), figures one step before
CASES = [
    ("no_plan", planned(0, problem="too little history: 9 days; bring more"), "too little history: 9 days", planned(1)),
    ("one_class", at_risk(test=risk(0, 600)), "at the test snapshot 2024-06-01 none of 600 customers at risk left; ", at_risk()),
    ("one_class", at_risk(test=risk(1, 0)), "all of 1 customer at risk left; those who leave", at_risk(test=risk(1, 1))),
    ("one_class", at_risk(train=risk(0, 0)), "at the training snapshots nobody is at risk; ", {"classes": {}}),
    ("one_class", at_risk(test=risk(0, 0, at_risk=1200)), "all 1,200 customers at risk were contacted by campaigns", at_risk()),
    (
        "few_customers",
        at_risk(test=risk(99, 901)),
        "1,000 customers, 99 who left and 901 who stayed: an AUC of 0.75 will be known to ± 0.059 only",
        at_risk(test=risk(100, 900)),
    ),
    ("few_customers", at_risk(test=risk(249, 250)), "there are 499 customers", at_risk(test=risk(250, 250))),
    ("few_snapshots", planned(2), "the history has room for 2 training snapshots of the 12 asked", planned(3)),
    ("few_snapshots", planned(1, asked=2), "room for 1 training snapshot of the 2 asked", planned(2, asked=2)),
    ("fewer_snapshots", planned(5), "room for 5 training snapshots of the 12 asked", planned(6)),
    ("churn_rate_extreme", at_risk(test=risk(19, 981, 0.019)), "1.9 % of the customers", at_risk(test=risk(2, 98, 0.02))),
    ("churn_rate_extreme", at_risk(test=risk(96, 4, 0.96)), "nearly everybody does", at_risk(test=risk(95, 5, 0.95))),
    (
        "most_rows_quarantined",
        transactions(quarantined={"ordered_at_unreadable": 400, "amount_unreadable": 100}),
        "transactions: 500 of 1,000 rows (50 %) were quarantined, most of them by ordered_at_unreadable",
        transactions(quarantined={"ordered_at_unreadable": 499, "customer_id_missing": 501}),
    ),
    ("most_rows_quarantined", transactions(quarantined={"x": 500}), "transactions", engagements(quarantined={"x": 900})),
    ("rows_quarantined", engagements(quarantined={"x": 900}), "engagements: 900 of 1,000", transactions(quarantined={"x": 500})),
    ("rows_quarantined", transactions(quarantined={"x": 11}), "(1.1 %) were quarantined", transactions(quarantined={"x": 10})),
    (
        "anonymous_rows",
        transactions(quarantined={"customer_id_missing": 11}),
        "transactions: 11 of 1,000 rows (1.1 %) name no customer",
        transactions(quarantined={"customer_id_missing": 10, "x": 90}),
    ),
    (
        "row_warning",
        transactions(row_warnings={"amount_large": {"rows": 2, "sentence": "an amount is huge", "example": "1e9"}}),
        "transactions: 2 rows: an amount is huge, e.g. '1e9'",
        transactions(),
    ),
    ("row_warning", transactions(row_warnings={"amount_large": 1}), "transactions: 1 row: amount_large", transactions()),
    ("row_warning", doubted("return_positive", 10), "transactions: 10 rows: it is doubtful", doubted("return_positive", 11)),
    ("rows_doubted", doubted("return_positive", 11), "11 rows (1.1 %): it is doubtful, e.g. '5.0'", doubted("amount_zero", 900)),
    ("rows_doubted", doubted("customer_id_decimal", 1000), "1,000 rows (100 %)", doubted("customer_id_decimal", 10)),
    (
        "customer_is_nobody",
        named(nobody=[("null", 1200), ("#n/a", 50)]),
        "transactions: 1,250 orders (25 %) of a customer named 'null', '#n/a': a word for nobody",
        named(),
    ),
    (
        "customer_outgrows_all",
        named(largest=401),
        "one customer has 401 orders (8 % of all), 99 % of the customers 20 or fewer",
        named(largest=400),
    ),
    ("customer_outgrows_all", named(largest=251, usual_large=2), "251 orders", named(largest=250, usual_large=2)),
    (
        "identifiers_alike",
        named(spellings=2, spelt_customers=1),
        "transactions: 2 of 1,000 customer identifiers are 1 when capitals",
        named(spellings=1, spelt_customers=1),
    ),
    (
        "identifiers_alike",
        named(spelt_between={"attributes": {"customers": 1000, "alike": 900}}),
        "attributes: 900 of 1,000 customers are not in transactions as they are written",
        named(spelt_between={"attributes": {"customers": 1000, "alike": 1}}),
    ),
    (
        "orders_shared",
        named(order_ids_shared=51),
        "51 of 5,000 orders (1 %) belong to several customers",
        named(order_ids_shared=50),
    ),
    ("sold_twice", copied(201.0), "30 lines repeat customer, time, amount and product", copied(200.0)),
    ("sold_twice", copied(1001.0, mere_days=True), "10 % of what was sold, 1,001.00", copied(1000.0, mere_days=True)),
    ("amounts_jump", monthly(12.5, 1250), "goes from 12.5 in 2024-01 to 1,250 in 2024-02", monthly(12.5, 124)),
    ("amounts_jump", monthly(12, 12, 1.2), "goes from 12 in 2024-02 to 1.2 in 2024-03", monthly(12, 5, 1.2)),
    (
        "amounts_of_two_scales",
        monthly(12, 15, mix=100),
        "in 2024-01, 2024-02 the amounts are two heaps of one shape, a factor of 100 apart",
        monthly(12, 15),
    ),
    ("amounts_of_two_scales", monthly(12, mix=1000), "a factor of 1,000 apart", monthly(12)),
    (
        "one_class",
        at_risk(test=risk(0, 0), **refusing(2990)),
        "nobody is at risk; 2,990 of 3,000 refuse profiling: consent_profiling is read as given only for the words true, 1, yes",
        at_risk(**refusing(2990)),
    ),
    (
        "few_customers",
        at_risk(test=risk(99, 901), **refusing(2000)),
        "told apart; 2,000 of 3,000 refuse profiling",
        at_risk(**refusing(2000)),
    ),
    (
        "day_month_swapped",
        {"days_of_month": {"different": 10, "latest": 12}},
        "never later: day and month were read as each other",
        {"days_of_month": {"different": 10, "latest": 13}},
    ),
    (
        "day_month_swapped",
        {"days_of_month": {"different": 12, "latest": 12}},
        "never",
        {"days_of_month": {"different": 1, "latest": 1}},
    ),
    ("amounts_missing", {"missing_amounts": 0.011}, "1.1 % of the lines have no amount", {"missing_amounts": 0.01}),
    (
        "column_empty",
        transactions(mapped=["channel"], missing={"channel": 1.0}),
        "transactions: channel is mapped but empty in all 1,000 rows",
        transactions(mapped=["channel"], missing={"channel": 0.99, "margin": 1.0}),
    ),
    (
        "column_empty",
        transactions(mapped=["a", "b"], missing={"a": 1.0, "b": 1.0}),
        "a, b are mapped",
        transactions(mapped=["a"]),
    ),
    (
        "column_mostly_empty",
        transactions(mapped_everywhere=["margin"], missing={"margin": 0.51}),
        "transactions: mostly empty, of 1,000 rows: margin 51 %",
        transactions(mapped_everywhere=["margin", "discount"], missing={"margin": 0.5, "discount": 0.9, "channel": 0.9}),
    ),
    (
        "single_valued",
        transactions(mapped=["channel"], single_valued=["channel"]),
        "transactions: channel has the same value",
        transactions(mapped=["channel"], single_valued=["channel"], constant=["channel"]),
    ),
    (
        "single_valued",
        transactions() | {"attributes": {"single_valued": ["tier"]}},
        "attributes: tier with the same value",
        transactions(single_valued=["channel"]),
    ),
    (
        "undated_attributes",
        {"attributes": {"undated": ["city", "tier"]}},
        "city, tier without a date",
        {"attributes": {"undated": []}},
    ),
    (
        "static_attribute_absent",
        {"attributes": {"static_absent": ["birth_yaer"]}},
        "declares 'birth_yaer', but the table attributes has no such name",
        {"attributes": {"static_absent": []}},
    ),
    ("strangers", known("contacts", 10, 10), "contacts: none of its 10 customers has an order", known("contacts", 10, 9)),
    ("customers_without_orders", known("contacts", 10, 6), "contacts: 6 of 10 customers (60 %)", known("contacts", 10, 5)),
    ("customers_without_orders", known("contacts", 10, 9), "(90 %) have no order", known("contacts", 10, 9, kind="activity")),
    (
        "mostly_one_order",
        orders(share_with_one_order=0.8),
        "80 % of 200 customers ordered once",
        orders(share_with_one_order=0.79),
    ),
    ("mostly_one_order", orders(share_with_one_order=1.0), "100 %", orders(kind="renewal", share_with_one_order=1.0)),
    ("negative_revenue", orders(revenue_negative=-51.0), "negative amounts sum to 51.00", orders(revenue_negative=-50.0)),
    ("zero_amounts", orders(lines_of_zero=6), "6 order lines (6 %) have the amount 0", orders(lines_of_zero=5)),
    (
        "begins_in_the_middle",
        begun(200, 100),
        "200 of 500 customers order for the first time in the first 30 days of the file, then 100 per 30 days",
        begun(199, 100),
    ),
    ("begins_in_the_middle", begun(2, 0), "2 of 500 customers", begun(200, 10, long_enough=False)),
    ("calendar_closed", series(gaps=[gap(20)]), "no orders from 2024-02-01 to 2024-02-09 (20 days)", series(gaps=[gap(21)])),
    ("calendar_hole", series("engagements", gaps=[gap(21)]), "no engagements from", series(gaps=[gap(20)])),
    (
        "level_shift",
        series(shifts=[shift(0.29)]),
        "orders fell to 29 % of their weekly level",
        series(shifts=[shift(0.29, True)]),
    ),
    ("level_shift", series(shifts=[shift(2.0)]), "orders rose to 200 %", series(shifts=[shift(1.99)])),
    ("level_change", series(shifts=[shift(0.51)]), "orders fell to 51 %", series(shifts=[shift(0.5)])),
    ("level_change", series(shifts=[shift(1.6)]), "orders rose to 160 %", series(shifts=[shift(1.6, True)])),
    ("level_shift", series(shifts=[shift(11.5)]), "orders rose to 1,150 %", series("engagements", shifts=[shift(11.5)])),
    (
        "stray_days",
        series("activity", strays=[("2023-01-01", 1), ("2024-12-31", 2)]),
        "3 rows of activity apart from all others, on 2023-01-01, 2024-12-31",
        series("orders", strays=[("2024-12-31", 2)]),
    ),
    (
        "last_days_thin",
        series("activity", thin_last=[("2024-06-30", 3, 40.0)]),
        "2024-06-30 has 3 where that weekday usually has 40",
        series("orders", thin_last=[("2024-06-30", 3, 40.0)]),
    ),
    (
        "ended_early",
        ending(),
        "contacts end on 2024-01-01, 31 days before today, 2024-02-02; the longest silence",
        ending(days_ago=30),
    ),
    ("ended_early", ending(), "until then was of 10 days", ending(rows=99)),
    ("ended_early", ending(days_ago=61, longest_silence=20), "was of 20 days", ending(days_ago=60, longest_silence=20)),
    ("ended_early", ending(days_ago=400), "400 days", ending(days_ago=400, longest_silence=None)),
    ("after_today", after(1), "contacts: 1 row dated on or after today, 2024-02-02, which follows from", after(0)),
    ("after_today", after(2, as_of="2024-02-02"), "2 rows dated on or after today, 2024-02-02; not used", after(0, "2024-02-02")),
    ("recorded_late", late(0.051), "5.1 % of the rows became known more than 7 days", late(0.05)),
    (
        "horizon_misses_most",
        returns(0.49),
        "of all returns, 49 % happen within the horizon of 90 days, " + SENTENCE,
        returns(0.5),
    ),
    ("horizon_short", returns(0.5), "of all returns, 50 % happen within", returns(0.75)),
    ("horizon_short", returns(0.74), "74 %", returns(None)),
    ("horizon_short", returns(0.6, kind="renewal"), "of all renewals, 60 % happen within the grace period", returns(0.49)),
    ("horizon_long", returns(0.99, days=252), "the horizon is longer than it need be", returns(0.99, days=251)),
    ("horizon_long", returns(0.99, days=900), "longer", returns(0.99, days=900, kind="renewal")),
    ("horizon_long", returns(0.99, days=900), "longer", returns(0.99, days=900, proposed=None)),
]


def found(code: str, evidence: dict) -> list:
    (check,) = [check for check in CHECKS if check.code == code]
    return check.findings(evidence)


@pytest.mark.parametrize(("code", "evidence", "said", "calm"), CASES, ids=[f"{n}-{case[0]}" for n, case in enumerate(CASES)])
def test_a_finding_says_its_figures_and_is_silent_one_step_before(code, evidence, said, calm):
    (finding,) = found(code, evidence)
    assert said in finding.sentence
    assert finding.remedy
    assert found(code, calm) == []


def test_every_check_has_a_case():
    assert {check.code for check in CHECKS} == {case[0] for case in CASES}


def test_few_customers_are_not_explained_by_the_consent_of_a_minority():
    (finding,) = found("few_customers", at_risk(test=risk(99, 901), **refusing(1500)))
    assert "refuse" not in finding.sentence
    assert "yes and no" not in finding.remedy


def test_codes_are_unique_and_errors_come_first():
    assert len({check.code for check in CHECKS}) == len(CHECKS)
    order = [list(SEVERITIES).index(check.severity) for check in CHECKS]
    assert order == sorted(order)


def test_the_planners_sentence_is_split_into_what_is_wrong_and_what_to_do():
    (finding,) = found("no_plan", planned(0, problem="too little history: 9 days; 90 are needed; bring more"))
    assert (finding.sentence, finding.remedy) == ("too little history: 9 days; 90 are needed", "bring more")
    (finding,) = found("no_plan", planned(0, problem="nothing at all"))
    assert finding.sentence == "nothing at all"


def test_a_stray_last_day_proposes_the_day_after_the_last_usual_one():
    (trailing,) = found("stray_days", series("activity", strays=[("2024-12-31", 2)]))
    assert trailing.remedy.endswith("or set snapshots.as_of=2024-07-01")
    (leading,) = found("stray_days", series("activity", strays=[("1999-12-31", 2)]))
    assert "as_of" not in leading.remedy


def test_kinds_that_ended_are_one_sentence_and_none_where_the_whole_table_did():
    kind = {"table": "engagements", "rows": 500, "last": "2024-01-01", "days_ago": 90, "longest_silence": 3}
    two = [kind | {"kind": "chat"}, kind | {"kind": "review"}, kind | {"kind": "referral", "days_ago": 1}]
    (finding,) = found("ended_early", {"today": "2024-04-01", "endings": two})
    assert finding.sentence == "2 kinds of engagement ended: chat on 2024-01-01, review on 2024-01-01; today is 2024-04-01"
    (finding,) = found("ended_early", {"today": "2024-04-01", "endings": [kind | {"kind": None}, *two]})
    assert finding.sentence.startswith("engagements end on 2024-01-01, 90 days before today")


def test_a_longer_horizon_is_proposed_with_whether_the_history_has_room_for_it():
    (with_room,) = found("horizon_short", returns(0.6, room={"churn_rate": 0.2}))
    assert with_room.remedy.endswith("95 % would need 126")
    (without,) = found("horizon_short", returns(0.6, room={"problem": "too little history"}))
    assert without.remedy.endswith("95 % would need 126, for which the history is too short")
    (unknown,) = found("horizon_short", returns(0.6, proposed=None))
    assert unknown.remedy == "a longer definition.horizon_days, if the campaigns can wait"


@pytest.mark.parametrize(
    ("share", "said"),
    [(1, "100 %"), (0.224, "22 %"), (0.1, "10 %"), (0.0449, "4.5 %"), (0.01, "1 %"), (0.0004, "0.04 %"), (0, "0 %")],
)
def test_a_share_is_said_in_percent(share, said):
    assert percent(share) == said


def test_numbers_and_names_in_a_sentence():
    assert (counted(1, "order"), counted(2000, "order")) == ("1 order", "2,000 orders")
    assert (counted(1, "delivery", "deliveries"), counted(0, "delivery", "deliveries")) == ("1 delivery", "0 deliveries")
    assert listed("abc") == "a, b, c"
    assert listed("abcdefgh") == "a, b, c, d, e, f and 2 more"
