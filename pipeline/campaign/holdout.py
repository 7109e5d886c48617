"""Who of the intended list is contacted and who is held out: a Bernoulli draw by keyed hash, reproducible and blind to order."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
import pandas as pd

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


def assign(listed: pd.DataFrame, *, offer: str, holdout_share: float, seed: int, delivery_id: str) -> pd.DataFrame:
    """Arms of an intended list: `arm` contact or holdout, `assignment_probability` of contact, and the intended `offer`.

    A held-out customer keeps the offer that was meant for them on record; nothing is sent to them.
    """
    drawn = draws(listed["customer_id"], f"{seed}/{delivery_id}")
    return pd.DataFrame(
        {
            "customer_id": listed["customer_id"].to_numpy(),
            "offer": offer,
            "arm": ["holdout" if value < holdout_share else "contact" for value in drawn],
            "assignment_probability": 1 - holdout_share,
        }
    )
