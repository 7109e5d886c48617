"""Offers worth making: literal customers, the laws of every candidate, and an account in plain Python beside."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.campaign.named_segments import CODES
from pipeline.campaign.profile_columns import LIFECYCLES, RISKS, TIERS
from pipeline.config.campaign_section import PlaybookOffer
from pipeline.learning.rates import Learned
from pipeline.playbook.candidates import COLUMNS, SERVED, Candidates, best, candidates

NAN = float("nan")
HAS = {"transactions.amount", "money", "engagements:nps_response", "engagements"}


def offer(**changes: Any) -> PlaybookOffer:
    """Half of the churners stay for 10, by e-mail for 1."""
    words = {"en": "x", "it": "x"}
    plain = {
        "list": "churn",
        "name": words,
        "action": words,
        "cost": 10.0,
        "channels": {"email": {"contact": 1.0}},
        "eligibility": [],
        "kept": 0.5,
        "taken_by_lost": 0.0,
        "taken_by_stayers": 1.0,
        "driven_away": 0.0,
        "source": "assumption",
    }
    return PlaybookOffer.model_validate(plain | changes)


def customer(name: str, **changes: Any) -> dict[str, Any]:
    """Leaves with 0.8, worth 100."""
    plain = {
        "customer_id": name,
        "churn_probability": 0.8,
        "expected_value": 100.0,
        "risk_segment": "critical",
        "lifecycle": "at_risk",
        "segment": "leaving",
        "value_tier": "middle",
        "nps_last": NAN,
        "order_amount_mean": 50.0,
    }
    return plain | changes


def frame(*rows: dict[str, Any]) -> pd.DataFrame:
    """Customers as the lists give them, words as categories."""
    made = pd.DataFrame(list(rows))
    for name, words in (("risk_segment", RISKS), ("lifecycle", LIFECYCLES), ("segment", CODES), ("value_tier", TIERS)):
        made[name] = pd.Categorical(made[name], categories=list(words))
    return made


def found(customers: pd.DataFrame, has: set[str] = HAS, **playbook: PlaybookOffer) -> Candidates:
    return candidates(customers, playbook, has, ("critical", "high"))


def triples(rows: pd.DataFrame) -> list[tuple[str, str, str]]:
    return list(rows[["customer_id", "offer", "channel"]].astype("str").itertuples(index=False, name=None))


def test_a_candidate_has_the_profit_and_the_cost_of_the_formulas():
    one = offer(taken_by_lost=0.2, taken_by_stayers=0.5, driven_away=0.1, order_share=0.1, cost=5.0)
    rows = found(frame(customer("ann")), gift=one).rows
    assert list(rows.columns) == list(COLUMNS)
    # d = 5 + 0.1 × 50 = 10; 0.8 [0.5 (100 − 10) − 0.5 × 0.2 × 10] − 0.2 (0.5 × 10 + 0.1 × 100) − 1
    assert rows["expected_profit"].tolist() == pytest.approx([0.8 * (45 - 1) - 0.2 * (5 + 10) - 1])
    assert rows["cost"].tolist() == pytest.approx([1 + 10 * (0.8 * (0.5 + 0.5 * 0.2) + 0.2 * 0.5)])
    assert rows["expected_saves"].tolist() == pytest.approx([0.8 * 0.5 - 0.2 * 0.1])
    text = rows.drop(columns=["expected_profit", "expected_saves", "cost"]).iloc[0].to_dict()
    assert text == {
        "customer_id": "ann",
        "list": "churn",
        "offer": "gift",
        "channel": "email",
        "churn_probability": 0.8,
        "expected_value": 100.0,
        "lifecycle": "at_risk",
        "segment": "leaving",
        "value_tier": "middle",
    }


def test_every_channel_is_a_candidate_with_its_own_cost_and_share_kept():
    one = offer(channels={"phone": {"contact": 6.0, "kept": 0.9}, "email": {"contact": 1.0}})
    result = found(frame(customer("bob"), customer("ann")), gift=one)
    assert triples(result.rows) == [(who, "gift", by) for who in ("ann", "bob") for by in ("email", "phone")]
    # 0.8 × 0.5 × 90 − 0.2 × 10 − 1, and 0.8 × 0.9 × 90 − 0.2 × 10 − 6
    assert result.rows["expected_profit"].tolist() == pytest.approx([33.0, 56.8] * 2)
    assert triples(best(result)) == [("ann", "gift", "phone"), ("bob", "gift", "phone")]


def test_what_promises_nothing_is_left_out():
    # break-even: p × 0.5 (V − 10) = (1 − p) 10 + 1; of p = 0.5 at V = 34
    at, above = (
        customer("at", churn_probability=0.5, expected_value=34.0),
        customer("up", churn_probability=0.5, expected_value=34.04),
    )
    unknown = [customer("no value", expected_value=NAN), customer("no score", churn_probability=NAN)]
    nothing = [customer("worth nothing", expected_value=0.0), customer("below", expected_value=-5.0)]
    assert triples(found(frame(at, above, *unknown, *nothing), gift=offer()).rows) == [("up", "gift", "email")]


@pytest.mark.parametrize("lifecycle", [*LIFECYCLES, None])
def test_each_list_serves_its_own_part_of_the_lifecycle(lifecycle):
    playbook = {name: offer(list=name) for name in SERVED}
    result = found(frame(customer("ann", lifecycle=lifecycle)), **playbook)
    assert [str(name) for name in result.rows["list"]] == [name for name, served in SERVED.items() if lifecycle in served]
    assert result.rows["list"].astype("str").tolist() == result.rows["offer"].astype("str").tolist()


def test_all_conditions_must_hold_and_of_a_list_any():
    one = offer(eligibility=[["nps_last <= 6", "expected_value > 150"], "value_tier = top"])
    rows = [
        customer("both", nps_last=3.0, value_tier="top"),
        customer("either", nps_last=9.0, expected_value=200.0, value_tier="top"),
        customer("neither", nps_last=9.0, value_tier="top"),
        customer("half", nps_last=3.0),
    ]
    assert [who for who, *_ in triples(found(frame(*rows), gift=one).rows)] == ["both", "either"]


def test_an_offer_without_its_data_is_switched_off_and_says_so():
    playbook = {
        "either": offer(eligibility=[["nps_last <= 6", "complaints_count_90d > 0"]]),
        "lenient": offer(eligibility=["complaints_count_90d < 1 or unknown"]),
        "needs": offer(eligibility=["complaints_count_90d > 0"]),
        "share": offer(order_share=0.1),
    }
    customers = frame(customer("ann", nps_last=3.0)).assign(complaints_count_90d=NAN)
    result = found(customers, {"money", "engagements:nps_response"}, **playbook)
    assert result.switched_off == {
        "needs": "needs is off, as this source has no data for complaints_count_90d > 0 (needs engagements:complaint)",
        "share": "share is off, as this source has no data for a cost of 10% of an order (needs transactions.amount)",
    }
    assert triples(result.rows) == [("ann", "either", "email"), ("ann", "lenient", "email")]


def test_who_never_ordered_is_offered_no_share_of_an_order():
    assert found(frame(customer("ann", order_amount_mean=NAN)), gift=offer(order_share=0.1)).rows.empty


def test_without_money_the_segments_meant_are_ranked_and_nobody_has_a_profit():
    rows = [
        customer("high", churn_probability=0.7, risk_segment="high"),
        customer("low", churn_probability=0.3, risk_segment="low"),
        customer("lost", churn_probability=0.95, risk_segment=None, lifecycle="lapsed"),
    ]
    customers = frame(*rows).assign(expected_value=NAN)
    playbook = {
        "annoying": offer(kept=0.1, driven_away=0.9),  # 0.07 − 0.27 saved of the high
        "cheap": offer(kept=0.4, cost=1.0),
        "dear": offer(kept=0.4, cost=9.0),
        "weak": offer(kept=0.3),
        "back": offer(list="win_back"),
    }
    result = found(customers, HAS - {"money"}, **playbook)
    assert not result.with_money
    assert result.rows["expected_profit"].isna().all()
    assert triples(result.rows) == [
        ("high", "cheap", "email"),
        ("high", "dear", "email"),
        ("high", "weak", "email"),
        ("lost", "back", "email"),
    ]
    assert triples(best(result)) == [("high", "cheap", "email"), ("lost", "back", "email")]


def test_of_equal_offers_the_cheaper_and_then_the_first_by_name_is_best():
    same = found(frame(customer("ann")), b=offer(), a=offer())
    assert triples(best(same)) == [("ann", "a", "email")]


@pytest.mark.parametrize("playbook", [{}, {"gift": offer(eligibility=["value_tier = top"])}])
def test_nobody_to_make_an_offer_to_is_an_empty_list_with_its_columns(playbook):
    result = found(frame(customer("ann")), **playbook)
    assert list(result.rows.columns) == list(best(result).columns) == list(COLUMNS)
    assert result.rows.empty
    assert best(result).empty


chances = st.sampled_from([0.0, 0.1, 0.3, 0.6, 1.0])
OFFERS = st.builds(
    offer,
    list=st.sampled_from(list(SERVED)),
    cost=st.sampled_from([0.0, 2.0, 10.0]),
    order_share=st.sampled_from([0.0, 0.1]),
    channels=st.dictionaries(
        st.sampled_from(["email", "phone", "push"]), st.fixed_dictionaries({"contact": st.sampled_from([0.1, 5.0])}), min_size=1
    ),
    eligibility=st.lists(
        st.sampled_from(["nps_last >= 9", "value_tier in [top, middle]", "nps_last <= 6 or unknown"]), max_size=2
    ),
    kept=chances,
    taken_by_lost=chances,
    taken_by_stayers=chances,
    driven_away=chances,
    stayer_uplift=st.sampled_from([-0.3, 0.0, 0.2]),
)
WHO = st.fixed_dictionaries(
    {
        "churn_probability": st.sampled_from([NAN, 0.0, 0.2, 0.5, 0.9, 1.0]),
        "expected_value": st.sampled_from([NAN, -3.0, 0.0, 20.0, 90.0]),
        "lifecycle": st.sampled_from([*LIFECYCLES, None]),
        "value_tier": st.sampled_from([*TIERS, None]),
        "nps_last": st.sampled_from([NAN, 3.0, 9.0]),
        "order_amount_mean": st.sampled_from([NAN, 0.0, 40.0]),
    }
)
HALF_A_CENT = 0.005
ALLOWED = {
    "nps_last >= 9": lambda row: row["nps_last"] >= 9,
    "value_tier in [top, middle]": lambda row: row["value_tier"] in ("top", "middle"),
    "nps_last <= 6 or unknown": lambda row: not row["nps_last"] > 6,
}


def by_hand(row: dict[str, Any], one: PlaybookOffer, contact: float) -> float:
    """What an offer earns of a customer; nothing where it may not be made."""
    allowed = all(ALLOWED[text](row) for (text,) in one.eligibility) and row["lifecycle"] in SERVED[one.list]
    p, value = row["churn_probability"], max(row["expected_value"], 0)
    d = one.cost + (one.order_share * row["order_amount_mean"] if one.order_share else 0)
    lost = one.kept * (value - d) - (1 - one.kept) * one.taken_by_lost * d
    stayed = (one.stayer_uplift - one.driven_away) * value - one.taken_by_stayers * d
    profit = p * lost + (1 - p) * stayed - contact
    return profit if allowed and not np.isnan(row["expected_value"]) else NAN


@given(st.lists(WHO, min_size=1, max_size=6), st.dictionaries(st.sampled_from("abcd"), OFFERS, max_size=4), st.randoms())
def test_the_chosen_offer_is_allowed_earns_most_and_more_than_nothing(drawn, playbook, shuffled):
    rows = [customer("anchor", lifecycle=None)] + [customer(f"c{place}", **row) for place, row in enumerate(drawn)]
    result = found(frame(*rows), **playbook)
    expected = {
        (row["customer_id"], code, channel): profit
        for row in rows
        for code, one in playbook.items()
        for channel, terms in one.channels.items()
        if not np.isnan(profit := by_hand(row, one, terms.contact))
    }
    said = dict(zip(triples(result.rows), result.rows["expected_profit"], strict=True))
    assert list(said) == sorted(said)
    assert all(profit > 0 for profit in said.values())
    digit = 1e-9  # on half a cent the last digits decide
    assert {triple for triple, profit in expected.items() if profit > HALF_A_CENT + digit} <= set(said)
    assert all(expected[triple] >= HALF_A_CENT - digit for triple in said)
    assert all(abs(profit - expected[triple]) <= HALF_A_CENT + digit for triple, profit in said.items())
    assert all(round(profit, 2) == profit for profit in said.values())
    chosen = best(result)
    assert chosen["customer_id"].is_unique
    assert set(chosen["customer_id"]) == set(result.rows["customer_id"])
    most = result.rows.groupby("customer_id")["expected_profit"].max()
    assert chosen.set_index("customer_id")["expected_profit"].to_dict() == most.to_dict()
    shuffled.shuffle(rows)
    pd.testing.assert_frame_equal(found(frame(*rows), **playbook).rows, result.rows)


def test_what_was_learned_takes_the_place_of_the_playbook_where_it_was_measured():
    people = frame(customer("ann"), customer("bob", segment="steady"))
    known = Learned({("gift", "email"): {None: (0.2, 0.1), "leaving": (0.0, 0.3)}}, {("gift", "email"): 0.5})
    playbook = {"gift": offer(taken_by_lost=0.4, taken_by_stayers=0.6), "other": offer()}
    rows = candidates(people, playbook, HAS, ("critical", "high"), known).rows.set_index(["customer_id", "offer"])
    # ann, leaving: nothing is kept and stayers are driven away, so the gift is not made; bob has what holds for other segments
    assert [str(name) for name in rows.index.get_level_values(0)] == ["ann", "bob", "bob"]
    bob = rows.loc[("bob", "gift")]
    assert bob["expected_saves"] == pytest.approx(0.8 * 0.2 - 0.2 * 0.1)
    assert bob["expected_profit"] == pytest.approx(0.8 * (0.2 * 90 - 0.8 * 0.2 * 10) - 0.2 * (0.3 * 10 + 0.1 * 100) - 1)
    assert bob["cost"] == pytest.approx(1 + 10 * (0.8 * (0.2 + 0.8 * 0.2) + 0.2 * 0.3))
    assert rows.loc[("ann", "other"), "expected_saves"] == pytest.approx(0.4)
