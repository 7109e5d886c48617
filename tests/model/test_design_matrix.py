import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest

from pipeline.errors import DataUnfitError
from pipeline.model.design_matrix import Columns

CATALOG = [{"name": "recency", "type": "number"}, {"name": "tier", "type": "category"}]


def frame(recency, tier, index=None):
    return pd.DataFrame({"tier": pd.array(tier, dtype="str"), "recency": recency, "noise": 0}, index=index)


def test_the_columns_are_those_of_the_catalogue_in_its_order():
    columns = Columns.learn(frame([1.0, 2.0], ["gold", "iron"]), CATALOG)
    assert columns.names == ("recency", "tier")
    assert columns.matrix(frame([1.0], ["gold"])).tolist() == [[1.0, 0.0]]


def test_the_levels_of_a_category_are_those_of_training_sorted_without_the_missing():
    columns = Columns.learn(frame([1.0, 2.0, 3.0, 4.0], ["silver", None, "gold", "silver"]), CATALOG)
    assert columns.levels == {"tier": ("gold", "silver")}


def test_numbers_become_float32_and_categories_codes_of_the_levels():
    columns = Columns.learn(frame([1.0, 2.0], ["iron", "gold"]), CATALOG)
    made = columns.matrix(frame([7.0, np.nan], ["iron", None]))
    assert made.dtype == np.float32
    assert made.tolist() == [pytest.approx([7.0, 1.0]), pytest.approx([np.nan, np.nan], nan_ok=True)]


def test_a_level_never_seen_in_training_reads_as_missing():
    columns = Columns.learn(frame([1.0, 2.0], ["iron", "gold"]), CATALOG)
    made = columns.matrix(frame([1.0, 1.0], ["platinum", "gold"]))
    assert np.isnan(made[:, 1]).tolist() == [True, False]


def test_a_category_of_numbers_keeps_its_levels():
    rows = pd.DataFrame({"recency": [1.0, 2.0, 3.0], "tier": [3, 1, 3]})
    made = Columns.learn(rows, CATALOG).matrix(rows)
    assert made[:, 1].tolist() == [1, 0, 1]


def test_a_category_without_any_value_has_no_levels_and_is_all_missing():
    columns = Columns.learn(frame([1.0, 2.0], [None, None]), CATALOG)
    assert columns.levels == {"tier": ()}
    assert np.isnan(columns.matrix(frame([1.0], ["gold"]))[:, 1]).all()


def test_the_rows_keep_their_order():
    columns = Columns.learn(frame([1.0, 2.0], ["iron", "gold"]), CATALOG)
    made = columns.matrix(frame([3.0, 1.0, 2.0], ["gold", "iron", "gold"], index=[30, 10, 20]))
    assert made.tolist() == [[3.0, 0.0], [1.0, 1.0], [2.0, 0.0]]


def test_the_given_rows_are_left_as_they_were():
    rows = frame([1.0, 2.0], ["iron", "gold"])
    before = rows.copy(deep=True)
    Columns.learn(rows, CATALOG).matrix(rows)
    pd.testing.assert_frame_equal(rows, before)


def test_nullable_integers_with_gaps_become_numbers_with_gaps():
    rows = pd.DataFrame({"recency": pd.array([1, None], dtype="Int64"), "tier": ["gold", "gold"]})
    assert Columns.learn(rows, CATALOG).matrix(rows)[:, 0].tolist() == pytest.approx([1.0, np.nan], nan_ok=True)


@pytest.mark.parametrize("infinite", [np.inf, -np.inf])
def test_infinity_is_refused_by_the_name_of_its_column(infinite):
    columns = Columns.learn(frame([1.0, 2.0], ["iron", "gold"]), CATALOG)
    with pytest.raises(DataUnfitError, match=r"^features: 1 infinite values in recency"):
        columns.matrix(frame([1.0, infinite], ["gold", "gold"]))


@pytest.mark.parametrize(
    ("value", "shown"),
    [("31 days", "'31 days'"), (True, "True"), (pd.Timestamp("2025-07-01"), r"Timestamp\('2025-07-01 00:00:00'\)")],
)
def test_a_number_that_is_none_any_more_is_refused_by_the_name_of_its_column(value, shown):
    columns = Columns.learn(frame([1.0, 2.0], ["iron", "gold"]), CATALOG)
    with pytest.raises(DataUnfitError, match=rf"^features: recency held numbers when .* trained, now {shown} and 1 more \("):
        columns.matrix(frame([value, value], ["gold", "gold"]))


@pytest.mark.parametrize(("value", "shown"), [(1.5, "1.5"), (True, "True")])
def test_words_that_are_none_any_more_are_refused_by_the_name_of_their_column(value, shown):
    columns = Columns.learn(frame([1.0, 2.0], ["iron", "gold"]), CATALOG)
    with pytest.raises(DataUnfitError, match=rf"^features: tier held words when .* trained, now {shown} and 0 more \("):
        columns.matrix(pd.DataFrame({"recency": [1.0], "tier": [value]}))


def test_a_column_without_any_value_is_of_no_kind():
    columns = Columns.learn(frame([1.0, 2.0], ["iron", "gold"]), CATALOG)
    assert np.isnan(columns.matrix(pd.DataFrame({"recency": [None], "tier": [np.nan]}))).all()


def test_missing_columns_are_refused_by_name():
    columns = Columns.learn(frame([1.0, 2.0], ["iron", "gold"]), CATALOG)
    with pytest.raises(DataUnfitError, match=r"^features: 1 columns the model needs are missing, e\.g\. recency"):
        columns.matrix(pd.DataFrame({"tier": ["gold"]}))


def test_a_category_that_is_missing_in_training_is_named():
    with pytest.raises(DataUnfitError, match=r"^features: 1 columns the model needs are missing, e\.g\. tier;"):
        Columns.learn(pd.DataFrame({"age": [1.0]}), [{"name": "age", "type": "number"}, {"name": "tier", "type": "category"}])


def test_the_trees_text_names_columns_and_levels_as_that_of_a_frame_does():
    generator = np.random.default_rng(0)
    rows = frame(generator.normal(size=400), generator.choice(["iron", "gold", None], 400))
    y = rows["recency"] + (rows["tier"] == "gold")
    columns = Columns.learn(rows, CATALOG)
    with_codes = pd.Categorical(rows["tier"], categories=["gold", "iron"])
    plain = pd.DataFrame({"recency": rows["recency"].astype(np.float32), "tier": with_codes})
    params = {"verbosity": -1, "deterministic": True, "force_col_wise": True, "seed": 0, "min_data_per_group": 10}
    of_matrix = lgb.train(params, columns.dataset(columns.matrix(rows), y.to_numpy()), 5)
    of_frame = lgb.train(params, lgb.Dataset(plain, y), 5)
    assert of_matrix.model_to_string() == of_frame.model_to_string()
    assert of_matrix.predict(columns.matrix(rows)).tolist() == of_frame.predict(plain).tolist()
    assert 'pandas_categorical:[["gold", "iron"]]' in of_matrix.model_to_string()
