"""How many are needed, against published figures; what is seen with how many; whether arms are as drawn."""

from itertools import product
from math import prod

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, chisquare

from pipeline.allocation.sample_size import detectable, exact, needed, power, ratio_check, readout, readouts
from pipeline.config.allocation_section import Detectable


def asked(effect=0.05, alpha=0.05, chance=0.8):
    return Detectable(effect=effect, alpha=alpha, power=chance)


def test_the_size_that_the_manual_of_r_gives():
    # power.prop.test(p1 = .50, p2 = .75, power = .90)  # => n = 76.7 (per group)
    assert needed(0.5, 0.75, 0.5, asked(chance=0.9)) / 2 == pytest.approx(76.7, abs=0.05)


def test_the_effect_that_the_manual_of_r_gives():
    # power.prop.test(n = 50, p1 = .5, power = .90)  # => p2 = 0.8026, and 0.1974 below it
    assert detectable(0.5, 50, 50, asked(chance=0.9)) == pytest.approx(0.3026, abs=5e-5)


def test_the_power_that_the_manual_of_r_gives():
    # power.prop.test(n = 50, p1 = .50, p2 = .75)  ## =>  power = 0.740
    assert power(0.5, 0.75, 50, 50, 0.05) == pytest.approx(0.740, abs=5e-4)


def test_a_small_hold_out_needs_more_customers_in_all():
    # by hand, s = .1: p̄ = .455, √(.455 · .545 (10 + 1/.9)) = 1.659903, √(.25 · 10 + .45 · .55 / .9) = 1.665833
    by_hand = ((1.959964 * 1.659903 + 0.841621 * 1.665833) / 0.05) ** 2
    assert needed(0.5, 0.45, 0.1, asked()) == pytest.approx(by_hand, rel=1e-5)
    assert needed(0.5, 0.45, 0.1, asked()) > needed(0.5, 0.45, 0.5, asked())


@given(st.floats(0.05, 0.95), st.floats(0.05, 0.95), st.floats(0.05, 0.95))
def test_the_size_needed_has_the_power_asked_for(first, second, share):
    if abs(first - second) < 1e-3:
        return
    size = needed(first, second, share, asked())
    assert power(first, second, share * size, (1 - share) * size, 0.05) == pytest.approx(0.8, abs=1e-6)


@given(st.floats(0.05, 0.95), st.integers(20, 100_000), st.integers(20, 100_000))
def test_the_effect_seen_is_the_smallest_with_the_power_asked_for(rate, first, second):
    effect = detectable(rate, first, second, asked())
    if effect is None:
        assert power(rate, 0.0, first, second, 0.05) < 0.8
    else:
        assert power(rate, rate - effect, first, second, 0.05) == pytest.approx(0.8, abs=1e-6)


def test_an_effect_of_nothing_needs_everybody_there_is():
    assert needed(0.3, 0.3, 0.5, asked()) == np.inf
    assert needed(0.3, 0.2, 0.0, asked()) == np.inf
    assert detectable(0.3, 0, 100, asked()) is None
    assert detectable(0.3, 4, 4, asked()) is None


def test_a_test_of_twice_the_size_is_never_worse():
    powers = [power(0.5, 0.45, size, 9 * size, 0.05) for size in (10, 100, 1_000, 10_000)]
    assert powers == sorted(powers)
    assert powers[-1] > 0.999


def test_the_read_out_of_a_list_without_a_hold_out_says_that_there_is_none():
    assert readout("churn", 0.5, 0, 100, 0.0, asked())[5:] == (None, None, None)


def listed(arms, **columns):
    usual = {"list": "churn", "intended_offer": "gift", "offer": "gift", "offer_probability": 1.0, "churn_probability": 0.5}
    return pd.DataFrame({"arm": arms, **usual, "assignment_probability": 0.9, **columns})


def test_read_outs_of_lists_and_of_offers():
    rows = listed(["contact"] * 90 + ["holdout"] * 10 + ["contact"] * 4, list=["churn"] * 100 + ["win_back"] * 4)
    rows.loc[:89, "offer_probability"] = 0.5
    rows.loc[:39, "offer"] = "call"
    churn, win_back, gift = readouts(rows, 0.1, asked())
    assert (churn.comparison, churn.without, churn.treated, churn.rate) == ("churn: holdout, contact", 10, 90, 0.5)
    assert churn.needed == int(np.ceil(needed(0.5, 0.45, 0.1, asked())))
    assert (win_back.without, win_back.treated, win_back.power, win_back.detectable) == (0, 4, None, None)
    assert (gift.comparison, gift.without, gift.treated) == ("gift, call", 50, 40)
    assert gift.needed == int(np.ceil(needed(0.5, 0.45, 0.5, asked())))


def test_the_ratio_check_is_pearsons_where_all_chances_are_one():
    rows = listed(["contact"] * 850 + ["holdout"] * 150, segment=["high"] * 500 + ["low"] * 500)
    found = ratio_check(rows, ["segment"]).set_index("stratum")
    assert found.loc["all", "p_value"] == pytest.approx(chisquare([850, 150], [900, 100]).pvalue)
    assert found.loc["high", "p_value"] == pytest.approx(chisquare([500, 0], [450, 50]).pvalue)
    assert found.loc["low", "p_value"] == pytest.approx(chisquare([350, 150], [450, 50]).pvalue)
    assert found["suspect"].all()
    assert found["by"].tolist() == ["all", "segment", "segment"]


def test_the_ratio_check_takes_each_customers_own_chance():
    # expected 50 · .9 + 50 · .5 = 70, variance 50 · .09 + 50 · .25 = 17: (66 − 70)² / 17
    rows = listed(["contact"] * 66 + ["holdout"] * 34, assignment_probability=[0.9] * 50 + [0.5] * 50)
    assert ratio_check(rows, []).loc[0, "chi_square"] == pytest.approx(16 / 17)
    assert not ratio_check(rows, []).loc[0, "suspect"]


@pytest.mark.parametrize(("held_out", "p"), [(0, 1.0), (1, 0.46856), (2, 0.114265), (3, 0.01585), (4, 0.00127), (6, 1e-6)])
def test_the_check_of_a_handful_is_exact(held_out, p):
    """Of six with a tenth held out: counts that are no likelier than this one."""
    assert exact(np.full(6, 0.9), 6 - held_out) == pytest.approx(p, rel=1e-4)
    assert exact(np.full(6, 0.9), 6 - held_out) == pytest.approx(binomtest(6 - held_out, 6, 0.9).pvalue)


def test_the_check_of_a_handful_takes_each_customers_own_chance():
    chances = [0.9, 0.5, 0.2, 1.0]
    likely: dict[int, float] = {}
    for drawn in product((0, 1), repeat=4):
        likely[sum(drawn)] = likely.get(sum(drawn), 0) + prod(p if one else 1 - p for p, one in zip(chances, drawn, strict=True))
    for count in range(1, 5):
        assert exact(np.array(chances), count) == pytest.approx(sum(p for p in likely.values() if p <= likely[count] * 1.000001))
    assert exact(np.array(chances), 0) == 0  # one of them is contacted for certain


@given(chances=st.lists(st.floats(0.05, 0.95), min_size=1, max_size=6), level=st.floats(0.0005, 0.5))
def test_it_is_suspect_no_more_often_than_it_says(chances, level):
    errs = 0.0
    for drawn in product((0, 1), repeat=len(chances)):
        likely = prod(p if one else 1 - p for p, one in zip(chances, drawn, strict=True))
        errs += likely * (exact(np.array(chances), sum(drawn)) <= level)
    assert errs <= level * (1 + 1e-6)


def test_a_small_list_beside_a_large_one_is_judged_exactly():
    rows = listed(["contact"] * 900 + ["holdout"] * 100 + ["contact"] * 4 + ["holdout"] * 1, segment=["a"] * 1000 + ["b"] * 5)
    found = ratio_check(rows, ["segment"]).set_index("stratum")
    assert found.loc["b", "p_value"] == pytest.approx(binomtest(4, 5, 0.9).pvalue)
    assert found.loc["a", "p_value"] == pytest.approx(1)


def test_where_nothing_was_drawn_nothing_is_suspect():
    found = ratio_check(listed(["contact"] * 5, assignment_probability=1.0), [])
    assert np.isnan(found.loc[0, "p_value"])
    assert not found.loc[0, "suspect"]
