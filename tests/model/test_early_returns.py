from datetime import date

import numpy as np
import pandas as pd
import pytest

from pipeline.model.early_returns import early_levels

UNTIL = date(2024, 6, 1)


def rows(day, kept, weight=None):
    """Customers with equal scores at one snapshot, by the days after which each was known to stay (None: never)."""
    t = pd.Timestamp(day)
    known = [pd.NaT if days is None else t + pd.Timedelta(days=days) for days in kept]
    made = pd.DataFrame({"t": t, "kept_known_at": pd.Series(known, dtype="datetime64[us]"), "raw": 0.0})
    return made.assign(weight=np.ones(len(kept)) if weight is None else weight)


def shares(found):
    return {(one.t.isoformat(), one.days): one.away for one in found}


def test_a_running_snapshot_is_compared_with_complete_ones_at_its_age():
    complete = rows("2024-01-01", [5, 40, 70, None])
    running = rows("2024-05-02", [10, None, None])  # 30 days before the first of June
    assert shares(early_levels(complete, running, UNTIL)) == {("2024-01-01", 30): 3.5 / 5, ("2024-05-02", 30): 2.5 / 4}


def test_every_age_is_observed_at_every_complete_snapshot():
    complete = pd.concat([rows("2024-01-01", [5, 40, 70, None]), rows("2024-02-01", [50, None])])
    running = pd.concat([rows("2024-05-02", [10, None]), rows("2024-04-02", [10, 50, None])])
    assert shares(early_levels(complete, running, UNTIL)) == {
        ("2024-01-01", 30): 3.5 / 5,
        ("2024-01-01", 60): 2.5 / 5,
        ("2024-02-01", 30): 2.5 / 3,
        ("2024-02-01", 60): 1.5 / 3,
        ("2024-04-02", 60): 1.5 / 4,
        ("2024-05-02", 30): 1.5 / 3,
    }


@pytest.mark.parametrize(("days", "away"), [(29.999, 1.5 / 3), (30, 2.5 / 3)])
def test_a_return_counts_if_it_was_known_before_the_age(days, away):
    found = early_levels(rows("2024-01-01", [1, None]), rows("2024-05-02", [days, None]), UNTIL)
    assert shares(found)[("2024-05-02", 30)] == away


def test_what_became_known_later_changes_nothing():
    complete = rows("2024-01-01", [5, 40, None])
    before = early_levels(complete, rows("2024-05-02", [10, None, None]), UNTIL)
    assert early_levels(complete, rows("2024-05-02", [10, 31, 80]), UNTIL) == before


def test_an_age_at_which_nobody_had_come_back_is_left_out():
    complete = rows("2024-01-01", [35, 40, None])
    running = pd.concat([rows("2024-05-02", [None, None]), rows("2024-04-02", [40, None])])
    assert {one.days for one in early_levels(complete, running, UNTIL)} == {60}


def test_weights_count():
    found = early_levels(rows("2024-01-01", [5, None]), rows("2024-05-02", [5, None], [3.0, 1.0]), UNTIL)
    assert shares(found)[("2024-05-02", 30)] == 1.5 / 5


def test_without_running_snapshots_nothing_is_observed():
    assert early_levels(rows("2024-01-01", [5, None]), rows("2024-05-02", []), UNTIL) == ()
