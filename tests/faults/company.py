"""A small company whose months pass: its file of order lines holds what was known by then; `churn retrain` runs once a month."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pipeline.disk import partial, write_text
from pipeline.simulator import Settings, write_history
from tests.projects import bare_copy, commit, environment, shell

CUSTOMERS, BEFORE, FIRST = 700, 15, date(2023, 1, 1)  # months of history before the first retraining
SEED = 12  # of a company whose first model is not refused
SOURCE = Path("data/input")
ORDERS = SOURCE / "order_lines.csv"
MAPPING = """\
name: months
path: data/input
simulate: {}
sector: ecommerce
static_attributes: []
tables:
  transactions:
    path: order_lines.csv
    columns:
      customer_id: customer_no
      order_id: order_no
      line_id: line_no
      ordered_at: order_time
      amount: line_total
      quantity: quantity
      is_return: line_type = 'RETURN'
      margin: margin
      recorded_at: loaded_at
"""
CHOICES = ("source=months", "experiment=fast", "train.min_customers=100", "evaluate.bootstrap_draws=5")
RETRAIN = (sys.executable, "-m", "pipeline.cli", "retrain", "--no-refresh")


@dataclass(frozen=True)
class Company:
    """The lines of all its orders, each with when it was loaded."""

    header: str
    lines: tuple[tuple[str, str], ...]

    def until(self, day: date) -> str:
        """The file of order lines as it was on the morning of a day."""
        known = [line for loaded, line in self.lines if loaded < day.isoformat()]
        return "".join([self.header, *known])


def month(number: int) -> date:
    """The morning of the retraining of a month, 0 being the first."""
    months = FIRST.month - 1 + BEFORE + number
    return date(FIRST.year + months // 12, months % 12 + 1, 1)


def found(folder: Path, months: int) -> Company:
    """Simulate the company long enough for so many retrainings, or read what was simulated before."""
    raw = folder / f"raw-{months}"
    if not raw.exists():
        last = month(months - 1).isoformat()
        write_history(Settings(seed=SEED, customers=CUSTOMERS, months=BEFORE + months, end=last), raw, folder / f"truth-{months}")
    header, *lines = (raw / "order_lines.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    loaded = next(csv.reader([header])).index("loaded_at")
    return Company(header, tuple((next(csv.reader([line]))[loaded], line) for line in lines))


def open_project(folder: Path) -> Path:
    """A fresh copy of the project that reads the company's file."""
    folder.mkdir(parents=True)
    bare_copy(folder)
    write_text(folder / "configs/source/months.yaml", MAPPING)
    shell("churn", "compose", *CHOICES, cwd=folder)
    commit(folder, "choices")
    return folder


def let_pass(company: Company, number: int, project: Path) -> None:
    """Let the company's file be as of a month, put there in one step as an export should."""
    shutil.rmtree(partial(project / ORDERS), ignore_errors=True)
    write_text(project / ORDERS, company.until(month(number)))


def retrain(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """One undisturbed run, as a schedule starts it."""
    asked = [*RETRAIN, *words]
    return subprocess.run(
        asked, cwd=project, env=surroundings(project), capture_output=True, text=True, timeout=1200, check=False
    )


def surroundings(project: Path) -> dict[str, str]:
    """The environment of a run: the project's own code, no checks for updates, one thread a model."""
    return environment() | {"PYTHONPATH": str(project), "OMP_NUM_THREADS": "1", "DVC_NO_ANALYTICS": "true", "CI": "true"}
