"""What was learned, as the lists use it: the chances of an offer by a channel, for each customer by their segment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pipeline.arrays import Floats

Key = tuple[str, str]


class Rates(NamedTuple):
    """Chances of one offer by one channel for some customers: kept γ, driven away ρ, and the factor on the take-up κ and ψ."""

    kept: Floats
    driven_away: Floats
    take_up: float


@dataclass(frozen=True)
class Learned:
    """What was measured, by (offer, channel), and within by segment; `None` is every other segment. Empty: the playbook alone.

    `rows` are those of `learn` that it comes from.
    """

    chances: Mapping[Key, Mapping[str | None, tuple[float, float]]] = field(default_factory=dict)
    taken: Mapping[Key, float] = field(default_factory=dict)
    rows: tuple[Mapping[str, Any], ...] = ()

    def rates(self, offer: str, channel: str, segment: pd.Series) -> Rates | None:
        """For customers of these segments; None where nothing was measured: the playbook holds."""
        known = self.chances.get((offer, channel))
        if known is None:
            return None
        words = segment.astype(object)
        kept, driven = (
            words.map({name: pair[place] for name, pair in known.items() if name is not None}).fillna(known[None][place])
            for place in (0, 1)
        )
        factor = self.taken.get((offer, channel), 1.0)
        return Rates(np.asarray(kept, dtype=np.float64), np.asarray(driven, dtype=np.float64), factor)


PLAYBOOK_ALONE = Learned()


def learned_rates(rows: Sequence[Mapping[str, Any]]) -> Learned:
    """The rows of `learn` as lists use them; offers of which nothing was measured are left to the playbook."""
    measured = {_key(row) for row in rows if row["origin"] != "playbook" or row["take_up"]["origin"] != "playbook"}
    chances: dict[Key, dict[str | None, tuple[float, float]]] = {key: {} for key in sorted(measured)}
    used = tuple(row for row in rows if _key(row) in measured)
    for row in used:
        chances[_key(row)][row["segment"]] = (row["kept"], row["driven_away"])
    return Learned(chances, {_key(row): row["take_up"]["used"] for row in used}, used)


def _key(row: Mapping[str, Any]) -> Key:
    return row["offer"], row["channel"]
