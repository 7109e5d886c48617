"""Every known customer in exactly one state, no rule broken, whatever the rows and their order."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.allocation.allocate import COLUMNS, allocate
from pipeline.allocation.arms import EARLIER, Drawing
from pipeline.allocation.left_out_reasons import CODES, LEFT_OUT
from pipeline.config.allocation_section import Allocation
from pipeline.errors import DataUnfitError

DAY = date(2026, 3, 1)
FREE = {
    "budget": None,
    "capacity": {},
    "offer_limits": {},
    "contact_cap": None,
    "cool_down_days": 0,
    "consent": {"unknown": "allowed"},
    "suppression": "data/nobody.csv",
    "holdout_share": 0.0,
    "control_share": 0.0,
    "control_days": 365,
    "offer_arms": {},
    "detectable": {"effect": 0.05, "alpha": 0.05, "power": 0.8},
    "hysteresis": 0.0,
    "max_turnover": 0.5,
}
NOBODY = pd.DataFrame({name: pd.Series(dtype=object) for name in EARLIER})
QUICK = settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])


def drawing(*, day=DAY, seed=7, running_days=90, **rules):
    return Drawing(seed, day, running_days, Allocation.model_validate(FREE | rules))


def candidates(*rows):
    """Of (customer, offer, channel, profit, cost)."""
    frame = pd.DataFrame(rows, columns=["customer_id", "offer", "channel", "expected_profit", "cost"])
    return frame.assign(list="churn", churn_probability=0.5, expected_value=100.0, expected_saves=0.1)


def known(**customers):
    """Of a customer's columns that are not the usual."""
    usual = {"status": "scored", "suppressed": False, "days_since_contact": np.nan, "contacts_recent": 0}
    rows = [
        {"customer_id": name, **usual, "consent_email": True, "consent_phone": None, **own} for name, own in customers.items()
    ]
    return pd.DataFrame(rows)


def told(found):
    """The state, or why left out, of each customer."""
    rows = found.customers
    return dict(zip(rows["customer_id"], rows["left_out_reason"].fillna(rows["state"]), strict=True))


def test_everybody_left_out_is_told_why():
    people = known(
        ann={},
        bob={"suppressed": True},
        cem={"consent_email": False},
        dee={"days_since_contact": 13.0},
        eve={"contacts_recent": 3},
        fay={"status": "lapsed"},
        gil={"status": "too_new"},
        hal={"status": "not_due"},
        ian={"status": "no_profiling_consent"},
        jan={},
        kim={"days_since_contact": 14.0, "contacts_recent": 2},
        lee={},
        mia={},
        ned={},
    )
    rows = [(name, "gift", "email", 5.0, 1.0) for name in ("ann", "bob", "cem", "dee", "eve", "ian", "kim")]
    rows += [("jan", "gift", "email", -1.0, 1.0), ("lee", "gift", "phone", 2.0, 9.0), ("mia", "call", "phone", 3.0, 0.5)]
    rows += [("mia", "gift", "email", 1.0, 9.0), ("ned", "gift", "email", np.nan, 1.0)]
    rules = {"cool_down_days": 14, "contact_cap": {"contacts": 3, "days": 30}, "budget": 4.0, "capacity": {"phone": 0}}
    assert told(allocate(candidates(*rows), people, NOBODY, drawing(**rules))) == {
        "ann": "contact",
        "bob": "suppressed",
        "cem": "no_consent",
        "dee": "contacted_lately",
        "eve": "contacted_often",
        "fay": "lapsed",
        "gil": "too_new",
        "hal": "not_due",
        "ian": "no_profiling_consent",
        "jan": "not_profitable",
        "kim": "contact",
        "lee": "budget",
        "mia": "capacity",
        "ned": "value_unknown",
    }


def test_an_offer_that_is_gone():
    rows = candidates(("ann", "gift", "email", 5.0, 1.0), ("bob", "gift", "email", 4.0, 1.0))
    found = allocate(rows, known(ann={}, bob={}), NOBODY, drawing(offer_limits={"gift": 1}))
    assert told(found) == {"ann": "contact", "bob": "offer_limit"}
    assert found.figures["used"] == {"offer_limits.gift": 1}
    assert (found.figures["objective"], found.figures["exact"]) == (5.0, True)


@pytest.mark.parametrize(
    ("word", "unknown", "state"),
    [
        (True, "refused", "contact"),
        (False, "allowed", "no_consent"),
        (None, "allowed", "contact"),
        (None, "refused", "no_consent"),
        (" Yes ", "refused", "contact"),
        ("sì", "refused", "contact"),
        ("perhaps", "allowed", "no_consent"),
        ("", "allowed", "no_consent"),
    ],
)
def test_what_is_not_a_clear_yes_is_a_refusal(word, unknown, state):
    rows = candidates(("ann", "gift", "email", 5.0, 1.0))
    found = allocate(rows, known(ann={"consent_email": word}), NOBODY, drawing(consent={"unknown": unknown}))
    assert told(found) == {"ann": state}


def test_a_channel_nobody_was_asked_about_is_unknown():
    rows = candidates(("ann", "gift", "sms", 5.0, 1.0))
    for unknown, state in (("allowed", "contact"), ("refused", "no_consent")):
        assert told(allocate(rows, known(ann={}), NOBODY, drawing(consent={"unknown": unknown}))) == {"ann": state}


def test_without_money_whom_a_contact_keeps_counts_and_not_who_is_likeliest_to_leave():
    rows = candidates(*((name, "gift", "email", np.nan, np.nan) for name in ("ann", "bob", "cem", "dan")))
    rows["churn_probability"], rows["expected_saves"] = [0.9, 0.2, 0.6, 0.7], [0.0625, 0.25, 0.125, 0.0]
    people = known(ann={}, bob={}, cem={}, dan={})
    found = allocate(rows, people, NOBODY, drawing(capacity={"email": 2}))
    assert told(found) == {"ann": "capacity", "bob": "contact", "cem": "contact", "dan": "not_profitable"}
    assert (found.figures["mode"], found.figures["objective"]) == ("ranked", 0.375)
    with pytest.raises(DataUnfitError, match="3 candidates have no cost; give capacities"):
        allocate(rows, people, NOBODY, drawing(budget=10.0))


def test_without_money_a_budget_is_spent_where_it_keeps_most():
    rows = candidates(
        ("ann", "gift", "email", np.nan, 3.0), ("bob", "gift", "email", np.nan, 2.0), ("cem", "gift", "sms", np.nan, 1.0)
    )
    rows["expected_saves"] = [0.5, 0.375, 0.25]
    found = allocate(rows, known(ann={}, bob={}, cem={}), NOBODY, drawing(budget=3.0))
    assert told(found) == {"ann": "budget", "bob": "contact", "cem": "contact"}
    assert found.customers["expected_profit"].isna().all()


def test_who_is_not_known_is_not_listed():
    rows = candidates(("ann", "gift", "email", 5.0, 1.0), ("forgotten", "gift", "email", 9.0, 1.0))
    assert told(allocate(rows, known(ann={}), NOBODY, drawing(capacity={"email": 1}))) == {"ann": "contact"}


def test_rows_that_stand_there_twice_are_no_candidates():
    twice = candidates(*[("ann", "gift", "email", 5.0, 1.0)] * 2)
    with pytest.raises(ValueError, match="twice"):
        allocate(twice, known(ann={}), NOBODY, drawing())
    with pytest.raises(ValueError, match="twice"):
        allocate(twice[:1], pd.concat([known(ann={})] * 2), NOBODY, drawing())


def test_nobody_and_nothing():
    found = allocate(candidates(), known(ann={}), NOBODY, drawing(holdout_share=0.5, budget=1.0))
    assert told(found) == {"ann": "not_profitable"}
    assert (found.figures["objective"], found.figures["upper_bound"], found.figures["listed"]) == (0.0, 0.0, 0)


NAMES = [f"c{number}" for number in range(12)]
OFFERS, CHANNELS = ("call", "gift", "points"), ("email", "phone", "push")
PERSON = st.fixed_dictionaries(
    {
        "status": st.sampled_from(["scored", "scored", "lapsed", "no_profiling_consent"]),
        "suppressed": st.sampled_from([False, False, False, True]),
        "days_since_contact": st.sampled_from([np.nan, 3.0, 14.0, 40.0]),
        "contacts_recent": st.integers(0, 3),
        "consent_email": st.sampled_from([True, True, False, None]),
        "consent_phone": st.sampled_from([True, False, None]),
    }
)
WORLD = st.fixed_dictionaries(dict.fromkeys(NAMES[:8], PERSON))
ROW = st.tuples(
    st.sampled_from(NAMES),
    st.sampled_from(OFFERS),
    st.sampled_from(CHANNELS),
    st.integers(-4, 20).map(float),
    st.integers(0, 8).map(lambda quarters: quarters / 4),
)
ROWS = st.lists(ROW, max_size=30, unique_by=lambda row: row[:3])
RULES = st.fixed_dictionaries(
    {
        "budget": st.sampled_from([None, 0.0, 1.5, 5.0]),
        "capacity": st.dictionaries(st.sampled_from(CHANNELS), st.integers(0, 4)),
        "offer_limits": st.dictionaries(st.sampled_from(OFFERS), st.integers(0, 4)),
        "contact_cap": st.sampled_from([None, {"contacts": 2, "days": 30}]),
        "cool_down_days": st.sampled_from([0, 14]),
        "consent": st.sampled_from([{"unknown": "refused"}, {"unknown": "allowed"}]),
        "holdout_share": st.sampled_from([0.0, 0.4]),
        "control_share": st.sampled_from([0.0, 0.3]),
        "offer_arms": st.sampled_from([{}, {"gift": {"against": "call", "share": 0.5}}]),
    }
)


def before(people):
    """A few arms of earlier deliveries."""
    arms = ["contact", "holdout", "control", "holdout", "control"]
    since = ["2026-02-01", "2026-01-01", "2025-12-20", "2025-06-01", "2026-02-20"]
    return pd.DataFrame(
        {"customer_id": people[:5], "arm": arms, "since": since, "assignment_probability": [0.7, 0.7, 0.0, 0.7, 0.0]}
    )


@QUICK
@given(ROWS, WORLD, RULES, st.randoms(use_true_random=False))
def test_no_rule_is_broken_and_everybody_is_somewhere(rows, world, rules, random):
    people, triples, earlier = known(**world), candidates(*rows), before(NAMES[:5])
    found = allocate(triples, people, earlier, drawing(**rules))
    out = found.customers
    assert list(out.columns) == list(COLUMNS)
    assert out["customer_id"].tolist() == sorted(world)
    assert set(out["state"]) <= {"contact", "holdout", "control", "left_out"}
    assert (out["left_out_reason"].notna() == (out["state"] == "left_out")).all()
    assert set(out["left_out_reason"].dropna()) <= set(CODES)
    assert (out["arm"].eq("none") == out["state"].eq("left_out")).all()
    listed = out[out["state"].isin(["contact", "holdout"])]
    assert (listed["expected_profit"] > 0).all()
    assert out.loc[~out.index.isin(listed.index), ["offer", "channel", "expected_profit", "cost"]].isna().all(axis=None)
    of_rows = {row[:3]: row[3:] for row in rows}
    for row in listed.itertuples():
        person = world[row.customer_id]
        assert of_rows[row.customer_id, row.offer, row.channel] == (row.expected_profit, row.cost)
        assert person["status"] != "no_profiling_consent"
        assert not person["suppressed"]
        assert not person["days_since_contact"] < rules["cool_down_days"]
        assert rules["contact_cap"] is None or person["contacts_recent"] < 2
        consent = person.get(f"consent_{row.channel}")
        assert consent is True or (consent is None and rules["consent"]["unknown"] == "allowed")
    assert rules["budget"] is None or listed["cost"].sum() <= rules["budget"] + 1e-9
    for name, most in rules["capacity"].items():
        assert (listed["channel"] == name).sum() <= most
    for name, most in rules["offer_limits"].items():
        assert (listed["offer"] == name).sum() <= most
    assert found.figures["upper_bound"] >= found.figures["objective"] - 1e-9
    shuffled = [frame.sample(frac=1, random_state=random.randrange(2**32)) for frame in (triples, people, earlier)]
    again = allocate(*shuffled, drawing(**rules))
    pd.testing.assert_frame_equal(again.customers, out)
    assert again.figures == found.figures


def test_ties_are_broken_by_the_draw_and_not_by_the_name():
    names = [f"c{number:03d}" for number in range(200)]
    rows, people = candidates(*((name, "gift", "email", 5.0, 1.0) for name in names)), known(**{name: {} for name in names})
    chosen = []
    for seed in (1, 2):
        out = allocate(rows, people, NOBODY, drawing(seed=seed, capacity={"email": 50})).customers
        chosen.append(set(out.loc[out["state"] == "contact", "customer_id"]))
    assert [len(some) for some in chosen] == [50, 50]
    assert len(chosen[0] & chosen[1]) < 30
    assert 0 < len(chosen[0] & set(names[:50])) < 30


def test_reasons_have_words_in_both_languages_and_one_code_each():
    assert len(set(CODES)) == len(CODES)
    for reason in LEFT_OUT:
        assert reason.text("en")
        assert reason.text("it")
        assert reason.text("en") != reason.text("it")
