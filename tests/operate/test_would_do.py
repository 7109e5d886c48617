"""What a dry run says hangs on the stages that are not up to date."""

import pytest

from pipeline.operate.would_do import downstream
from tests.conftest import FLOW, ROOT


@pytest.mark.parametrize(
    ("changed", "later"),
    [
        (set(), []),
        ({"campaign"}, ["report"]),
        ({"score"}, ["campaign", "report"]),
        ({"kpis"}, ["report"]),
        ({"simulate"}, [name for name in FLOW if name != "simulate"]),
        ({"outcomes"}, ["uplift", "monitor", "campaign", "report"]),
        ({"monitor"}, ["report"]),
    ],
)
def test_what_reads_what_a_stage_writes_comes_after_it(changed, later):
    assert downstream(changed, ROOT) == later
