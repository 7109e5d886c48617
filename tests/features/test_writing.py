"""The file of the matrix: the same rows in the same order however few customers are computed at a time."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from pipeline.features import writing
from pipeline.features.compile import open_attributes, open_ready
from tests.worlds import Tables, at_risk, definition, every_feature, facts

ACTIVITY = definition(kind="activity")
T = datetime(2020, 6, 1)
DAY = timedelta(days=1)
WORLD: Tables = {
    "transactions": [
        {"customer_id": who, "order_id": f"{who}{days}", "ordered_at": T - days * DAY, "amount": days, "product_id": "tea"}
        for who, ages in (("ann", (3, 40)), ("bob", (5, 80)), ("cem", (200,)))
        for days in ages
    ]
}
RISK = [("ann", T), ("bob", T), ("ann", T - 30 * DAY), ("bob", T - 30 * DAY), ("cem", T - 30 * DAY)]


def written(path: Path) -> pd.DataFrame:
    with facts(WORLD, ACTIVITY) as (connection, _):
        at_risk(connection, RISK)
        open_attributes(connection, ())
        open_ready(connection, every_feature(ACTIVITY), often=True)
        dates = (T - 30 * DAY, T)
        rows = writing.write_matrix(connection, every_feature(ACTIVITY), dates, ACTIVITY.horizon_days, path, often=True)
    assert rows == len(RISK)
    return pd.read_parquet(path)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """The matrix of all customers at once."""
    return written(tmp_path_factory.mktemp("matrix") / "whole.parquet")


@pytest.mark.parametrize("block", [1, 2])
def test_a_few_customers_at_a_time_make_the_same_matrix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: pd.DataFrame, block: int
) -> None:
    monkeypatch.setattr(writing, "BLOCK", block)
    pd.testing.assert_frame_equal(written(tmp_path / "blocks.parquet"), whole)
    assert list(zip(whole["customer_id"], whole["t"], strict=True)) == sorted(RISK, key=lambda row: (row[1], row[0]))
    assert list(whole["purchases_count_30d"]) == [1, 0, 0, 1, 1]
