"""The stage reads what the stages before wrote, whatever customers are called."""

import json
import os
import re
import shutil

import pandas as pd
import pytest

from pipeline.errors import DataUnfitError
from pipeline.report.listed import listed
from pipeline.stages.report import report


def test_ids_that_look_like_numbers_or_gaps_stay_text(tmp_path) -> None:
    path = tmp_path / "customers.csv"
    path.write_text(
        "customer_id,status,churn_probability,risk_score,recency_days,orders_count,revenue_total,expected_value,value_at_risk\n"
        "007,scored,0.5,100.0,3,1,,,\nNA,lapsed,,,400,1,,,\n",
        encoding="utf-8",
    )
    read = listed(path, {})
    assert list(read["customer_id"]) == ["007", "NA"]
    assert list(read["churn_probability"].isna()) == [False, True]
    assert pd.api.types.is_numeric_dtype(read["revenue_total"])
    assert read["revenue_total"].isna().all()


def test_the_page_lists_pseudonyms_in_their_own_order(tmp_path) -> None:
    path = tmp_path / "customers.csv"
    path.write_text(
        "customer_id,status,churn_probability,risk_score,recency_days,orders_count,revenue_total,expected_value,value_at_risk\n"
        "'=ann,scored,0.5,50.0,3,1,9.00,,\nbob,scored,0.5,50.0,3,1,-4.00,,\ncat,lapsed,,,400,1,,,\n",
        encoding="utf-8",
    )
    read = listed(path, {"p2": "=ann", "p1": "bob", "p3": "cat"})
    assert list(read["customer_id"]) == ["p1", "p2", "p3"]
    assert list(read["revenue_total"])[:2] == [-4.0, 9.0]


@pytest.mark.parametrize(
    ("name", "key", "value", "stage"),
    [
        ("reports/drift.json", "known_until", None, "monitor"),
        ("reports/drift.json", "findings", [None], "monitor"),
        ("reports/outcomes.json", "deliveries", None, "outcomes"),
        ("reports/uplift.json", "verdict", 7, "uplift"),
        ("reports/metrics.json", "test", None, "evaluate"),
        ("reports/kpis.json", "latest", None, "kpis"),
        ("data/snapshots/plan.json", "origins", None, "snapshots"),
        ("reports/ingest.json", "transactions", None, "ingest"),
    ],
)
def test_a_report_with_other_figures_than_were_written_stops_the_page_in_a_line(small_run, tmp_path, name, key, value, stage):
    config, made = small_run
    for place in ("data", "models", "reports"):
        shutil.copytree(made / place, tmp_path / place, copy_function=os.link)
    file = tmp_path / name
    told = json.loads(file.read_text(encoding="utf-8"))
    assert key in told
    file.unlink()
    file.write_text(json.dumps(told | {key: value}), encoding="utf-8")
    with pytest.raises(DataUnfitError, match=rf"{re.escape(str(file))} was changed since .* run `dvc repro {stage}`"):
        report.run(config, tmp_path)
