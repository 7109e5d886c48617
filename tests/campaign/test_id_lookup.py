"""Looking ids up, and rows by id, on literal rows."""

import pandas as pd
import pytest

from pipeline.campaign.id_lookup import beside, by_id, places


@pytest.mark.parametrize("dtype", ["str", "object", "category"])
def test_each_customer_is_found_at_its_place_or_nowhere(dtype):
    among = pd.Series(["bob", "ann", "eve"], dtype=dtype)
    assert places(pd.Series(["eve", "zoe", "bob", "bob"], dtype=dtype), among).tolist() == [2, -1, 0, 0]
    assert places(pd.Series([], dtype=dtype), among).tolist() == []
    assert places(among, pd.Series([], dtype=dtype)).tolist() == [-1, -1, -1]


def test_a_customer_who_stands_there_twice_has_no_place():
    with pytest.raises(ValueError, match="customer 'ann' stands there twice"):
        places(pd.Series(["bob"]), pd.Series(["ann", "bob", "ann"]))


def test_rows_beside_others_are_missing_where_there_are_none():
    rows = pd.DataFrame({"customer_id": ["ann", "bob"], "orders": [1, 2], "held": [True, False]}, index=[7, 9])
    found = beside(rows, places(pd.Series(["bob", "zoe"]), rows["customer_id"]))
    expected = pd.DataFrame({"customer_id": ["zoe", "bob"]}).merge(rows, on="customer_id", how="left")
    assert found["orders"].tolist()[0] == 2
    assert found.iloc[1].isna().all()
    assert found.dtypes.to_dict() == expected.dtypes.to_dict()
    assert beside(rows, places(pd.Series(["bob", "ann"]), rows["customer_id"]))["orders"].tolist() == [2, 1]


def test_rows_come_by_id_and_equal_ones_stay_in_order():
    rows = pd.DataFrame({"customer_id": ["b", "a", "b", "B", "é", "10", "9"], "row": range(7)})
    ordered = by_id(rows)
    assert list(zip(ordered["customer_id"], ordered["row"], strict=True)) == [
        ("10", 5), ("9", 6), ("B", 3), ("a", 1), ("b", 0), ("b", 2), ("é", 4),
    ]  # fmt: skip
    pd.testing.assert_frame_equal(by_id(ordered), ordered)
    assert by_id(rows.iloc[:0]).empty
