"""What contacting earns: literal customers with the arithmetic beside them, and laws that hold for all."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ConfigError, DataUnfitError
from pipeline.profit.expected_profit import Offer, best_cut, break_even, expected_profit, profit_curve

PLAIN = Offer(cost=10, contact_cost=1, kept=0.3)
FULL = Offer(cost=10, contact_cost=1, kept=0.3, taken_by_lost=0.5, taken_by_stayers=0.2, driven_away=0.01)
LIFTING = replace(FULL, stayer_uplift=0.08)
LEFT = np.array([1.0, 0.0, 1.0, 0.0])
RISK = np.array([0.9, 0.6, 0.6, 0.1])
ONES = np.ones(4)

amounts = st.floats(0, 500).map(lambda amount: round(amount, 2))
chances = st.integers(0, 100).map(lambda percent: percent / 100)
uplifts = st.integers(-100, 100).map(lambda percent: percent / 100)
offers = st.builds(
    Offer,
    cost=amounts,
    contact_cost=amounts,
    kept=chances,
    taken_by_lost=chances,
    taken_by_stayers=chances,
    driven_away=chances,
)
bases = st.lists(
    st.tuples(st.booleans(), st.integers(0, 4), st.integers(0, 3), st.integers(0, 400)), min_size=1, max_size=12
).filter(lambda rows: any(weight for _, _, weight, _ in rows))


def columns(rows):
    return tuple(np.array(column, dtype=float) for column in zip(*rows, strict=True))


@pytest.mark.parametrize(
    ("p", "value", "offer", "profit"),
    [
        (1.0, 200, PLAIN, 0.3 * 190 - 1),
        (0.0, 200, PLAIN, -11),
        (0.5, 200, PLAIN, (56 - 11) / 2),
        (1.0, 200, FULL, 0.3 * 190 - 0.7 * 0.5 * 10 - 1),
        (0.0, 200, FULL, -(0.2 * 10 + 0.01 * 200 + 1)),
        (0.25, 200, FULL, 0.25 * (0.3 * 190 - 3.5) - 0.75 * 4 - 1),
        (0.5, 0, PLAIN, 0.5 * 0.3 * -10 - 0.5 * 10 - 1),
        (0.0, 200, LIFTING, 0.08 * 200 - 0.2 * 10 - 0.01 * 200 - 1),
        (1.0, 200, LIFTING, 0.3 * 190 - 0.7 * 0.5 * 10 - 1),
        (0.25, 200, LIFTING, 0.25 * (0.3 * 190 - 3.5) + 0.75 * (16 - 2 - 2) - 1),
        (0.25, -200, LIFTING, 0.25 * (0.3 * -10 - 3.5) - 0.75 * 2 - 1),
    ],
)
def test_the_expected_profit_of_a_contact(p, value, offer, profit):
    assert expected_profit(p, value, offer) == pytest.approx(profit, abs=1e-12)


def test_who_would_cost_money_is_not_worth_less_than_nothing():
    assert expected_profit(0.5, -80.0, FULL) == expected_profit(0.5, 0.0, FULL)


def test_every_number_of_an_offer_may_differ_by_customer():
    offer = Offer(cost=np.array([10.0, 20.0]), contact_cost=np.array([1.0, 0.0]), kept=np.array([0.3, 0.5]))
    assert expected_profit(np.array([1.0, 1.0]), np.array([200.0, 100.0]), offer).tolist() == pytest.approx([56, 40])


def test_what_is_not_known_has_no_profit_and_no_break_even():
    assert np.isnan(expected_profit(np.array([0.5, np.nan]), np.array([np.nan, 100.0]), PLAIN)).all()
    assert np.isnan(break_even(np.array([np.nan]), PLAIN)).all()


def test_the_break_even_probability():
    # p (0.3 · 190 + 10) = 11; who is worth 10 or 13 is not worth the offer though certain to leave: 0.3 · 3 < 1
    found = break_even(np.array([200.0, 10.0, 13.0, 50.0]), PLAIN)
    assert found.tolist() == pytest.approx([11 / 67, np.inf, np.inf, 11 / 22])


def test_an_offer_that_costs_nothing_pays_for_everybody_who_might_leave():
    assert break_even(100.0, Offer(cost=0, contact_cost=0, kept=0.1)) == 0


@given(st.integers(0, 1000), amounts, offers)
def test_a_contact_pays_exactly_above_the_break_even_probability(thousandths, value, offer):
    p, bound = thousandths / 1000, float(break_even(value, offer))
    if abs(p - bound) > 1e-9:
        profit = float(expected_profit(p, value, offer))
        assert profit > 0 if p > bound else profit <= 1e-9


@given(st.integers(0, 1000), amounts, offers, uplifts)
def test_an_uplift_adds_its_share_of_what_a_stayer_is_worth_and_nothing_of_a_churner(thousandths, value, offer, uplift):
    p = thousandths / 1000
    added = expected_profit(p, value, replace(offer, stayer_uplift=uplift)) - expected_profit(p, value, offer)
    assert added == pytest.approx((1 - p) * uplift * value, abs=1e-9)


@given(st.integers(0, 1000), amounts, offers, uplifts)
def test_with_an_uplift_a_contact_pays_from_the_break_even_probability_on(thousandths, value, offer, uplift):
    p, lifting = thousandths / 1000, replace(offer, stayer_uplift=uplift)
    bound, of_churner = float(break_even(value, lifting)), float(lifting.of_churner(value))
    assert (bound == np.inf) == (of_churner <= 0)
    if bound < p - 1e-9:
        assert expected_profit(p, value, lifting) > 0 or of_churner < 1e-9


def test_without_an_uplift_a_stayer_is_never_worth_a_contact_and_with_one_may_be():
    assert expected_profit(0.0, 200.0, FULL) == -5
    assert expected_profit(0.0, 200.0, LIFTING) == pytest.approx(11)
    # of a value of 50 a stayer costs 2 + 0.5 + 1 − 4 = −0.5 and a churner earns 7.5; of 40 it costs 0.2 and earns 4.5
    assert break_even(np.array([200.0, 50.0, 40.0]), LIFTING).tolist() == pytest.approx([0, 0, 0.2 / 4.7])


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"stayer_uplift": 1.01}, "offer.stayer_uplift: 1.01 is not a share from -1 to 1"),
        ({"stayer_uplift": -1.01}, "offer.stayer_uplift: -1.01 is not a share from -1 to 1"),
        ({"driven_away": -0.01}, "offer.driven_away: -0.01 is not a chance from 0 to 1"),
        ({"kept": 1.5}, "offer.kept: 1.5 is not a chance"),
        ({"cost": -1}, "offer.cost: -1 is not an amount"),
        ({"contact_cost": np.inf}, "offer.contact_cost: inf"),
        ({"taken_by_stayers": np.array([0.5, np.nan])}, "offer.taken_by_stayers: nan"),
    ],
)
def test_an_impossible_offer_is_refused(wrong, said):
    with pytest.raises(ConfigError, match=said):
        Offer(**({"cost": 10, "contact_cost": 1, "kept": 0.3} | wrong))


def test_the_curve_contacts_the_riskiest_first_and_equals_together():
    # a churner worth 200 earns 56, a stayer costs 11: the first earns 56, each of the two equal ones (56 − 11) / 2
    curve = profit_curve(LEFT, RISK, ONES, 200.0, PLAIN, points=5)
    assert curve["contacted"].tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert curve["profit"].tolist() == pytest.approx([0, 56 / 4, (56 + 22.5) / 4, (56 + 45) / 4, (56 + 45 - 11) / 4])


def test_a_customer_of_double_weight_is_two_customers():
    once = profit_curve(LEFT, RISK, np.array([2.0, 1, 1, 0]), 200.0, PLAIN, points=9)
    twice = profit_curve(LEFT[[0, 0, 1, 2]], RISK[[0, 0, 1, 2]], ONES, 200.0, PLAIN, points=9)
    assert once["profit"].tolist() == pytest.approx(twice["profit"].tolist())


def test_the_promised_curve_takes_probabilities_for_outcomes():
    curve = profit_curve(RISK, RISK, ONES, 200.0, PLAIN, points=2)
    assert curve["profit"].tolist() == pytest.approx([0, expected_profit(RISK, 200.0, PLAIN).mean()])


def test_the_best_cut_and_its_threshold():
    cut = best_cut(LEFT, RISK, ONES, 200.0, PLAIN, samples=0, seed=0)
    assert (cut.threshold, cut.share, cut.profit) == (0.6, 0.75, pytest.approx(101 / 4))
    assert np.isnan([cut.share_low, cut.share_high, cut.profit_low, cut.profit_high]).all()


def test_where_nobody_is_worth_an_offer_nobody_is_contacted():
    cut = best_cut(LEFT, RISK, ONES, 10.0, PLAIN, samples=20, seed=0)
    assert cut == (np.inf, 0, 0, 0, 0, 0, 0)


def test_values_of_customers_decide_with_their_risk():
    cut = best_cut(LEFT, np.array([0.9, 0.8, 0.7, 0.1]), ONES, np.array([0.0, 0, 1000, 0]), PLAIN, samples=0, seed=0)
    assert (cut.threshold, cut.profit) == (0.7, pytest.approx((-4 - 11 + 296) / 4))


def test_the_interval_of_the_cut_holds_the_truth_of_a_world_about_as_often_as_it_says():
    generator = np.random.default_rng(5)
    # whoever has a risk above 11/67 pays: with risks uniform the best share is 1 − 11/67, and what it earns follows
    bound, risk = 11 / 67, np.linspace(0, 1, 100_001)
    truth = float(np.mean(np.where(risk > bound, expected_profit(risk, 200.0, PLAIN), 0)))
    inside = 0
    for seed in range(60):
        p = generator.random(400)
        y = (generator.random(400) < p).astype(float)
        cut = best_cut(y, p, np.ones(400), 200.0, PLAIN, samples=100, seed=seed)
        inside += cut.profit_low <= truth <= cut.profit_high
        assert cut.share_low <= cut.share <= cut.share_high
    assert 50 <= inside <= 60


def test_customers_of_several_rows_are_drawn_with_all_of_them():
    generator = np.random.default_rng(1)
    p = generator.random(300)
    y = (generator.random(300) < p).astype(float)
    alone = best_cut(y, p, np.ones(300), 200.0, PLAIN, samples=200, seed=3)
    fourfold = [np.tile(part, 4) for part in (y, p, np.ones(300))]
    clustered = best_cut(*fourfold, 200.0, PLAIN, samples=200, seed=3, customer=np.tile(np.arange(300).astype(object), 4))
    rows = best_cut(*fourfold, 200.0, PLAIN, samples=200, seed=3)
    assert tuple(clustered) == pytest.approx(tuple(alone))
    assert rows.profit_high - rows.profit_low < 0.7 * (alone.profit_high - alone.profit_low)


def test_the_same_seed_gives_the_same_cut():
    found = [best_cut(LEFT, RISK, ONES, 200.0, PLAIN, samples=20, seed=seed) for seed in (1, 1, 2)]
    assert found[0] == found[1] != found[2]


@given(bases, offers)
def test_the_order_of_rows_is_irrelevant_and_no_share_earns_more_than_the_best(rows, offer):
    y, ranking, weight, value = columns(rows)
    cut = best_cut(y, ranking, weight, value, offer, samples=0, seed=0)
    back = best_cut(y[::-1], ranking[::-1], weight[::-1], value[::-1], offer, samples=0, seed=0)
    assert cut[:3] == pytest.approx(back[:3])
    curve = profit_curve(y, ranking, weight, value, offer, points=31)
    assert curve["profit"].max() <= cut.profit + 1e-9 * max(1, cut.profit)
    assert np.interp(cut.share, curve["contacted"], curve["profit"]) <= cut.profit + 1e-9 * max(1, cut.profit)


@pytest.mark.parametrize(
    ("y", "ranking", "weight", "said"),
    [
        (LEFT, RISK, np.zeros(4), "none of 4 rows weighs anything"),
        (LEFT[:0], RISK[:0], ONES[:0], "none of 0 rows"),
        (LEFT, np.array([0.9, np.nan, 0.6, 0.1]), ONES, "missing or infinite"),
        (LEFT, RISK, np.array([1.0, np.inf, 1, 1]), "not finite"),
        (np.array([1.0, np.nan, 0, 0]), RISK, ONES, "missing or infinite"),
    ],
)
def test_rows_without_a_meaning_are_refused(y, ranking, weight, said):
    with pytest.raises(DataUnfitError, match=said):
        profit_curve(y, ranking, weight, 200.0, PLAIN)
