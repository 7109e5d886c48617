"""What a dry run says hangs on the stages that are not up to date."""

import pytest

from pipeline.operate import would_do
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


@pytest.mark.parametrize(
    ("asked", "last"),
    [
        ({}, "then: promote if the gates let it through, score, and deliver the lists"),
        (
            {"if_needed": True, "deliver": False},
            "then: ask the monitor, train only if it says so, promote if the gates let it through, score, and write the lists",
        ),
    ],
)
def test_what_follows_is_what_was_asked_for(tmp_path, monkeypatch, asked, last):
    (tmp_path / "dvc.yaml").write_text("stages: {}\n", encoding="utf-8")
    monkeypatch.setattr(would_do, "_changed", lambda root: [])
    assert would_do.would_do(tmp_path, **asked)[-1] == last
