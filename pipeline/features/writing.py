"""The feature matrix of many snapshots and customers, block by block: memory is that of two blocks, however many there are."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.features.compile import compile_features
from pipeline.features.spec import Feature
from pipeline.progress import track

GROUP = 122_880  # rows: the unit in which the file is written and read
BLOCK = 2 * GROUP  # customers


def write_matrix(
    connection: duckdb.DuckDBPyConnection,
    features: tuple[Feature, ...],
    dates: tuple[date, ...],
    horizon_days: int,
    path: Path,
    *,
    often: bool,
) -> int:
    """Write the rows of all dates to one Parquet file, sorted by t and customer_id; return how many.

    `dates` are in order and those of the table `at_risk`; the facts have been made ready, `often` or not
    (`open_ready`). One block is written, by one core, while the next is computed.
    """
    customers = connection.execute("SELECT count(*) FROM people").fetchall()[0][0]
    blocks = [(t, range(first, first + BLOCK)) for t in dates for first in range(1, max(customers, 1) + 1, BLOCK)]
    writer, writing, rows = None, Future[None](), 0
    writing.set_result(None)
    with ThreadPoolExecutor(1) as background:
        try:
            for t, block in track(blocks, "features"):
                query = compile_features(features, t, horizon_days, often, block)
                reader = connection.sql(query).to_arrow_reader(GROUP)
                batches = list(reader)
                writing.result()
                writer = writer or _writer(path, reader.schema)
                writing = background.submit(_write, writer, batches)
                rows += sum(batch.num_rows for batch in batches)
            writing.result()
        finally:
            wait([writing])
            if writer:
                writer.close()
    return rows


def _writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    # Numbers seldom repeat and are never looked for: dictionaries and statistics of them would take longer than the rest.
    repeated = [field.name for field in schema if field.type != pa.float32()]
    return pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=repeated, write_statistics=repeated)


def _write(writer: pq.ParquetWriter, batches: list[pa.RecordBatch]) -> None:
    for batch in batches:
        writer.write_batch(batch, row_group_size=GROUP)
