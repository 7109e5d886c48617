"""Numbers by keyed hash, reproducible and blind to order, which decide by chance: who is held out, who comes first."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np

from pipeline.arrays import Floats


def keyed_uniform(customers: Iterable[str], key: str) -> Floats:
    """A number in [0, 1) for each customer, which depends on the customer and the key only (SHA-256, first 53 bits)."""
    start, sha256 = f"{key}\x1f".encode(), hashlib.sha256
    words = np.frombuffer(b"".join([sha256(start + customer.encode()).digest() for customer in customers]), dtype=">u8")
    return np.asarray((words[::4] >> np.uint64(11)).astype(np.float64) / 2**53)
