"""`churn backfill`: past months replayed one after the other, each seeing only its own past; one JSON says what came of them."""

from __future__ import annotations

import calendar
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.artifacts import ARTIFACTS, REPLAYED, REPLAYED_DAYS
from pipeline.campaign.entries import MANIFEST
from pipeline.disk import partial, remove, replace, write_text
from pipeline.errors import DataUnfitError, ExitCode, PipelineError, ServiceError
from pipeline.lock import alone
from pipeline.operate.happened import came_true
from pipeline.operate.preflight import inputs_are_there
from pipeline.operate.replayed_copy import Ran, prepare, run_day
from pipeline.operate.retrain import interruptible
from pipeline.promotion.history import read_history
from pipeline.stage import say

DAY = "day.json"
SCORES = "scores.parquet"
UNFIT, REFUSED = int(ExitCode.DATA_UNFIT), int(ExitCode.GATE_REFUSED)


@dataclass(frozen=True)
class Asked:
    """The first day, and the last that may be one; every so many days, or every month (None)."""

    first: date
    last: date
    every: int | None = None

    @property
    def days(self) -> tuple[date, ...]:
        """The days to replay, oldest first; a month that is too short for the first's day has its last one."""
        found: list[date] = []
        while not found or found[-1] < self.last:
            number = len(found)
            found.append(_months_on(self.first, number) if self.every is None else self.first + timedelta(number * self.every))
        return tuple(day for day in found if day <= self.last)


def _months_on(first: date, months: int) -> date:
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, min(first.day, calendar.monthrange(year, month + 1)[1]))


def backfill(asked: Asked, root: Path = Path()) -> dict[str, Any]:
    """Replay every day that is not done yet, write `reports/backfill.json`, and return what it holds.

    All else that is written lies below `data/backfill`. A day whose data cannot carry a model, or whose first model is refused,
    is told and passed over. Raises the error of a day's run that failed otherwise, with its exit code: the same call goes on from
    there; DataUnfitError when no day has a list, BusyError when another replays here.
    """
    place = root / ARTIFACTS["backfill"]
    place.mkdir(parents=True, exist_ok=True)
    with alone(place, "backfill"), interruptible():
        begins = {"from": asked.first.isoformat(), "every": "month" if asked.every is None else str(asked.every)}
        config = prepare(root, begins)
        inputs_are_there(config.source)
        done = _settled(asked.days, root)
        if done:
            say(f"{done[-1]} and what was before it is done; `rm -r {ARTIFACTS['backfill']}` begins anew")
        for number, day in enumerate(asked.days, start=1):
            if day not in done:
                told = _replay(day, root)
                say(f"{day} ({number} of {len(asked.days)}): {told['decision']}, {told['reason']}")
        months = [_read(root, day) for day in asked.days]
        _refuse_nothing(months)
        scores = {day: pd.read_parquet(file) for day in asked.days if (file := root / REPLAYED_DAYS / str(day) / SCORES).exists()}
        today, happened = came_true(root / REPLAYED / ARTIFACTS["clean"], scores, config)
        report: dict[str, Any] = {**begins, "to": asked.last.isoformat(), "known_until": today.isoformat()}
        report["months"] = [month | {"happened": happened.get(date.fromisoformat(month["as_of"]))} for month in months]
        write_text(root / ARTIFACTS["backfilled"], json.dumps(report, indent=2) + "\n")
    return report


def _settled(days: tuple[date, ...], root: Path) -> tuple[date, ...]:
    """The days up to the last that has lists; one passed over after it is tried again: its data may have been mended."""
    kept = [day for day in days if (root / REPLAYED_DAYS / str(day) / DAY).exists()]
    listed = [day for day in kept if _read(root, day)["exit_code"] == ExitCode.DONE]
    return tuple(day for day in days if listed and day <= listed[-1])


def _read(root: Path, day: date) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((root / REPLAYED_DAYS / str(day) / DAY).read_text(encoding="utf-8"))
    return read


def _replay(day: date, root: Path) -> dict[str, Any]:
    """Run a day in the copy and keep what came of it, in one step. Raises the error of a run that says nothing of its data."""
    ran = run_day(root, day)
    if ran.exit_code not in (ExitCode.DONE, UNFIT, REFUSED):
        errors: Mapping[int, type[PipelineError]] = {int(one.exit_code): one for one in PipelineError.__subclasses__()}
        raise errors.get(ran.exit_code, PipelineError)(f"{day}: {ran.said}; the same command goes on from there")
    place = root / REPLAYED_DAYS / str(day)
    remove(partial(place))
    partial(place).mkdir(parents=True)
    found = _of_lists(day, root) if ran.exit_code == ExitCode.DONE else _passed_over(day, ran)
    if ran.exit_code == ExitCode.DONE:
        scores = pd.read_parquet(root / REPLAYED / ARTIFACTS["scores"] / SCORES, columns=["customer_id", "churn_probability"])
        scores.to_parquet(partial(place) / SCORES, index=False)
    write_text(partial(place) / DAY, json.dumps(found, indent=2) + "\n")
    replace(place, partial(place))
    return found


def _of_lists(day: date, root: Path) -> dict[str, Any]:
    """A day's decision, its champion, and its lists; the decision is the history's, as a run after a kill finds it taken."""
    copy = root / REPLAYED
    run = json.loads((copy / ARTIFACTS["retraining"]).read_text(encoding="utf-8"))
    decided = [one for one in read_history(copy / ARTIFACTS["history"]) if one.as_of == day.isoformat()]
    if run["as_of"] != day.isoformat() or not decided:
        raise ServiceError(f"{copy} was run as of {run['as_of']}, not {day}; `rm -r {ARTIFACTS['backfill']}` and begin anew")
    delivery = copy / ARTIFACTS["deliveries"] / day.isoformat()
    manifest = json.loads((delivery / MANIFEST).read_text(encoding="utf-8"))
    listed = pd.read_csv(delivery / "customers.csv", usecols=["arm", "expected_profit"])
    profit = float(listed.loc[listed["arm"] == "contact", "expected_profit"].sum())
    return {
        "as_of": day.isoformat(),
        "exit_code": int(ExitCode.DONE),
        "decision": decided[-1].decision,
        "reason": decided[-1].reason,
        "challenger": decided[-1].version,
        "champion": decided[-1].champion,
        "grade": decided[-1].grade,
        "figures": dict(decided[-1].figures),
        "customers": manifest["status"].get("scored", 0),
        "listed": manifest["allocation"]["listed"],
        "contacted": manifest["arms"].get("contact", 0),
        "expected_profit": round(profit, 2) if manifest["allocation"]["mode"] == "profit" else None,
    }


def _passed_over(day: date, ran: Ran) -> dict[str, Any]:
    """A day without lists."""
    decision = "refused" if ran.exit_code == REFUSED else "passed over"
    nothing = dict.fromkeys(
        ("challenger", "champion", "grade", "figures", "customers", "listed", "contacted", "expected_profit"), None
    )
    return {"as_of": day.isoformat(), "exit_code": ran.exit_code, "decision": decision, "reason": ran.said, **nothing}


def _refuse_nothing(months: list[dict[str, Any]]) -> None:
    if all(month["exit_code"] != ExitCode.DONE for month in months):
        raise DataUnfitError(f"no day has a list; on the last, {months[-1]['as_of']}: {months[-1]['reason']}")
