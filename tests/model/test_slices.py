"""Groups of customers: literal customers, and attributes as they were known at the date."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest

from pipeline.model.slices import groups, slices, values_at
from tests.worlds import Row, definition, facts

T = date(2024, 6, 1)


def word(customer: str, name: str, value: str, since: datetime | None, recorded: datetime | None = None) -> Row:
    return {"customer_id": customer, "name": name, "value": value, "valid_from": since, "recorded_at": recorded}


def test_the_value_of_an_attribute_is_the_one_known_at_the_date() -> None:
    before, after = datetime(2024, 5, 31, 23), datetime(2024, 6, 1)
    rows = [
        word("ann", "tier", "gold", datetime(2024, 1, 1)),
        word("ann", "tier", "silver", before),
        word("ann", "tier", "basic", after),
        word("bob", "tier", "gold", before, recorded=after),
        word("cat", "tier", "basic", None),  # undated: what holds today
        word("cat", "country", "IT", before),
    ]
    order = {"customer_id": "ann", "order_id": "1", "ordered_at": before, "amount": 1}
    with facts({"transactions": [order], "attributes": rows}, definition()) as (connection, _):
        found = values_at(connection, ["tier", "country", "unheard"], T)
    assert found["tier"].dropna().to_dict() == {"ann": "silver", "cat": "basic"}
    assert found["country"].dropna().to_dict() == {"cat": "IT"}
    assert found["unheard"].isna().all()


def test_everyone_has_a_group_in_every_slice() -> None:
    history = pd.DataFrame(
        {"customer_id": ["ann", "bob", "cat", "dan"], "repeats": [0.0, 1.0, 5.0, 2.0], "age": [89.9, 90.0, 365.0, 364.9]}
    )
    test = pd.DataFrame({"customer_id": ["dan", "cat", "bob", "ann"]})
    values = pd.DataFrame({"tier": pd.Series({"ann": "gold", "dan": "basic"})})
    assert groups(test, history, {"cat", "dan"}, values).to_dict("list") == {
        "tenure": ["up to a year", "beyond a year", "up to a year", "up to 90 days"],
        "orders": ["repeat", "repeat", "repeat", "one-time"],
        "training": ["seen in training", "seen in training", "unseen in training", "unseen in training"],
        "tier": ["basic", "(unknown)", "(unknown)", "gold"],
    }


def test_an_attribute_does_not_take_the_place_of_a_slice_of_its_name() -> None:
    history = pd.DataFrame({"customer_id": ["ann"], "repeats": [0.0], "age": [10.0]})
    values = pd.DataFrame({"tenure": pd.Series({"ann": "since school"})})
    found = groups(pd.DataFrame({"customer_id": ["ann"]}), history, set(), values)
    assert found["tenure"].tolist() == ["up to 90 days"]
    assert found["tenure (attribute)"].tolist() == ["since school"]


def rows(size: int, left: float, seed: int = 0) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    probability = generator.uniform(0, 1, size)
    return pd.DataFrame(
        {
            "customer_id": [f"c{who}" for who in range(size)],
            "t": pd.Timestamp(T),
            "y": (generator.random(size) < left).astype(int) if left in (0, 1) else (generator.random(size) < probability),
            "weight": 1.0,
            "churn_probability": probability,
        }
    ).astype({"y": int})


def test_a_group_has_its_own_churn_prediction_and_ranking() -> None:
    judged = pd.concat([rows(200, 0.5), rows(40, 1), rows(29, 1)], ignore_index=True)
    named = pd.DataFrame({"country": ["DE"] * 200 + ["IT"] * 40 + ["FR"] * 29})
    german, italian = slices(judged, named, bins=5)
    assert (german["slice"], german["group"], german["customers"]) == ("country", "DE", 200)
    assert german["churn_rate"] == pytest.approx(judged["y"].head(200).mean())
    assert german["predicted"] == pytest.approx(judged["churn_probability"].head(200).mean())
    assert german["auc_low"] < german["auc"] < german["auc_high"]
    assert (italian["group"], italian["churn_rate"]) == ("IT", 1.0)
    assert np.isnan([italian["auc"], italian["auc_low"], italian["auc_high"]]).all()


def test_rare_values_of_many_are_one_group() -> None:
    judged = rows(14 * 40, 0.5)
    named = pd.DataFrame({"city": np.repeat([f"city {number:02d}" for number in range(14)], 40)})
    found = slices(judged, named, bins=5)
    assert [one["group"] for one in found] == [*(f"city {number:02d}" for number in range(12)), "(other)"]
    assert found[-1]["customers"] == 80


def test_tenures_stand_by_length_and_the_unknown_last() -> None:
    judged = rows(5 * 40, 0.5)
    named = pd.DataFrame({"tenure": np.repeat(["(unknown)", "beyond a year", "up to a year", "up to 90 days", "a child"], 40)})
    found = [one["group"] for one in slices(judged, named, bins=5)]
    assert found == ["a child", "up to 90 days", "up to a year", "beyond a year", "(unknown)"]
