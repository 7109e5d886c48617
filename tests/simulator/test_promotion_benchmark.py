"""The benchmark of promotion: what counts as right, the truth of a model, and a change of behaviour, by literal figures."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from benchmarks.challengers import _shuffled, at_level, expected_auc, expected_log_loss
from benchmarks.promotion_page import harmless, matters, page, retrains_needed, right
from benchmarks.retrained import orders_doubled, orders_lost
from pipeline.simulator.behaviour import transitions
from pipeline.simulator.luck import Luck
from pipeline.simulator.population import COOLING, LOYAL, new_traits
from pipeline.simulator.settings import Habits, Settings


def row(truly: float, *, promoted: bool, kind: str = "refresh") -> dict:
    return {
        "kind": kind,
        "what": kind,
        "truly": truly,
        "at_one_level": truly,
        "promoted": promoted,
        "refused_by": [] if promoted else ["not_worse"],
    }


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (row(0.006, promoted=False), (True, True, False)),
        (row(0.006, promoted=True), (True, False, False)),
        (row(-0.006, promoted=True), (True, True, True)),
        (row(-0.006, promoted=False), (True, False, True)),
        (row(0.005, promoted=False), (False, True, False)),
        (row(0.001, promoted=False), (False, True, True)),
        (row(-0.5, promoted=True, kind="good"), (True, True, False)),
    ],
)
def test_what_matters_what_is_right_and_what_is_harmless(given, expected):
    assert (matters(given), right(given), harmless(given)) == expected


def test_the_expected_figures_are_those_of_outcomes_drawn_by_the_truth():
    truth, said = np.array([0.2, 0.5, 0.9, np.nan]), np.array([0.3, 0.4, 0.8, 0.1])
    outcomes = np.array([[a, b, c] for a in (0, 1) for b in (0, 1) for c in (0, 1)])
    chance = np.prod(np.where(outcomes == 1, truth[:3], 1 - truth[:3]), axis=1)
    losses = -np.where(outcomes == 1, np.log(said[:3]), np.log(1 - said[:3])).mean(axis=1)
    assert expected_log_loss(truth, said) == pytest.approx(float(chance @ losses))
    # pairs (one who left, one who stayed) by their chance: 1.6 leave, 1.4 stay; ranked right unless the lower one left
    pairs = {(i, j): truth[i] * (1 - truth[j]) for i in range(3) for j in range(3)}
    won = sum(chance * (1 if said[i] > said[j] else 0.5 if i == j else 0) for (i, j), chance in pairs.items())
    assert expected_auc(truth, said) == pytest.approx(won / (1.6 * 1.4))


def test_at_one_level_only_the_order_is_left():
    truth = np.array([0.2, 0.5, 0.8, np.nan])
    odds = np.log(truth[:3] / (1 - truth[:3]))
    said = np.append(1 / (1 + np.exp(-(odds + 1.5))), 0.5)
    assert at_level(truth, said)[:3] == pytest.approx(truth[:3])


def test_retrains_are_counted_from_the_first_that_could_see_the_change():
    told = [{"retrains": n, "auc": auc, "oracle": 0.8} for n, auc in enumerate((0.79, 0.76, 0.775, 0.78))]
    assert retrains_needed(told) == 2
    assert retrains_needed(told[:2]) is None


def test_shuffling_keeps_the_rate_of_each_date():
    frame = pd.DataFrame({"t": pd.to_datetime(["2024-01-01"] * 50 + ["2024-02-01"] * 50), "y": [1] * 20 + [0] * 70 + [1] * 10})
    shuffled = _shuffled(frame, 1.0, seed=3)
    assert shuffled.groupby("t")["y"].sum().tolist() == [20, 10]
    assert (shuffled["y"] != frame["y"]).sum() > 20
    assert _shuffled(frame, 0.0, seed=3) is frame


def test_orders_of_a_time_are_lost_or_come_twice_under_other_numbers():
    days = ["2024-01-31", "2024-02-01", "2024-02-29", "2024-03-01"]
    when = pa.array(pd.to_datetime(days).to_numpy("datetime64[s]"))
    tables = {"order_lines": pa.table({"order_no": ["a", "b", "c", "d"], "order_time": when})}
    span = np.datetime64("2024-02-01", "s"), np.datetime64("2024-03-01", "s")
    assert orders_lost(tables, *span)["order_lines"].column("order_no").to_pylist() == ["a", "d"]
    assert orders_doubled(tables, *span)["order_lines"].column("order_no").to_pylist() == ["a", "b", "c", "d", "b-R", "c-R"]


def test_habits_hold_from_their_month_on():
    settings = Settings(seed=1, customers=10, months=6, changes_at=3, changed=Habits(pace=0.5))
    assert [settings.habits(month).pace for month in range(6)] == [1.0, 1.0, 1.0, 0.5, 0.5, 0.5]


def test_a_pull_turned_round_lets_those_leave_who_stayed():
    traits = new_traits(Luck(1), np.arange(500), joined=-1)
    none, age = np.full(500, -1), np.zeros(500, dtype=np.int64)
    before = transitions(traits, none, age)[LOYAL, COOLING]
    after = transitions(traits, none, age, Habits(pull=-1.0))[LOYAL, COOLING]
    assert np.corrcoef(before, after)[0, 1] < -0.7
    assert transitions(traits, none, age, Habits(pull=0.0, cools=2.0))[LOYAL, COOLING] == pytest.approx(0.09)


def test_the_page_says_the_three_figures():
    decisions = [{"month": 20, **row(0.02, promoted=False, kind="bad")}, {"month": 20, **row(0.0, promoted=True)}]
    recovery = [{"retrains": 0, "auc": 0.7, "oracle": 0.8}, {"retrains": 1, "auc": 0.79, "oracle": 0.8}]
    made = page([{"seed": 1, "change": "slower", "decisions": decisions, "recovery": recovery}])
    assert "right where it matters: 100% (21% to 100%; 1 of 1); asked: 90 %" in made
    assert "harmless refreshes let through: 100% (21% to 100%; 1 of 1); asked: 80 %" in made
    assert "within 2 retrainings: 100% (21% to 100%; 1 of 1)" in made
    assert "| slower | 1 | 66.7%, 66.7% | 96.7%, 96.7% |" in made
