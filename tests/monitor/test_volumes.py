"""Rows and sizes by period, by literal orders."""

from datetime import date, datetime, timedelta
from math import exp, log

import numpy as np
import pandas as pd
import pytest

from pipeline.monitor.intake import intake
from pipeline.monitor.volumes import PRICES, volumes
from tests.worlds import Row, Tables, facts

APRIL, MAY, JUNE = date(2024, 4, 1), date(2024, 5, 1), date(2024, 5, 31)


def line(day: str, product: str | None, amount: float, quantity: float | None = 1, **more: object) -> Row:
    at = datetime.fromisoformat(day)
    return {
        "customer_id": "ann", "order_id": f"{day}-{product}-{amount}", "line_id": "1", "ordered_at": at,
        "amount": amount, "quantity": quantity, "product_id": product, **more,
    }  # fmt: skip


def counted(tables: Tables, *days: date) -> pd.DataFrame:
    with facts(tables) as (connection, _):
        return volumes(connection, days, 30)


def prices(*lines: Row) -> list[tuple[int, float]]:
    """By period, of how many lines a price can be compared, and how many times the earlier one it is."""
    found = counted({"transactions": list(lines)}, APRIL, MAY, JUNE)
    found = found[found["source"] == PRICES]
    return [
        (int(sized), round(exp(typical), 3)) for sized, typical in zip(found["sized"], found["typical"].fillna(0), strict=True)
    ]


def test_rows_and_their_sizes_are_those_dated_in_the_period_and_known_at_its_end():
    late = line("2024-04-20", "tea", 50, recorded_at=datetime(2024, 5, 2))
    rows: list[Row] = [line("2024-03-05", "tea", 5), line("2024-04-10", "tea", 20), line("2024-04-30", "tea", 5), late]
    found = counted({"transactions": rows}, APRIL, MAY)
    of_lines = found[(found["source"] == "transactions") & (found["kind"] == "line")]
    assert of_lines["rows"].tolist() == [1, 2]
    assert of_lines["typical"].tolist() == pytest.approx([log(5), log(10)], abs=1e-6)
    assert of_lines["variance"].tolist() == pytest.approx([0, log(2) ** 2], abs=1e-5)


def test_a_price_is_held_against_that_of_the_same_product_in_the_periods_before():
    cheap, dear = line("2024-03-10", "tea", 5), line("2024-03-11", "gold", 500)
    assert prices(cheap, dear, line("2024-04-10", "gold", 550), line("2024-05-10", "tea", 6)) == [(0, 1), (1, 1.1), (1, 1.2)]


def test_pieces_are_priced_by_their_number_and_without_one_a_line_is_one():
    assert prices(line("2024-03-10", "tea", 5), line("2024-04-10", "tea", 20, 4))[1] == (1, 1.0)
    assert prices(line("2024-03-10", "tea", 5, None), line("2024-04-10", "tea", 20, None))[1] == (1, 4.0)


@pytest.mark.parametrize(
    "other",
    [
        line("2024-04-10", None, 20),
        line("2024-04-10", "new", 20),
        line("2024-04-10", "tea", -5, -1, is_return=True),
        line("2024-04-10", "tea", 0),
        line("2024-04-10", "tea", 20, 0),
        line("2024-04-10", "tea", 20, recorded_at=datetime(2024, 5, 2)),
    ],
    ids=["no product", "never sold before", "return", "given away", "no piece", "known later"],
)
def test_what_has_no_earlier_price_does_not_count(other):
    assert prices(line("2024-03-10", "tea", 5), other)[1] == (0, 1)


def months(last: float) -> pd.DataFrame:
    """Two years of months, in which prices lie still or nearly so, and the first of which has nothing to compare."""
    days = [date(2024, 1, 1) + timedelta(days=30 * number) for number in range(24)]
    typical = [np.nan, *(0.001 * (number % 3) for number in range(22)), last]
    sized = [0, *[400] * 23]
    table = {"t": pd.to_datetime(days), "source": PRICES, "kind": "price", "rows": 400, "sized": sized, "typical": typical}
    return pd.DataFrame(table).assign(variance=0.003)


@pytest.mark.parametrize(("times", "alarms"), [(1.0, []), (1.03, []), (0.97, []), (1.1, ["prices"]), (0.85, ["prices"])])
def test_prices_alarm_where_they_move_by_a_tenth_and_not_by_a_per_cent_or_three(times, alarms):
    found = intake(months(log(times)), 30, 0.05)
    assert found["check"].tolist() == ["sizes"], "lines that have a price are counted as lines already"
    assert found.loc[found["alarm"].astype(bool), "subject"].tolist() == alarms
    assert found["today"].tolist() == [log(times)]


def test_what_has_too_few_figures_now_is_not_compared_and_what_had_too_few_once_is_since_then():
    found = months(0.0)
    assert len(intake(found.assign(sized=[*[400] * 23, 4]), 30, 0.05)) == 0
    middle = intake(found.assign(sized=[400] * 9 + [4] + [400] * 14, typical=[5.0] * 10 + [0.0] * 13 + [0.1]), 30, 0.05)
    assert middle["alarm"].tolist() == [True], "the five before would hide it"
