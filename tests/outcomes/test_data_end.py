"""Whether orders reach to the end of a window on 30 May 2024, a hundred days of one order each."""

from datetime import date, datetime, timedelta

import pytest

from pipeline.contract.facts import open_facts
from pipeline.engine import engine
from pipeline.outcomes.data_end import data_end
from tests.worlds import definition, write_tables

UNTIL = date(2024, 5, 30)
VISITS_TOO = definition(kind="activity")


def orders(last: date, every: int = 1) -> list[dict[str, object]]:
    days = (datetime(last.year, last.month, last.day, 12) - timedelta(days=every * back) for back in range(100))
    return [{"customer_id": "ann", "order_id": str(n), "ordered_at": day, "amount": 9} for n, day in enumerate(days)]


@pytest.mark.parametrize(
    ("last", "every", "ended"),
    [
        (date(2024, 5, 29), 1, False),
        (date(2024, 4, 30), 1, False),  # thirty days
        (date(2024, 4, 29), 1, True),
        (date(2024, 4, 29), 12, False),  # silences of twelve days: thirty-six are nothing unusual
        (date(2024, 4, 10), 12, True),
    ],
)
def test_data_that_end_before_the_window_does_are_told_from_a_silence(tmp_path, last, every, ended):
    with engine() as connection:
        open_facts(connection, write_tables(tmp_path, {"transactions": orders(last, every)}), definition())
        assert data_end(connection, UNTIL) == (last if ended else None)


def test_orders_that_end_while_visits_go_on_are_missing_all_the_same(tmp_path):
    visit = {"customer_id": "ann", "kind": "site_visit", "occurred_at": datetime(2024, 5, 29)}
    tables = {"transactions": orders(date(2024, 4, 1)), "engagements": [visit]}
    with engine() as connection:
        open_facts(connection, write_tables(tmp_path, tables), VISITS_TOO)
        assert data_end(connection, UNTIL) == date(2024, 4, 1)


def test_a_handful_of_rows_says_nothing(tmp_path):
    with engine() as connection:
        open_facts(connection, write_tables(tmp_path, {"transactions": orders(date(2024, 1, 1))[:99]}), definition())
        assert data_end(connection, UNTIL) is None
