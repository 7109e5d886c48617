"""Of how many customers each of those stands who were left alone after a delivery of 1 June, in literal draws."""

from datetime import date

import pandas as pd
import pytest

from pipeline.errors import DataUnfitError
from pipeline.outcomes.archived import Delivered
from pipeline.outcomes.left_alone import left_alone
from pipeline.outcomes.untreated import draws, untreated
from tests.worlds import definition

T, MATURES = date(2024, 6, 1), date(2024, 8, 30)


def archive(*drawn: tuple[str, str, str, float]) -> list[Delivered]:
    """A delivery on the first of each month of 2024, which repeats the draws (since, customer, arm, chance) that still hold."""
    made = []
    for month in range(1, 13):
        day = date(2024, month, 1)
        rows = [
            {"customer_id": name, "arm": arm, "assignment_probability": chance, "since": since}
            for since, name, arm, chance in drawn
            if 0 <= (day - date.fromisoformat(since)).days < 90
        ]
        made.append(
            Delivered(
                day,
                definition(),
                pd.DataFrame(),
                pd.DataFrame(rows, columns=["customer_id", "arm", "assignment_probability", "since"]),
            )
        )
    return made


def weights(*drawn: tuple[str, str, str, float], logged: float = 1.0) -> list[float]:
    """Of ann and bob."""
    happened = pd.DataFrame({"customer_id": ["ann", "bob"], "weight": logged})
    return untreated(happened, T, MATURES, draws(archive(*drawn)))["weight"].tolist()


def test_who_is_in_no_list_stands_for_themselves_and_who_is_held_out_for_their_list():
    assert weights() == [1, 1]
    assert weights(("2024-06-01", "ann", "holdout", 0.75), ("2024-06-01", "bob", "contact", 0.75)) == [4, 0]


@pytest.mark.parametrize(("since", "expected"), [("2024-07-01", [0, 2]), ("2024-08-29", [0, 2]), ("2024-08-30", [1, 1])])
def test_a_later_delivery_of_the_window_decides_about_who_was_left_alone(since, expected):
    assert weights((since, "ann", "contact", 0.5), (since, "bob", "holdout", 0.5)) == expected


@pytest.mark.parametrize(("since", "expected"), [("2024-05-01", [0, 1]), ("2024-03-04", [0, 1]), ("2024-03-03", [1, 1])])
def test_an_arm_that_was_drawn_before_and_holds_still_is_not_decided_about(since, expected):
    assert weights((since, "ann", "contact", 0.5), (since, "bob", "holdout", 0.5)) == expected


def test_each_draw_of_the_window_counts_once_and_those_of_one_customer_multiply():
    assert weights(("2024-05-01", "ann", "holdout", 0.9), ("2024-08-01", "ann", "holdout", 0.75)) == [4, 1]
    assert weights(("2024-06-01", "ann", "holdout", 0.5), ("2024-08-20", "ann", "holdout", 0.75)) == [8, 1]
    assert weights(("2024-06-01", "ann", "holdout", 0.5), ("2024-08-20", "ann", "contact", 0.75)) == [0, 1]


def test_what_the_log_says_of_other_campaigns_counts_as_well():
    assert weights(("2024-06-01", "ann", "holdout", 0.5), logged=3.0) == [6, 3]
    assert weights(("2024-06-01", "ann", "holdout", 0.5), logged=0.0) == [0, 0]


def test_an_arm_that_everybody_was_drawn_for_is_stood_for_by_nobody():
    assert weights(("2024-06-01", "ann", "contact", 1.0), ("2024-06-01", "bob", "holdout", 1.0)) == [0, 0]


def test_whoever_weighs_nothing_or_has_no_forecast_is_not_among_those_left_alone():
    rows = pd.DataFrame({"customer_id": list("abc"), "churn_probability": [0.5, None, 0.5], "weight": [2.0, 1.0, 0.0]})
    assert left_alone(rows)["customer_id"].tolist() == ["a"]


def test_rows_of_an_earlier_version_are_refused_and_it_is_said_what_to_do():
    rows = pd.DataFrame({"customer_id": ["a"], "churn_probability": [0.5], "arm": ["none"]})
    with pytest.raises(
        DataUnfitError, match=r"does not say for how many each customer stands .* `dvc repro outcomes` makes it anew"
    ):
        left_alone(rows)
