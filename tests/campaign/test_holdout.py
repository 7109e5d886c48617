import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare, kstest

from pipeline.campaign.holdout import assign, draw, draws

IDS = [f"customer-{number}" for number in range(20_000)]


def listed(ids):
    return pd.DataFrame({"customer_id": ids, "churn_probability": np.linspace(0.9, 0.6, len(ids))})


def arms(ids, *, share=0.1, seed=0, delivery="2024-06-01"):
    return assign(listed(ids), offer="voucher", holdout_share=share, seed=seed, delivery_id=delivery)


def test_a_draw_is_the_start_of_a_published_checksum():
    # printf '0/2024-06-01\x1fann' | sha256sum begins with e49ce2b41d408793; its first 53 bits over 2 to the 53rd
    assert draw("ann", "0/2024-06-01") == 0.8930188836795896


@given(st.lists(st.text(max_size=30), max_size=5), st.text(max_size=30))
def test_draws_of_many_are_those_of_each(customers, key):
    assert draws(customers, key).tolist() == [draw(customer, key) for customer in customers]


def test_draws_are_spread_evenly():
    drawn = draws(IDS, "0/2024-06-01")
    observed = np.bincount((drawn * 20).astype(int), minlength=20)
    assert len(observed) == 20
    assert chisquare(observed).pvalue > 0.001
    assert kstest(drawn, "uniform").pvalue > 0.001


def test_draws_of_two_keys_have_nothing_to_do_with_each_other():
    first, second = (np.array([draw(customer, key) for customer in IDS]) for key in ("0/2024-06-01", "0/2024-07-01"))
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.03


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_draw_lies_in_the_unit_interval_and_repeats(customer, key):
    value = draw(customer, key)
    assert 0 <= value < 1
    assert draw(customer, key) == value


def test_the_share_held_out_is_the_share_asked_for():
    for share in (0.0, 0.1, 0.5):
        held = (arms(IDS, share=share)["arm"] == "holdout").mean()
        assert held == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / len(IDS)))


def test_the_probability_on_record_is_that_of_contact_for_both_arms():
    found = arms(IDS[:200], share=0.25)
    assert set(found["arm"]) == {"contact", "holdout"}
    assert found["assignment_probability"].tolist() == [0.75] * 200


def test_the_held_out_keep_the_offer_meant_for_them():
    assert arms(IDS[:200], share=0.5)["offer"].tolist() == ["voucher"] * 200


@given(st.permutations(range(30)), st.integers(1, 30))
def test_the_arm_depends_on_neither_the_order_nor_the_others_on_the_list(order, size):
    whole = arms(IDS[:30], share=0.4).set_index("customer_id")["arm"]
    some = [IDS[number] for number in order[:size]]
    found = arms(some, share=0.4)
    assert found["customer_id"].tolist() == some
    assert found["arm"].tolist() == whole[some].tolist()


def test_whoever_is_held_out_at_a_small_share_is_so_at_a_larger_one():
    small, large = (set(arms(IDS[:2000], share=share).query("arm == 'holdout'")["customer_id"]) for share in (0.1, 0.3))
    assert small < large


@pytest.mark.parametrize("other", [{"seed": 1}, {"delivery": "2024-07-01"}])
def test_another_seed_or_delivery_draws_anew(other):
    first, second = arms(IDS[:2000], share=0.5)["arm"], arms(IDS[:2000], share=0.5, **other)["arm"]
    assert (first == second).mean() == pytest.approx(0.5, abs=0.06)


def test_an_empty_list_has_no_arms():
    assert arms([]).columns.tolist() == ["customer_id", "offer", "arm", "assignment_probability"]
    assert arms([]).empty
