import json
import re
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from pipeline.errors import ConfigError, DataUnfitError
from pipeline.model.booster import ChurnModel, check_params, directions, fit
from pipeline.model.design_matrix import Columns
from pipeline.model.saved import load, version_of
from pipeline.model.sealed import read_sealed, write_sealed
from pipeline.stages.train import train as train_stage
from tests.damage import refused_when_changed

PARAMS = {"learning_rate": 0.1, "num_leaves": 7, "min_data_in_leaf": 20, "feature_fraction": 0.8, "bagging_fraction": 0.8}
PARAMS |= {"bagging_freq": 1, "lambda_l2": 10.0}
ABOUT = {
    "source": "shop",
    "definition": {"kind": "purchase"},
    "first_day": "2022-07-02",
    "active_days": 365,
    "label_days": 60,
    "known_until": "2024-06-01",
    "as_of": "2024-06-01",
}
STEADY = {"2024-01-01": 0.0, "2024-02-01": 0.0, "2024-03-01": 0.0}


def train(frame, catalog, *, rounds=40, seed=0, **params):
    return fit(frame, catalog, PARAMS | params, rounds=rounds, seed=seed, about=ABOUT)


@pytest.fixture(scope="module")
def model(world, catalog):
    return train(world(STEADY), catalog)


@pytest.fixture
def folder(model, tmp_path):
    model.save(tmp_path, "ship")
    return tmp_path


def test_the_model_finds_who_leaves_before_whom(model, world):
    later = world({"2024-06-01": 0.0}, customers=2000, seed=7)
    best = roc_auc_score(later["y"], later["odds"])
    assert best > 0.7
    assert roc_auc_score(later["y"], model.score(later)) > best - 0.03


def test_a_saved_model_predicts_the_same_numbers(model, folder, world):
    rows = world({"2024-06-01": 0.0}, seed=7)
    loaded = ChurnModel.load(folder, "ship")
    assert loaded.score(rows).tolist() == model.score(rows).tolist()
    at = date(2024, 6, 1)
    assert loaded.churn_probability(rows, at).tolist() == model.churn_probability(rows, at).tolist()
    assert (loaded.columns, loaded.levels, loaded.about) == (model.columns, model.levels, ABOUT)


def test_a_loaded_model_saves_the_same_bytes(folder, tmp_path_factory):
    again = tmp_path_factory.mktemp("again")
    ChurnModel.load(folder, "ship").save(again, "ship")
    assert (again / "ship.txt").read_bytes() == (folder / "ship.txt").read_bytes()
    assert (again / "ship.json").read_bytes() == (folder / "ship.json").read_bytes()


def test_a_model_is_two_text_files(folder):
    assert sorted(path.name for path in folder.iterdir()) == ["ship.json", "ship.txt"]
    body = json.loads((folder / "ship.json").read_text(encoding="utf-8"))
    assert body["columns"][-1] == "tier"
    assert body["category_levels"] == {"tier": ["gold", "silver"]}
    assert [one["t"] for one in body["levels"]] == ["2024-01-01", "2024-02-01", "2024-03-01"]


@pytest.mark.parametrize(
    ("name", "pattern", "instead"),
    [
        ("ship.txt", r"leaf_value=", "leaf_value=9"),
        ("ship.json", r'"level": -?', '"level": 9'),
        ("ship.json", r'"purchases_count_all"', '"purchases_recency_days"'),
        ("ship.json", r'"as_of": "2024', '"as_of": "2025'),
    ],
)
def test_a_changed_file_is_refused(folder, name, pattern, instead):
    refused_when_changed(folder / name, pattern, instead, lambda: ChurnModel.load(folder, "ship"))


def load_and_name(folder):
    return load(folder, "ship"), version_of(folder)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"levels": None}, "TypeError"),
        ({"columns": ["tier"]}, "ValueError: trees of 5 columns, a list of 1"),
        ({"kind": "gamma"}, "ValueError: a rule gamma"),
        ({"about": {}}, "KeyError: 'as_of'"),
    ],
)
def test_an_intact_model_of_another_version_is_refused(folder, changed, words):
    body, trees = read_sealed(folder, "ship", trees=True)
    write_sealed(folder, "ship", {**body, **changed}, "" if "kind" in changed else trees)
    with pytest.raises(DataUnfitError, match=rf"ship: a model of another version of the pipeline \({words}.*; train or promote"):
        load_and_name(folder)


def test_nobody_to_learn_from_is_refused(world, catalog):
    with pytest.raises(DataUnfitError, match="nobody was at risk"):
        train(world(STEADY).head(0), catalog)


@pytest.mark.parametrize(("outcome", "words"), [(1, "all 300 training rows churned"), (0, "all 300 training rows stayed")])
def test_one_class_is_refused(world, catalog, outcome, words):
    with pytest.raises(DataUnfitError, match=words):
        train(world({"2024-01-01": 0.0}, customers=300).assign(y=outcome), catalog)


def test_a_single_snapshot_of_one_class_is_learned_with_a_finite_level(world, catalog):
    rows = world(STEADY)
    rows.loc[rows["t"] == pd.Timestamp("2024-02-01"), "y"] = 1
    levels = train(rows, catalog).levels
    assert np.isfinite(list(levels.values())).all()
    assert levels[date(2024, 2, 1)] == max(levels.values())


def test_training_twice_gives_the_same_bytes(world, catalog, tmp_path):
    for name in ("first", "second"):
        train(world(STEADY), catalog).save(tmp_path, name)
    assert (tmp_path / "first.txt").read_bytes() == (tmp_path / "second.txt").read_bytes()
    assert (tmp_path / "first.json").read_bytes() == (tmp_path / "second.json").read_bytes()


def test_one_thread_and_two_grow_the_same_trees():
    generator = np.random.default_rng(0)  # large enough that LightGBM's threads would add up in another order if they were let
    wide = pd.DataFrame(generator.normal(size=(60_000, 30)).astype(np.float32)).add_prefix("x")
    wide["t"], wide["weight"] = pd.Timestamp("2024-01-01"), generator.random(60_000)
    wide["y"] = (generator.random(60_000) < 1 / (1 + np.exp(-wide["x0"]))).astype(int)
    catalog = [{"name": f"x{number}", "type": "number"} for number in range(30)]
    one, two = (train(wide, catalog, rounds=20, num_threads=threads).booster.model_to_string() for threads in (1, 2))
    assert "[num_threads: 1]" in one
    assert one.replace("[num_threads: 1]", "[num_threads: 2]") == two


def test_another_seed_grows_other_trees(model, world, catalog):
    rows = world(STEADY)
    assert train(rows, catalog, seed=1).score(rows).tolist() != model.score(rows).tolist()


def test_a_level_never_seen_scores_like_a_missing_one(model, world):
    rows = world({"2024-06-01": 0.0}, customers=50)
    unknown = model.score(rows.assign(tier=pd.array(["platinum"] * 50, dtype="str")))
    missing = model.score(rows.assign(tier=pd.array([None] * 50, dtype="str")))
    known = model.score(rows.assign(tier=pd.array(["gold"] * 50, dtype="str")))
    assert unknown.tolist() == missing.tolist()
    assert unknown.tolist() != known.tolist()


def test_a_category_that_is_always_missing_in_training_can_be_scored(world, catalog):
    rows = world(STEADY).assign(tier=pd.array([None] * 1200, dtype="str"))
    later = world({"2024-06-01": 0.0}, customers=20)
    assert np.isfinite(train(rows, catalog).score(later)).all()


def test_the_order_of_rows_scored_does_not_matter(model, world):
    rows = world({"2024-06-01": 0.0}, customers=100)
    assert model.score(rows[::-1]).tolist() == model.score(rows).tolist()[::-1]


def test_infinity_is_refused_by_name(model, world):
    rows = world({"2024-06-01": 0.0}, customers=20)
    rows.loc[3, "purchases_tenure_days"] = np.inf
    with pytest.raises(DataUnfitError, match="1 infinite values in purchases_tenure_days"):
        model.score(rows)


def test_a_missing_column_is_refused_by_name(model, world):
    rows = world({"2024-06-01": 0.0}, customers=20)
    with pytest.raises(DataUnfitError, match="purchases_count_all"):
        model.score(rows.drop(columns="purchases_count_all"))


def test_the_shares_of_importance_sum_to_one_largest_first(model):
    shares = model.importance()
    assert sum(shares.values()) == pytest.approx(1)
    assert list(shares.values()) == sorted(shares.values(), reverse=True)
    assert set(shares) == set(model.columns.names)
    assert next(iter(shares)) == "purchases_recency_days"


def test_the_version_is_the_date_and_the_start_of_a_checksum(folder):
    assert re.fullmatch(r"20240601-[0-9a-f]{8}", version_of(folder))


@pytest.mark.parametrize("name", ["ship.txt", "ship.json"])
def test_the_version_changes_with_either_file(folder, name):
    before = version_of(folder)
    with (folder / name).open("a", encoding="utf-8") as file:
        file.write("\n")
    assert version_of(folder) != before
    assert version_of(folder)[:9] == before[:9]


def test_the_levels_are_where_each_snapshot_shows_its_own_rate(model, world):
    rows = world(STEADY)
    for day, level in model.levels.items():
        at = rows[rows["t"] == pd.Timestamp(day)]
        probability = 1 / (1 + np.exp(-(model.score(at) + level)))
        assert probability.mean() == pytest.approx((at["y"].sum() + 0.5) / 401, abs=1e-6)


def test_the_mean_probability_at_a_date_is_that_of_the_forecast_level(world, catalog):
    model = train(world({"2023-06-01": 1.0, "2024-01-01": -1.0, "2024-03-01": 0.0}, customers=2000), catalog)
    later = world({"2024-06-01": 0.5}, customers=4000, seed=7)
    ahead = model.level(date(2024, 6, 1))
    assert ahead.season_seen
    assert model.levels[date(2024, 3, 1)] < ahead.level < model.levels[date(2023, 6, 1)]
    expected = 1 / (1 + np.exp(-(model.score(later) + ahead.level)))
    found = model.churn_probability(later, date(2024, 6, 1))
    assert found == pytest.approx(expected)
    assert found.mean() == pytest.approx(later["y"].mean(), abs=0.05)


def test_a_shift_of_the_level_between_snapshots_leaves_the_rank_alone(world, catalog):
    moving = {"2024-01-01": -1.5, "2024-02-01": 0.0, "2024-03-01": 1.5}
    later = world({"2024-06-01": 0.0}, customers=3000, seed=7)
    calm = train(world(STEADY, customers=1500), catalog)
    moved = train(world(moving, customers=1500), catalog)
    assert pd.Series(calm.score(later)).corr(pd.Series(moved.score(later)), method="spearman") > 0.95
    levels = list(moved.levels.values())
    assert np.diff(levels) == pytest.approx([1.5, 1.5], abs=0.3)


def test_a_feature_that_only_tells_the_date_earns_little(world, catalog):
    rows = world({"2024-01-01": -1.5, "2024-02-01": 0.0, "2024-03-01": 1.5}, customers=1500)
    month = rows.assign(month=rows["t"].dt.month.astype("float32"))
    shares = train(month, [*catalog, {"name": "month", "type": "number"}]).importance()
    assert shares["month"] < 0.07  # without offsets it is the strongest feature


def test_a_row_of_weight_two_counts_like_two_rows(world, catalog):
    rows = world({"2024-01-01": 0.0}, customers=600)
    calm = {"bagging_fraction": 1.0, "bagging_freq": 0, "min_data_in_leaf": 1, "min_sum_hessian_in_leaf": 5.0}
    heavy = train(rows.assign(weight=np.where(rows.index < 200, 2.0, 1.0)), catalog, **calm)
    twice = train(pd.concat([rows, rows.head(200)], ignore_index=True), catalog, **calm)
    later = world({"2024-06-01": 0.0}, customers=1000, seed=7)
    assert heavy.levels[date(2024, 1, 1)] == pytest.approx(twice.levels[date(2024, 1, 1)], abs=0.05)
    assert pd.Series(heavy.score(later)).corr(pd.Series(twice.score(later)), method="spearman") > 0.98


DAYS = ("2024-01-01", "2024-02-01", "2024-03-01", "2024-04-01")
PLAN = {
    "first": "2023-01-01",
    "score": "2024-06-01",
    "origins": [
        {"test": "2024-04-01", "train": DAYS[:2], "running": DAYS[2:3]},
        {"test": "2024-03-01", "train": DAYS[:1], "running": DAYS[1:2]},
    ],
    "ship": DAYS[1:],
    "running": [],
}
TWINS = ("twin-2024-04-01", "twin-2024-03-01")


@pytest.fixture
def root(world, catalog, tmp_path):
    """A project before the stage train: four labelled snapshots, on each of which ten customers were contacted at once."""
    rows = world(dict.fromkeys(DAYS, 0.0))
    rows.loc[rows["customer_id"] < "c00010", "weight"] = 0.0
    for name in ("features", "snapshots"):
        (tmp_path / "data" / name).mkdir(parents=True)
    rows["kept_known_at"] = (rows["t"] + pd.Timedelta(days=20)).where(rows["y"] == 0)
    rows["first_contact_at"] = rows["t"].where(rows["weight"] == 0)
    labels = ["customer_id", "t", "y", "weight", "kept_known_at", "first_contact_at"]
    values = dict.fromkeys(("value", "value_known_20240401", "value_known_20240301"), np.nan)  # a source without amounts
    rows[labels].assign(**values).to_parquet(tmp_path / "data/snapshots/labelled.parquet", index=False)
    features = rows[["customer_id", "t", *(feature["name"] for feature in catalog)]]
    features[::-1].to_parquet(tmp_path / "data/features/features.parquet", index=False)
    (tmp_path / "data/features/catalog.json").write_text(json.dumps(catalog), encoding="utf-8")
    (tmp_path / "data/snapshots/plan.json").write_text(json.dumps(PLAN), encoding="utf-8")
    return tmp_path


def test_the_stage_trains_the_twin_behind_the_embargo_and_the_shipped_model_on_all(root, configure):
    assert train_stage.run(configure(), root) == (
        "twin-2024-04-01 780 rows of 2 snapshots, twin-2024-03-01 390 rows of 1 snapshot, ship 1,170 rows of 3 snapshots"
    )
    twin, earlier, ship = (ChurnModel.load(root / "models/challenger", name) for name in (*TWINS, "ship"))
    assert sorted(twin.levels) == [date(2024, 1, 1), date(2024, 2, 1)]
    assert sorted(earlier.levels) == [date(2024, 1, 1)]
    assert sorted(ship.levels) == [date(2024, 2, 1), date(2024, 3, 1), date(2024, 4, 1)]
    assert (twin.about["rows"], ship.about["rows"]) == (780, 1170)
    assert twin.about["snapshots"] == ["2024-01-01", "2024-02-01"]
    for model in (twin, ship):
        assert model.about["source"] == "shop"
        assert model.about["definition"]["horizon_days"] == 60
        assert model.about["as_of"] == "2024-06-01"
        assert model.about["first_day"] == "2023-01-01"
        assert (model.about["active_days"], model.about["label_days"]) == (365, 60)
    assert [model.about["known_until"] for model in (twin, earlier, ship)] == ["2024-04-01", "2024-03-01", "2024-06-01"]


def test_the_twin_learns_the_early_returns_of_what_was_running_at_its_date(root, configure):
    train_stage.run(configure(), root)
    twin, ship = (ChurnModel.load(root / "models/challenger", name) for name in (TWINS[0], "ship"))
    observed = {(one.t, one.days) for one in twin.observed}
    whole = {(date(2024, 1, 1), 60), (date(2024, 2, 1), 60)}
    assert observed == whole | {(date(2024, month, 1), 31) for month in (1, 2, 3)}  # 31 days from the first of March to April
    rows = pd.read_parquet(root / "data/snapshots/labelled.parquet")
    rows = rows[(rows["t"] == pd.Timestamp("2024-03-01")) & (rows["weight"] > 0)]
    (running,) = (one for one in twin.observed if one.t == date(2024, 3, 1))
    assert running.away == pytest.approx((rows["y"].sum() + 0.5) / 391)  # whoever came back did so after 20 days
    assert {one.days for one in ship.observed} == {60}


def test_nothing_that_happened_from_the_test_on_reaches_the_twin(root, configure):
    train_stage.run(configure(), root)
    before = {path.name: path.read_bytes() for path in (root / "models/challenger").iterdir()}
    path = root / "data/snapshots/labelled.parquet"
    labels = pd.read_parquet(path)
    for test, unseen in (("2024-04-01", {"ship"}), ("2024-03-01", {"ship", TWINS[0]})):
        seen = labels["t"] < {"2024-04-01": "2024-03-01", "2024-03-01": "2024-02-01"}[test]
        seen |= labels["kept_known_at"] < test
        others = labels.assign(y=labels["y"].where(seen, 1 - labels["y"]))
        others["kept_known_at"] = labels["kept_known_at"].where(
            seen, pd.Series(pd.Timestamp(test), labels.index).where(others["y"] == 0)
        )
        others.to_parquet(path, index=False)
        train_stage.run(configure(), root)
        after = {path.name: path.read_bytes() for path in (root / "models/challenger").iterdir()}
        assert {Path(name).stem for name in before if before[name] != after[name]} == unseen


def test_contacts_from_the_test_on_change_nothing_of_its_twin(root, configure):
    train_stage.run(configure(), root)
    before = {path.name: path.read_bytes() for path in (root / "models/challenger").iterdir()}
    path = root / "data/snapshots/labelled.parquet"
    labels = pd.read_parquet(path)
    later = (labels["t"] == "2024-03-01") & labels["customer_id"].between("c00010", "c00200")
    later_at = labels["first_contact_at"].where(~later, pd.Timestamp("2024-04-01"))
    labels.assign(weight=labels["weight"].where(~later, 0.0), first_contact_at=later_at).to_parquet(path, index=False)
    train_stage.run(configure(), root)
    after = {path.name: path.read_bytes() for path in (root / "models/challenger").iterdir()}
    assert {Path(name).stem for name in before if before[name] != after[name]} == {"ship"}


def test_whoever_was_held_out_before_the_test_is_not_among_the_early_returns(root, configure):
    path = root / "data/snapshots/labelled.parquet"
    labels = pd.read_parquet(path)
    held = (labels["t"] == "2024-03-01") & (labels["customer_id"] >= "c00300")
    moments = labels["first_contact_at"].where(~held, pd.Timestamp("2024-03-31 23:59:59"))
    labels.assign(weight=labels["weight"].where(~held, 10.0), first_contact_at=moments).to_parquet(path, index=False)
    train_stage.run(configure(), root)
    twin = ChurnModel.load(root / "models/challenger", TWINS[0])
    (running,) = (one for one in twin.observed if one.t == date(2024, 3, 1))
    left = labels[(labels["t"] == "2024-03-01") & labels["customer_id"].between("c00010", "c00299")]
    assert running.away == pytest.approx((left["y"].sum() + 0.5) / 291)


def test_a_return_recorded_after_the_test_date_is_unknown_to_its_twin(root, configure):
    train_stage.run(configure(), root)
    before = {path.name: path.read_bytes() for path in (root / "models/challenger").iterdir()}
    path = root / "data/snapshots/labelled.parquet"
    labels = pd.read_parquet(path)
    stayed = (labels["t"] == "2024-01-01") & (labels["y"] == 0)
    labels["kept_known_at"] = labels["kept_known_at"].where(~stayed, pd.Timestamp("2024-03-01"))
    labels.to_parquet(path, index=False)
    with pytest.raises(DataUnfitError, match="all 390 training rows churned"):  # as far as was known on the first of March
        train_stage.run(configure(), root)
    labels.loc[(stayed & (labels["weight"] > 0)).idxmax(), "kept_known_at"] = pd.Timestamp("2024-02-29 23:59:59")
    labels.to_parquet(path, index=False)
    train_stage.run(configure(), root)
    after = {path.name: path.read_bytes() for path in (root / "models/challenger").iterdir()}
    # The later twin has the same trees, but of what it compares early returns with fewer were known after a month.
    assert {name for name in before if before[name] != after[name]} == {f"{TWINS[1]}.txt", f"{TWINS[1]}.json", f"{TWINS[0]}.json"}


def test_the_value_of_a_twin_is_learned_of_what_was_known_at_its_date(root, configure):
    path = root / "data/snapshots/labelled.parquet"
    labels = pd.read_parquet(path)
    values = labels["customer_id"].str[1:].astype(float).where(labels["y"] == 0, 0.0)
    early = labels.assign(value=values, value_known_20240401=values.where(labels["t"] < "2024-03-01"))
    early.to_parquet(path, index=False)
    said = train_stage.run(configure(), root)
    assert said.count("(and its value)") == 2, "at the first of March no value was known"
    folder = root / "models/challenger"
    assert sorted(one.stem for one in folder.glob("*-value.txt")) == ["ship-value", "twin-2024-04-01-value"]
    before = {one.name: one.read_bytes() for one in folder.iterdir()}
    early.assign(value=2 * values).to_parquet(path, index=False)
    train_stage.run(configure(), root)
    after = {one.name: one.read_bytes() for one in folder.iterdir()}
    assert {Path(name).stem for name in before if before[name] != after[name]} == {"ship-value"}


def test_training_on_dates_when_nobody_was_at_risk_is_unfit_data(root, configure):
    path = root / "data/snapshots/labelled.parquet"
    pd.read_parquet(path).query("t >= '2024-03-01'").to_parquet(path, index=False)
    with pytest.raises(DataUnfitError, match="nobody was at risk at the training snapshots"):
        train_stage.run(configure(), root)
    assert not (root / "models/challenger").exists()


DECLARED = {"purchases_recency_days": "raises", "purchases_count_all": "lowers", "tier": "raises"}


def test_a_declared_direction_is_kept_whatever_the_rows_say(world, catalog):
    rows = world(STEADY).assign(y=lambda made: (made["purchases_recency_days"] < 30).astype(np.int8))  # the other way round
    said = [feature | {"monotone": DECLARED.get(feature["name"])} for feature in catalog]
    one = world({"2024-06-01": 0.0}).head(1)
    asked = pd.concat([one] * 100, ignore_index=True).assign(purchases_recency_days=np.linspace(0, 200, 100, dtype=np.float32))
    free, kept = (fit(rows, said, PARAMS, rounds=40, seed=0, about=ABOUT, monotone=monotone) for monotone in (False, True))
    assert np.diff(free.score(asked)).min() < -0.1
    assert np.diff(kept.score(asked)).min() >= 0


def test_numbers_have_the_declared_directions_and_categories_none(world, catalog):
    said = [feature | {"monotone": DECLARED.get(feature["name"])} for feature in catalog]
    columns = Columns.learn(world(STEADY), said)
    assert directions(columns, said, monotone=True) == {"monotone_constraints": [1, 0, -1, 0, 0]}
    assert directions(columns, catalog, monotone=True) == {"monotone_constraints": [0] * 5}
    assert directions(columns, said, monotone=False) == {}


def test_trees_stop_early_by_what_was_known_behind_the_oldest_test_date(root, configure):
    plan = PLAN | {"origins": [{"test": "2024-04-01", "train": DAYS[:3], "running": []}]}
    (root / "data/snapshots/plan.json").write_text(json.dumps(plan), encoding="utf-8")
    config = configure(
        model={"rounds": 1, "early_stopping_rounds": 30}, definition={"horizon_days": 29}, train={"search": {"trials": 0}}
    )
    path = root / "data/snapshots/labelled.parquet"
    labels = pd.read_parquet(path)
    chosen = []
    for y in (labels["y"], labels["y"].where(labels["t"] < "2024-04-01", 1 - labels["y"])):
        labels.assign(y=y).to_parquet(path, index=False)
        train_stage.run(config, root)
        models = [ChurnModel.load(root / "models/challenger", name) for name in (TWINS[0], "ship")]
        chosen += [model.about["rounds"] for model in models] + [model.booster.num_trees() for model in models]
    assert len(set(chosen)) == 1
    assert 1 < chosen[0] < 200


def test_what_the_pipeline_sets_itself_is_no_parameter(world, catalog):
    with pytest.raises(ConfigError, match=r"model\.params\.objective: set by the pipeline itself"):
        train(world({"2024-01-01": 0.0}), catalog, objective="regression")


def test_what_lightgbm_refuses_is_a_matter_of_configuration(world, catalog):
    with pytest.raises(ConfigError, match=r"model\.params: LightGBM refuses them: .*num_leaves"):
        train(world({"2024-01-01": 0.0}), catalog, num_leaves=1)


def test_with_a_half_life_older_rows_teach_less(world, catalog):
    rows = world({"2023-01-01": 0.0, "2024-01-01": 0.0}, customers=600)
    old = rows["t"] < "2024-01-01"
    rows.loc[old, "y"] = 1 - rows.loc[old, "y"]  # a year ago everything was the other way round
    later = world({"2024-06-01": 0.0}, customers=1000, seed=7)
    found = {}
    for half_life in (None, 100_000, 30):
        model = fit(rows, catalog, PARAMS, rounds=30, seed=0, about=ABOUT, half_life_days=half_life)
        found[half_life] = roc_auc_score(later["y"], model.score(later))
    assert found[30] > 0.7 > found[None]
    assert found[100_000] == pytest.approx(found[None], abs=0.03)


@pytest.mark.parametrize(
    ("name", "meant"),
    [("numleaves", "num_leaves"), ("min_data_in_leaves", "min_data_in_leaf"), ("learnig_rate", "learning_rate")],
)
def test_a_parameter_that_lightgbm_does_not_know_is_refused_with_the_nearest_that_it_knows(name, meant, root, configure):
    with pytest.raises(ConfigError, match=rf"^model\.params\.{name}: LightGBM has no such parameter; did you mean {meant}\?$"):
        train_stage.run(configure(model={"params": {"num_leaves": 7, name: 5}}), root)


@pytest.mark.parametrize("name", ["eta", "reg_lambda", "min_child_samples", "max_bin", "monotone_constraints_method"])
def test_what_lightgbm_calls_by_several_names_is_known_by_each(name):
    check_params({name: 1})


@pytest.mark.parametrize(
    "name", ["early_stopping_round", "monotone_constraints", "objective_type", "linear_tree", "subsample_for_bin"]
)
def test_what_would_end_the_training_without_a_word_is_refused_by_name(name):
    with pytest.raises(ConfigError, match=rf"^model\.params\.{name}: set by the pipeline itself"):
        check_params({name: 5})
