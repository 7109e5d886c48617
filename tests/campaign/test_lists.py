import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.errors import MergeError

from pipeline.campaign.lists import SEGMENTS, customer_list, risk_segment
from pipeline.config_campaign import Bands

BANDS = Bands(critical=0.8, high=0.6, medium=0.4)
T = pd.Timestamp("2024-06-01")
CUSTOMERS = pd.DataFrame(
    [
        ("ann", T, "scored", 12, 5, 120.5),
        ("bob", T, "lapsed", 400, 1, 9.99),
        ("cat", T, "scored", 80, 2, 40.0),
        ("dan", T, "scored", 3, 9, 999.0),
        ("eve", T, "no_profiling_consent", None, 0, None),
        ("fay", T, "scored", 81, 2, 41.0),
    ],
    columns=["customer_id", "t", "status", "recency_days", "orders_count", "revenue_total"],
)
SCORES = pd.DataFrame(
    [("dan", 0.05, 0.0, 7.004), ("cat", 0.8, 66.7, None), ("ann", 0.40004, 33.3, 100.0), ("fay", 0.95, 100.0, 50.126)],
    columns=["customer_id", "churn_probability", "risk_score", "expected_value"],
).assign(t=T, model_version="20240601-0123abcd", model_role="challenger")


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


def test_the_list_of_six_customers():
    found = customer_list(CUSTOMERS, SCORES, BANDS)
    assert found.to_csv(index=False) == (
        "customer_id,snapshot_date,status,churn_probability,risk_score,risk_segment,recency_days,orders_count,revenue_total,"
        "model_version,expected_value,value_at_risk\n"
        "fay,2024-06-01,scored,0.95,100.0,critical,81,2,41.0,20240601-0123abcd,50.13,47.62\n"
        "cat,2024-06-01,scored,0.8,66.7,critical,80,2,40.0,20240601-0123abcd,,\n"
        "ann,2024-06-01,scored,0.4,33.3,medium,12,5,120.5,20240601-0123abcd,100.0,40.0\n"
        "dan,2024-06-01,scored,0.05,0.0,low,3,9,999.0,20240601-0123abcd,7.0,0.35\n"
        "bob,2024-06-01,lapsed,,,,400,1,9.99,,,\n"
        "eve,2024-06-01,no_profiling_consent,,,,,0,,,,\n"
    )


def test_a_column_that_is_not_public_does_not_reach_the_list():
    extra = CUSTOMERS.assign(secret="x")
    pd.testing.assert_frame_equal(customer_list(extra, SCORES, BANDS), customer_list(CUSTOMERS, SCORES, BANDS))


@given(st.permutations(range(6)), st.permutations(range(4)))
def test_the_order_of_what_is_given_does_not_matter(customers, scores):
    shuffled = customer_list(CUSTOMERS.iloc[customers], SCORES.iloc[scores], BANDS)
    pd.testing.assert_frame_equal(shuffled, customer_list(CUSTOMERS, SCORES, BANDS))


def test_equal_probabilities_are_listed_by_id():
    scores = SCORES.assign(churn_probability=0.7, risk_score=50.0)
    found = customer_list(CUSTOMERS, scores, BANDS)
    assert found["customer_id"].tolist() == ["ann", "cat", "dan", "fay", "bob", "eve"]


@given(st.lists(st.floats(0, 1), min_size=4, max_size=4))
def test_the_band_and_the_probability_on_the_list_agree(probabilities):
    scores = SCORES.assign(churn_probability=probabilities)
    found = customer_list(CUSTOMERS, scores, BANDS).head(4)
    assert found["risk_segment"].tolist() == risk_segment(found["churn_probability"], BANDS).tolist()
    assert found["churn_probability"].is_monotonic_decreasing


def test_a_probability_just_below_a_bound_that_is_shown_as_the_bound_is_in_its_band():
    scores = SCORES.assign(churn_probability=[0.05, 0.79996, 0.4, 0.95])
    row = customer_list(CUSTOMERS, scores, BANDS).set_index("customer_id").loc["cat"]
    assert (row["churn_probability"], row["risk_segment"]) == (0.8, "critical")


def test_without_any_score_everybody_is_listed_by_id():
    found = customer_list(CUSTOMERS[::-1], SCORES.head(0), BANDS)
    assert found["customer_id"].tolist() == ["ann", "bob", "cat", "dan", "eve", "fay"]
    assert found[["churn_probability", "risk_segment", "model_version"]].isna().all(axis=None)


@pytest.mark.parametrize("twice", ["customers", "scores"])
def test_a_customer_named_twice_is_an_error_and_not_two_rows(twice):
    customers = pd.concat([CUSTOMERS, CUSTOMERS.head(1)]) if twice == "customers" else CUSTOMERS
    scores = pd.concat([SCORES, SCORES.head(1)]) if twice == "scores" else SCORES
    with pytest.raises(MergeError):
        customer_list(customers, scores, BANDS)


def test_what_is_given_is_left_as_it_was():
    customers, scores = CUSTOMERS.copy(deep=True), SCORES.copy(deep=True)
    customer_list(customers, scores, BANDS)
    pd.testing.assert_frame_equal(customers, CUSTOMERS)
    pd.testing.assert_frame_equal(scores, SCORES)
