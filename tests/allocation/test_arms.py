"""Control, hold-out and offer against offer: by chance, for as long as an outcome takes, with the right probability on record."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from pipeline.allocation.allocate import allocate
from tests.allocation.test_allocate import DAY, NOBODY, candidates, drawing, known, told
from tests.statistics.test_keyed_uniform import draw

NAMES = [f"c{number:04d}" for number in range(1_000)]
PEOPLE = known(**{name: {} for name in NAMES})
EMAILS = candidates(*((name, "gift", "email", 5.0, 1.0) for name in NAMES))


def arms(found):
    return found.customers.set_index("customer_id")["arm"]


def record(found):
    """What the archive keeps of a delivery."""
    rows = found.customers[found.customers["arm"] != "none"]
    return rows[["customer_id", "arm", "since", "assignment_probability"]]


def test_the_shares_are_those_asked_for_and_the_control_is_of_everybody():
    some = EMAILS[EMAILS["customer_id"] < "c0500"]
    out = allocate(some, PEOPLE, NOBODY, drawing(control_share=0.2, holdout_share=0.3)).customers
    control, listed = out[out["state"] == "control"], out[out["state"].isin(["contact", "holdout"])]
    assert binomtest(len(control), 1_000, 0.2).pvalue > 0.01
    assert binomtest(int((control["customer_id"] < "c0500").sum()), len(control), 0.5).pvalue > 0.01
    assert len(listed) + int((control["customer_id"] < "c0500").sum()) == 500
    assert binomtest(int((listed["state"] == "holdout").sum()), len(listed), 0.3).pvalue > 0.01


def test_arms_are_the_draws_of_their_keys():
    out = allocate(EMAILS, PEOPLE, NOBODY, drawing(control_share=0.2, holdout_share=0.3)).customers
    epoch = DAY.toordinal() // 365
    for row in out.itertuples():
        if draw(row.customer_id, f"7/control/{epoch}") < 0.2:
            assert row.state == "control"
        else:
            assert row.state == ("holdout" if draw(row.customer_id, "7/2026-03-01") < 0.3 else "contact")


def test_the_probability_on_record_is_that_of_contact_and_none_for_the_control():
    out = allocate(EMAILS, PEOPLE, NOBODY, drawing(control_share=0.2, holdout_share=0.3)).customers
    assert out.groupby("state")["assignment_probability"].unique().map(list).to_dict() == {
        "contact": [0.7],
        "control": [0.0],
        "holdout": [0.7],
    }
    assert set(out["since"]) == {DAY}


def test_the_held_out_take_a_place_and_keep_their_offer_the_control_takes_none():
    found = allocate(EMAILS, PEOPLE, NOBODY, drawing(control_share=0.2, holdout_share=0.3, capacity={"email": 100}))
    out = found.customers
    assert int(out["state"].isin(["contact", "holdout"]).sum()) == 100
    assert set(out.loc[out["state"] == "holdout", "offer"]) == {"gift"}
    assert out.loc[out["state"] == "control", "offer"].isna().all()


def test_an_arm_stays_until_its_outcome_is_known_and_is_then_drawn_anew():
    first = allocate(EMAILS, PEOPLE, NOBODY, drawing(control_share=0.1, holdout_share=0.4))
    before = record(first)
    last, after = DAY + timedelta(days=89), DAY + timedelta(days=90)
    held = allocate(EMAILS, PEOPLE, before, drawing(day=last, holdout_share=0.05, control_share=0.3, control_days=30))
    assert (arms(held) == arms(first)).all()
    assert set(held.customers["since"]) == {DAY}
    assert set(held.customers["assignment_probability"]) == {0.6, 0.0}
    anew = allocate(EMAILS, PEOPLE, before, drawing(day=after, holdout_share=0.4, control_share=0.1))
    listed = anew.customers["state"] != "control"
    assert set(anew.customers.loc[listed, "since"]) == {after}
    assert (arms(anew) != arms(first)).mean() > 0.3
    assert set(arms(anew)[arms(anew) == "control"].index) == set(arms(first)[arms(first) == "control"].index)


def test_the_control_of_weekly_deliveries_does_not_add_up():
    rules = {"control_share": 0.05, "holdout_share": 0.2}
    earlier, day = NOBODY, DAY
    for _ in range(6):
        found = allocate(EMAILS, PEOPLE, earlier, drawing(day=day, **rules))
        earlier = pd.concat([frame for frame in (earlier, record(found)) if len(frame)])
        day += timedelta(days=7)
    assert binomtest(int((arms(found) == "control").sum()), 1_000, 0.05).pvalue > 0.01


def test_whoever_was_contacted_joins_the_control_only_when_that_is_over():
    before = pd.DataFrame({"customer_id": NAMES, "arm": "contact", "since": "2026-01-01", "assignment_probability": 0.9})
    running = allocate(EMAILS, PEOPLE, before, drawing(control_share=0.5))
    assert set(arms(running)) == {"contact"}
    over = allocate(EMAILS, PEOPLE, before, drawing(day=date(2026, 4, 1), control_share=0.5))
    assert set(arms(over)) == {"contact", "control"}


def test_a_running_arm_is_no_ticket_to_the_list():
    before = pd.DataFrame({"customer_id": ["ann", "bob"], "arm": ["holdout", "control"], "since": "2026-02-01"})
    found = allocate(
        candidates(("ann", "gift", "email", -1.0, 1.0), ("bob", "gift", "email", 1.0, 1.0)),
        known(ann={}, bob={"suppressed": True}),
        before.assign(assignment_probability=0.5),
        drawing(),
    )
    assert told(found) == {"ann": "not_profitable", "bob": "suppressed"}


def test_a_delivery_made_again_draws_the_same():
    rules = {"control_share": 0.1, "holdout_share": 0.4}
    first = allocate(EMAILS, PEOPLE, NOBODY, drawing(**rules))
    again = allocate(EMAILS, PEOPLE, record(first), drawing(**rules))
    pd.testing.assert_frame_equal(again.customers, first.customers)


GIFTS_AND_CALLS = candidates(
    *((name, offer, "email", profit, cost) for name in NAMES for offer, profit, cost in (("call", 4.0, 3.0), ("gift", 5.0, 1.0)))
)
TEST = {"gift": {"against": "call", "share": 0.25}}


def test_offer_against_offer_is_drawn_among_those_meant_for_the_first():
    out = allocate(GIFTS_AND_CALLS, PEOPLE, NOBODY, drawing(offer_arms=TEST, holdout_share=0.2)).customers
    assert set(out["intended_offer"]) == {"gift"}
    called = out["offer"] == "call"
    assert binomtest(int(called.sum()), 1_000, 0.25).pvalue > 0.01
    assert set(out.loc[called, "offer_probability"]) == {0.25}
    assert set(out.loc[~called, "offer_probability"]) == {0.75}
    assert set(zip(out["offer"], out["expected_profit"], out["cost"], strict=True)) == {("call", 4.0, 3.0), ("gift", 5.0, 1.0)}
    held = out["arm"] == "holdout"
    assert abs(np.corrcoef(called, held)[0, 1]) < 0.1


@pytest.mark.parametrize(("rules", "most"), [({"budget": 300.0}, 100), ({"offer_limits": {"call": 40}}, 40)])
def test_what_the_other_offer_costs_and_takes_is_kept_for_it(rules, most):
    only = GIFTS_AND_CALLS[GIFTS_AND_CALLS["offer"] == "call"]
    rows = pd.concat([only, GIFTS_AND_CALLS[GIFTS_AND_CALLS["offer"] == "gift"]])
    found = allocate(rows, PEOPLE, NOBODY, drawing(offer_arms=TEST, **rules))
    tested = found.customers[found.customers["intended_offer"] == "gift"]
    assert len(tested) == most
    assert found.customers["cost"].sum() <= rules.get("budget", np.inf)
    assert (found.customers["offer"] == "call").sum() <= rules.get("offer_limits", {"call": 1_000})["call"]


def test_who_could_not_get_the_other_offer_is_in_no_test():
    rows = candidates(("ann", "gift", "email", 5.0, 1.0), ("bob", "gift", "email", 5.0, 1.0), ("bob", "call", "phone", 4.0, 1.0))
    out = allocate(rows, known(ann={}, bob={}), NOBODY, drawing(offer_arms=TEST)).customers
    assert out["offer"].tolist() == ["gift", "gift"]
    assert out["offer_probability"].tolist() == [1.0, 1.0]
