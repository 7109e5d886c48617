"""What goes wrong between a shop and its export: lost customer numbers, rows sent twice, rows that come late."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.arrays import Bools, Floats, Ints
from pipeline.simulator.month import Month
from pipeline.simulator.settings import DAY_SECONDS

MISSING_ID, TWICE, LATE = 0.005, 0.003, 0.01
MOST_LATE_DAYS = 6


def delays(month: Month, table: str, customer: Ints, nth: Ints) -> tuple[Bools, Floats]:
    """Which rows come late, and after how many seconds each row is loaded (minutes, or days when late)."""
    late = month.uniform(f"{table}/late", customer, nth) < LATE
    uniform = month.uniform(f"{table}/delay", customer, nth)
    return late, np.where(late, (0.5 + MOST_LATE_DAYS * uniform) * DAY_SECONDS, 20 + 600 * uniform)


def soiled(month: Month, table: str, rows: pa.Table, customer: Ints, nth: Ints) -> pa.Table:
    """The rows with some customer numbers lost and some rows repeated; (customer, nth) identify a row."""
    lost = pa.array(month.uniform(f"{table}/lost", customer, nth) < MISSING_ID)
    place = rows.schema.get_field_index("customer_no")
    kept = pc.if_else(lost, pa.scalar(None, pa.string()), rows.column("customer_no"))
    rows = rows.set_column(place, "customer_no", kept)
    again = np.flatnonzero(month.uniform(f"{table}/twice", customer, nth) < TWICE)
    return rows.take(pa.array(np.concatenate([np.arange(len(customer)), again])))
