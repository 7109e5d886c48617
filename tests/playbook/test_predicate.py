"""Conditions of offers: what may be written, what each means, and what is true of the unknown."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.campaign.profile_columns import VOCABULARY
from pipeline.playbook.eligibility import holds
from pipeline.playbook.predicate import OPERATORS, Predicate, parse

PROFILE = pd.DataFrame(
    {
        "nps_last": [3.0, 6.0, 9.0, np.nan],
        "tier": ["gold", "basic", "silver", None],
        "lifecycle": pd.Categorical(["active", "cooling", "lapsed", None]),
        "consent_email": pd.array([True, False, True, None], dtype="boolean"),
    }
)
HOLDS = [
    ("nps_last <= 6", "110."),
    ("nps_last < 6", "1..."),
    ("nps_last > 6", "..1."),
    ("nps_last >= 6", ".11."),
    ("nps_last = 6", ".1.."),
    ("nps_last != 6", "1.1."),
    ("nps_last <= 6 or unknown", "11.1"),
    ("nps_last>=-1.5e1", "111."),
    ("nps_last is known", "111."),
    ("nps_last is unknown", "...1"),
    ("tier = gold", "1..."),
    ("tier != gold", ".11."),
    ("tier != gold or unknown", ".111"),
    ("tier in [gold, basic]", "11.."),
    ("tier not in [gold, basic]", "..1."),
    ("  lifecycle in [active,cooling]  ", "11.."),
    ("lifecycle not in [active] or unknown", ".111"),
    ("consent_email = true", "1.1."),
    ("consent_email = false", ".1.."),
    ("consent_email = true or unknown", "1.11"),
    ("consent_email is known", "111."),
]


@pytest.mark.parametrize(("text", "expected"), HOLDS)
def test_of_whom_a_condition_holds(text, expected):
    assert holds(parse(text), PROFILE).tolist() == [mark == "1" for mark in expected]


REFUSED = [
    ("", "is no condition"),
    ("nps_last", "is no condition; write COLUMN OPERATOR VALUE"),
    ("nps_last ~ 3", "is no condition"),
    ("nps < 3", "there is no column 'nps'; there are status, recency_days"),
    ("first_purchase_at > 3", "there is no column 'first_purchase_at'"),
    ("nps_last in [3]", "nps_last is a number, and takes <, <="),
    ("tier < gold", "tier is a word, and takes =, !=, in"),
    ("consent_email != true", "consent_email is a flag, and takes ="),
    ("consent_email = yes", "consent_email is true or false"),
    ("nps_last < many", "'many' is no number"),
    ("nps_last < nan", "'nan' is no number"),
    ("nps_last < inf", "'inf' is no number"),
    ("nps_last < ", "'' is no number"),
    ("lifecycle = gone", "lifecycle is never 'gone'; new, one_time"),
    ("lifecycle in [active, gone]", "lifecycle is never 'gone'"),
    ("lifecycle in active", "write `= word`"),
    ("tier = [gold]", "write `= word`"),
    ("tier in []", "tier is never ''; give a word"),
    ("tier is known gold", "nothing follows 'is known'"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_what_is_no_condition_is_refused_in_one_line(text, message):
    with pytest.raises(ValueError) as refused:  # noqa: PT011
        parse(text)
    assert message in str(refused.value)
    assert str(refused.value).startswith(repr(text))
    assert "\n" not in str(refused.value)


def test_what_holds_of_the_unknown_needs_no_data():
    assert parse("nps_last > 3").needs == ("engagements:nps_response",)
    assert parse("nps_last > 3 or unknown").needs == ()
    assert parse("nps_last is unknown").needs == ()
    assert parse("nps_last is known").needs == ("engagements:nps_response",)


def test_every_column_of_the_vocabulary_can_be_asked_for_but_moments():
    value = {"number": "1", "word": "{}", "flag": "true"}
    for name, column in VOCABULARY.items():
        if column.kind != "moment":
            word = value[column.kind].format(column.words[0] if column.words else "x")
            assert parse(f"{name} = {word}").column == name
            assert all(parse(f"{name} {operator}") for operator in OPERATORS[column.kind] if operator.startswith("is "))


def test_a_condition_is_read_into_its_parts():
    assert parse("tier in [a, b] or unknown") == Predicate("tier", "in", ("a", "b"), or_unknown=True)
