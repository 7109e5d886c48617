"""Labels that do not flicker, turnover with its reasons, and the sizes of lists before anything is sent."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.allocation.allocate import allocate
from pipeline.allocation.list_sizes import list_sizes
from pipeline.allocation.steady import steady_segment, turnover
from pipeline.campaign.lists import SEGMENTS, risk_segment
from pipeline.config.campaign_section import Bands
from tests.allocation.test_allocate import NOBODY, candidates, drawing, known

BANDS = Bands(critical=0.8, high=0.6, medium=0.4)


@pytest.mark.parametrize(
    ("probability", "before", "label"),
    [
        (0.79, "critical", "critical"),
        (0.78, "critical", "critical"),
        (0.74, "critical", "high"),
        (0.81, "high", "high"),
        (0.86, "high", "critical"),
        (0.57, "high", "high"),
        (0.54, "high", "medium"),
        (0.41, "low", "low"),
        (0.99, "low", "critical"),
        (0.10, "critical", "low"),
        (0.81, None, "critical"),
        (0.81, "no such label", "critical"),
        (np.nan, "high", None),
    ],
)
def test_a_label_stays_until_its_bound_is_passed_by_the_margin(probability, before, label):
    found = steady_segment(pd.Series([probability]), pd.Series([before], dtype=object), BANDS, 0.05)
    assert found.where(found.notna(), None).tolist() == [label]


PROBABILITIES = st.lists(st.tuples(st.floats(0, 1), st.sampled_from([*SEGMENTS, None])), min_size=1, max_size=20)


@given(PROBABILITIES, st.floats(0, 0.3))
def test_a_label_is_steady_once_given_and_never_further_from_the_band_than_the_margin(rows, margin):
    probability, before = (pd.Series(column) for column in zip(*rows, strict=True))
    found = steady_segment(probability, before.astype(object), BANDS, margin)
    assert found.isin(SEGMENTS).all()
    pd.testing.assert_series_equal(steady_segment(probability, found, BANDS, margin), found)
    near = [{risk_segment(pd.Series([p + off]), BANDS)[0] for off in (-margin - 1e-9, 0, margin + 1e-9)} for p in probability]
    for label, p, close in zip(found, probability, near, strict=True):
        between = set(SEGMENTS[min(map(SEGMENTS.index, close)) : max(map(SEGMENTS.index, close)) + 1])
        assert label in between, p


@given(PROBABILITIES)
def test_without_a_margin_labels_are_the_bands(rows):
    probability, before = (pd.Series(column) for column in zip(*rows, strict=True))
    found = steady_segment(probability, before.astype(object), BANDS, 0.0)
    assert found.tolist() == risk_segment(probability, BANDS).tolist()


def states(**customers):
    rows = [(who, *(("left_out", why[1:]) if why.startswith("-") else (why, None))) for who, why in customers.items()]
    return pd.DataFrame(rows, columns=["customer_id", "state", "left_out_reason"])


def test_who_entered_left_and_stayed_and_why():
    before = states(ann="contact", bob="holdout", cem="contact", dee="-budget", eve="control", fay="contact", gil="-lapsed")
    now = states(
        ann="holdout", bob="-contacted_lately", cem="control", dee="contact", eve="contact", gil="-lapsed", new="contact"
    )
    found = turnover(before, now, 0.5)
    assert found.customers.to_numpy().tolist() == [
        ["ann", "stayed", ""],
        ["bob", "left", "contacted_lately"],
        ["cem", "left", "control"],
        ["dee", "entered", "budget"],
        ["eve", "entered", "control"],
        ["fay", "left", "unknown"],
        ["new", "entered", "unknown"],
    ]
    assert (found.figures["entered"], found.figures["left"], found.figures["stayed"]) == (3, 3, 1)
    assert found.figures["share"] == 6 / 7
    assert found.figures["why"]["left: contacted_lately"] == 1
    assert found.warning == ("turnover 86% is above campaign.allocation.max_turnover 50%: 3 entered and 3 left, 1 stayed")


def test_turnover_at_the_bound_a_first_delivery_and_none_at_all_are_no_warning():
    before, now = states(ann="contact", bob="-budget"), states(ann="contact", bob="contact")
    assert turnover(before, now, 0.5).figures["share"] == 0.5
    assert turnover(before, now, 0.5).warning is None
    assert turnover(states(), now, 0.1).warning is None
    assert turnover(states(), states(), 0.1).figures["share"] == 0


def test_sizes_before_anything_is_sent():
    rows = candidates(*((name, "gift", "email", profit, 2.0) for name, profit in (("ann", 5.0), ("bob", 3.0), ("cem", 4.0))))
    people = known(ann={}, bob={}, cem={}, dee={"status": "lapsed"})
    found = allocate(rows, people, NOBODY, drawing()).customers
    found.loc[found["customer_id"] == "bob", ["state", "arm"]] = "holdout"
    described = pd.DataFrame(
        {
            "customer_id": ["ann", "bob", "cem", "dee"],
            "churn_probability": [0.9, 0.5, 0.75, None],
            "risk_segment": ["critical", "high", "high", None],
        }
    )
    sizes = list_sizes(found, described, ["risk_segment"])
    assert sizes.to_numpy().tolist() == [
        ["churn", "critical", 1, 1, 0, 0.9, 2.0, 5.0],
        ["churn", "high", 2, 1, 1, 1.25, 2.0, 4.0],
        ["all", "all", 3, 2, 1, 2.15, 4.0, 9.0],
    ]
    nobody = list_sizes(found[found["state"] == "left_out"], described, ["risk_segment"])
    assert nobody[["intended", "contact", "holdout"]].to_numpy().tolist() == [[0, 0, 0]]


def test_sizes_without_money_have_no_profit():
    rows = candidates(("ann", "gift", "email", np.nan, np.nan))
    found = allocate(rows, known(ann={}), NOBODY, drawing()).customers
    described = pd.DataFrame({"customer_id": ["ann"], "churn_probability": [0.5]})
    assert list_sizes(found, described, [])["expected_profit"].isna().all()
