"""The pilot of the benchmark of lists: it finds what was put into a made-up one, and is drawn and read as it says."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.pilot import ACTIVE_DAYS, CALL, CONTROL, drawn, measured, outcomes, piloted

T = pd.Timestamp("2024-01-01")


def arm_of(name: str, recency: int, left: int, size: int, margin: float) -> pd.DataFrame:
    """Customers of one arm and recency, of whom `left` left; what they brought in earlier is the same in every arm."""
    return pd.DataFrame({
        "arm": name,
        "aggrieved": False,
        "recency": float(recency),
        "earlier": np.arange(size) % 2,
        "left": (np.arange(size) < left).astype(float),
        "margin": margin,
    })  # fmt: skip


def test_what_an_offer_does_is_found_again():
    # kept 0.2 of those who leave, drives away 0.1 of the others, who buy 0.05 more; who stays is worth 100
    groups = []
    for recency in range(10):
        leave = recency / 10
        control = arm_of(CONTROL, recency, 100 * recency // 10, 100, 0.0)
        stayed = control["left"] == 0
        groups.append(control.assign(margin=np.where(stayed, 100.0, 0.0)))
        gained = 20 * leave - 10 * (1 - leave) + 5 * (1 - leave)
        groups.append(arm_of("loyalty_bonus", recency, round(1000 * (0.7 * leave + 0.1)), 1000, 100 * (1 - leave) + gained))
    found = measured(pd.concat(groups, ignore_index=True), "loyalty_bonus")
    assert found == pytest.approx({"kept": 0.2, "driven_away": 0.1, "stayer_uplift": 0.05, "contacted": 10_000})


def test_active_customers_are_drawn_and_only_those_with_a_grievance_into_calls():
    ids = [f"{number:08d}" for number in range(400)]
    lines = pd.DataFrame({
        "order_no": ids,
        "line_type": "SALE",
        "customer_no": ids,
        "order_time": [T - pd.Timedelta(days=ACTIVE_DAYS + 1 if number % 4 == 0 else 10) for number in range(400)],
        "line_total": [0.0 if number % 4 == 1 else 20.0 for number in range(400)],
        "margin": 5.0,
    })  # fmt: skip
    told = pd.DataFrame({"customer_no": ids[::2], "opened_at": T - pd.Timedelta(days=5), "ticket_type": "TICKET"})
    people = drawn({"order_lines": lines, "service_tickets": told}, T, np.random.default_rng(0))
    assert list(people.index) == [one for number, one in enumerate(ids) if number % 4 > 1]
    assert set(people["recency"]) == {10.0}
    assert set(people["earlier"]) == {5.0}
    assert set(people.loc[~people["aggrieved"], "arm"]) == {CONTROL, "discount_10", "loyalty_bonus"}
    assert set(people.loc[people["aggrieved"], "arm"]) == {CONTROL, "discount_10", "loyalty_bonus", CALL}
    assert list(people.index[people["aggrieved"]]) == [one for number, one in enumerate(ids) if number % 4 == 2]


def test_who_buys_for_money_in_time_has_not_left_and_returns_are_taken_off():
    days = [1, 2, 89, 90, 1, 100]
    lines = pd.DataFrame({
        "line_type": ["SALE", "RETURN", "SALE", "SALE", "SALE", "SALE"],
        "customer_no": ["a", "a", "b", "c", "d", "e"],
        "order_time": [T + pd.Timedelta(days=day) for day in days],
        "line_total": [9.0, -9.0, 9.0, 9.0, 0.0, 9.0],
        "margin": [3.0, -3.0, 4.0, 5.0, 0.0, 6.0],
    })  # fmt: skip
    found = outcomes({"order_lines": lines}, T, 100)
    assert found["margin"].dropna().to_dict() == {"a": 0.0, "b": 4.0, "c": 5.0, "d": 0.0}
    assert found["left"].dropna().to_dict() == {"a": 0.0, "b": 0.0}


def test_a_pilot_of_a_simulated_company_is_complete():
    people = piloted(5, 400, 90)
    assert people.notna().all(axis=None)
    assert set(people["left"]) == {0.0, 1.0}
    assert set(people["arm"]) == {CONTROL, "discount_10", "loyalty_bonus", CALL}
    assert people.equals(piloted(5, 400, 90))
