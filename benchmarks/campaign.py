"""From scores to lists: `python -m benchmarks.campaign [--customers 1000000]` on made-up clean tables and scores.

Twenty-five rows a customer, ten of them order lines. The reasons are made up as well: they are explained apart, of those in an
arm only. The seconds are those inside a process, no import is in them. The floor is DuckDB that reads
the same clean tables, counts by customer, and writes as many rows of as many columns to a CSV.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import date, timedelta
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pandas as pd

from benchmarks.flow import ROOT, choices
from benchmarks.run import apart, in_halves, measure, row
from benchmarks.world import DAYS, make
from pipeline.artifacts import ARTIFACTS
from pipeline.campaign.archive import before
from pipeline.campaign.entries import MANIFEST
from pipeline.campaign.known import known_customers
from pipeline.campaign.list_columns import NAMES, REASONS
from pipeline.campaign.lists import assigned, customer_list, left_out, sent
from pipeline.campaign.manifest import of_lists, settings, text
from pipeline.campaign.planning import SCORES, figures, plan_lists, said
from pipeline.config import Config
from pipeline.contract.facts import open_facts
from pipeline.contract.identity import join_identities
from pipeline.disk import sha256
from pipeline.engine import engine, quoted, write_parquet
from pipeline.model.labels import customers, dates_table
from pipeline.operate.deliver import deliver
from pipeline.spreadsheet import write_csv

LINES, EVENTS = 10, 15  # a customer
DAY = date(2022, 1, 1) + timedelta(days=DAYS)
JUDGED = {"model_version": "made up"}
SENTENCE = "No order for {} days; they usually come every {}"


def config(count: int = 1_000_000) -> Config:
    """The demo's choices, with a budget and two capacities that bind."""
    capacity = (f"+campaign.allocation.capacity.{by}={count // share}" for by, share in (("phone", 200), ("email", 10)))
    return choices("source=demo", f"campaign.allocation.budget={count // 2}", *capacity)


def world(folder: Path, count: int) -> None:
    """Write clean tables, everyone known, and scores as the stages before would leave them."""
    clean = make(folder, count * LINES, count * EVENTS, count)
    snapshots, scores = folder / ARTIFACTS["snapshots"], folder / ARTIFACTS["scores"]
    snapshots.mkdir(parents=True)
    scores.mkdir(parents=True)
    with engine() as connection:
        open_facts(connection, clean, config().definition)
        connection.execute(dates_table((DAY,)))
        write_parquet(connection, customers(config().definition, DAY, True), snapshots / "customers.parquet", "customer_id")
    known = pd.read_parquet(snapshots / "customers.parquet", columns=["customer_id", "status"])
    at_risk = known.loc[known["status"] == "scored", "customer_id"].reset_index(drop=True)
    generator = np.random.default_rng(0)
    p = generator.beta(2, 2, len(at_risk))
    made = {
        "churn_probability": p,
        "risk_score": 100 * p,
        "model_version": "made up",
        "expected_value": generator.lognormal(4, 1, len(p)),
    }
    pd.DataFrame({"customer_id": at_risk, **made}).to_parquet(scores / "scores.parquet", index=False)


class Clock:
    """Seconds of the parts of a piece of work, and those of the processor, which depend less on what else the machine does."""

    def __init__(self) -> None:
        self.seconds: dict[str, tuple[float, float]] = {}

    @contextmanager
    def __call__(self, part: str) -> Iterator[None]:
        """Add a part, as long as what is done inside takes."""
        started, worked = time.perf_counter(), time.process_time()
        yield
        self.seconds[part] = time.perf_counter() - started, time.process_time() - worked


def listed(folder: Path) -> None:
    """Do what the stage `campaign` does but for the reasons, and print the seconds of its parts."""
    clock, out = Clock(), folder / ARTIFACTS["campaigns"]
    out.mkdir(parents=True, exist_ok=True)
    people = folder / ARTIFACTS["snapshots"] / "customers.parquet"
    scores = pd.read_parquet(folder / ARTIFACTS["scores"] / "scores.parquet")
    asked = config(len(scores))
    with clock("profiles"):
        profile, has = known_customers(folder / ARTIFACTS["clean"], people, {}, DAY, asked)
    with clock("plan"):
        planned = plan_lists(
            profile, scores[list(SCORES)], before(folder / "none", DAY, {}, folder / "none.json"), asked, DAY, has
        )
    reasons = made_up(planned.customers)
    with clock("tables"):
        rows = customer_list(planned.customers, reasons)
        tables = {
            "customers": rows,
            **dict(sent(rows)),
            "left_out": left_out(rows, "en"),
            "assignments": assigned(planned.customers),
        }
    with clock("files"):
        for name, frame in tables.items():
            write_csv(frame, out / f"{name}.csv")
    with clock("manifest"):
        files = {f"{name}.csv": (len(frame), sha256(out / f"{name}.csv")) for name, frame in tables.items()}
        plan = figures(planned, asked.campaign.allocation)
        made = of_lists(rows, {}, asked.campaign.model_dump(mode="json"), plan | settings(asked), JUDGED, files)
        (out / MANIFEST).write_text(text(made), encoding="utf-8")
    print(said(planned, rows))
    print(json.dumps(clock.seconds))


def made_up(planned: pd.DataFrame) -> pd.DataFrame:
    """Three sentences for everybody in an arm."""
    who = planned.loc[planned["arm"] != "none", ["customer_id", "recency_days"]].reset_index(drop=True)
    days = who["recency_days"].fillna(0).astype(int)
    for place in range(1, REASONS + 1):
        who[f"reason_{place}"] = [SENTENCE.format(day, place) for day in days]
        who[f"reason_{place}_code"] = "silence"
        who[f"reason_{place}_direction"] = "raises"
    return who.drop(columns="recency_days")


def floor(folder: Path) -> None:
    """Read, count by customer and write a CSV of as many rows and columns, and print the seconds."""
    started = time.perf_counter()
    tables = [quoted(folder / ARTIFACTS["clean"] / f"{name}.parquet") for name in ("transactions", "engagements")]
    counted = " UNION ALL ".join(f"SELECT customer_id FROM read_parquet({path})" for path in tables)
    cells = ", ".join(f"n AS c{place}" for place in range(len(NAMES) - 1))
    with engine() as connection:
        query = f"SELECT customer_id, {cells} FROM (SELECT customer_id, count(*) AS n FROM ({counted}) GROUP BY ALL)"
        connection.execute(f"COPY ({query}) TO {quoted(folder / 'floor.csv')}")
    print(time.perf_counter() - started)


def delivered(folder: Path) -> None:
    """Freeze those lists as `churn deliver` does, the clean tables being the newest ones, and print the seconds."""
    asked, clock = config(len(pd.read_parquet(folder / ARTIFACTS["scores"] / "scores.parquet", columns=["customer_id"]))), Clock()
    for name in ("metrics", "judged", "identities"):
        (folder / ARTIFACTS[name]).parent.mkdir(parents=True, exist_ok=True)
    plan = {"first": str(DAY), "score": str(DAY), "origins": [], "ship": [], "running": []}
    (folder / ARTIFACTS["snapshots"] / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    (folder / ARTIFACTS["metrics"]).write_text(json.dumps(JUDGED | {"grade": "A", "grade_reason": ""}), encoding="utf-8")
    (folder / ARTIFACTS["judged"]).mkdir(exist_ok=True)
    nobody = pd.DataFrame(columns=["customer_id", "t", "y", "weight", "churn_probability"], dtype="float64")
    nobody.to_parquet(folder / ARTIFACTS["judged"] / "test.parquet")
    join_identities(folder / ARTIFACTS["identities"])
    newest = nullcontext(folder / ARTIFACTS["clean"])
    with clock("deliver, without ingest"), patch("pipeline.operate.hand_over.newest_clean", lambda *_: newest):
        print(deliver(asked, folder))
    print(json.dumps(clock.seconds))


HALVES: dict[str, Callable[[Path], None]] = {"lists": listed, "deliver": delivered, "floor": floor}


def compare(count: int, folder: Path) -> list[tuple[str, ...]]:
    """A row for the whole, and for each of its parts."""
    (folder / ".git").mkdir()  # measure keeps its log there
    apart(world, folder, count)
    script = (sys.executable, "-m", "benchmarks.campaign")
    made = {half: measure(*script, half, str(folder), folder=folder, source=ROOT) for half in HALVES}
    (told, seconds), (also, hand_over) = (made[half].output.splitlines()[-2:] for half in ("lists", "deliver"))
    print(told, also, sep="\n")
    parts, least = json.loads(seconds), float(made["floor"].output.split()[-1])
    name = f"{count:,} customers"
    took, worked = (sum(one[place] for one in parts.values()) for place in (0, 1))
    what, least_of = f"scores to lists ({worked:.0f} s of the processor)", "bare reading and writing"
    whole = row(name, what, took, made["lists"].megabytes, least_of, least)
    of_parts = ((name, f"{part} ({work:.1f} s of the processor)", f"{took:.1f}") for part, (took, work) in parts.items())
    ((act, (took, work)),) = json.loads(hand_over).items()
    last = row(name, f"{act} ({work:.0f} s of the processor)", took, made["deliver"].megabytes, least_of, least)
    return [whole, *((*one, "", "", "", "") for one in of_parts), last]


if __name__ == "__main__":
    in_halves("Seconds and memory from scores to lists.", "customers", 1_000_000, HALVES, compare)
