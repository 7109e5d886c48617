"""What the contact log says of a delivery of 1 June: ten to contact, two held out, one in the control, one taken off."""

from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest

from pipeline.contract.facts import open_facts
from pipeline.engine import engine
from pipeline.outcomes.archived import Delivered
from pipeline.outcomes.contact_log import contact_log
from pipeline.report.words import spoken
from tests.worlds import definition, write_tables

T, TODAY = date(2024, 6, 1), date(2024, 11, 1)
ARMS = {f"c{number}": "contact" for number in range(10)} | {"h0": "holdout", "h1": "holdout", "k0": "control", "off": "contact"}
EVERYBODY = [f"c{number}" for number in range(10)]
CHURN = definition()


def sent(*names: str, **more: object) -> list[dict[str, object]]:
    """A contact of each at half a unit, as the playbook expects, on the day after the delivery."""
    plain = {"contacted_at": datetime(2024, 6, 2, 9), "channel": "email", "delivery_id": "2024-06-01", "cost": 0.5}
    return [plain | {"customer_id": name} | more for name in names]


def log_of(folder: Path, contacts: list[dict[str, object]]) -> dict:
    rows = pd.DataFrame({"customer_id": list(ARMS), "arm": list(ARMS.values()), "expected_cost": 0.5, "taken_off": ""})
    rows.loc[rows["customer_id"] == "off", "taken_off"] = "complained"
    orders = [{"customer_id": "c0", "order_id": "1", "ordered_at": datetime(2024, 5, 1), "amount": 50}]
    tables = {"transactions": orders} | ({"contacts": contacts} if contacts else {})
    with engine() as connection:
        open_facts(connection, write_tables(folder, tables), CHURN)
        one, next_month = (Delivered(day, CHURN, pd.DataFrame(), rows) for day in (T, date(2024, 7, 1)))
        return contact_log(connection, one, [one, next_month], TODAY)


@pytest.mark.parametrize(
    "contacts",
    [
        sent(*EVERYBODY),
        sent(*EVERYBODY[:8]),  # two could not be reached
        sent(*EVERYBODY) + sent("c0", "c1", contacted_at=datetime(2024, 6, 12)),  # reminders
        sent(*EVERYBODY) + sent("h0", contacted_at=datetime(2024, 8, 30)),  # after the window
        sent(*EVERYBODY) + sent("h0", delivery_id="2024-07-01") + sent("h1", arm="holdout"),
        sent(*EVERYBODY) + sent("c0", contacted_at=datetime(2024, 5, 31), delivery_id="2024-05-01"),
        sent(*EVERYBODY, delivery_id="2024-6-1"),
        sent(*EVERYBODY, cost=None),
        sent(*EVERYBODY, cost=4.9),
        sent(*EVERYBODY, cost=0.005),  # of the contact alone
    ],
)
def test_a_log_as_it_is_meant_leaves_no_doubt(tmp_path, contacts):
    assert log_of(tmp_path, contacts)["doubts"] == []


@pytest.mark.parametrize(
    ("contacts", "code", "said"),
    [
        ([], "absent", "The contact log has no contact of it."),
        (
            sent("c0", delivery_id="May-list") + sent("c0", "c1", delivery_id="June-list {x}"),
            "absent",
            "The contact log has no contact of it; contacts of those days are of "
            "delivery_id June-list {x}, and 2024-06-01 is asked for.",
        ),
        (sent(*EVERYBODY, contacted_at=datetime(2024, 8, 30)), "absent", "The contact log has no contact of it."),
        (
            sent("c0", delivery_id="2024-06-02") + sent("c0", "c1", delivery_id="2024-07-01"),
            "absent",
            "The contact log has no contact of it; contacts of those days are of delivery_id 2024-06-02, and",
        ),
        (
            sent(*EVERYBODY, "ghost", "zoe"),
            "unlisted",
            "2 of the 12 customers that the log has for it are in none of its lists: is delivery_id right?",
        ),
        (
            sent(*EVERYBODY[:7]) + sent("off"),
            "few",
            "The contact log lacks 3 of 10 contacts: it is late, it is cut, or they were not made.",
        ),
        (
            sent(*EVERYBODY, "h1", "k0"),
            "left_alone",
            "2 of 3 customers who were to be left alone were contacted: the difference is smaller than what contacting changes.",
        ),
        (
            sent(*EVERYBODY[:9]) + sent("c9", contacted_at=datetime(2024, 5, 31, 23)),
            "early",
            "Contacts of 1 of 10 customers are dated before it was made: is contacted_at in UTC?",
        ),
        (
            sent(*EVERYBODY, contact_id="a") + sent(*EVERYBODY[:4], contact_id="b"),
            "twice",
            "4 of 10 customers have two contacts at one time, and both cost: was the log joined twice?",
        ),
        (
            sent(*EVERYBODY, cost=50),
            "cost",
            "Contacts cost 100 times what the playbook expects of contact and offer: is cost in another unit?",
        ),
    ],
)
def test_what_cannot_be_as_it_was_meant_is_said(tmp_path, contacts, code, said):
    (doubt,) = log_of(tmp_path, contacts)["doubts"]
    assert doubt["code"] == code
    assert doubt["sentence"].startswith(said)
    assert spoken("it").written(doubt["sentence"]) != doubt["sentence"]


def test_who_was_taken_off_is_not_to_be_contacted(tmp_path):
    assert log_of(tmp_path, sent(*EVERYBODY[:9], "off")) == {"to_contact": 10, "contacted": 9, "doubts": []}
