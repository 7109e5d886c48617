"""Which rows of matured deliveries are learned from, in literal frames."""

import pandas as pd
import pytest

from pipeline.errors import DataUnfitError
from pipeline.uplift.randomised import CATALOG, randomised
from tests.uplift.trials import nothing, trial


def test_a_customer_who_is_drawn_anew_counts_in_both_deliveries_as_one_customer():
    first = trial(3, 1, nothing).assign(recency_days=1.0)
    again = first.assign(recency_days=8.0, delivery=pd.Timestamp("2024-03-08"), drawn=False)
    anew = first.assign(recency_days=99.0, since="2024-07-01", delivery=pd.Timestamp("2024-07-01"))
    found = randomised([first, again, anew], {})
    assert found.rows["recency_days"].tolist() == [1, 1, 1, 99, 99, 99]
    assert found.customer.tolist() == [0, 1, 2, 0, 1, 2]
    assert found.rows["since"].tolist() == ["2024-03-01"] * 3 + ["2024-07-01"] * 3


def test_only_the_drawn_of_the_churn_list_with_a_forecast_count():
    rows = trial(5, 1, nothing)
    rows.loc[0, "drawn"] = False
    rows.loc[1, "list"] = "win_back"
    rows.loc[2, "churn_probability"] = None
    rows.loc[3, "expected_value"] = None
    assert randomised([rows], {}).rows["customer_id"].tolist() == ["1-00004"]


def test_a_suspect_delivery_teaches_nothing():
    first, suspect = trial(3, 1, nothing), trial(5, 2, nothing, since="2024-05-01").assign(suspect=True)
    assert randomised([first, suspect], {}).rows["since"].tolist() == ["2024-03-01"] * 3
    assert len(randomised([suspect], {})) == 0


def test_frames_that_do_not_say_who_is_suspect_are_refused_in_one_line():
    with pytest.raises(DataUnfitError, match=r"^data/matured is of an earlier version: it does not say which deliveries .*anew$"):
        randomised([trial(3, 1, nothing).drop(columns="suspect")], {})


def test_what_contacting_brings_beside_comes_from_those_who_stay_anyway():
    rows = trial(2, 1, nothing).assign(churn_probability=[0.8, 0.5])
    # (1 − .8) × .5 × 100 − 1 = 9; (1 − .5) × .5 × 100 − 1 = 24; without an η only the cost
    assert randomised([rows], {"reward": 0.5}).besides == pytest.approx([9, 24])
    assert randomised([rows], {"other": 0.5}).besides.tolist() == [-1, -1]


def test_nothing_that_tells_the_arm_is_learned_from():
    assert not {"arm", "contact_intensity", "reached", "cost", "expected_profit"} & {one["name"] for one in CATALOG}


def test_the_order_of_deliveries_and_of_their_rows_does_not_matter():
    one, other = trial(50, 1, nothing), trial(50, 2, nothing, since="2024-05-01")
    found = randomised([one, other], {}).rows
    pd.testing.assert_frame_equal(
        found, randomised([other.sample(frac=1, random_state=1), one.sample(frac=1, random_state=2)], {}).rows
    )
