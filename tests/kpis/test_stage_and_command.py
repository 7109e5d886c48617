"""The stage writes what it promises, twice the same; the command shows it; what is wrong is one line and an exit code."""

import csv
import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.artifacts import ARTIFACTS
from pipeline.cli import app
from pipeline.compose import composed
from pipeline.kpis.declarations import declared
from pipeline.kpis.spans import grid
from pipeline.reference.pages import FOLDER
from pipeline.stages.kpis import kpis
from tests.conftest import ROOT, config_of
from tests.kpis.test_figures import SHOP, SHORT
from tests.worlds import write_tables

IDS = {
    "customers_start", "customers_acquired", "customers_reactivated", "customers_retained", "customers_lost", "customers_end",
    "retention_rate", "churn_rate", "repeat_purchase_rate", "purchase_frequency", "average_transaction_value", "revenue_net",
    "repeat_revenue_share", "top20_revenue_share", "nps",
}  # fmt: skip


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project's folder with clean tables and parameters."""
    write_tables(tmp_path / ARTIFACTS["clean"], SHOP)
    (tmp_path / "configs").mkdir()
    (tmp_path / "dvc.yaml").touch()
    (tmp_path / "params.yaml").write_text(composed(ROOT / "configs", list(SHORT)), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def shown(*words: str) -> tuple[int, list[list[str]], str]:
    result = CliRunner().invoke(app, ["kpis", *words])
    return result.exit_code, [line.split("\t") for line in result.stdout.splitlines()], result.stderr


def test_the_stage_writes_long_rows_and_definitions_the_same_twice(project):
    written = []
    for _ in range(2):
        said = kpis.run(config_of(*SHORT, "source.currency=EUR"), project)
        written.append([(project / ARTIFACTS[name]).read_bytes() for name in ("kpis", "kpis_table")])
    assert written[0] == written[1]
    rows = list(csv.DictReader((project / "reports/kpis.csv").read_text(encoding="utf-8").splitlines()))
    assert ",".join(rows[0]) == "period,period_start,dimension,value,metric,figure,numerator,denominator,low,high,mark"
    assert {row["metric"] for row in rows} >= IDS
    (march,) = [r for r in rows if (r["period"], r["dimension"], r["metric"]) == ("2024-03", "all", "repeat_purchase_rate")]
    assert (march["period_start"], march["value"], march["numerator"], march["denominator"]) == ("2024-03-01", "all", "1", "3")
    told = json.loads((project / "reports/kpis.json").read_text(encoding="utf-8"))
    assert told["currency"] == "EUR"
    assert set(told["metrics"]) == {row["metric"] for row in rows}, "every figure has its definition"
    assert "push_open_rate" in told["absent"]
    assert f"{len(rows):,} rows" in said


def test_the_command_prints_a_line_per_period_and_value(project):
    code, (header, *lines), _ = shown("--by", "country", "--metric", "customers_end", "--metric", "revenue_net", "--last", "1")
    assert code == 0
    assert header == ["period", "country", "customers_end", "revenue_net", "mark"]
    # May 1: ann of Italy, dee of France, eve, cem and fay of nobody knows where; in April ann 60, cem 30, fay 5
    assert lines == [
        ["2024-04", "(unknown)", "3", "35", "undated"], ["2024-04", "FR", "1", "0", "undated"],
        ["2024-04", "IT", "1", "60", "undated"],
    ]  # fmt: skip


def test_the_command_takes_any_period(project):
    _, (_, line), _ = shown("--period", "year", "--metric", "revenue_net")
    assert line == ["2024", "635", "partial"]
    # 121 days end on 1 May: sixty from 2 March, sixty from 2 January, and a day of the sixty before
    _, (_, *lines), _ = shown("--period", "60", "--metric", "customers_end")
    assert [line[:2] for line in lines] == [["2023-11-03", "1"], ["2024-01-02", "3"], ["2024-03-02", "5"]]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--period", "moon"), "kpis.period: give week, month, quarter, year or a number of days"),
        (("--period", "0"), "kpis.period"),
        (("--by", "moon"), "--by moon: needs attributes:moon"),
        (("--metric", "moon"), "--metric moon: no such figure"),
        (("--metric", "push_open_rate"), "--metric push_open_rate: needs engagements:push_sent"),
    ],
)
def test_mistakes_are_one_line_and_the_code_of_usage(project, words, complaint):
    code, _, said = shown(*words)
    assert (code, len(said.splitlines())) == (2, 1)
    assert complaint in said


def test_without_clean_tables_the_command_says_what_to_run(project):
    (project / ARTIFACTS["clean"]).rename(project / "elsewhere")
    code, _, said = shown()
    assert code == 3
    assert "run `dvc repro ingest`" in said


def test_every_figure_is_on_the_generated_page():
    page = (ROOT / FOLDER / "kpis.md").read_text(encoding="utf-8")
    names = [metric.name for metric in declared(grid("month", date(2024, 1, 1), date(2025, 1, 1), 365), 1.0)]
    assert len(names) == len(set(names))
    assert all(f"| `{name}` |" in page for name in names)
