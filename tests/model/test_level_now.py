"""A champion scores with the level that is known today, whenever its trees were trained."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.model import level_now
from pipeline.model.booster import ChurnModel, fit
from pipeline.model.folds import Plan
from pipeline.model.level_now import scored_once, standing_at, with_levels_of_today
from pipeline.model.simple import SimpleModel

ABOUT = {"first_day": "2022-01-01", "active_days": 365, "label_days": 60, "definition": {"gap_days": 0}}
THEN = {"2023-06-01": 0.0, "2023-09-01": 0.0, "2023-12-01": 0.0}
SINCE = {"2024-03-01": 1.0, "2024-06-01": 1.0}
NEVER = pd.Timestamp(None)
PLAN = Plan(
    date(2022, 1, 1), date(2024, 8, 1), (), tuple(date.fromisoformat(day) for day in (*THEN, *SINCE)), (date(2024, 7, 15),)
)


@pytest.fixture
def written(world, tmp_path: Path) -> Path:
    """Snapshots whose level rose by 1 in 2024, one that runs since two weeks, and everyone at risk today."""
    rows = world(THEN | SINCE | {"2024-07-15": 1.0}, customers=1500)
    back = pd.to_datetime(rows["t"]) + pd.Timedelta(days=10)
    stayed, running = rows["y"] == 0, rows["t"] == "2024-07-15"
    labels = rows[["customer_id", "t", "y", "weight"]].astype({"y": "Int8"})
    labels["y"] = labels["y"].mask(running)
    labels = labels.assign(kept_known_at=back.where(stayed, NEVER), first_contact_at=NEVER)
    labels.to_parquet(tmp_path / "labelled.parquet", index=False)
    today = world({"2024-08-01": 1.0}, customers=1500, seed=5)
    pd.concat([rows, today]).drop(columns=["y", "weight", "odds"]).to_parquet(tmp_path / "features.parquet", index=False)
    return tmp_path


def champion(world, catalog) -> ChurnModel:
    """Trained in February, before the level rose."""
    rows = world(THEN, customers=1500).assign(kept_known_at=NEVER)
    return fit(rows, catalog, {"num_leaves": 7}, rounds=40, seed=0, about=ABOUT | {"known_until": "2024-02-01"})


def test_as_many_are_foreseen_to_leave_as_leave_by_now(world, catalog, written):
    today = world({"2024-08-01": 1.0}, customers=1500, seed=5)
    then = champion(world, catalog)
    now = with_levels_of_today(then, written, written, PLAN)
    assert then.churn_probability(today, PLAN.score).mean() < today["y"].mean() - 0.1
    assert now.churn_probability(today, PLAN.score).mean() == pytest.approx(today["y"].mean(), abs=0.03)


def test_the_trees_and_so_the_order_are_the_champions(world, catalog, written):
    today, then = world({"2024-08-01": 1.0}, seed=5), champion(world, catalog)
    now = with_levels_of_today(then, written, written, PLAN)
    assert now.booster is then.booster
    moved = [np.log(p / (1 - p)) for p in (one.churn_probability(today, PLAN.score) for one in (then, now))]
    assert np.ptp(moved[1] - moved[0]) < 1e-9


def test_levels_are_those_of_all_snapshots_by_now_the_running_one_included(world, catalog, written):
    now = with_levels_of_today(champion(world, catalog), written, written, PLAN)
    assert sorted(now.levels) == list(PLAN.ship)
    assert {(one.t, one.days) for one in now.observed if one.days != 60} == {(day, 17) for day in (*PLAN.ship, *PLAN.running)}
    assert now.about["known_until"] == "2024-08-01"


def test_a_large_snapshot_is_known_by_a_sample_that_is_always_the_same(world, catalog, written, monkeypatch):
    whole = with_levels_of_today(champion(world, catalog), written, written, PLAN)
    monkeypatch.setattr(level_now, "MOST", 700)
    sample, again = (with_levels_of_today(champion(world, catalog), written, written, PLAN) for _ in range(2))
    assert sample.observed == again.observed
    assert sample.observed != whole.observed
    assert list(sample.levels.values()) == pytest.approx(list(whole.levels.values()), abs=0.3)


def test_before_any_snapshot_is_complete_the_levels_stay_as_they_were(world, catalog, written):
    then = champion(world, catalog)
    plan = Plan(PLAN.first, PLAN.score, (), (), PLAN.running)
    assert with_levels_of_today(then, written, written, plan).observed == then.observed


def test_a_rule_without_a_level_is_as_it_was(written):
    rule = SimpleModel("recency", {"intercept": 0.0, "slope": 1.0}, ("purchases_recency_days",), {})
    assert with_levels_of_today(rule, written, written, PLAN) is rule


def test_one_just_trained_observes_what_it_observed(world, catalog, written):
    rows = world(THEN | SINCE | {"2024-07-15": 1.0}, customers=1500)
    labels = pd.read_parquet(written / "labelled.parquet")
    known = rows.assign(kept_known_at=labels["kept_known_at"])
    running = known["t"] == "2024-07-15"
    about = ABOUT | {"known_until": "2024-08-01"}
    fresh = fit(known[~running], catalog, {"num_leaves": 7}, rounds=40, seed=0, about=about, running=known[running])
    assert with_levels_of_today(fresh, written, written, PLAN).observed == fresh.observed


def known_rows_of(written: Path) -> pd.DataFrame:
    """The rows of the past with features and labels, as the monitor reads them."""
    labels, features = pd.read_parquet(written / "labelled.parquet"), pd.read_parquet(written / "features.parquet")
    return labels.merge(features, on=["customer_id", "t"], validate="1:1")


def test_on_a_day_of_the_past_only_what_was_known_then_moves_the_level(world, catalog, written):
    then, rows = champion(world, catalog), known_rows_of(written)
    standing = standing_at(then, scored_once(then, rows), date(2024, 6, 1))
    assert standing.about["known_until"] == "2024-06-01"
    assert sorted(standing.levels) == [date.fromisoformat(day) for day in (*THEN, "2024-03-01")]
    late = rows.assign(kept_known_at=rows["kept_known_at"].mask(rows["t"] == "2024-03-01", pd.Timestamp(2024, 6, 2)))
    unknown = standing_at(
        then, scored_once(then, late), date(2024, 6, 1)
    )  # every order that showed who stayed was recorded a day too late
    assert unknown.levels[date(2024, 3, 1)] > standing.levels[date(2024, 3, 1)] + 1


def test_a_snapshot_that_ran_on_a_day_of_the_past_tells_early_returns(world, catalog, written):
    then = champion(world, catalog)
    standing = standing_at(then, scored_once(then, known_rows_of(written)), date(2024, 7, 1))
    assert {(one.t, one.days) for one in standing.observed if one.days != 60} == {
        (date.fromisoformat(day), 30) for day in (*THEN, *SINCE)
    }


def test_today_it_is_the_champion_as_it_scores(world, catalog, written):
    then = champion(world, catalog)
    scored = scored_once(then, known_rows_of(written))
    assert standing_at(then, scored, PLAN.score).observed == with_levels_of_today(then, written, written, PLAN).observed


def test_on_a_day_before_it_was_trained_it_is_as_it_is(world, catalog, written):
    then = champion(world, catalog)
    assert standing_at(then, scored_once(then, known_rows_of(written)), date(2024, 2, 1)) is then
