"""The stage monitor on the small world: its file has the keys, the findings and the checks that the page names."""

import json
import re

import pytest

from pipeline.monitor.checks import SHARES
from tests.conftest import ROOT
from tests.pages import keys_of


@pytest.fixture(scope="module")
def drift(small_run) -> dict:
    return json.loads((small_run[1] / "reports/drift.json").read_text(encoding="utf-8"))


def test_the_page_names_every_key(drift):
    assert list(drift) == keys_of("monitoring.md", "reports/drift.json")
    page = (ROOT / "docs/monitoring.md").read_text(encoding="utf-8")
    (said,) = re.findall(r"^\| `findings` \| (.*) \|$", page, re.MULTILINE)
    assert list(drift["findings"][0]) == re.findall(r"`(\w+)`", said.replace("`p`)", ")"))
    (said,) = re.findall(r"^\| `due` \| (.*) \|$", page, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", said)) == {"no_champion", "old", "cannot_score"}


def test_the_page_names_every_check(drift):
    assert set(keys_of("monitoring.md", "What is looked at")) == {*SHARES, "unseen"}
    assert {"features", "rows", "score", "unseen"} <= set(drift["compared"]) <= {*SHARES, "unseen"}


def test_without_a_champion_the_fresh_model_is_looked_at_and_training_is_due(drift, small_run):
    plan = json.loads((small_run[1] / "data/snapshots/plan.json").read_text(encoding="utf-8"))
    assert (drift["as_of"], drift["model_role"], drift["retrain"]) == (plan["score"], "challenger", True)
    assert [one["code"] for one in drift["due"]] == ["no_champion"]
    assert (drift["verdict"], drift["why"][0]) == ("promote", drift["due"][0]["sentence"])


def test_what_alarms_lies_outside_of_what_the_past_explains(drift):
    judged = [one for one in drift["findings"] if one["low"] is not None]
    assert len(judged) > 40
    assert [one for one in judged if (one["low"] <= one["today"] <= one["high"]) == one["alarm"]] == []
    counted = {check: told["alarms"] for check, told in drift["compared"].items()}
    listed = [one["check"] for one in drift["findings"] if one["alarm"]]
    assert {check: min(20, alarms) for check, alarms in counted.items()} == {check: listed.count(check) for check in counted}


def test_the_history_is_that_of_the_snapshots(drift):
    history = drift["history"]
    assert history["snapshots"] == sorted(history["snapshots"])
    assert history["snapshots"][-1] == drift["as_of"]
    assert len(history["score_mean"]) == len(history["score_deviation"]) == len(history["snapshots"])
    (today,) = (one["today"] for one in drift["findings"] if (one["check"], one["what"]) == ("score", "mean log-odds"))
    assert history["score_mean"][-1] == today
