"""The published datasets as they are released, against the figures known for them (skipped where they are absent)."""

import json
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import FLOW, ROOT, config_of, run_stages

EVERY = "CHURN_EVERY_SOURCE" in os.environ
DATA = Path(os.environ.get("CHURN_SHARED_DATA", ROOT.parent / "shared" / "data"))

# Out-of-time AUC of the baselines and the date of the test, measured independently of this code with gap_days=0 and as_of the day
# after the data's last; tolerance .01.
KNOWN = {
    "cdnow": ("1998-04-02", {"recency": 0.703, "bg_nbd": 0.739, "rfm_logistic": 0.736, "lightgbm_default": 0.738}),
    "online_retail_ii": ("2011-09-11", {"recency": 0.708, "bg_nbd": 0.765, "rfm_logistic": 0.756, "lightgbm_default": 0.760}),
    "complete_journey": ("2017-12-03", {"recency": 0.731, "bg_nbd": 0.805, "rfm_logistic": 0.806, "lightgbm_default": 0.810}),
}
JUDGED = ("ingest", "snapshots", "features", "train", "evaluate")  # what follows is run on the renewals
SECTOR = {"complete_journey": "retail", "learn365": "content"}


def dear(source: str, *short: str) -> object:
    """A source to be tested by `make test-sources` only, unless it is one of `short`."""
    off = pytest.mark.skipif(not EVERY, reason=f"{source} takes its time: `make test-sources` runs it")
    return pytest.param(source, marks=() if source in short else off)


def run(source: str, root: Path, *overrides: str, stages: tuple[str, ...] = FLOW[1:]) -> dict:
    folder = DATA / source
    if not folder.is_dir():
        pytest.skip(
            f"{source} is not there: put the publisher's files into {folder.name}/ and name its parent in CHURN_SHARED_DATA"
        )
    sector = SECTOR.get(source, "ecommerce")
    config = config_of(f"source={source}", f"source.path={folder}", f"sector={sector}", "snapshots.origins=1", *overrides)
    run_stages(config, root, stages)
    return json.loads((root / "reports/metrics.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("source", [dear(source, "cdnow") for source in KNOWN])
def test_baselines_are_the_known_ones_and_the_model_is_at_least_as_good(source, tmp_path):
    date, known = KNOWN[source]
    metrics = run(source, tmp_path, stages=FLOW[1:] if EVERY else JUDGED)
    assert metrics["test"]["t"] == date
    for name, auc in known.items():
        assert metrics["baselines"][name]["auc"] == pytest.approx(auc, abs=0.01), name
        assert metrics["test"]["auc"] >= metrics["baselines"][name]["auc"], name
        assert metrics["test"]["log_loss"] <= metrics["baselines"][name]["log_loss"], name


@pytest.mark.parametrize("source", [dear("learn365")])
def test_engagement_carries_a_source_without_amounts(source, tmp_path):
    metrics = run(source, tmp_path)
    assert metrics["test"]["churn_rate"] == pytest.approx(0.9, abs=0.02)
    assert all(metrics["test"]["auc"] > figures["auc"] for figures in metrics["baselines"].values())
    no_revenue(tmp_path)


def no_revenue(root: Path) -> None:
    header, first, *_ = (root / "data/campaigns/customers.csv").read_text(encoding="utf-8").splitlines()
    assert first.split(",")[header.split(",").index("revenue_total")] == "", "no amounts, no revenue"


def test_renewals_of_a_real_subscription_run(tmp_path):
    metrics = run("learn365", tmp_path, "sector=subscription", "experiment=fast")
    assert 0.5 < metrics["test"]["auc"] <= 1
    assert "bg_nbd" not in metrics["baselines"], "BG/NBD is a model of non-contractual buying"
    no_revenue(tmp_path)


# Written down when the check was made: what it says of each published dataset, and no more. A good dataset has few warnings.
CHECKED = {
    "cdnow": ({"row_warning", "level_shift", "horizon_short"}, 0.710),
    "online_retail_ii": ({"row_warning", "anonymous_rows", "begins_in_the_middle", "calendar_closed"}, 0.760),
    "complete_journey": ({"row_warning", "begins_in_the_middle", "last_days_thin"}, 0.892),
    "learn365": (set(), 0.952),
}


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict]:
    """What the check says of a source, which is asked once."""

    @cache
    def of(source: str) -> dict:
        folder, root = DATA / source, tmp_path_factory.mktemp(source)
        if not folder.is_dir():
            pytest.skip(f"{source} is not there: put the publisher's files into {folder.name}/, see CHURN_SHARED_DATA")
        config = config_of(f"source={source}", f"source.path={folder}", f"sector={SECTOR.get(source, 'ecommerce')}")
        run_stages(config, root, ("ingest", "check"))
        return json.loads((root / "reports/data_quality.json").read_text(encoding="utf-8"))

    return of


@pytest.mark.parametrize("source", [dear(source, "cdnow", "learn365") for source in CHECKED])
def test_the_check_says_what_is_known_of_the_data_and_nothing_else(source, checked):
    codes, share = CHECKED[source]
    found = checked(source)
    assert found["fit"]
    assert {finding["code"] for finding in found["findings"]} == codes
    assert found["rhythm"]["share_within"] == pytest.approx(share, abs=0.001)


def test_a_cohort_that_is_no_longer_joined_is_a_level_shift(checked):
    """CDNOW follows those who first bought in the first quarter of 1997: orders fall when no more of them join."""
    (shift,) = checked("cdnow")["calendar"]["orders"]["shifts"]
    assert shift["week"] == "1997-03-26"
    assert shift["factor"] == pytest.approx(0.29, abs=0.01)
