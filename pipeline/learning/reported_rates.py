"""What was learned of offers, as it is reported: of few customers the measured share is luck, and is not shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

# Where half leave, 20 of an arm give a difference of churn a standard error above .11, which over a forecast of a half is above
# .22 of the share kept: more than twice the doubt of the playbook (.1). Of an offer that keeps a tenth a third then read below 0.
FEWEST_REPORTED = 20  # of the smaller arm


class Reported(NamedTuple):
    """A row of `learn` and whether its measured share is shown; `smaller_arm` are the customers of which that depends."""

    row: Mapping[str, Any]
    enough: bool
    smaller_arm: int


def reported(rows: Iterable[Mapping[str, Any]]) -> Iterator[Reported]:
    """Rows of `learn` in their order: each offer by each channel, and those of its segments that have enough in both arms."""
    for row in rows:
        arm = min(row["contacted"], row["held_out"])
        enough = arm >= FEWEST_REPORTED
        if enough or row["segment"] is None:
            yield Reported(row, enough, arm)
