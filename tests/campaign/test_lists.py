"""The lists that people open: their bands, their order, their columns, and what a spreadsheet makes of them."""

from __future__ import annotations

import csv
import shutil
import subprocess

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.campaign.list_columns import LIST_COLUMNS, NAMES
from pipeline.campaign.lists import (
    SEGMENTS,
    SENT,
    assigned,
    customer_list,
    left_out,
    refuse_malformed,
    risk_segment,
    sent,
    tables_of,
)
from pipeline.config.campaign_section import Bands
from pipeline.spreadsheet import read_csv, write_csv
from tests.campaign.small_plan import config, customer, planned, unscored

BANDS = Bands(critical=0.8, high=0.6, medium=0.4)
HEADER = (
    "customer_id,snapshot_date,status,churn_probability,risk_score,risk_segment,recency_days,orders_count,revenue_total,"
    "model_version,expected_value,value_at_risk,lifecycle,value_tier,segment,reason_1,reason_1_code,reason_1_direction,"
    "reason_2,reason_2_code,reason_2_direction,reason_3,reason_3_code,reason_3_direction,offer,recommended_action,channel,"
    "preferred_category,contact_intensity,expected_profit,expected_cost,list,arm,left_out_reason\n"
)
PLAN = planned(
    [
        customer("ann", churn_probability=0.9, expected_value=200.0, risk_score=100.0, preferred_category="toys, games"),
        customer("bob", churn_probability=0.3, risk_score=0.0),
        customer("cem", churn_probability=0.7, risk_score=50.0, consent_email=False, consent_phone=False, consent_push=False),
        unscored("eve", "no_profiling_consent", recency_days=None, orders_count=0, revenue_total=None, margin_of_year=None),
        unscored("dan", "lapsed", recency_days=700, orders_count=1, revenue_total=9.99),
    ],
    config(holdout_share=0.4),
).customers
REASONS = pd.DataFrame(
    {
        "customer_id": ["ann"],
        "reason_1": ["No orders for 94 days; usually every 31"], "reason_1_code": ["silence"], "reason_1_direction": ["raises"],
        "reason_2": ["Tier: gold"], "reason_2_code": ["tier"], "reason_2_direction": ["lowers"],
        "reason_3": [None], "reason_3_code": [None], "reason_3_direction": [None],
    }
)  # fmt: skip
LISTED = customer_list(PLAN, REASONS)


@pytest.mark.parametrize(
    ("probability", "segment"),
    [
        (0.0, "low"),
        (0.3999999999999999, "low"),
        (0.4, "medium"),
        (0.5999999999999999, "medium"),
        (0.6, "high"),
        (0.7999999999999999, "high"),
        (0.8, "critical"),
        (1.0, "critical"),
    ],
)
def test_a_probability_on_a_bound_belongs_to_the_higher_band(probability, segment):
    assert risk_segment(pd.Series([probability]), BANDS).tolist() == [segment]


@given(st.floats(0, 1), st.lists(st.floats(0, 1), min_size=3, max_size=3, unique=True))
def test_bands_are_those_of_plain_comparisons(probability, bounds):
    medium, high, critical = sorted(bounds)
    expected = next(
        (name for name, bound in (("critical", critical), ("high", high), ("medium", medium)) if probability >= bound), "low"
    )
    assert risk_segment(pd.Series([probability]), Bands(critical=critical, high=high, medium=medium)).tolist() == [expected]


def test_no_probability_has_no_band():
    assert risk_segment(pd.Series([None, 0.9], dtype=float), BANDS).isna().tolist() == [True, False]


def test_the_segments_are_named_from_the_riskiest_down():
    assert SEGMENTS == ("critical", "high", "medium", "low")


def test_the_list_of_five_customers(tmp_path):
    write_csv(LISTED, tmp_path / "customers.csv")
    assert (tmp_path / "customers.csv").read_text(encoding="utf-8") == HEADER + (
        "ann,2024-06-01,scored,0.9,100.0,critical,30,10,800.0,20240601-0123abcd,200.0,180.0,at_risk,top,best_leaving,"
        "No orders for 94 days; usually every 31,silence,raises,Tier: gold,tier,lowers,,,,keep,churn offer (by e-mail),email,"
        '"toys, games",personal,66.9,5.1,churn,contact,\n'
        "cem,2024-06-01,scored,0.7,50.0,high,30,10,800.0,20240601-0123abcd,100.0,70.0,at_risk,middle,leaving,"
        ",,,,,,,,,,Leave alone,,,leave alone,,,,none,no_consent\n"
        "bob,2024-06-01,scored,0.3,0.0,low,30,10,800.0,20240601-0123abcd,100.0,30.0,active,middle,steady,"
        ',,,,,,,,,keep,"Leave alone: held out, to measure the effect",email,,leave alone,6.3,5.7,churn,holdout,\n'
        "dan,2024-06-01,lapsed,,,,700,1,9.99,,,,lapsed,low,lapsed,"
        ",,,,,,,,,back,win_back offer (by e-mail),email,,passive,9.32,2.08,win_back,contact,\n"
        "eve,2024-06-01,no_profiling_consent,,,,,0,,,,,,,unprofiled,"
        ",,,,,,,,,,Leave alone,,,leave alone,,,,none,no_profiling_consent\n"
    )


def test_a_column_that_is_not_public_does_not_reach_the_list():
    pd.testing.assert_frame_equal(customer_list(PLAN.assign(secret="x"), REASONS.assign(hint="y")), LISTED)


@given(st.permutations(range(5)))
def test_the_order_of_what_is_given_does_not_matter(order):
    pd.testing.assert_frame_equal(customer_list(PLAN.iloc[order], REASONS), LISTED)


def test_equal_probabilities_are_listed_by_id():
    alike = PLAN.assign(churn_probability=0.7, risk_score=50.0)
    assert customer_list(alike, REASONS)["customer_id"].tolist() == ["ann", "bob", "cem", "dan", "eve"]


@pytest.mark.parametrize("twice", ["customers", "reasons"])
def test_a_customer_named_twice_is_an_error_and_not_two_rows(twice):
    customers = pd.concat([PLAN, PLAN.head(1)]) if twice == "customers" else PLAN
    reasons = pd.concat([REASONS, REASONS.head(1)]) if twice == "reasons" else REASONS
    with pytest.raises(ValueError, match="'ann' stands there twice"):
        customer_list(customers, reasons)


def test_what_is_given_is_left_as_it_was():
    planned_before, reasons_before = PLAN.copy(deep=True), REASONS.copy(deep=True)
    customer_list(PLAN, REASONS)
    pd.testing.assert_frame_equal(PLAN, planned_before)
    pd.testing.assert_frame_equal(REASONS, reasons_before)


WRONG = [
    ("customer_id", ["ann", "ann", "bob", "dan", "eve"], "customer_id 'ann' stands there twice"),
    ("status", ["scored", "gone", "scored", "lapsed", "gone"], "status is 'gone' for 2 customers"),
    ("churn_probability", [1.5, 0.7, 0.3, None, None], "churn_probability is .*1.5.* for 1 customers"),
    ("expected_profit", [66.9, None, 0.0, 9.33, None], "expected_profit is .*0.0.* for 1 customers"),
    ("arm", ["contact", None, "contact", "holdout", None], "arm is empty for 2 customers"),
    ("orders_count", [1, -1, 1, 1, 1], "orders_count is .*-1.* for 1 customers"),
]


@pytest.mark.parametrize(("name", "values", "message"), WRONG, ids=[name for name, _, _ in WRONG])
def test_a_list_that_is_not_as_declared_is_refused(name, values, message):
    with pytest.raises(ValueError, match=f"customers.csv: {message}"):
        refuse_malformed(LISTED.assign(**{name: values}))


def test_a_list_with_other_columns_is_refused():
    with pytest.raises(ValueError, match=r"other columns than declared: \['extra'\]"):
        refuse_malformed(LISTED.assign(extra=1))
    with pytest.raises(ValueError, match=r"other columns than declared: \['arm'\]"):
        refuse_malformed(LISTED.drop(columns="arm"))


def test_every_column_is_declared_once_and_means_something():
    assert len(set(NAMES)) == len(NAMES) == 34
    assert all(column.meaning for column in LIST_COLUMNS)
    assert all(column.low is None or column.kind in ("number", "integer") for column in LIST_COLUMNS)


def test_a_list_by_channel_has_whom_to_contact_the_most_profitable_first():
    lists = dict(sent(customer_list(PLAN.assign(arm=PLAN["arm"].replace("holdout", "contact")), REASONS)))
    assert {name: list(rows["customer_id"]) for name, rows in lists.items()} == {
        "churn_email": ["ann", "bob"],
        "win_back_email": ["dan"],
    }
    rows = lists["churn_email"]
    assert list(rows.columns) == SENT
    assert list(rows.iloc[0]) == [
        "ann", "churn", "email", "keep", "churn offer (by e-mail)", "best_leaving", "toys, games",
        "No orders for 94 days; usually every 31", "Tier: gold", None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en", ["refuses every channel of a suitable offer", "has not consented to profiling"]),
        ("it", ["rifiuta ogni canale di un'offerta adatta", "non ha acconsentito alla profilazione"]),
    ],
)
def test_who_is_left_out_is_told_why_in_words(locale, words):
    rows = left_out(LISTED, locale)
    assert list(rows.columns) == ["customer_id", "status", "left_out_reason", "because"]
    assert list(rows["customer_id"]) == ["cem", "eve"]
    assert list(rows["because"]) == words


def test_everybody_in_an_arm_is_on_record_with_the_chance_it_was_drawn_by():
    rows = assigned(PLAN).set_index("customer_id")
    assert rows["arm"].to_dict() == {"ann": "contact", "bob": "holdout", "dan": "contact"}
    assert rows["assignment_probability"].tolist() == [0.6, 0.6, 0.6]
    assert rows["offer"].tolist() == rows["intended_offer"].tolist() == ["keep", "keep", "back"]


def test_the_files_carry_the_ids_that_people_know_in_the_order_of_those():
    names = {"ann": "z9", "bob": "a1", "cem": "m", "dan": "b2", "eve": "e"}
    listed = customer_list(PLAN.assign(customer_id=PLAN["customer_id"].map(names)), REASONS.assign(customer_id="z9"))
    files = tables_of(PLAN, listed, names, "en")
    assert list(files) == ["customers", "churn_email", "win_back_email", "left_out", "assignments"]
    assert {name: list(rows["customer_id"]) for name, rows in files.items()} == {
        "customers": ["z9", "m", "a1", "b2", "e"],
        "churn_email": ["z9"],
        "win_back_email": ["b2"],
        "left_out": ["e", "m"],
        "assignments": ["a1", "b2", "z9"],
    }


IDS = ["00000935", "1234567890123456789", "007", "1E5", "=1+1", "-5", "+39", "@x", "'x", "'=x", "1/2", "TRUE", 'è, "q"', "12.50"]


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice (soffice) is not installed")
def test_a_spreadsheet_that_imports_as_documented_keeps_every_id(tmp_path):
    people = [customer(who, churn_probability=0.9 - place / 100) for place, who in enumerate(IDS)]
    listed = customer_list(planned(people, config()).customers, REASONS.head(0))
    write_csv(listed, tmp_path / "customers.csv")
    # separated by commas, quoted by ", UTF-8 (76), from line 1, column 1 as text (2), in English (USA); formulas are not computed
    opened = "CSV:44,34,76,1,1/2,1033,false,false,false"
    saved = "csv:Text - txt - csv (StarCalc):44,34,76,1,,1033,false,true,false"
    office = ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", f"--infilter={opened}"]
    subprocess.run(
        [*office, "--convert-to", saved, "--outdir", str(tmp_path / "saved"), str(tmp_path / "customers.csv")],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    with (tmp_path / "customers.csv").open(encoding="utf-8", newline="") as ours:
        before = [row["customer_id"] for row in csv.DictReader(ours)]
    with (tmp_path / "saved/customers.csv").open(encoding="utf-8", newline="") as theirs:
        after = [row["customer_id"] for row in csv.DictReader(theirs)]
    assert after == before
    assert list(read_csv(tmp_path / "saved/customers.csv")["customer_id"]) == IDS
