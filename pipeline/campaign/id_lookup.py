"""Where customers stand in a column of ids, and rows by id: a million ids are looked up at once, none becomes a Python text."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.arrays import Ints


def places(customers: pd.Series, among: pd.Series) -> Ints:
    """The place of each of `customers` in `among`, −1 where it is not there.

    Raises ValueError when an id stands in `among` twice.
    """
    if among.duplicated().any():
        raise ValueError(f"customer {among[among.duplicated()].iloc[0]!r} stands there twice")
    found = pc.index_in(_ids(customers), value_set=_ids(among))
    return np.asarray(pc.fill_null(found, -1).to_numpy(zero_copy_only=False), dtype=np.int64)


def beside(rows: pd.DataFrame, at: Ints) -> pd.DataFrame:
    """Row `at` each place, all missing at −1, numbered anew; dtypes are those of a left join."""
    numbered = rows.reset_index(drop=True)
    return (numbered.reindex(at) if (at < 0).any() else numbered.take(at)).reset_index(drop=True)


def by_id(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows by `customer_id`, numbered anew; of equal ids the order stays."""
    ids = _ids(rows["customer_id"])
    if pc.all(pc.less_equal(ids[:-1], ids[1:])).as_py() is not False and not ids.null_count:
        return rows.reset_index(drop=True)
    return rows.sort_values("customer_id", kind="stable", ignore_index=True)


def _ids(column: pd.Series) -> pa.Array:
    made = pa.array(column, pa.large_string(), from_pandas=True)
    return made.combine_chunks() if isinstance(made, pa.ChunkedArray) else made
