"""The curve behind the budget slider, and its picture."""

import json

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.report.recut import POINTS, Point, Recut, kept_rates, recut
from pipeline.report.recut_picture import as_json, drawing_of
from pipeline.report.words import spoken
from tests.conftest import config_of
from tests.report_world import listed_customers

KEPT = {"points": 0.2, "return": 0.1}


def test_todays_contacts_come_first_then_who_was_cut_each_by_profit_for_cost() -> None:
    # today a2 6/1, a1 8/2, b1 3/3 (no probability); cut c2 4/1, c1 2/4; a3 is held out, c3 pays nothing
    curve = recut(listed_customers(), KEPT)
    assert curve == Recut(
        (
            Point(0, 0.0, 0.0, 0.0),
            Point(1, 1.0, 6.0, pytest.approx(0.16)),
            Point(2, 3.0, 14.0, pytest.approx(0.34)),
            Point(3, 6.0, 17.0, pytest.approx(0.34)),
            Point(4, 7.0, 21.0, pytest.approx(0.44)),
            Point(5, 11.0, 23.0, pytest.approx(0.56)),
        ),
        3,
    )
    assert curve is not None
    assert curve.today == Point(3, 6.0, 17.0, pytest.approx(0.34))


def test_saves_are_left_out_where_no_rate_is_known() -> None:
    curve = recut(listed_customers(), {})
    assert curve is not None
    assert {point.saves for point in curve.points} == {None}


def test_there_is_no_curve_without_lists_or_without_profits() -> None:
    customers = listed_customers()
    assert recut(customers.drop(columns=["arm"]), KEPT) is None
    assert recut(customers.assign(expected_profit=float("nan")), KEPT) is None
    assert recut(customers.assign(arm="none"), KEPT) is None


rows = st.lists(
    st.tuples(st.integers(1, 500), st.integers(0, 50), st.booleans()).map(lambda row: (row[0] / 4, row[1] / 4, row[2])),
    min_size=1,
    max_size=400,
)


@given(rows)
def test_the_curve_is_short_and_never_falls_and_passes_through_today(made: list[tuple[float, float, bool]]) -> None:
    frame = pd.DataFrame(made, columns=["expected_profit", "expected_cost", "in"])
    frame = frame.assign(
        customer_id=[str(n) for n in range(len(frame))],
        arm=frame["in"].map({True: "contact", False: "none"}),
        left_out_reason=frame["in"].map({True: "", False: "budget"}),
        churn_probability=0.5,
        offer="points",
    )
    curve = recut(frame, KEPT)
    assert (curve is None) == (not frame["in"].any())
    if curve is None:
        return
    assert len(curve.points) <= POINTS
    assert all(a.customers < b.customers and a.profit < b.profit for a, b in zip(curve.points, curve.points[1:], strict=False))
    today, last = frame[frame["in"]], curve.points[-1]
    assert (curve.today.customers, curve.today.spend) == (len(today), today["expected_cost"].sum())
    assert (last.customers, last.profit) == (len(frame), frame["expected_profit"].sum())
    assert recut(frame.iloc[::-1], KEPT) == curve


def test_the_rates_are_those_of_the_configuration() -> None:
    assert kept_rates(config_of().campaign)["service_recovery"] == 0.35


def test_the_picture_ends_at_the_largest_numbers_and_marks_today() -> None:
    curve = Recut((Point(0, 0.0, 0.0, None), Point(50, 5.0, 30.0, None), Point(100, 10.0, 40.0, None)), 1)
    drawing = drawing_of(curve, spoken("it"))
    assert drawing.line == "74.0,194.0 240.0,62.0 406.0,18.0"
    assert (drawing.x, drawing.y) == (240.0, 62.0)
    assert [tick.said for tick in drawing.across] == ["0", "50", "100"]
    assert [tick.said for tick in drawing.up] == ["0", "10", "20", "30", "40"]
    assert json.loads(drawing.data)["points"] == [[0, 0.0, 0.0, None], [50, 5.0, 30.0, None], [100, 10.0, 40.0, None]]


def test_json_cannot_end_the_element_it_stands_in() -> None:
    assert as_json({"a": "</script><!--&"}) == '{"a":"\\u003c/script\\u003e\\u003c!--\\u0026"}'
