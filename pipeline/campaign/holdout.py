"""Draws by keyed hash, reproducible and blind to order: who is held out, in the control, and first where many earn the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np

from pipeline.arrays import Floats


def draw(customer_id: str, key: str) -> float:
    """A number in [0, 1) that depends on the customer and the key only (SHA-256, first 53 bits)."""
    digest = hashlib.sha256(f"{key}\x1f{customer_id}".encode()).digest()
    return (int.from_bytes(digest[:8], "big") >> 11) / 2**53


def draws(customers: Iterable[str], key: str) -> Floats:
    """`draw` of each of many customers."""
    start, sha256 = f"{key}\x1f".encode(), hashlib.sha256
    words = np.frombuffer(b"".join([sha256(start + customer.encode()).digest() for customer in customers]), dtype=">u8")
    return np.asarray((words[::4] >> np.uint64(11)).astype(np.float64) / 2**53)
