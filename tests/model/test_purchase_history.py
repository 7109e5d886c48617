"""What BG/NBD reads: the same of the facts and of the features, and nothing of who was never active."""

import numpy as np
import pandas as pd

from pipeline.model.purchase_history import COUNTED, columns_of, history_of_features


def test_feature_rows_tell_repeat_days_the_last_and_the_age():
    rows = pd.DataFrame({"days": [3, 1], "tenure": [100.5, 40.0], "recency": [20.5, 39.5]})
    made = history_of_features(rows, ("days", "tenure", "recency"))
    assert made.to_dict("list") == {"repeats": [2.0, 0.0], "last": [80.0, 0.0], "age": [100.5, 40.0]}


def test_who_was_never_active_is_as_new_as_can_be():
    rows = pd.DataFrame({"days": [np.nan], "tenure": [np.nan], "recency": [np.nan]})
    assert [column.tolist() for column in columns_of(history_of_features(rows, ("days", "tenure", "recency")))] == [[0], [0], [0]]


def test_the_order_is_that_of_the_models_on_disk():
    assert COUNTED["purchase"] == ("purchases_days_all", "purchases_tenure_days", "purchases_recency_days")
