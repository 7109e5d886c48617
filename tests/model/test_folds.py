"""The fold planner: literal plans, and the embargo as a law."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import Definition, Snapshots
from pipeline.errors import DataUnfitError
from pipeline.model.folds import Origin, Plan, label_days, plan, season_between
from tests.worlds import definition, snapshots

FIRST, LAST = date(1997, 1, 1), date(1998, 6, 30)


def test_cdnow_is_tested_ninety_days_before_its_end_and_trained_behind_that() -> None:
    both = (
        date(1997, 5, 7),
        date(1997, 6, 6),
        date(1997, 7, 6),
        date(1997, 8, 5),
        date(1997, 9, 4),
        date(1997, 10, 4),
        date(1997, 11, 3),
        date(1997, 12, 3),
        date(1998, 1, 2),
    )
    made = plan(FIRST, LAST, definition(), snapshots())
    early = (date(1997, 3, 8), date(1997, 4, 7))
    assert made == Plan(
        first=date(1997, 1, 1),
        score=date(1998, 7, 1),
        origins=(
            Origin(date(1998, 4, 2), (*early, *both), (date(1998, 2, 1), date(1998, 3, 3))),
            Origin(date(1998, 1, 2), (*early, *both[:6]), (date(1997, 11, 3), date(1997, 12, 3))),
            Origin(date(1997, 10, 4), (*early, *both[:3]), (date(1997, 8, 5), date(1997, 9, 4))),
        ),  # on 6 July 1997 there were but two snapshots to learn from
        ship=(*both, date(1998, 2, 1), date(1998, 3, 3), date(1998, 4, 2)),
        running=(date(1998, 5, 2), date(1998, 6, 1)),
    )
    assert (made.test, made.train) == (date(1998, 4, 2), (*early, *both))
    assert made.labelled == (*early, *made.ship)


def test_origins_are_as_many_as_asked_and_the_latest() -> None:
    assert [origin.test for origin in plan(FIRST, LAST, definition(), snapshots(origins=2)).origins] == [
        date(1998, 4, 2),
        date(1998, 1, 2),
    ]


def test_a_date_before_a_year_of_history_is_left_out_where_enough_others_remain() -> None:
    long = plan(date(2009, 12, 1), date(2011, 12, 9), definition(), snapshots())
    assert [origin.test for origin in long.origins] == [date(2011, 9, 11), date(2011, 6, 13), date(2011, 3, 15)]
    assert all(origin.season_seen for origin in long.origins)  # on 15 December 2010 there was none before
    assert len(plan(date(2008, 12, 1), date(2011, 12, 9), definition(), snapshots()).origins) == 4
    short = plan(FIRST, LAST, definition(), snapshots(origins=3))
    assert [origin.season_seen for origin in short.origins] == [True, False, False]


def test_the_same_season_is_a_year_before_within_twenty_days() -> None:
    day = date(2012, 3, 1)
    seen = [number for number in range(330, 400) if season_between(day - timedelta(days=number), day)]
    assert (seen[0], seen[-1]) == (346, 385)


def test_a_snapshot_within_the_gap_has_no_early_returns_to_show() -> None:
    made = plan(FIRST, LAST, definition(gap_days=31), snapshots(count=1))
    assert (made.test, made.running) == (date(1998, 3, 2), (date(1998, 4, 1), date(1998, 5, 1)))  # not 31 May: 31 days to 1 July


def test_of_many_running_snapshots_the_first_the_last_and_two_between_are_read() -> None:
    made = plan(FIRST, LAST, definition(), snapshots(stride_days=1, count=3, origins=2))
    for until, running in made.early:
        assert [(until - t).days for t in running] == [89, 60, 30, 1]
    assert [until for until, _ in made.early] == [date(1998, 4, 2), date(1998, 1, 2), date(1998, 7, 1)]
    assert len(made.dates) == 3 * 3 + 3 * 4 - 2, "three to learn from and four running at each of three dates; two are both"
    weekly = plan(FIRST, LAST, definition(gap_days=10), snapshots(stride_days=7))
    assert [(weekly.score - t).days for t in weekly.running] == [93, 65, 44, 16]


def test_a_snapshot_runs_at_a_test_date_only_where_its_label_was_open_and_its_gap_over() -> None:
    made = plan(FIRST, LAST, definition(gap_days=31), snapshots(count=1))
    (origin, *_) = made.origins
    assert origin.test == date(1998, 3, 2)
    assert origin.running == (date(1997, 11, 2), date(1997, 12, 2), date(1998, 1, 1))  # 120 of 121 days; not 30 of 31 of the gap


def test_fewer_snapshots_are_the_latest_ones() -> None:
    made = plan(FIRST, LAST, definition(), snapshots(count=2))
    assert made.train == (date(1997, 12, 3), date(1998, 1, 2))
    assert made.ship == (date(1998, 3, 3), date(1998, 4, 2))


def test_a_gap_moves_the_test_and_the_training_back() -> None:
    made = plan(FIRST, LAST, definition(gap_days=10), snapshots(count=1))
    assert (made.test, made.train) == (date(1998, 3, 23), (date(1997, 11, 23),))


def test_a_past_as_of_is_today() -> None:
    made = plan(FIRST, LAST, definition(), snapshots(as_of=date(1998, 1, 1), count=1))
    assert (made.score, made.test, made.train) == (date(1998, 1, 1), date(1997, 10, 3), (date(1997, 7, 5),))


def test_a_renewal_is_known_only_after_its_grace_period() -> None:
    assert label_days(definition(horizon_days=30, gap_days=5, grace_days=14)) == 35
    assert label_days(definition(kind="activity", horizon_days=30, gap_days=5, grace_days=14)) == 35
    assert label_days(definition(kind="renewal", horizon_days=30, gap_days=5, grace_days=14)) == 49


def test_too_little_history_says_how_much_there_is_and_how_much_is_needed() -> None:
    short = definition(horizon_days=30)
    enough = plan(date(2020, 1, 1), date(2020, 4, 14), short, snapshots())
    assert (enough.score, enough.test, enough.train) == (date(2020, 4, 15), date(2020, 3, 16), (date(2020, 2, 15),))
    with pytest.raises(DataUnfitError, match="104 days of activity before 2020-04-14, but 105 are needed"):
        plan(date(2020, 1, 1), date(2020, 4, 13), short, snapshots())


def test_the_history_needed_is_the_sum_of_what_is_said() -> None:
    with pytest.raises(DataUnfitError) as told:
        plan(date(2020, 1, 1), date(2021, 2, 24), definition(horizon_days=200), snapshots())
    assert "421 days of activity before 2021-02-25, but 455 are needed" in str(told.value)
    assert (
        "(45 days of history, 210 from the one to the other, as labels take 200 days and snapshots lie 30 apart, "
        "and 200 for the label of the test)"
    ) in str(told.value)


def test_an_as_of_long_after_the_data_is_refused() -> None:
    assert plan(FIRST, LAST, definition(), snapshots(as_of=date(1998, 7, 8))).score == date(1998, 7, 8)
    with pytest.raises(DataUnfitError, match=r"the data ends on 1998-06-30, 8 days before snapshots\.as_of=1998-07-09"):
        plan(FIRST, LAST, definition(), snapshots(as_of=date(1998, 7, 9)))


@pytest.mark.parametrize("as_of", [date(1996, 12, 31), date(1997, 1, 1)])
def test_an_as_of_before_the_data_is_refused(as_of: date) -> None:
    with pytest.raises(DataUnfitError, match=f"as_of={as_of} lies before the data, which begins on 1997-01-01"):
        plan(FIRST, LAST, definition(), snapshots(as_of=as_of))


DEFINITIONS = st.builds(
    definition,
    kind=st.sampled_from(["purchase", "activity", "renewal"]),
    horizon_days=st.integers(1, 200),
    gap_days=st.integers(0, 30),
    grace_days=st.integers(0, 30),
)
SNAPSHOTS = st.builds(
    snapshots,
    count=st.integers(1, 15),
    origins=st.integers(1, 6),
    stride_days=st.integers(1, 60),
    min_history_days=st.integers(0, 100),
)


@given(DEFINITIONS, SNAPSHOTS, st.integers(0, 900))
def test_no_label_of_training_reaches_the_test_and_none_of_shipping_reaches_today(
    churn: Definition, wanted: Snapshots, span: int
) -> None:
    last = FIRST + timedelta(days=span)
    try:
        made = plan(FIRST, last, churn, wanted)
    except DataUnfitError as error:
        assert "too little history" in str(error)  # noqa: PT017 — the other branch holds the law
        return
    wait = timedelta(days=churn.gap_days + churn.horizon_days + (churn.grace_days if churn.kind == "renewal" else 0))
    assert made.train
    assert all(t + wait <= origin.test for origin in made.origins for t in origin.train)
    assert all(later.test - earlier.test >= wait for later, earlier in pairwise(made.origins))
    assert all(t + wait <= made.score for t in made.ship)
    assert all(made.test < t < made.score < t + wait for t in made.running)
    for until, running in made.early:
        assert all(t + timedelta(days=churn.gap_days) < until < t + wait for t in running)
        assert len(running) <= 4
    assert made.test + wait <= made.score == last + timedelta(days=1)
    assert made.ship[-1] == made.test
    assert made.ship[-1] > made.train[-1]
    assert all(len(origin.train) <= wanted.count for origin in made.origins)
    assert len(made.origins) <= wanted.origins
    assert len(made.ship) <= wanted.count
    for t in made.labelled:
        assert t >= FIRST + timedelta(days=wanted.min_history_days)
        assert (made.test - t).days % wanted.stride_days == 0


@given(DEFINITIONS, SNAPSHOTS, st.integers(0, 900))
def test_the_history_said_to_be_needed_is_exactly_enough(churn: Definition, wanted: Snapshots, span: int) -> None:
    try:
        plan(FIRST, FIRST + timedelta(days=span), churn, wanted)
    except DataUnfitError as error:
        needed = int(str(error).split("but ")[1].split(" are needed")[0])
        assert needed > span + 1
        plan(FIRST, FIRST + timedelta(days=needed - 1), churn, wanted)
        with pytest.raises(DataUnfitError):
            plan(FIRST, FIRST + timedelta(days=needed - 2), churn, wanted)
