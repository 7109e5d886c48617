"""Who is taken off at the hand-over, and why: one reason each, by what the lists of 1 June could not see."""

from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.config import Config
from pipeline.contract.facts import open_facts
from pipeline.engine import engine
from pipeline.errors import DataUnfitError
from pipeline.operate.taken_off import TAKEN_OFF, taken_off
from tests.conftest import config_of
from tests.worlds import Tables, write_tables

T = date(2024, 6, 1)
MAY, LATE_MAY, MIDNIGHT, JUNE = (datetime(2024, 5, 3), datetime(2024, 5, 31, 23, 59), datetime(2024, 6, 1), datetime(2024, 6, 2))
OLD = [{"customer_id": name, "order_id": f"{name}-1", "ordered_at": MAY, "amount": 9} for name in ("ann", "bob", "cat")]


@pytest.fixture(scope="module")
def config() -> Config:
    return config_of()


def taken(
    folder: Path, config: Config, tables: Tables, stopped: tuple[str, ...] = (), channel: str = "email", newest: bool = True
) -> dict[str, str]:
    """Codes of ann, bob and cat, who have an order of May beside `tables`."""
    tables = tables | {"transactions": [*OLD, *tables.get("transactions", [])]}
    meant = pd.DataFrame({"customer_id": ["ann", "bob", "cat"], "channel": channel})
    with engine() as connection:
        open_facts(connection, write_tables(folder, tables), config.definition)
        found = taken_off(connection, meant, frozenset(stopped), T, config, newest)
    return {str(customer): str(code) for customer, code in found.items()}


def order(at: datetime, amount: float = 5, recorded: datetime | None = None, returned: bool = False) -> Tables:
    row = {"customer_id": "bob", "order_id": "bob-2", "ordered_at": at, "amount": amount, "is_return": returned}
    return {"transactions": [row | {"recorded_at": recorded}]}


def event(kind: str, at: datetime, recorded: datetime | None = None) -> Tables:
    return {"engagements": [{"customer_id": "bob", "kind": kind, "occurred_at": at, "recorded_at": recorded}]}


def contact(arm: str, at: datetime, delivery: str | None = None) -> Tables:
    return {"contacts": [{"customer_id": "bob", "arm": arm, "contacted_at": at, "delivery_id": delivery, "channel": "sms"}]}


def consent(name: str, value: str, since: datetime | None) -> Tables:
    return {"attributes": [{"customer_id": "bob", "name": f"consent_{name}", "value": value, "valid_from": since}]}


@pytest.mark.parametrize(
    ("tables", "code"),
    [
        ({}, None),
        (order(MIDNIGHT), "bought_since"),
        (order(LATE_MAY), None),
        (order(LATE_MAY, recorded=JUNE), "bought_since"),
        (order(JUNE, amount=-5, returned=True), None),
        (order(JUNE, amount=0), None),
        (event("complaint", JUNE), "complained_since"),
        (event("complaint", LATE_MAY), None),
        (event("complaint", LATE_MAY, recorded=MIDNIGHT), "complained_since"),
        (event("site_visit", JUNE), None),
        (contact("contact", JUNE), "contacted_since"),
        (contact("contact", JUNE, "2024-05-01"), "contacted_since"),
        (contact("contact", JUNE, "2024-06-01"), None),
        (contact("contact", LATE_MAY), None),
        (contact("holdout", MIDNIGHT), "held_out_since"),
        (contact("control", JUNE), "held_out_since"),
        (consent("email", "false", JUNE), "consent_withdrawn"),
        (consent("email", "N", None), "consent_withdrawn"),
        (consent("email", "yes", JUNE), None),
        (consent("sms", "no", JUNE), None),
        (consent("profiling", "no", JUNE), "profiling_withdrawn"),
        (event("complaint", JUNE) | order(JUNE) | contact("contact", JUNE), "complained_since"),
        (order(JUNE) | contact("contact", JUNE) | consent("email", "no", JUNE), "consent_withdrawn"),
    ],
)
def test_what_the_lists_could_not_see_takes_a_customer_off(tmp_path, config, tables, code):
    assert taken(tmp_path, config, tables) == ({"bob": code} if code else {})


def test_what_counts_as_staying_is_what_the_churn_definition_says(tmp_path, config):
    active = config.model_copy(update={"definition": config.definition.model_copy(update={"kind": "activity"})})
    renewal = config.model_copy(update={"definition": config.definition.model_copy(update={"kind": "renewal"})})
    assert taken(tmp_path / "a", active, event("site_visit", JUNE)) == {"bob": "active_since"}
    assert taken(tmp_path / "b", active, event("email_sent", JUNE)) == {}
    change = {"customer_id": "bob", "subscription_id": "s", "changed_at": JUNE, "expires_at": datetime(2025, 6, 1)}
    assert taken(tmp_path / "c", renewal, {"subscriptions": [change | {"status": "renewed"}]}) == {"bob": "renewed_since"}
    assert taken(tmp_path / "d", renewal, {"subscriptions": [change | {"status": "cancelled"}]}) == {}


def test_the_suppression_list_counts_before_all_else_and_without_the_newest_data(tmp_path, config):
    assert taken(tmp_path / "a", config, event("complaint", JUNE), ("bob", "eve")) == {"bob": "suppressed_since"}
    assert taken(tmp_path / "b", config, event("complaint", JUNE), ("ann",), newest=False) == {"ann": "suppressed_since"}


def test_silence_on_a_channel_is_a_refusal_where_it_is_configured_so(tmp_path, config):
    rules = config.campaign.allocation
    strict = rules.model_copy(update={"consent": rules.consent.model_copy(update={"unknown": "refused"})})
    asked = config.model_copy(update={"campaign": config.campaign.model_copy(update={"allocation": strict})})
    assert taken(tmp_path / "a", asked, consent("email", "yes", MAY)) == {"ann": "consent_withdrawn", "cat": "consent_withdrawn"}
    assert taken(tmp_path / "b", asked, {}, channel="") == {}, "a control is contacted by no channel"


def test_who_is_no_longer_in_the_data_is_not_contacted(tmp_path, config):
    meant = pd.DataFrame({"customer_id": ["ann", "eve"], "channel": "email"})
    with engine() as connection:
        open_facts(connection, write_tables(tmp_path, {"transactions": OLD}), config.definition)
        assert taken_off(connection, meant, frozenset(), T, config).to_dict() == {"eve": "vanished"}
    with engine() as connection:
        open_facts(connection, tmp_path, config.definition)
        with pytest.raises(DataUnfitError, match="none of the 1 customers of the lists is in the newest data"):
            taken_off(connection, meant[meant["customer_id"] == "eve"], frozenset(), T, config)


BEFORE = st.datetimes(datetime(2023, 1, 1), datetime(2024, 5, 31, 23, 59))
ROWS = st.one_of(
    BEFORE.map(order),
    BEFORE.map(lambda at: event("complaint", at)),
    st.tuples(st.sampled_from(["contact", "holdout"]), BEFORE).map(lambda pair: contact(*pair)),
    BEFORE.map(lambda at: consent("email", "yes", at)),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS)
def test_nothing_that_the_lists_could_see_takes_anybody_off(tmp_path, config, tables):
    assert taken(tmp_path, config, tables) == {}


def test_every_reason_has_words_in_both_languages_and_a_code_of_its_own():
    assert len({reason.code for reason in TAKEN_OFF}) == len(TAKEN_OFF) == 10
    assert all(reason.text("en") and reason.text("it") and reason.en != reason.it for reason in TAKEN_OFF)
