import hashlib

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare, kstest

from pipeline.statistics.keyed_uniform import keyed_uniform


def draw(customer: str, key: str) -> float:
    """One draw, as the docs say it: the first 53 bits of a published checksum."""
    digest = hashlib.sha256(f"{key}\x1f{customer}".encode()).digest()
    return (int.from_bytes(digest[:8], "big") >> 11) / 2**53


IDS = [f"customer-{number}" for number in range(20_000)]


def test_a_draw_is_the_start_of_a_published_checksum():
    # printf '0/2024-06-01\x1fann' | sha256sum begins with e49ce2b41d408793; its first 53 bits over 2 to the 53rd
    assert keyed_uniform(["ann"], "0/2024-06-01").tolist() == [draw("ann", "0/2024-06-01")] == [0.8930188836795896]


@given(st.lists(st.text(max_size=30), max_size=5), st.text(max_size=30))
def test_draws_of_many_are_those_of_each(customers, key):
    assert keyed_uniform(customers, key).tolist() == [draw(customer, key) for customer in customers]


def test_draws_are_spread_evenly():
    drawn = keyed_uniform(IDS, "0/2024-06-01")
    observed = np.bincount((drawn * 20).astype(int), minlength=20)
    assert len(observed) == 20
    assert chisquare(observed).pvalue > 0.001
    assert kstest(drawn, "uniform").pvalue > 0.001


def test_draws_of_two_keys_have_nothing_to_do_with_each_other():
    first, second = (keyed_uniform(IDS, key) for key in ("0/2024-06-01", "0/2024-07-01"))
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.03


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_draw_lies_in_the_unit_interval_and_repeats(customer, key):
    (value,) = keyed_uniform([customer], key)
    assert 0 <= value < 1
    assert keyed_uniform([customer], key)[0] == value


def test_whoever_is_drawn_at_a_small_share_is_so_at_a_larger_one():
    drawn = keyed_uniform(IDS[:2000], "0/2024-06-01")
    small, large = (set(np.flatnonzero(drawn < share)) for share in (0.1, 0.3))
    assert small < large


def test_of_nobody_there_are_no_draws():
    assert keyed_uniform([], "0/2024-06-01").tolist() == []
