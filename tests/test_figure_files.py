"""JSON files of figures: sealed, and refused where the seal is broken."""

import json
from datetime import date

import numpy as np
import pytest

from pipeline.artifacts import ARTIFACTS
from pipeline.errors import DataUnfitError
from pipeline.figure_files import BROUGHT_BACK_BY, read_figures, sealed
from tests.test_wiring import STAGES, declared


def test_a_report_is_plain_text_whatever_library_the_figures_come_from():
    text = sealed({"a": np.float64(1 / 3), "b": np.bool_(True)})
    checksum = "76d1a14f9e4e355828c44c455d45e645c0a055ba72e8107a58db83c03b55eff4"  # of {"a": 0.33333333, "b": true}
    assert text == f'{{\n "a": 0.33333333,\n "b": true,\n "checksum": "{checksum}"\n}}\n'


def test_of_metrics_the_checksum_is_neither_a_number_nor_a_text_which_dvc_would_show(tmp_path):
    path, text = tmp_path / "metrics.json", sealed({"auc": 0.8, "t": date(2024, 5, 1)}, metrics=True)
    path.write_text(text, encoding="utf-8")
    assert read_figures(path)["t"] == "2024-05-01"
    assert [name for name, value in json.loads(text).items() if isinstance(value, (int, float, str))] == ["auc", "t"]
    path.write_text(text.replace("0.8", "null"), encoding="utf-8")
    with pytest.raises(DataUnfitError, match=r"metrics\.json was changed since .*; run `dvc repro evaluate`"):
        read_figures(path)


FIGURES = {"retrain": True, "findings": [{"z": 1 / 3, "subject": "citt\u00e0"}], "severity": None}


@pytest.mark.parametrize(
    ("was", "now"),
    [("0.33333333", "null"), ("0.33333333", "0.3333"), ("true", '"yes"'), ("null", "0"), ('"checksum": "', '"checksum": "0')],
)
def test_a_report_that_was_changed_is_refused_as_a_whole_with_what_to_run(tmp_path, was, now):
    """Nobody who reads it asks of every figure whether it still is one."""
    path, text = tmp_path / "drift.json", sealed(FIGURES)
    path.write_text(text, encoding="utf-8")
    assert read_figures(path)["findings"] == [{"z": 0.33333333, "subject": "citt\u00e0"}]
    path.write_text(text.replace(was, now, 1), encoding="utf-8")
    with pytest.raises(DataUnfitError, match=r"drift\.json was changed since it was written, .*; run `dvc repro monitor`, which"):
        read_figures(path)


def test_a_report_may_be_laid_out_anew(tmp_path):
    path = tmp_path / "drift.json"
    path.write_text(json.dumps(json.loads(sealed(FIGURES)), indent=4, ensure_ascii=False), encoding="utf-8")
    assert read_figures(path)["retrain"] is True


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", r"drift\.json holds no names and figures, so it is not what the pipeline writes; run `dvc repro monitor`$"),
        ("7", r"drift\.json holds no names and figures"),
        ("{", r"drift\.json is missing or not readable; run `dvc repro monitor` first$"),
        ("\xe9", r"drift\.json is missing or not readable; run `dvc repro monitor` first$"),
        (None, r"drift\.json is missing or not readable; run `dvc repro monitor` first$"),
        ("{}", r"drift\.json has no `moved`, so it is not what this version writes; run `dvc repro monitor`$"),
        ('{"moved": [{"name": "a"}]}', r"drift\.json has no `weight`"),
    ],
)
def test_figures_that_do_not_say_what_is_asked_name_file_key_and_what_to_run(tmp_path, text, said):
    path = tmp_path / "drift.json"
    if text is not None:
        path.write_text(text, encoding="latin-1")
    with pytest.raises(DataUnfitError, match=said):
        read_figures(path)["moved"][0]["weight"]


def test_figures_that_are_there_are_read_as_they_are(tmp_path):
    (tmp_path / "drift.json").write_text('{"a": {"b": [1, null]}}', encoding="utf-8")
    found = read_figures(tmp_path / "drift.json")
    assert (found, found.get("c"), found | {"c": 2}) == ({"a": {"b": [1, None]}}, None, {"a": {"b": [1, None]}, "c": 2})


def test_each_file_is_brought_back_by_the_stage_that_writes_it():
    stages = {ARTIFACTS[made].name: stage for stage in STAGES for made in declared(stage).writes if ARTIFACTS[made].suffix}
    # of a folder that a stage writes
    inside = {"plan.json": "snapshots", "ship.json": "train", "manifest.json": "campaign", "verdict.json": "uplift"}
    for name, command in BROUGHT_BACK_BY.items():
        if name != "promotion.json":
            assert command == f"dvc repro {(stages | inside)[name]}"
