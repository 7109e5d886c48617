"""Challenger and champion on the same rows: literal differences, overlaps, and which twin stands where."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model.booster import fit
from pipeline.model.folds import Origin
from pipeline.model.recipe import Record
from pipeline.promotion.comparison import compare
from pipeline.promotion.embargoed import beside, graded, kept_twins, lacking
from pipeline.promotion.shadow import shadow
from tests.conftest import config_of


def rows(champion: list[float], challenger: list[float]) -> pd.DataFrame:
    y = [1, 0, 1, 0]
    names = ["a", "b", "c", "d"]
    frame = {"customer_id": names, "t": pd.Timestamp("2024-03-01"), "y": y, "weight": 1.0}
    return pd.DataFrame(frame | {"champion": champion, "challenger": challenger})


def test_the_difference_is_the_challengers_log_loss_less_the_champions():
    found = compare(rows([0.5, 0.5, 0.5, 0.5], [0.8, 0.2, 0.8, 0.2]), samples=20, seed=0, bins=2)
    assert found.difference == pytest.approx(-np.log(0.8) + np.log(0.5))
    assert (found.customers, found.dates) == (4, ["2024-03-01"])
    assert found.auc == pytest.approx(0.5)


def test_equal_models_differ_by_nothing():
    found = compare(rows([0.7, 0.2, 0.6, 0.4], [0.7, 0.2, 0.6, 0.4]), samples=20, seed=0, bins=2)
    assert (found.difference, found.low, found.high, found.auc) == (0, 0, 0, 0)


def test_the_champion_is_graded_on_the_dates_of_the_challenger():
    t = pd.Timestamp("2024-03-01")
    risk = np.repeat([0.2, 0.8], 200)
    y = np.tile([1, 0, 0, 0, 0], 40).tolist() + np.tile([1, 1, 1, 1, 0], 40).tolist()
    names = [f"c{number}" for number in range(400)]
    judged = pd.DataFrame({"customer_id": names, "t": t, "y": y, "weight": 1.0, "churn_probability": 0.99, "recency": 0.5})
    origins = Origin(date(2024, 3, 1), ()), Origin(date(2023, 12, 1), ())
    judged = judged.assign(value=1.0, expected_value=2.0)
    for champion, letter in ((risk, "B"), (risk / 2, "C")):
        both = pd.DataFrame({"customer_id": names, "t": t, "champion": champion})
        assert graded(judged, both, origins, config_of()) == letter


def test_two_lists_of_ten_share_their_first_or_not():
    champion = np.arange(10) / 10
    assert shadow(champion, champion).overlap == 1
    assert shadow(champion, champion[::-1]).overlap == 0
    assert shadow(champion, champion[::-1]).rank_correlation == pytest.approx(-1)
    assert shadow(champion, champion + 0.05).mean_change == pytest.approx(0.05)
    assert np.isnan(shadow(champion, np.full(10, 0.3)).rank_correlation)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.integers(0, 3))
def test_a_list_is_its_own_shadow_and_overlap_is_a_share(values, seed):
    champion = np.array(values)
    challenger = np.random.default_rng(seed).permutation(champion)
    assert shadow(champion, champion).overlap == 1
    assert 0 <= shadow(champion, challenger).overlap <= 1
    assert shadow(champion, challenger).overlap == shadow(challenger, champion).overlap


def twin(world, catalog, day: str):
    about = {"first_day": "2022-07-02", "active_days": 365, "label_days": 60, "known_until": day}
    return fit(world({"2023-10-01": 0.0}), catalog, {"num_leaves": 4}, rounds=5, seed=0, about=about)


def known(rows: pd.DataFrame, *days: str) -> pd.DataFrame:
    """Rows as `read_rows` has them, of a world whose customers came back after five days, or not; nobody was contacted."""
    back = (pd.to_datetime(rows["t"]) + pd.Timedelta(days=5)).where(rows["y"] == 0, pd.NaT)
    values = {f"value_known_{day.replace('-', '')}": 0.0 for day in days}
    return rows.assign(kept_known_at=back, first_contact_at=pd.NaT, **values)


def test_each_kept_twin_stands_at_the_challengers_date_of_its_rank_unless_it_saw_it(world, catalog, tmp_path):
    days = ("2024-04-01", "2024-02-01", "2023-12-01", "2024-01-15")
    nobody = known(world({"2024-01-01": 0.0}, customers=1), *days).iloc[:0]
    for day in ("2024-01-01", "2024-03-01"):
        twin(world, catalog, day).save(tmp_path, f"twin-{day}")
    later = (Origin(date(2024, 4, 1), ()), Origin(date(2024, 2, 1), ()), Origin(date(2023, 12, 1), ()))
    found = kept_twins(tmp_path, later, nobody)
    assert [(origin.test, model.about["known_until"]) for origin, model in found] == [
        (date(2024, 4, 1), "2024-03-01"),
        (date(2024, 2, 1), "2024-01-01"),
    ]
    earlier = (Origin(date(2024, 2, 1), ()), Origin(date(2024, 1, 15), ()))
    assert [(origin.test, model.about["known_until"]) for origin, model in kept_twins(tmp_path, earlier, nobody)] == [
        (date(2024, 1, 15), "2024-01-01")
    ]


def test_a_kept_twin_forecasts_from_the_levels_that_are_known_at_its_date(world, catalog, tmp_path):
    twin(world, catalog, "2024-01-01").save(tmp_path, "twin-2024-01-01")
    since = known(world({"2024-01-15": 1.0}), "2024-04-01")
    ((_, model),) = kept_twins(tmp_path, (Origin(date(2024, 4, 1), (date(2024, 1, 15),)),), since)
    assert list(model.levels) == [date(2024, 1, 15)]
    assert model.about["known_until"] == "2024-04-01"


def test_both_probabilities_stand_beside_what_happened(world, catalog):
    test = world({"2024-03-01": 0.0}, customers=3)
    judged = test[["customer_id", "t", "y", "weight"]].iloc[::-1].assign(churn_probability=[0.3, 0.2, 0.1])
    model = twin(world, catalog, "2024-01-01")
    found = beside(judged, test, [(Origin(date(2024, 3, 1), ()), model)]).sort_values("customer_id")
    assert found["challenger"].tolist() == [0.1, 0.2, 0.3]
    assert found["champion"].tolist() == model.churn_probability(test, date(2024, 3, 1)).tolist()
    assert found["y"].tolist() == test["y"].tolist()


def record(**known) -> Record:
    given = {"trees": True, "features": ("a", "b"), "params": {}, "rounds": 5, "half_life_days": None, "monotone": False}
    return Record(**given | {"chosen": {"rounds": 5}} | known)


def test_a_recipe_is_the_same_whatever_it_found(tmp_path):
    assert record().same_as(record(params={"num_leaves": 4}, rounds=7, features=("b", "a")))
    assert not record().same_as(record(features=("a",)))
    assert not record().same_as(record(chosen={"rounds": 6}))
    assert not record().same_as(record(trees=False))
    record().save(tmp_path)
    assert Record.load(tmp_path) == record()


def test_features_that_are_gone_are_named():
    assert lacking(["a", "c", "b"], [{"name": "a"}]) == ["b", "c"]
