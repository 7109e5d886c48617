"""Everyone known with what lists ask of them: literal tables, the suppression list, recent contacts, real ids."""

from datetime import timedelta
from decimal import Decimal

import pytest

from pipeline.campaign.known import known_customers
from pipeline.contract.facts import open_facts
from pipeline.engine import engine, quoted
from pipeline.model.labels import customers, dates_table
from tests.campaign.small_plan import DAY, config
from tests.worlds import write_tables


def bought(who, days, amount=10):
    day = DAY - timedelta(days=days)
    return {"customer_id": who, "order_id": f"{who}{days}", "line_id": "1", "ordered_at": f"{day} 10:00", "amount": amount}


def contacted(who, days, number):
    when = f"{DAY - timedelta(days=days)} 12:00"
    return {"contact_id": number, "customer_id": who, "campaign_id": "c", "contacted_at": when, "channel": "email"}


TABLES = {
    "transactions": [bought("ann", 400), bought("ann", 20, 30), bought("bob", 30), bought("cem", 700)],
    "contacts": [contacted("ann", 5, "1"), contacted("ann", 29, "2"), contacted("ann", 40, "3"), contacted("bob", -1, "4")],
    "attributes": [{"customer_id": "bob", "name": "consent_email", "value": "no"}],
}


@pytest.fixture
def known(tmp_path):
    """The customers of the tables, with these rules and real ids."""
    clean, file = write_tables(tmp_path / "clean", TABLES), tmp_path / "customers.parquet"

    def make(identities=None, **rules):
        chosen = config(**rules)
        with engine() as connection:
            open_facts(connection, clean, chosen.definition)
            connection.execute(dates_table((DAY,)))
            query = customers(chosen.definition, DAY, True)
            connection.execute(f"COPY ({query}) TO {quoted(file)} (FORMAT parquet)")
        found, has = known_customers(clean, file, identities or {}, DAY, chosen)
        return found.set_index("customer_id"), has

    return make


def test_everybody_is_there_with_their_money_status_and_consents(known):
    found, has = known()
    assert list(found.index) == ["ann", "bob", "cem"]
    assert found["status"].tolist() == ["scored", "scored", "lapsed"]

    assert all(isinstance(money, Decimal) for money in found["revenue_total"]), "exact, as lists show it"
    assert found["consent_email"].isna().tolist() == [True, False, True]
    assert not found.loc["bob", "consent_email"]
    assert has >= {"transactions", "transactions.amount", "contacts", "money", "attributes:consent_email"}
    assert "engagements" not in has


def test_contacts_count_within_the_days_of_the_cap_and_never_after_the_day(known):
    found, _ = known(contact_cap={"contacts": 2, "days": 30})
    assert found["contacts_recent"].tolist() == [2, 0, 0]
    assert known(contact_cap={"contacts": 2, "days": 41})[0]["contacts_recent"].tolist() == [3, 0, 0]
    assert found["contact_recency_days"].fillna(-1).tolist() == [4, -1, -1]


def test_the_suppression_list_names_real_ids(known, tmp_path):
    path = tmp_path / "never.csv"
    path.write_text("customer_id\n007\ncem\n", encoding="utf-8")
    assert known(suppression=str(path))[0]["suppressed"].tolist() == [False, False, True]
    names = {"ann": "007", "bob": "008", "cem": "009"}
    assert known(names, suppression=str(path))[0]["suppressed"].tolist() == [True, False, False]
    assert known(names)[0]["suppressed"].tolist() == [False, False, False]
