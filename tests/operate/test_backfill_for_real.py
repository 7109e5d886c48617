"""Months replayed by DVC for real: what is listed then is what files that end then list, and nothing else here changes."""

import csv
import hashlib
import json
import os
import shutil
import sys
from pathlib import Path

import duckdb
import pytest

from pipeline.disk import remove
from pipeline.engine import quoted
from tests.test_dvc import fresh_copy, shell

pytestmark = pytest.mark.skipif("CHURN_BACKFILL" not in os.environ, reason="takes minutes: `make test-backfill` runs it")

FIRST, SECOND = "2025-01-01", "2025-02-01"
# What dates a row of each file of the simulated company: the moment it was booked, where it says so.
DATED = {
    "order_lines.csv": "loaded_at", "web_events.parquet": "coalesce(received_at, event_time)",
    "email_events.parquet": "event_time", "service_tickets.csv": "opened_at", "surveys.csv": "answered_at",
    "loyalty_points.csv": "booked_at",
    "tier_changes.csv": "changed_on", "memberships.csv": "changed_at", "campaign_contacts.csv": "contacted_at",
}  # fmt: skip


def cut(raw: Path, target: Path, day: str) -> Path:
    """The company's files without the rows of a day and later; text keeps its bytes."""
    target.mkdir()
    for path in sorted(raw.iterdir()):
        if path.name not in DATED:
            shutil.copyfile(path, target / path.name)
            continue
        before = f"CAST({DATED[path.name]} AS TIMESTAMP) < TIMESTAMP '{day}'"
        if path.suffix == ".parquet":
            duckdb.sql(f"COPY (SELECT * FROM {quoted(path)} WHERE {before}) TO {quoted(target / path.name)}")
        else:
            header, *lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
            place = next(csv.reader([header])).index(DATED[path.name])
            kept = [line for line in lines if next(csv.reader([line]))[place][:10] < day]
            (target / path.name).write_text("".join([header, *kept]), encoding="utf-8")
    return target


def company(folder: Path, files: Path) -> Path:
    """A project that reads a company's files, not a simulator."""
    folder.mkdir()
    fresh_copy(folder)
    demo = folder / "configs/source/demo.yaml"
    text = demo.read_text(encoding="utf-8")
    line = next(one for one in text.splitlines() if one.startswith("simulate:"))
    demo.write_text(text.replace(line, "simulate: {}"), encoding="utf-8")
    shell("churn", "compose", "source=demo", f"source.path={files}", "snapshots.count=3", cwd=folder)
    return folder


def tree(folder: Path) -> dict[str, str]:
    """Checksum of every file but those of the backfill, of DVC's cache, and what Python compiled."""
    left_out = (folder / "data/backfill", folder / ".dvc/cache", folder / ".git")
    files = [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    mine = [path for path in files if not any(path.is_relative_to(place) for place in left_out)]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in mine}


def churn(*words: str, cwd: Path) -> None:
    shell(sys.executable, "-m", "pipeline.cli", *words, cwd=cwd)


def lists(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.csv")}


@pytest.fixture(scope="module")
def full(small_run, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A project after a backfill of two months, and what it was before."""
    folder = company(tmp_path_factory.mktemp("full") / "project", small_run[1] / "data/raw")
    before = tree(folder)
    churn("backfill", "--from", FIRST[:7], "--to", SECOND[:7], cwd=folder)
    return folder, before


def test_nothing_changes_but_the_backfill_and_its_report(full):
    folder, before = full
    after = tree(folder)
    report = after.pop("reports/backfill.json")
    assert after == before
    assert report
    assert shell("git", "status", "--porcelain", cwd=folder).stdout.count("\n") == 3, "the choices of the fixture"


def test_a_month_lists_what_files_that_end_there_list(full, small_run, tmp_path):
    """Of the first month, and of the second with the first as its past: champion, arms and cool-down are its own."""
    folder, _ = full
    copy = folder / "data/backfill/project"
    for number, day in enumerate((FIRST, SECOND)):
        past = company(tmp_path / str(number), cut(small_run[1] / "data/raw", tmp_path / f"files-{number}", day))
        for state in (
            "models/registry",
            "models/champion.json",
            "models/history.json",
            "data/deliveries",
            "data/deliveries.json",
        ):
            if number and (tmp_path / "0" / state).exists():
                remove(past / state)
                (tmp_path / "0" / state).rename(past / state)
        churn("retrain", "--as-of", day, "--no-refresh", cwd=past)
        assert lists(copy / f"data/deliveries/{day}") == lists(past / f"data/deliveries/{day}")
        assert len(lists(past / f"data/deliveries/{day}")["customers.csv"]) > 10_000


def test_what_is_done_stays_and_what_happened_is_told(full):
    folder, _ = full
    report = (folder / "reports/backfill.json").read_bytes()
    churn("backfill", "--from", FIRST[:7], "--to", SECOND[:7], cwd=folder)
    assert (folder / "reports/backfill.json").read_bytes() == report
    for month in json.loads(report)["months"]:
        assert month["exit_code"] == 0
        assert abs(month["happened"]["predicted"] - month["happened"]["churn_rate"]) < 0.2
        assert month["happened"]["auc"] > 0.6
