"""Risk × value × lifecycle: everybody has one segment, and literal customers the one that people would name."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest

from pipeline.campaign.named_segments import (
    ANY_LIFECYCLE,
    ANY_RISK,
    ANY_VALUE,
    INTENSITIES,
    NAMED_SEGMENTS,
    contact_intensity,
    named_segment,
    segment_of,
)

NAMED = [
    ("critical", "top", "at_risk", "best_leaving"),
    ("high", "top", "one_time", "best_leaving"),
    ("high", "middle", "at_risk", "leaving"),
    ("high", None, "at_risk", "leaving"),
    ("critical", "low", "at_risk", "small_leaving"),
    ("critical", "low", "one_time", "second_order"),
    ("medium", "top", "cooling", "valuable_cooling"),
    ("low", "low", "cooling", "cooling"),
    ("low", "top", "active", "loyal"),
    ("low", "low", "active", "steady"),
    (None, "top", "active", "steady"),
    ("critical", "top", "new", "newcomers"),
    (None, "middle", "lapsed", "valuable_lapsed"),
    (None, "low", "lapsed", "lapsed"),
    (None, None, "lapsed", "lapsed"),
    (None, None, None, "unprofiled"),
]


@pytest.mark.parametrize(("risk", "value", "lifecycle", "code"), NAMED)
def test_a_customer_is_in_the_segment_that_people_would_name(risk, value, lifecycle, code):
    one = [pd.Series([word], dtype="object") for word in (risk, value, lifecycle)]
    assert list(named_segment(*one)) == [code]


def test_the_table_says_of_all_combinations_what_the_list_says():
    every = pd.DataFrame(product(ANY_RISK, ANY_VALUE, ANY_LIFECYCLE), columns=["risk", "value", "lifecycle"], dtype="object")
    every.index += 5
    found = named_segment(every["risk"], every["value"], every["lifecycle"])
    assert found.index.equals(every.index)
    said = every.where(every.notna(), None)
    assert list(found) == [segment_of(*row).code for row in said.itertuples(index=False)]
    assert set(found) == {segment.code for segment in NAMED_SEGMENTS}


def test_every_segment_is_named_once_in_both_languages_and_the_last_takes_everybody():
    for names in ([s.code for s in NAMED_SEGMENTS], [s.en for s in NAMED_SEGMENTS], [s.it for s in NAMED_SEGMENTS]):
        assert len(set(names)) == len(NAMED_SEGMENTS)
    assert all(segment.meaning for segment in NAMED_SEGMENTS)
    assert {segment.intensity for segment in NAMED_SEGMENTS} == set(INTENSITIES)
    last = NAMED_SEGMENTS[-1]
    assert (last.risk, last.value, last.lifecycle) == (ANY_RISK, ANY_VALUE, ANY_LIFECYCLE)


def test_where_no_offer_promises_anything_one_is_left_alone():
    segment = pd.Series(["best_leaving", "best_leaving", "steady", "unprofiled", "leaving"], index=[3, 4, 5, 6, 7])
    found = contact_intensity(segment, np.array([True, False, True, True, True]))
    assert found.to_dict() == {3: "personal", 4: "leave alone", 5: "passive", 6: "leave alone", 7: "active"}
