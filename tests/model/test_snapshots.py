"""The stage snapshots: how many labelled rows it keeps, and what it says of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from pipeline.stages.snapshots import snapshots
from tests.conftest import config_of
from tests.worlds import Row, write_tables

FIRST = datetime(2020, 1, 1)
CUSTOMERS = 40
CHOICES = ("definition.horizon_days=30", "snapshots.count=3", "snapshots.origins=1", "snapshots.min_history_days=30")


def shop() -> list[Row]:
    """Forty customers who each buy every ten days for half a year."""
    return [
        {"customer_id": f"c{who:02d}", "order_id": f"{who}-{n}", "ordered_at": FIRST + timedelta(days=10 * n), "amount": 5}
        for who in range(CUSTOMERS)
        for n in range(19)
    ]


@pytest.mark.parametrize(
    ("max_rows", "said", "kept"),
    [
        (120, "160 rows at 4 dates, to be judged at 1, 40 customers as of 2020-06-30", [40, 40, 40, 40]),
        (
            40,
            "80 rows (a sample of 160, see snapshots.max_rows) at 4 dates, to be judged at 1, 40 customers as of 2020-06-30",
            [13, 16, 11, 40],
        ),
    ],
)
def test_all_rows_are_kept_up_to_max_rows_and_beyond_a_sample(tmp_path: Path, max_rows: int, said: str, kept: list) -> None:
    write_tables(tmp_path / "data/clean", {"transactions": shop()})
    assert snapshots.run(config_of(*CHOICES, f"snapshots.max_rows={max_rows}"), tmp_path) == said
    labelled = pd.read_parquet(tmp_path / "data/snapshots/labelled.parquet")
    assert labelled.groupby("t").size().tolist() == kept
    assert labelled["weight"].unique().tolist() == [1.0]
    assert labelled["customer_id"].nunique() == CUSTOMERS
    assert len(pd.read_parquet(tmp_path / "data/snapshots/customers.parquet")) == CUSTOMERS
