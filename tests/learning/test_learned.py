"""What is learned from literal draws, the laws that hold whatever they are, and how lists use it."""

import json
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.config.campaign_section import AssumedChurn, Learning, PlaybookOffer
from pipeline.errors import DataUnfitError
from pipeline.learning.drawn import drawn
from pipeline.learning.learned import learn, learned_from, left_out
from pipeline.learning.rates import learned_rates
from pipeline.learning.share_kept import as_chances, share_kept, take_up
from pipeline.outcomes.effect import share_effect
from pipeline.statistics.intervals import Z95, risk_difference
from tests.conftest import config_of

ASSUMED = AssumedChurn()
WORDS = {"en": "x", "it": "x"}
GIFT = PlaybookOffer.model_validate({
    "list": "churn", "name": WORDS, "action": WORDS, "cost": 10.0, "channels": {"email": {"contact": 1.0}}, "eligibility": [],
    "kept": 0.4, "taken_by_lost": 0.0, "taken_by_stayers": 0.5, "driven_away": 0.0, "source": "made up",
})  # fmt: skip
PLAYBOOK = {"gift": GIFT}


def matured(arm: str, many: int, left: int, **own: object) -> pd.DataFrame:
    """Customers of an arm drawn on 1 March at a chance of contact of .5 and a forecast of .5, of whom so many left."""
    plain = {
        "delivery": pd.Timestamp("2024-03-01"), "drawn": True, "offer": "gift", "channel": "email",
        "segment": "leaving", "lifecycle": "at_risk", "churn_probability": 0.5, "assignment_probability": 0.5, "reached": True,
        "own_cost": np.nan, "own_contacts": 1,
    }  # fmt: skip
    rows = {"customer_id": [f"{arm}{number}" for number in range(many)], "arm": arm, "churned": np.arange(many) < left}
    return pd.DataFrame({**plain, **rows, **own})


def march(**own: object) -> pd.DataFrame:
    """Of 100 contacted 40 left, of 100 held out 50."""
    return pd.concat([matured("contact", 100, 40, **own), matured("holdout", 100, 50, **own)], ignore_index=True)


def learned(*tables: pd.DataFrame, **own: float) -> list[dict]:
    return learn(drawn(tables, ASSUMED), PLAYBOOK, Learning(**own))


def test_ten_points_less_churn_of_half_at_risk_keep_a_fifth():
    """D = −.1 and p̄ = .5, so γ = .1 / .5; the variance of D is (.4 × .6 + .5 × .5) / 99, and of γ four times that."""
    found = share_kept(drawn([march()], ASSUMED), driven_away=0.0)
    assert (found.contacted, found.held_out, found.customers, found.forecast) == (100, 100, 200, 0.5)
    assert found.share.mean == pytest.approx(0.2)
    assert found.share.variance == pytest.approx(4 * (0.24 + 0.25) / 99, rel=0.03)  # Student's quantile is 1.5 % wider


def test_one_customer_held_out_who_stayed_says_hardly_anything():
    """Of 25 contacted 10 left: 40 points more, of which the interval of two shares (Newcombe) makes −41 to +59."""
    few = pd.concat([matured("contact", 25, 10), matured("holdout", 1, 0)], ignore_index=True)
    _, low, high = risk_difference(10, 25, 0, 1)
    found = share_kept(drawn([few], ASSUMED), driven_away=0.0).share
    assert found.interval == pytest.approx((-high / 0.5, -low / 0.5))
    assert found.mean == pytest.approx(-(low + high) / 2 / 0.5)
    assert abs(found.mean) < 0.25


def test_what_the_playbook_says_of_those_driven_away_is_added_to_what_must_have_been_kept():
    assert share_kept(drawn([march()], ASSUMED), driven_away=0.1).share.mean == pytest.approx((0.1 + 0.5 * 0.1) / 0.5)


def test_the_posterior_lies_between_the_playbook_and_the_draws_by_how_sure_each_is():
    offer, segment = learned(march())
    v = ((offer["measured_high"] - offer["measured_low"]) / (2 * Z95)) ** 2
    share = 0.01 / (0.01 + v)
    assert offer["from_customers"] == pytest.approx(share)
    assert offer["used"] == offer["kept"] == pytest.approx(0.4 + share * (0.2 - 0.4))
    assert (offer["high"] - offer["low"]) / (2 * Z95) == pytest.approx(((1 - share) * 0.01) ** 0.5)
    assert (offer["assumed"], offer["origin"], offer["contacted"], offer["held_out"]) == (0.4, "both", 100, 100)
    # the only segment has no others to be shrunk towards: the playbook, less sure of a segment
    within = (0.01 + 0.0025) / (0.01 + 0.0025 + v)
    assert (segment["segment"], segment["shrunk_towards"]) == ("leaving", 0.4)
    assert segment["used"] == pytest.approx(0.4 + within * (0.2 - 0.4))
    assert segment["from_customers"] == pytest.approx(within)


def test_a_segment_is_shrunk_towards_the_others_and_no_draw_counts_twice():
    cooling = march(segment="cooling").assign(customer_id=lambda rows: "c" + rows["customer_id"])
    nobody_kept = pd.concat([matured("contact", 100, 50), matured("holdout", 100, 50)], ignore_index=True)
    whole, first, second = learned(nobody_kept, cooling)
    assert whole["measured"] == pytest.approx(0.1)
    assert (first["segment"], first["measured"]) == ("cooling", pytest.approx(0.2))
    assert (second["segment"], second["measured"]) == ("leaving", pytest.approx(0.0, abs=1e-12))
    assert first["shrunk_towards"] == pytest.approx(learned(nobody_kept)[0]["used"])
    assert second["shrunk_towards"] == pytest.approx(learned(cooling)[0]["used"])
    # cooling kept .2, leaving 0, and .4 is the playbook's: whatever of the mean is neither of the two comes from it
    by_own = (first["used"] - first["shrunk_towards"]) / (0.2 - first["shrunk_towards"])
    by_others = learned(nobody_kept)[0]["from_customers"]
    assert first["from_customers"] == pytest.approx(1 - (1 - by_own) * (1 - by_others))


def test_a_customer_who_is_drawn_anew_counts_twice():
    assert learned(march(delivery=pd.Timestamp("2024-07-01")), march())[0]["contacted"] == 200


def test_who_was_not_drawn_by_chance_teaches_nothing():
    assert learned(march(drawn=False))[0]["origin"] == "playbook"


def test_the_lapsed_count_with_the_forecast_that_is_assumed_of_them():
    rows = drawn([march(churn_probability=np.nan, lifecycle="lapsed")], ASSUMED)
    assert set(rows["p"]) == {0.95}
    assert drawn([march(churn_probability=np.nan, lifecycle="active")], ASSUMED).empty


@pytest.mark.parametrize(
    ("kept", "chances"),
    [(0.3, (0.3, 0.02)), (1.4, (1.0, 0.02)), (-0.1, (0.0, 0.02 + 0.1 * 0.4 / 0.6)), (-9.0, (0.0, 1.0))],
)
def test_contact_that_drives_away_keeps_nobody_and_costs_stayers(kept, chances):
    """At a mean forecast of .4 the saves .4 γ − .6 ρ are the same, unless a chance would leave 0 … 1."""
    assert as_chances(kept, 0.02, 0.4) == pytest.approx(chances)


def test_an_offer_that_drives_away_is_measured_below_nothing_and_used_so():
    harm = pd.concat([matured("contact", 4000, 2400), matured("holdout", 4000, 2000)], ignore_index=True)
    row = learned(harm)[0]
    assert row["measured"] == pytest.approx(-0.2)
    assert row["used"] < -0.15
    assert (row["kept"], row["driven_away"]) == (0.0, pytest.approx(-row["used"]))  # at p̄ = .5


def test_an_arm_that_is_empty_leaves_the_playbook():
    (row,) = learned(matured("contact", 50, 20))
    assert (row["origin"], row["used"], row["kept"], row["measured"], row["contacted"]) == ("playbook", 0.4, 0.4, None, 50)


def test_logged_costs_that_differ_say_how_many_took_it():
    """Contacted: 1 each, and 10 for the γ p of those kept; the rest of what was paid is take-up of stayers, expected of half."""
    paid = matured("contact", 100, 40, own_cost=np.where(np.arange(100) < 30, 11.0, 1.0))
    row = learned(paid, matured("holdout", 100, 50))[0]
    expected = 100 * 10 * 0.5 * 0.5
    assert row["take_up"]["measured"] == pytest.approx((30 * 10 - 100 * 10 * 0.5 * row["kept"]) / expected)
    assert (row["take_up"]["customers"], row["take_up"]["why_not"]) == (100, None)
    assert abs(row["take_up"]["used"] - row["take_up"]["measured"]) < abs(1 - row["take_up"]["measured"])


def test_a_take_up_measured_on_four_is_uncertain_by_how_they_differ():
    """Each was certain to cost 1 and expected to take for 1 more; two took for 2, two for nothing: 1 ± √(4 / 4² × 4/3)."""
    found = take_up(pd.DataFrame({"own_cost": [3.0, 1.0, 3.0, 1.0]}), (np.ones(4), np.ones(4)))
    assert found == pytest.approx((1.0, 1 / 3))
    assert take_up(pd.DataFrame({"own_cost": [3.0]}), (np.ones(1), np.ones(1))) is None


@pytest.mark.parametrize(
    ("costs", "why"),
    [
        ({"own_cost": np.nan}, "no contact has a logged cost"),
        (
            {"own_cost": np.tile([1.0, 11.0], 50), "own_contacts": np.where(np.arange(100) < 3, 2, 1)},
            "some were contacted more than once by one delivery, so that costs do not say who took it",
        ),
        ({"own_cost": 1.0}, "every contact has the same logged cost: that of the contact, not of what was taken"),
    ],
)
def test_a_log_of_contact_costs_says_nothing_of_what_was_taken(costs, why):
    row = learned(march(**costs))[0]
    assert (row["take_up"]["used"], row["take_up"]["origin"], row["take_up"]["why_not"]) == (1.0, "playbook", why)


def test_what_later_deliveries_cost_says_nothing_of_what_was_taken_of_this_one():
    """Every second customer is listed again and contacted for 1 more; the windows cost 1 or 2, the delivery 1 each."""
    again = march(own_cost=1.0, cost=np.tile([1.0, 2.0], 50))
    assert learned(again)[0]["take_up"]["why_not"].startswith("every contact has the same logged cost")


def test_tables_of_an_earlier_version_are_refused_in_one_line():
    with pytest.raises(
        DataUnfitError, match=r"^data/matured is of an earlier version: it does not say how many contacts a .*anew$"
    ):
        drawn([march(cost=1.0).drop(columns="own_contacts")], ASSUMED)


def test_draws_of_an_offer_or_channel_that_the_playbook_lost_are_counted():
    lost = pd.concat([march(offer="old_gift"), march(channel="phone"), march()], ignore_index=True)
    draws = drawn([lost.assign(customer_id=lost["customer_id"] + lost.index.astype(str))], ASSUMED)
    assert left_out(draws, PLAYBOOK) == [
        {"offer": "gift", "channel": "phone", "draws": 200},
        {"offer": "old_gift", "channel": "email", "draws": 200},
    ]
    assert left_out(drawn([march()], ASSUMED), PLAYBOOK) == left_out(drawn([], ASSUMED), PLAYBOOK) == []


def test_without_deliveries_the_playbook_is_written_and_nothing_is_in_use():
    campaign = config_of().campaign
    told = json.loads(learned_from([], [], date(2024, 7, 1), campaign))
    assert (told["as_of"], told["draws"], told["deliveries_left_out"]) == ("2024-07-01", 0, [])
    assert {row["origin"] for row in told["offers"]} == {"playbook"}
    assert len(told["offers"]) == sum(len(offer.channels) for offer in campaign.playbook.values())
    assert learned_rates(told["offers"]).rows == ()
    off = campaign.model_copy(update={"learning": Learning(enabled=False)})
    assert json.loads(learned_from([march()], [{"as_of": "x", "suspect": True}], date(2024, 7, 1), off))["offers"] == []


def test_lists_use_the_segments_that_were_measured_and_the_offer_for_the_others():
    rows = learned(march())
    rates = learned_rates(rows).rates("gift", "email", pd.Series(["leaving", "steady", None]))
    assert rates.kept.tolist() == [rows[1]["kept"], rows[0]["kept"], rows[0]["kept"]]
    assert rates.take_up == 1.0
    assert learned_rates(rows).rates("gift", "phone", pd.Series(["leaving"])) is None


arms = st.tuples(st.integers(2, 40), st.floats(0, 1), st.floats(0.05, 0.95))


@settings(max_examples=25, deadline=None)
@given(arms, arms, st.floats(0.1, 0.9), st.randoms())
def test_the_order_of_deliveries_and_rows_never_matters(first, second, chance, luck):
    tables = []
    for arm, (many, share, p) in (("contact", first), ("holdout", second)):
        made = matured(arm, many, round(share * many), churn_probability=p, assignment_probability=chance)
        made["segment"] = ["leaving" if place % 3 else "cooling" for place in range(many)]
        tables.append(made)
    order = list(range(len(tables[0])))
    luck.shuffle(order)
    assert learned(tables[1], tables[0].iloc[order]) == learned(*tables)


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 19), st.integers(1, 19))
def test_many_customers_outweigh_the_playbook(contacted, held_out):
    """Of twenty thousand an arm; the playbook is then worth next to nothing, and no sd of zero would be."""
    big = [matured("contact", 20_000, 1000 * contacted), matured("holdout", 20_000, 1000 * held_out)]
    row = learned(*big)[0]
    assert row["origin"] == "measured"
    assert row["used"] == pytest.approx((held_out - contacted) / 10, abs=0.02)


def test_the_measurement_is_that_of_the_outcomes():
    rows = drawn([march()], ASSUMED)
    found = share_effect(rows["churned"].to_numpy(), rows["contacted"].to_numpy(), rows["chance"].to_numpy())
    assert share_kept(rows, 0.0).share.interval == pytest.approx((-found.high / 0.5, -found.low / 0.5))
