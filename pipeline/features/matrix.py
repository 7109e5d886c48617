"""The feature matrix of many snapshots, one after the other: memory is that of one snapshot, however many there are."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from pipeline.features.compile import compile_features
from pipeline.features.spec import Feature
from pipeline.progress import track

GROUP = 122_880  # rows: the unit in which the file is written and read


def write_matrix(
    connection: duckdb.DuckDBPyConnection, features: tuple[Feature, ...], dates: tuple[date, ...], horizon_days: int, path: Path
) -> int:
    """Write the rows of all dates to one Parquet file, sorted by t and customer_id; return how many.

    `dates` are in order and those of the table `at_risk`; the facts have been made ready (`open_ready`).
    """
    writer, rows = None, 0
    try:
        for t in track(dates, "features"):
            reader = connection.sql(compile_features(features, t, horizon_days)).to_arrow_reader(GROUP)
            if writer is None:
                repeated = [field.name for field in reader.schema if str(field.type) != "float"]
                writer = pq.ParquetWriter(
                    path, reader.schema, compression="zstd", use_dictionary=repeated, write_statistics=repeated
                )
            for batch in reader:
                writer.write_batch(batch, row_group_size=GROUP)
                rows += batch.num_rows
    finally:
        if writer:
            writer.close()
    return rows
