"""What a twin learns from is what was known at its date: contacts made from then on change nothing of it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import Value
from pipeline.contract.tables import ARMS
from pipeline.errors import DataUnfitError
from pipeline.model.early_returns import early_levels
from pipeline.model.folds import Origin, Plan, label_days
from pipeline.model.labels import dates_table, labelled, read_by_models
from pipeline.model.snapshot_rows import at_risk_at, read_rows, running_rows, ship_rows, twin_rows
from pipeline.model.snapshot_rows import rows_of_test as judged_rows
from pipeline.stages.features import features
from pipeline.stages.snapshots import snapshots
from pipeline.value.value_label import valued
from tests.conftest import config_of
from tests.random_rows import BRIEF
from tests.worlds import Row, Tables, definition, facts, write_tables

DAY = timedelta(days=1)
FIRST = datetime(2020, 1, 1)
CHURN = definition(horizon_days=30, active_days=365)
CUSTOMERS = [f"c{number:02d}" for number in range(12)]
ORIGINS = (
    Origin(date(2020, 5, 30), (date(2020, 3, 31), date(2020, 4, 30)), (date(2020, 5, 10), date(2020, 5, 20))),
    Origin(date(2020, 4, 30), (date(2020, 3, 1), date(2020, 3, 31)), (date(2020, 4, 10), date(2020, 4, 20))),
)
PLAN = Plan(date(2020, 1, 1), date(2020, 6, 29), ORIGINS, (date(2020, 4, 30), date(2020, 5, 30)), (date(2020, 6, 9),))
# Each customer buys at a rhythm of their own, so that at every date some have come back and some have not.
ORDERS: list[Row] = [
    {"customer_id": customer, "order_id": f"{number}-{n}", "ordered_at": FIRST + n * (9 + 4 * number) * DAY, "amount": 5}
    for number, customer in enumerate(CUSTOMERS)
    for n in range(180 // (9 + 4 * number) + 1)
]


def contacts(first_day: int, last_day: int) -> st.SearchStrategy[list[Row]]:
    """Contacts and hold-outs of any customer between two days after the first."""
    row = st.fixed_dictionaries(
        {
            "customer_id": st.sampled_from(CUSTOMERS),
            "campaign_id": st.sampled_from(["spring", "summer"]),
            "contacted_at": st.integers(first_day * 24, last_day * 24).map(lambda hours: FIRST + timedelta(hours=hours)),
            "arm": st.sampled_from(ARMS),
            "assignment_probability": st.sampled_from([None, 0.5, 0.9]),
        }
    )
    return st.lists(row, min_size=1, max_size=25)


def rows_of(made: list[Row]) -> pd.DataFrame:
    """The labelled rows that models read, as the stages hand them on."""
    with facts({"transactions": ORDERS, "contacts": made}, CHURN) as (connection, _):
        connection.execute(dates_table(PLAN.dates))
        connection.execute(f"CREATE TABLE labelled AS {labelled(CHURN, PLAN.score)}")
        query = valued(CHURN, Value(days=None, margin_share=0.3), PLAN, "labelled", money=True)
        return connection.execute(f"SELECT * FROM ({query}) WHERE {read_by_models(PLAN)} ORDER BY t, customer_id").df()


def learned(rows: pd.DataFrame, origin: Origin) -> tuple[pd.DataFrame, pd.DataFrame, tuple[object, ...]]:
    """Rows to train on, rows that tell early returns, and the early levels, were all scores equal."""
    train, early = twin_rows(rows, origin), running_rows(rows, origin.running, origin.test)
    columns = ["customer_id", "t", "y", "weight", "kept_known_at", "value"]
    levels = early_levels(train.assign(raw=0.0), early.assign(raw=0.0), origin.test)
    return train[columns].reset_index(drop=True), early[[*columns[:2], "weight"]].reset_index(drop=True), levels


@BRIEF
@given(contacts(0, 179), st.sampled_from(ORIGINS))
def test_contacts_from_an_origin_on_change_nothing_of_what_its_twin_learns_from(made: list[Row], origin: Origin) -> None:
    until = datetime.combine(origin.test, datetime.min.time())
    known = [row for row in made if row["contacted_at"] < until]  # type: ignore[operator]
    (train, early, levels), (train_then, early_then, levels_then) = (
        learned(rows_of(made), origin),
        learned(rows_of(known), origin),
    )
    pd.testing.assert_frame_equal(train, train_then)
    pd.testing.assert_frame_equal(early, early_then)
    assert levels == levels_then


def test_the_law_has_something_to_hold() -> None:
    everybody: list[Row] = [
        {"customer_id": customer, "contacted_at": datetime(2020, 4, 30), "arm": "contact"} for customer in CUSTOMERS
    ]
    latest, earlier = ORIGINS
    train, early, levels = learned(rows_of(everybody), earlier)
    assert (train["t"].nunique(), early["t"].nunique()) == (2, 2)
    assert {one.t for one in levels} == {*earlier.train, *earlier.running}  # type: ignore[attr-defined]
    assert set(twin_rows(rows_of(everybody), latest)["t"].dt.date) == {date(2020, 3, 31)}, "known on 30 May, and of weight 0"
    assert running_rows(rows_of(everybody), latest.running, latest.test)["t"].nunique() == 2, "made before those snapshots"


def test_the_labels_that_a_twin_learns_from_end_before_any_contact_that_it_cannot_know() -> None:
    wait = timedelta(days=label_days(CHURN))
    assert all(t + wait <= origin.test for origin in ORIGINS for t in origin.train)
    contact: Row = {"customer_id": "c00", "contacted_at": datetime(2020, 4, 29, 23), "arm": "contact"}
    before = twin_rows(rows_of([contact]), ORIGINS[1])
    assert before.groupby("t")["customer_id"].agg(lambda ids: "c00" in set(ids)).tolist() == [True, False], "31 March + 30 days"


def shop(contacted_at: datetime | None) -> Tables:
    """The orders, and half of the customers contacted at a moment."""
    made: list[Row] = [
        {"customer_id": customer, "contacted_at": contacted_at, "arm": "contact"} for customer in CUSTOMERS[::2] if contacted_at
    ]
    return {"transactions": ORDERS, "contacts": made}


CHOICES = ("definition.horizon_days=30", "snapshots.count=2", "snapshots.origins=2", "snapshots.stride_days=10")
CHOICES += ("snapshots.as_of=2020-06-29", "snapshots.min_history_days=30", "snapshots.max_stale_days=60")


@pytest.fixture
def written(tmp_path: Path):
    """Make the rows that the stages snapshots and features hand on for half of the customers contacted at a moment."""

    def make(contacted_at: datetime | None) -> tuple[pd.DataFrame, Path]:
        root = tmp_path / str(contacted_at and contacted_at.date())
        write_tables(root / "data/clean", shop(contacted_at))
        for stage in (snapshots, features):
            stage.run(config_of(*CHOICES), root)
        return read_rows(root / "data/features", root / "data/snapshots"), root

    return make


def test_who_was_contacted_after_a_date_has_features_where_it_is_read_before(written) -> None:
    rows, root = written(datetime(2020, 5, 30))
    origin = Origin(date(2020, 5, 30), (date(2020, 4, 20), date(2020, 4, 30)), (date(2020, 5, 10), date(2020, 5, 20)))
    alone, _ = written(None)
    for made in (rows, alone):
        early = running_rows(made, origin.running, origin.test)
        assert early.groupby("t").size().tolist() == [12, 12]
        assert early["purchases_recency_days"].notna().all()
    assert (rows["weight"] == 0).sum() == 12, "six at each of two dates; on 30 May itself nobody reads them"
    for select in (lambda of: twin_rows(of, origin), lambda of: judged_rows(of, origin)):
        assert (select(rows)["weight"] > 0).all()
    assert len(judged_rows(rows, origin)) == 6
    path = root / "data/features/features.parquet"
    made = pd.read_parquet(path)
    made[made["t"] != "2020-04-30"].to_parquet(path)
    with pytest.raises(DataUnfitError, match=r"12 of .* labelled rows have no features"):
        read_rows(root / "data/features", root / "data/snapshots")


def test_the_shipped_model_learns_from_no_row_of_weight_zero(written) -> None:
    rows, _ = written(datetime(2020, 5, 30))
    plan = Plan(date(2020, 1, 1), date(2020, 6, 29), (), (date(2020, 5, 20), date(2020, 5, 30)))
    assert ship_rows(rows, plan).groupby("t").size().tolist() == [6, 6]


def test_how_many_are_at_risk_at_the_test_does_not_depend_on_who_is_contacted_after_it(written) -> None:
    test = date(2020, 5, 30)
    (alone, root), (treated, touched) = written(None), written(datetime(2020, 6, 5))
    judged = [int(((rows["t"] == pd.Timestamp(test)) & (rows["weight"] > 0)).sum()) for rows in (alone, treated)]
    assert judged[0] > judged[1], "who is contacted is not judged"
    assert at_risk_at(root / "data/snapshots", test) == at_risk_at(touched / "data/snapshots", test) == judged[0]
