"""The whole flow as of a day on the full published files, and on files that end there: the same lists, to the byte."""

import json
from pathlib import Path

import duckdb
import pytest

from pipeline.engine import quoted
from tests.conftest import config_of, run_stages
from tests.test_real_data import DATA, EVERY, SECTOR

# What dates a row of each file; a file without a date is complete on any day.
DATED = {
    "cdnow": {"CDNOW_master.txt": "word"},
    "online_retail_ii": {"online_retail_ii.parquet": "InvoiceDate"},
    "complete_journey": {
        "transactions.parquet": "transaction_timestamp", "campaign_descriptions.parquet": "start_date",
        "coupon_redemptions.parquet": "redemption_date",
    },
    "learn365": {
        "student_purchases.csv": "date_purchased", "student_engagement.csv": "date_engaged",
        "student_learning.csv": "date_watched", "student_exams.csv": "date_exam_completed",
        "student_hub_questions.csv": "date_question_asked", "course_ratings.csv": "date_rated",
        "student_info.csv": "date_registered",
    },
}  # fmt: skip
SHORT = ("learn365",)  # of everything but amounts
STAGES = ("ingest", "snapshots", "features", "train", "evaluate", "score", "outcomes", "uplift", "campaign")
TODAY = {"cdnow": "1998-03-01", "online_retail_ii": "2011-09-01", "complete_journey": "2017-11-15", "learn365": "2022-09-01"}


def cut(source: str, target: Path) -> Path:
    """The publisher's files without the rows of `TODAY` and later."""
    target.mkdir()
    for path in sorted((DATA / source).iterdir()):
        dated = DATED[source].get(path.name)
        if path.suffix == ".txt":
            header, *lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
            kept = [line for line in lines if line.split()[1] < TODAY[source].replace("-", "")]
            (target / path.name).write_text("".join([header, *kept]), encoding="utf-8")
        elif dated:
            rows = f"SELECT * FROM {quoted(path)} WHERE CAST({dated} AS TIMESTAMP) < TIMESTAMP '{TODAY[source]}'"
            duckdb.sql(f"COPY ({rows}) TO {quoted(target / path.name)}")
        else:
            (target / path.name).write_bytes(path.read_bytes())
    return target


@pytest.mark.parametrize("source", DATED)
def test_a_list_of_yesterday_needs_nothing_of_today(source, tmp_path):
    if source not in SHORT and not EVERY:
        pytest.skip(f"{source} takes its time: `make test-sources` runs it")
    if not (DATA / source).is_dir():
        pytest.skip(f"{source} is not there: put the publisher's files into {source}/ and name its parent in CHURN_SHARED_DATA")
    told = []
    for name, folder in (("full", DATA / source), ("cut", cut(source, tmp_path / "files"))):
        sector = SECTOR.get(source, "ecommerce")
        config = config_of(
            f"source={source}",
            f"source.path={folder}",
            f"sector={sector}",
            f"snapshots.as_of={TODAY[source]}",
            f"snapshots.count={3 if EVERY else 2}",
            "experiment=fast",
        )
        (tmp_path / name).mkdir()
        run_stages(config, tmp_path / name, STAGES)
        metrics = json.loads((tmp_path / name / "reports/metrics.json").read_text(encoding="utf-8"))
        told.append(((tmp_path / name / "data/campaigns/customers.csv").read_bytes(), metrics["test"], metrics["baselines"]))
    assert told[0] == told[1]
    assert told[0][0].count(b"scored") > 100
