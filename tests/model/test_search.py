"""The search: its splits respect the embargo, it can be taken up again, and what it finds is no worse than where it began."""

from datetime import date

import optuna
import pytest

from pipeline.errors import ConfigError, DataUnfitError
from pipeline.model.search import Recipe, _name, search, split_dates, splits, stopped

DAYS = tuple(date(2024, month, 1) for month in (1, 2, 3, 4, 5, 6))
POOR = Recipe({"num_leaves": 31, "min_data_in_leaf": 20, "learning_rate": 0.1, "lambda_l2": 0.1}, 500)


@pytest.fixture(scope="module")
def made(world, catalog):
    rows = world({day.isoformat(): 0.2 * number for number, day in enumerate(DAYS)}, customers=200)
    return splits(rows, catalog, DAYS, 60, {"max_bin": 63})


def found(made, trials, storage=None, seed=0):
    return search(made, POOR, trials, seed, storage, lambda done, total: None)


def test_every_split_learns_from_labels_that_were_complete_before_its_test():
    assert (
        split_dates(DAYS, 60)
        == [
            (DAYS[:2], date(2024, 4, 1)),  # 1 February and 60 days is 1 April
            (DAYS[:3], date(2024, 5, 1)),
            (DAYS[:4], date(2024, 6, 1)),
        ]
    )
    assert split_dates(DAYS, 61)[0] == (DAYS[:1], date(2024, 4, 1))


def test_snapshots_that_cannot_judge_each_other_are_too_few():
    with pytest.raises(DataUnfitError, match="of the 6 snapshots behind the oldest test date none can judge what another taught"):
        split_dates(DAYS, 200)


def test_the_first_trial_is_the_given_recipe_and_the_best_is_no_worse(made):
    best, tried = found(made, 6)
    assert {name: tried[0][name] for name in POOR.params} == POOR.params
    complete = [trial for trial in tried if trial["state"] == "complete"]
    assert len(tried) == 6
    winner = min(complete, key=lambda trial: trial["log_loss"])
    assert winner["log_loss"] < tried[0]["log_loss"]  # 31 leaves on 200 customers a date are too many
    assert best.rounds == winner["rounds"] < 500
    assert best.params == POOR.params | {name: winner[name] for name in best.params if name in winner}


def test_the_number_of_trees_alone_is_what_the_search_would_find_for_the_given_recipe(made):
    given = Recipe({**POOR.params, "feature_fraction": 0.8, "bagging_fraction": 0.9}, 500)  # all that a search would draw
    for patience in (5, 50):
        recipe = stopped(made, given, 0, patience)
        _, (first,) = search(made, given, 1, 0, None, lambda done, total: None, patience)
        assert recipe == Recipe(given.params, first["rounds"])
        assert recipe.rounds < 100


def test_a_fold_keeps_the_declared_directions(world, catalog):
    rows = world(dict.fromkeys((day.isoformat() for day in DAYS), 0.0), customers=50)
    said = [feature | {"monotone": "raises" if feature["name"] == "purchases_recency_days" else None} for feature in catalog]
    for fold in splits(rows, said, DAYS, 60, {}, monotone=True):
        assert fold.kept == {"monotone_constraints": [1, 0, 0, 0, 0]}
    free, kept = splits(rows, said, DAYS, 60, {}), splits(rows, said, DAYS, 60, {}, monotone=True)
    assert _name(free, POOR, 0) != _name(kept, POOR, 0), "a search of the one is not taken up for the other"


def test_a_search_that_was_stopped_goes_on_as_if_it_had_not_been(made, tmp_path):
    storage = f"sqlite:///{tmp_path / 'search.db'}"
    found(made, 3, storage)
    assert found(made, 6, storage) == found(made, 6)


def test_other_rows_or_another_seed_are_another_search(made, world, catalog, tmp_path):
    storage = f"sqlite:///{tmp_path / 'search.db'}"
    found(made, 2, storage)
    assert len(found(made, 1, storage, seed=1)[1]) == 1
    rows = world({day.isoformat(): 0.0 for day in DAYS}, customers=200, seed=5)
    assert len(found(splits(rows, catalog, DAYS, 60, {"max_bin": 63}), 1, storage)[1]) == 1


def test_a_first_trial_that_was_killed_is_tried_again(made, tmp_path):
    storage = f"sqlite:///{tmp_path / 'search.db'}"
    killed = optuna.create_study(study_name=_name(made, POOR, 0), storage=storage)
    killed.enqueue_trial(dict(POOR.params))
    killed.ask()  # and no end is ever told
    assert found(made, 3, storage) == found(made, 3)


def test_parameters_that_lightgbm_refuses_are_a_mistake_of_the_configuration(made):
    with pytest.raises(ConfigError, match=r"^model\.params: LightGBM refuses them: .*num_threads"):
        search(made, Recipe({"num_threads": "many"}, 10), 1, 0, None, lambda done, total: None)
