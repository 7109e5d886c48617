"""What contacting ann cost, of a delivery of 1 June and a later one of 15 June, which expected .5 and .3 of her contacts."""

from datetime import date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.contract.facts import open_facts
from pipeline.engine import engine
from pipeline.outcomes.archived import Delivered
from pipeline.outcomes.contact_costs import with_costs
from tests.worlds import definition, write_tables

JUNE, LATER, MATURES, TODAY = date(2024, 6, 1), date(2024, 6, 15), date(2024, 8, 30), date(2024, 11, 1)
CHURN = definition()
OWN, NEXT = ("2024-06-01", datetime(2024, 6, 3)), ("2024-06-15", datetime(2024, 6, 17))


def delivered(day: date, **own: object) -> Delivered:
    """Ann is to be contacted, bob is held out."""
    cost = {date(2024, 6, 1): 0.5, date(2024, 6, 15): 0.3}.get(day, 9.0)
    rows = pd.DataFrame({"customer_id": ["ann", "bob"], "arm": ["contact", "holdout"], "expected_cost": cost, "taken_off": ""})
    return Delivered(day, CHURN, pd.DataFrame(), rows.assign(**own))


def sent(of: tuple[str, datetime], cost: float | None, **own: object) -> dict[str, object]:
    return {"customer_id": "ann", "delivery_id": of[0], "contacted_at": of[1], "channel": "email", "cost": cost} | own


def costs(folder: Path, contacts: list[dict[str, object]], *later: Delivered, first: Delivered | None = None) -> pd.Series:
    """What is known of ann; of bob, who was never contacted, nothing is."""
    orders = [{"customer_id": "ann", "order_id": "1", "ordered_at": datetime(2024, 5, 1), "amount": 50}]
    tables = {"transactions": orders} | ({"contacts": contacts} if contacts else {})
    one = first or delivered(JUNE)
    with engine() as connection:
        open_facts(connection, write_tables(folder, tables), CHURN)
        happened = pd.DataFrame({"customer_id": ["ann", "bob"]})
        found = with_costs(happened, connection, one, [one, *later], TODAY, MATURES).set_index("customer_id")
    assert found.loc["bob", ["contacts", "reached"]].tolist() == [0, False]
    assert np.isnan(found.loc["bob", "cost"])
    return found.loc["ann"].replace({np.nan: None})


@pytest.mark.parametrize(
    ("row", "reached", "cost", "priced"),
    [
        (sent(OWN, 2), True, 2, 1),
        (sent(OWN, None), True, 0.5, 0),
        (sent(OWN, 2, delivery_id="2024-6-1 "), True, 2, 1),
        (sent(OWN, 2, delivery_id="summer"), False, 0.5, 0),
        (sent(OWN, -2), True, 0.5, 0),
        (sent(OWN, 10**13), True, 0.5, 0),
        (sent(OWN, 2, delivery_id="2024-05-01"), False, 0.5, 0),
        (sent(OWN, 2, arm="holdout"), False, 0.5, 0),
        (sent(OWN, 2, contacted_at=datetime(2024, 8, 30)), False, 0.5, 0),  # the window is over
        (sent(OWN, 2, delivery_id="2024-06-02"), False, 0.5, 0),  # no delivery was made on that day
    ],
)
def test_a_contact_costs_what_the_log_says_of_it_else_what_the_list_expected(tmp_path, row, reached, cost, priced):
    found = costs(tmp_path, [row])
    assert (found["reached"], found["cost"], found["contacts"], found["contacts_priced"]) == (reached, cost, 1, priced)


@pytest.mark.parametrize(
    ("rows", "cost", "priced", "own_cost"),
    [
        ([], 0.8, 0, None),
        ([sent(OWN, 1), sent(NEXT, 1)], 2, 2, 1),
        ([sent(OWN, 11), sent(NEXT, 1)], 12, 2, 11),  # who took the first offer
        ([sent(OWN, 1), sent(NEXT, 11)], 12, 2, 1),  # who took the second
        ([sent(OWN, None), sent(NEXT, 1)], 1.5, 1, None),
        ([sent(NEXT, 1)], 1.5, 1, None),
        ([sent(OWN, 1)], 1.3, 1, 1),
    ],
)
def test_what_later_deliveries_cost_in_the_window_is_added_whether_or_not_the_log_has_it(tmp_path, rows, cost, priced, own_cost):
    found = costs(tmp_path, rows, delivered(LATER))
    assert found["cost"] == pytest.approx(cost)
    assert (found["contacts"], found["contacts_priced"], found["own_cost"]) == (2, priced, own_cost)


def test_reminders_are_one_contact_of_a_delivery_and_cost_what_both_do(tmp_path):
    found = costs(tmp_path, [sent(OWN, 1), sent((OWN[0], datetime(2024, 6, 10)), 1)])
    assert found[["cost", "contacts", "contacts_priced", "own_contacts"]].tolist() == [2, 1, 1, 2]


def test_who_was_taken_off_later_and_deliveries_after_the_window_cost_nothing(tmp_path):
    gone, after = delivered(LATER, taken_off="complained"), delivered(MATURES)
    assert costs(tmp_path, [sent((MATURES.isoformat(), datetime(2024, 9, 1)), 7)], gone, after)["cost"] == 0.5


def test_a_contact_that_neither_log_nor_list_has_a_cost_of_leaves_the_cost_unknown(tmp_path):
    assert costs(tmp_path, [sent(NEXT, 1)], first=delivered(JUNE, expected_cost=np.nan))["cost"] is None
