"""The size, the clock and the seed of a simulated shop."""

from dataclasses import dataclass

import numpy as np

MONTH_DAYS = 30
DAY_SECONDS = 86_400
MONTH_SECONDS = MONTH_DAYS * DAY_SECONDS
ACTIVE_DAYS = 365


@dataclass(frozen=True)
class Habits:
    """How everybody behaves, as shares of what is usual: how fast they buy, how readily they cool off.

    `pull` is how much what they are (their discontent, how they were won) counts for cooling off: at -1 those leave who stayed.
    """

    pace: float = 1.0
    cools: float = 1.0
    pull: float = 1.0


USUAL = Habits()


@dataclass(frozen=True)
class Settings:
    """What makes one simulated shop; equal settings give equal files.

    `customers` have arrived by the end of the history of `months` simulated months of exactly 30 days. The history ends
    at `end` (UTC, exclusive). `base_share` of the customers are there at the start, the others arrive month by month.
    `truth_boundaries` counts the last month boundaries, the end included, for which the truth is written. From the start of
    month `changes_at` on, if any, everybody has the habits `changed`.
    """

    seed: int
    customers: int = 20_000
    months: int = 30
    end: str = "2025-07-01"
    base_share: float = 0.35
    holdout_share: float = 0.2
    truth_boundaries: int = 14
    changes_at: int | None = None
    changed: Habits = USUAL

    def __post_init__(self) -> None:
        """Raise ValueError for a size that cannot be simulated."""
        if self.customers < 1 or self.months < 1:
            raise ValueError(f"customers and months must be at least 1, got {self.customers} and {self.months}")
        if self.customers >= 1 << 20:
            raise ValueError(f"customers must be below {1 << 20}, got {self.customers}")

    @property
    def start(self) -> np.datetime64:
        """First instant of the history, in seconds UTC."""
        return np.datetime64(self.end, "s") - np.timedelta64(self.months * MONTH_SECONDS, "s")

    def boundary(self, month: int) -> np.datetime64:
        """The instant at which simulated month `month` (0-based) begins."""
        return self.start + np.timedelta64(month * MONTH_SECONDS, "s")

    def habits(self, month: int) -> Habits:
        """How everybody behaves in simulated month `month`."""
        return USUAL if self.changes_at is None or month < self.changes_at else self.changed

    @property
    def base(self) -> int:
        """Customers who are there when the history begins."""
        return round(self.customers * self.base_share)

    def arrived(self, month: int) -> int:
        """Customers arrived by the end of month `month`; after the history they keep arriving at the same pace."""
        last = self.months - 1
        share = (min(month, last) + 1) / self.months
        within = self.base + round((self.customers - self.base) * share)
        return within + max(month - last, 0) * (self.customers - self.base) // self.months
