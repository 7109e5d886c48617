"""What looks personal is no feature: not by its name, not by its values, not as a stray level."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pandas as pd
import pytest

from pipeline.features import catalog as catalogue
from pipeline.features.compile import open_attributes
from pipeline.features.spec import attribute
from pipeline.stages.features import features
from tests.conftest import config_of
from tests.worlds import Row, Tables, facts, features_of, write_tables

T = datetime(2020, 6, 1)
DAY = timedelta(days=1)


def world(name: str, values: list[str]) -> Tables:
    """One customer for each value of an attribute, known long before T."""
    people = [f"c{number:02d}" for number in range(len(values))]
    orders: list[Row] = [{"customer_id": who, "order_id": who, "ordered_at": T - 10 * DAY, "amount": 5} for who in people]
    facts: list[Row] = [
        {"customer_id": who, "name": name, "value": value, "valid_from": T - 20 * DAY}
        for who, value in zip(people, values, strict=True)
    ]
    return {"transactions": orders, "attributes": facts}


def test_an_attribute_of_addresses_is_no_feature() -> None:
    assert "tier" not in features_of(world("tier", ["ann@example.com", "bob@example.com", "gold"]), [("c02", T)])["c02", T]


def test_a_stray_address_is_a_gap_and_no_level() -> None:
    tables = world("tier", ["ann@example.com", *["gold"] * 5, "+39 333 1234567"])
    seen = features_of(tables, [(f"c{number:02d}", T) for number in range(7)])
    assert [seen[f"c{number:02d}", T]["tier"] for number in range(7)] == [None, *["gold"] * 5, None]


@pytest.mark.parametrize("name", ["email", "first_name", "Telefon", "indirizzo"])
def test_a_personal_name_is_refused_even_if_it_is_declared(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    declared = replace(attribute("tier"), needs=(f"attributes:{name}",))
    monkeypatch.setattr(catalogue, "attribute", lambda of: declared if of == "tier" else attribute(of))
    refused = world(name, ["x", "y"])
    assert "tier" not in features_of(refused, [("c00", T)], static=(name,))["c00", T]
    assert "tier" in features_of(refused, [("c00", T)], has={f"attributes:{name}"})["c00", T], "it was its name that refused it"


def test_consents_and_preferences_are_no_personal_data() -> None:
    for name, value in (("consent_email", "yes"), ("preferred_channel", "email"), ("country", "IT"), ("tier", "12345678")):
        with facts(world(name, [value] * 3)) as (connection, _):
            assert open_attributes(connection, ()) == {}


def test_the_stage_says_what_it_left_out_and_writes_nothing_of_it(tmp_path) -> None:
    tables = world("tier", ["ann@example.com", "bob@example.com"])
    write_tables(tmp_path / "data/clean", tables)
    labelled = [("c00", T), ("c01", T)]
    (tmp_path / "data/snapshots").mkdir()
    frame = pd.DataFrame(labelled, columns=["customer_id", "t"])
    frame.assign(weight=1.0, kept_known_at=pd.NaT).to_parquet(tmp_path / "data/snapshots/labelled.parquet")
    frame.assign(status="lapsed").to_parquet(tmp_path / "data/snapshots/customers.parquet")
    plan = {"first": "2020-01-01", "score": "2020-07-01", "ship": [], "running": []} | {
        "origins": [{"test": "2020-06-01", "train": [], "running": []}]
    }
    (tmp_path / "data/snapshots/plan.json").write_text(json.dumps(plan), encoding="utf-8")
    said = features.run(config_of(), tmp_path)
    assert said.endswith("features (tier looks like e-mail: left out as personal)")
    names = [feature["name"] for feature in json.loads((tmp_path / "data/features/catalog.json").read_text(encoding="utf-8"))]
    assert "tier" not in names
    assert "example.com" not in pd.read_parquet(tmp_path / "data/features/features.parquet").to_csv()
