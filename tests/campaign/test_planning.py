"""Who is meant to be contacted with what: literal customers, and the laws that every list keeps whatever the customers."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.allocation.left_out_reasons import CODES
from pipeline.campaign.archive import Earlier
from pipeline.campaign.list_columns import ARMS, NAMES
from pipeline.campaign.lists import customer_list, tables_of
from pipeline.campaign.planning import figures, said
from pipeline.spreadsheet import write_tables
from tests.campaign.small_plan import DAY, config, customer, planned, unscored
from tests.random_rows import DEEP

NONE_EXPLAINED = pd.DataFrame({"customer_id": pd.Series(dtype="str")} | {
    f"reason_{n}{end}": pd.Series(dtype="str") for n in (1, 2, 3) for end in ("", "_code", "_direction")
})  # fmt: skip
PEOPLE = [
    customer("ann", churn_probability=0.90004, expected_value=200.004),
    customer("bob", churn_probability=0.3),
    customer("cem", churn_probability=0.01, expected_value=50.0),
    customer("dee", suppressed=True),
    customer("eve", consent_email=False, consent_push=False, consent_phone=False),
    unscored("fay", "lapsed", recency_days=700),
    unscored("gil", "lapsed", recency_days=700, margin_of_year=1.0),
    unscored("hal", "too_new", activity_days=1, tenure_days=5, known_days=5),
    unscored("ian", "no_profiling_consent", margin_of_year=None),
    customer("jan", contact_recency_days=3.0),
]


def column(plan, name):
    """What a column says of each customer; None where it says nothing."""
    rows = plan.customers.set_index("customer_id")[name]
    return {who: None if pd.isna(value) else value for who, value in rows.items()}


def test_everybody_is_on_a_list_or_told_why_not():
    plan = planned(PEOPLE, config())
    meant = plan.customers.set_index("customer_id")[["list", "offer", "channel"]].dropna()
    assert {who: tuple(row) for who, row in meant.iterrows()} == {
        "ann": ("churn", "keep", "email"),
        "bob": ("churn", "keep", "email"),
        "fay": ("win_back", "back", "email"),
        "hal": ("onboarding", "hello", "email"),
    }
    assert {who: why for who, why in column(plan, "left_out_reason").items() if why} == {
        "cem": "not_profitable",
        "dee": "suppressed",
        "eve": "no_consent",
        "gil": "lapsed",
        "ian": "no_profiling_consent",
        "jan": "contacted_lately",
    }


def test_what_is_said_of_a_customer_agrees_with_itself():
    ann = planned(PEOPLE, config()).customers.iloc[0]
    assert (ann["churn_probability"], ann["expected_value"], ann["value_at_risk"]) == (0.9, 200.0, 180.0)
    # 0.9 × 0.4 (200 − 10) − 0.1 × 0.5 × 10 − 1, at a cost of 1 + 10 (0.9 × 0.4 + 0.1 × 0.5)
    assert (ann["expected_profit"], ann["expected_cost"]) == (66.9, 5.1)
    assert (ann["risk_segment"], ann["lifecycle"], ann["value_tier"], ann["segment"]) == (
        "critical", "at_risk", "top", "best_leaving",
    )  # fmt: skip
    assert (ann["recommended_action"], ann["contact_intensity"]) == ("churn offer (by e-mail)", "personal")


def test_who_has_no_score_is_decided_by_what_is_assumed_and_shows_none():
    plan = planned(PEOPLE, config())
    assert (column(plan, "churn_probability")["fay"], column(plan, "assumed_churn")["fay"]) == (None, 0.95)
    # worth 365 × 60 / 365: 0.95 × 0.2 (60 − 5) − 0.05 × 0.5 × 5 − 1; the new 0.5 × 0.3 (60 − 2) − 0.5 × 0.5 × 2 − 1
    profits = column(plan, "expected_profit")
    assert (profits["fay"], profits["hal"]) == (pytest.approx(9.325, abs=0.0051), 7.2)
    assert (column(plan, "segment")["ian"], column(plan, "lifecycle")["ian"]) == ("unprofiled", None)


def test_a_profit_that_would_be_shown_as_nothing_is_none():
    # points by push: p × 0.1 (V − 2) − (1 − p) × 0.5 × 2: 0.5 × 0.1 (12.04 − 2) − 0.5 = 0.002
    tiny, cent = (
        customer("tiny", churn_probability=0.5, expected_value=12.04),
        customer("cent", churn_probability=0.5, expected_value=12.2),
    )
    plan = planned([tiny, cent], config())
    assert column(plan, "left_out_reason") == {"cent": None, "tiny": "not_profitable"}
    assert column(plan, "expected_profit") == {"cent": 0.01, "tiny": None}


def test_who_was_never_active_is_not_called_new():
    never = {"activity_days": 0, "tenure_days": None, "recency_days": None, "margin_of_year": None}
    plan = planned([unscored("gus", "too_new", known_days=700, **never), customer("ann")], config())
    assert column(plan, "lifecycle")["gus"] == "lapsed"
    assert column(plan, "left_out_reason") == {"ann": None, "gus": "never_active"}
    assert column(plan, "status")["gus"] == "too_new"


def test_without_money_the_risk_segments_meant_are_listed_and_nobody_has_a_profit():
    poor = {"expected_value": None, "margin_of_year": None, "revenue_total": None}
    people = [customer("ann", churn_probability=0.9, **poor), customer("bob", churn_probability=0.3, **poor)]
    plan = planned([*people, unscored("fay", "lapsed", margin_of_year=None)], config(capacity={"email": 1, "phone": 0}))
    assert column(plan, "left_out_reason") == {"ann": None, "bob": "not_risky", "fay": "capacity"}
    assert column(plan, "offer")["ann"] == "keep"
    assert set(column(plan, "expected_profit").values()) == {None}
    assert figures(plan, config().campaign.allocation)["allocation"]["mode"] == "ranked"
    assert said(plan, plan.customers).endswith("; without money, by expected saves")


def test_a_company_with_money_whose_offers_pay_for_nobody_is_not_ranked():
    plan = planned([customer("cem", churn_probability=0.01, expected_value=50.0)], config())
    assert figures(plan, config().campaign.allocation)["allocation"]["mode"] == "profit"
    assert said(plan, plan.customers) == ("1 customer; nobody: 0 to contact, 0 held out, 0 in the control; expected profit 0")


def test_what_the_lists_come_to_is_said_in_a_line():
    plan = planned(PEOPLE, config())
    assert said(plan, plan.customers) == (
        "10 customers; churn 2, onboarding 1, win_back 1: 4 to contact, 0 held out, 0 in the control; expected profit 90"
    )


def test_the_figures_say_how_the_lists_were_chosen_and_their_sizes():
    found = figures(planned(PEOPLE, config(budget=100.0)), config().campaign.allocation)
    assert (found["allocation"]["mode"], found["allocation"]["listed"], found["allocation"]["budget"]) == ("profit", 4, 100.0)
    assert [(row["list"], row["segment"], row["intended"]) for row in found["forecast"]] == [
        ("churn", "best_leaving", 1),
        ("churn", "loyal", 1),
        ("onboarding", "newcomers", 1),
        ("win_back", "lapsed", 1),
        ("all", "all", 4),
    ]
    assert "turnover" not in found
    assert found["offers_switched_off"] == {}


def earlier(arms: list[tuple], labels: list[tuple]) -> Earlier:
    """A delivery of a month before."""
    return Earlier(
        pd.DataFrame(arms, columns=["customer_id", "arm", "since", "assignment_probability"]),
        pd.DataFrame(labels, columns=["customer_id", "risk_segment", "state", "left_out_reason"]),
        "2024-05-01",
    )


def test_a_running_arm_holds_and_a_label_stays_within_the_margin():
    people = [
        customer("ann", churn_probability=0.79),
        customer("bob", churn_probability=0.79),
        customer("cem", churn_probability=0.75),
    ]
    past = earlier(
        [("ann", "holdout", "2024-05-01", 0.7), ("bob", "holdout", "2024-03-01", 0.7), ("cem", "control", "2024-05-01", 0.0)],
        [("ann", "critical", "holdout", None), ("cem", "critical", "control", None), ("zoe", "high", "contact", None)],
    )
    plan = planned(people, config(hysteresis=0.03), past)
    assert column(plan, "arm") == {"ann": "holdout", "bob": "contact", "cem": "control"}
    assert column(plan, "risk_segment") == {"ann": "critical", "bob": "high", "cem": "high"}
    assert column(plan, "since") == {"ann": date(2024, 5, 1), "bob": DAY, "cem": date(2024, 5, 1)}
    assert column(plan, "recommended_action")["ann"] == "Leave alone: held out, to measure the effect"
    moved = figures(plan, config().campaign.allocation)["turnover"]
    assert (moved["entered"], moved["left"], moved["stayed"]) == (1, 1, 1)
    assert moved["why"] == {"entered: unknown": 1, "left: unknown": 1}
    assert said(plan, plan.customers).endswith(
        "; turnover 67% is above campaign.allocation.max_turnover 50%: 1 entered and 1 left, 1 stayed"
    )


PERSON = st.fixed_dictionaries(
    {
        "status": st.sampled_from(["scored", "scored", "scored", "lapsed", "too_new", "not_due", "no_profiling_consent"]),
        "churn_probability": st.sampled_from([0.0, 0.05, 0.3, 0.39996, 0.6, 0.85, 1.0]),
        "expected_value": st.sampled_from([None, -3.0, 0.0, 12.04, 60.0, 60.0, 500.0]),
        "margin_of_year": st.sampled_from([None, 0.0, 120.0, 900.0]),
        "activity_days": st.integers(0, 3),
        "tenure_days": st.sampled_from([10, 100, 600]),
        "suppressed": st.sampled_from([False, False, False, True]),
        "contact_recency_days": st.sampled_from([None, None, 3.0, 40.0]),
        "contacts_recent": st.integers(0, 3),
        "consent_email": st.sampled_from([None, True, False]),
        "consent_phone": st.sampled_from([None, True, False]),
    }
)
WORLD = st.lists(PERSON, min_size=1, max_size=9)
RULES = st.fixed_dictionaries(
    {
        "budget": st.sampled_from([None, 0.0, 4.0, 12.0]),
        "capacity": st.dictionaries(st.sampled_from(["email", "phone", "push"]), st.integers(0, 3)),
        "offer_limits": st.dictionaries(st.sampled_from(["keep", "points", "back"]), st.integers(0, 2)),
        "contact_cap": st.sampled_from([None, {"contacts": 2, "days": 30}]),
        "cool_down_days": st.sampled_from([0, 14]),
        "consent": st.sampled_from([{"unknown": "refused"}, {"unknown": "allowed"}]),
        "holdout_share": st.sampled_from([0.0, 0.4]),
        "control_share": st.sampled_from([0.0, 0.3]),
    }
)
FEW = settings(max_examples=12 * DEEP, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def people_of(world: list[dict]) -> list[dict]:
    """Customers c0, c1, …; who is not scored has no score."""
    made = []
    for place, own in enumerate(world):
        if own["status"] == "scored":
            made.append(customer(f"c{place}", **own))
        else:
            kept = {name: value for name, value in own.items() if name not in ("status", "churn_probability", "expected_value")}
            made.append(unscored(f"c{place}", own["status"], **kept))
    return made


@FEW
@given(WORLD, RULES)
def test_every_known_customer_is_in_exactly_one_place_and_no_rule_is_broken(world, rules):
    people, chosen = people_of(world), config(**rules)
    plan = planned(people, chosen)
    listed = customer_list(plan.customers, NONE_EXPLAINED)
    assert list(listed.columns) == list(NAMES)
    assert sorted(listed["customer_id"]) == [one["customer_id"] for one in people]
    assert set(listed["arm"]) <= set(ARMS)
    assert (listed["left_out_reason"].notna() == (listed["arm"] == "none")).all()
    assert set(listed["left_out_reason"].dropna()) <= set(CODES)
    meant = listed[listed["arm"].isin(["contact", "holdout"])]
    assert meant[["list", "offer", "channel"]].notna().all(axis=None)
    cut = listed["left_out_reason"].isin(["budget", "capacity", "offer_limit"])
    assert listed.loc[cut, ["offer", "channel"]].notna().all(axis=None), "what more money or room would bring"
    assert listed[~cut].drop(meant.index)[["offer", "channel", "expected_profit"]].isna().all(axis=None)
    assert listed.drop(meant.index)["list"].isna().all()
    if plan.candidates.with_money:
        assert (meant["expected_profit"] > 0).all()
    known = {one["customer_id"]: one for one in people}
    for row in meant.itertuples():
        one = known[row.customer_id]
        assert one["status"] != "no_profiling_consent"
        assert not one["suppressed"]
        assert one["contact_recency_days"] is None or one["contact_recency_days"] >= rules["cool_down_days"]
        assert rules["contact_cap"] is None or one["contacts_recent"] < 2
        word = one[f"consent_{row.channel}"]
        assert word is True or (word is None and rules["consent"]["unknown"] == "allowed")
    spent = plan.allocated.customers.loc[plan.allocated.customers["arm"].isin(["contact", "holdout"]), "cost"].sum()
    assert rules["budget"] is None or spent <= rules["budget"] + 1e-9
    assert all((meant["channel"] == by).sum() <= most for by, most in rules["capacity"].items())
    assert all((meant["offer"] == code).sum() <= most for code, most in rules["offer_limits"].items())
    assert figures(plan, chosen.campaign.allocation)["allocation"]["listed"] == len(meant)


@FEW
@given(WORLD, RULES, st.randoms(use_true_random=False))
def test_neither_the_order_of_rows_nor_another_run_changes_a_byte(tmp_path_factory, world, rules, random):
    people, chosen = people_of(world), config(**rules)
    folders = [tmp_path_factory.mktemp("lists") for _ in range(2)]
    for folder in folders:
        plan = planned(people, chosen)
        listed = customer_list(plan.customers, NONE_EXPLAINED)
        write_tables(tables_of(plan.customers, listed, {}, "en"), folder)
        random.shuffle(people)
    first, second = ({path.name: path.read_bytes() for path in folder.iterdir()} for folder in folders)
    assert first == second


@FEW
@given(WORLD, RULES)
def test_the_files_part_the_customers(world, rules):
    plan = planned(people_of(world), config(**rules))
    listed = customer_list(plan.customers, NONE_EXPLAINED)
    files = tables_of(plan.customers, listed, {}, "it")
    sent = {name: rows for name, rows in files.items() if name not in ("customers", "left_out", "assignments")}
    by_arm = {arm: sorted(rows["customer_id"]) for arm, rows in listed.groupby("arm")}
    assert sorted(who for rows in sent.values() for who in rows["customer_id"]) == by_arm.get("contact", [])
    assert list(files["left_out"]["customer_id"]) == by_arm.get("none", [])
    assert list(files["assignments"]["customer_id"]) == sorted(set(listed["customer_id"]) - set(by_arm.get("none", [])))
    assert all({f"{row.list}_{row.channel}" for row in rows.itertuples()} == {name} for name, rows in sent.items())
