"""Laws of the flow of customers on random worlds, and that it says the same as the churn labels."""

from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engine import engine
from pipeline.kpis.compute import Figures, figures
from pipeline.kpis.contracts import CONTRACT_METRICS
from pipeline.kpis.topics import TOPIC
from pipeline.model.labels import dates_table, labelled, standing
from tests import random_rows
from tests.conftest import config_of
from tests.random_rows import BRIEF, T
from tests.worlds import Tables, write_tables

WORLDS = random_rows.tables(random_rows.PAST, st.none())
KINDS = st.sampled_from(["purchase", "activity", "renewal"])
DIMENSIONS = ("country", "channel", "category", "tier", "cohort")


def sane(tables: Tables) -> Tables:
    """Something of every kind of activity, so that each definition has a first day; no stray years."""
    anchor = T - timedelta(days=500)
    line = {"customer_id": "ann", "order_id": "0", "ordered_at": anchor, "amount": 1}
    period = {"customer_id": "ann", "subscription_id": "s0", "changed_at": anchor, "status": "active", "expires_at": T}
    more = [{**line, "order_id": f"x{n}", "ordered_at": anchor + timedelta(days=40 * n)} for n in range(1, 12)]
    renewed = [
        {**period, "subscription_id": f"y{n}", "changed_at": anchor + timedelta(days=40 * n), "expires_at": T}
        for n in range(1, 12)
    ]
    late = T - timedelta(days=550)
    kept = {
        table: [row for row in rows if min(v for v in row.values() if isinstance(v, datetime)) > late]
        for table, rows in tables.items()
    }
    return kept | {
        "transactions": [*kept["transactions"], line, *more],
        "subscriptions": [*kept["subscriptions"], period, *renewed],
    }


def of(tables: Tables, *overrides: str) -> tuple[Figures, dict[tuple[str, str, str], dict[str, float]]]:
    with TemporaryDirectory() as folder, engine() as connection:
        config = config_of(f"snapshots.as_of={T:%Y-%m-%d}", *overrides)
        found = figures(connection, write_tables(Path(folder), tables), config, DIMENSIONS)
    cells: dict[tuple[str, str, str], dict[str, float]] = {}
    contracts = {metric.name for metric in CONTRACT_METRICS}
    for row in (row for row in found.rows if row.metric not in contracts and row.dimension != TOPIC):
        cells.setdefault((row.dimension, row.value, row.period), {})[row.metric] = row.figure
    return found, cells


@BRIEF
@given(WORLDS, KINDS, st.sampled_from(["month", "quarter", "45", "week"]), st.sampled_from([20, 90, 365]))
def test_what_comes_in_goes_out(world, kind, period, active_days):
    found, cells = of(sane(world), f"definition.kind={kind}", f"kpis.period={period}", f"definition.active_days={active_days}")
    for cell in cells.values():
        flow = {name.removeprefix("customers_"): cell[name] for name in cell if name.startswith("customers_")}
        assert flow["start"] + flow["acquired"] + flow["reactivated"] - flow["lost"] == flow["end"]
        assert flow["retained"] + flow["lost_start"] == flow["start"]
        assert flow["start"] + flow["acquired"] + flow["reactivated"] == flow["present"]
    for this, following in pairwise(found.grid.spans):
        end = cells.get(("all", "all", this.label), {}).get("customers_end", 0)
        assert end == cells.get(("all", "all", following.label), {}).get("customers_start", 0)
    for dimension in {d.name for d in found.dimensions}:
        for span in found.grid.spans:
            whole = cells.get(("all", "all", span.label), {})
            for metric in ("customers_start", "customers_lost", "orders", "revenue_net", "visits"):
                parts = [c[metric] for (d, _, p), c in cells.items() if (d, p) == (dimension, span.label) and metric in c]
                assert sum(parts) == pytest.approx(whole.get(metric, 0)), (dimension, metric, span.label)


@BRIEF
@given(WORLDS)
def test_frequency_times_value_is_revenue_and_shares_lie_between_0_and_1(world):
    _, cells = of(sane(world))
    for cell in cells.values():
        if cell.get("average_transaction_value") is not None:
            product = cell["buyers"] * cell["purchase_frequency"] * cell["average_transaction_value"]
            assert product == pytest.approx(cell["revenue_net"])
        for name in ("retention_rate", "churn_rate", "repeat_purchase_rate", "returning_buyer_share", "nps_promoters"):
            assert cell.get(name) is None or 0 <= cell[name] <= 1
        assert cell.get("nps") is None or -100 <= cell["nps"] <= 100
        if cell.get("retention_rate") is not None:
            assert cell["retention_rate"] + cell["churn_rate"] == pytest.approx(1)


@BRIEF
@given(WORLDS, KINDS)
def test_who_is_active_at_the_start_is_whom_the_labels_do_not_call_lapsed(world, kind):
    tables = sane(world)
    config = config_of(f"snapshots.as_of={T:%Y-%m-%d}", f"definition.kind={kind}")
    with TemporaryDirectory() as folder, engine() as connection:
        found = figures(connection, write_tables(Path(folder), tables), config, ())
        starts = {span.label: span.start for span in found.grid.spans}
        connection.execute(dates_table(tuple(starts.values())))
        query = f"SELECT t, count(*) FILTER (WHERE status <> 'lapsed') FROM ({standing(config.definition)}) GROUP BY t"
        known = {t.date(): n for t, n in connection.execute(query).fetchall()}
    counted = {row.period: row.figure for row in found.rows if row.metric == "customers_start"}
    assert {day: counted.get(label, 0) for label, day in starts.items()} == {day: known.get(day, 0) for day in starts.values()}


@BRIEF
@given(WORLDS, st.sampled_from(["purchase", "activity"]))
def test_churn_of_a_period_as_long_as_the_silence_is_the_churn_of_the_labels(world, kind):
    # With active_days = horizon_days = the period, lost over [T0, T1) is exactly y = 1 at the snapshot T0.
    tables = sane(world) | {"contacts": [], "attributes": []}
    config = config_of(
        f"snapshots.as_of={T:%Y-%m-%d}", f"definition.kind={kind}", "definition.active_days=90", "definition.horizon_days=90",
        "kpis.period=90",
    )  # fmt: skip
    with TemporaryDirectory() as folder, engine() as connection:
        found = figures(connection, write_tables(Path(folder), tables), config, ())
        starts = {span.start: span.label for span in found.grid.spans}
        connection.execute(dates_table(tuple(starts)))
        query = f"SELECT t, sum(y), count(*) FROM ({labelled(config.definition, date.fromisoformat(f'{T:%Y-%m-%d}'))}) GROUP BY t"
        labels = {starts[t.date()]: (left, n) for t, left, n in connection.execute(query).fetchall()}
    rows = [row for row in found.rows if row.metric == "churn_rate" and row.denominator]
    assert {row.period: (row.numerator, row.denominator) for row in rows} == labels
