"""How often the monitor alarms where nothing changed, and how often where something did: `python -m benchmarks.monitored`.

Each seed is a simulated company that is looked at in each of its last 21 months, with a champion that is trained anew every six,
and once after each planted shift. `--kept FOLDER` keeps what is slow, `--rows FILE` what was found.
"""

from __future__ import annotations

import argparse
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.flow import ROOT
from benchmarks.monitored_page import page
from benchmarks.resumed import resumed
from benchmarks.retrained import FIRST, MONTHS, config_of
from benchmarks.watched import EARLIEST, Watched, day_of, watched
from pipeline.model.about import about_of
from pipeline.model.booster import ChurnModel, fit
from pipeline.model.folds import plan
from pipeline.model.level_now import scored_once
from pipeline.model.snapshot_rows import running_rows
from pipeline.monitor.checks import Series, compared_outcomes, moved, together
from pipeline.monitor.intake import intake
from pipeline.monitor.past_forecasts import of_snapshot
from pipeline.monitor.snapshot_series import of_features, of_score, unseen
from pipeline.monitor.summaries import Yardstick

PAGE = ROOT / "docs" / "monitor-measured.md"
SNAPSHOTS = 24  # that the features of a default run have
TRAINED_EVERY = 6  # months
RATE = 0.05
FIRST_SEED = 1  # of those reported; the checks are developed on seeds from 501 on


class Company:
    """A company, and the champions that it has in turn."""

    def __init__(self, seen: Watched) -> None:
        """Nothing is trained yet."""
        self.seen, self.config = seen, config_of(seen.settings.seed, Path("nowhere"))
        self.by_day = {pd.Timestamp(str(t)).date(): rows.reset_index(drop=True) for t, rows in seen.rows.groupby("t")}
        self.labelled = seen.labelled.merge(seen.rows, on=["customer_id", "t"], validate="1:1")
        self._champions: dict[int, tuple[ChurnModel, Yardstick]] = {}
        self._told: dict[tuple[int, date], tuple[Series, Series]] = {}
        self._scored: dict[int, pd.DataFrame] = {}

    def day(self, month: int) -> date:
        """The date of a month boundary."""
        return day_of(self.seen.settings, month)

    def champion(self, month: int) -> tuple[ChurnModel, Yardstick]:
        """What was trained as of a month boundary, and what it was trained on."""
        if month not in self._champions:
            today, rows = self.day(month), self.labelled
            dates = self.config.snapshots.model_copy(update={"as_of": today, "count": 12})
            planned = plan(self.day(0), today - timedelta(days=1), self.config.definition, dates)
            known = rows[rows["t"].dt.date.isin(planned.ship) & (rows["weight"] > 0)].sort_values(["t", "customer_id"])
            known = known.reset_index(drop=True).astype({"y": np.int8})
            early, about = running_rows(rows, planned.running, today), about_of(planned, planned.ship, today, self.config)
            model = self.config.model
            made = fit(known, self.seen.catalog, model.params, rounds=model.rounds, seed=1, about=about, running=early)
            self._champions[month] = made, Yardstick.learn(known, self.seen.catalog)
        return self._champions[month]

    def told(self, champion: int, day: date, rows: pd.DataFrame | None = None) -> tuple[Series, Series]:
        """Features and score of one day."""
        if rows is None and (champion, day) in self._told:
            return self._told[champion, day]
        model, yardstick = self.champion(champion)
        frame = self.by_day[day] if rows is None else rows.reset_index(drop=True)
        weight = np.ones(len(frame))
        scored = frame.assign(raw=model.score(frame))
        found = of_features([(day, frame, weight)], yardstick), of_score([(day, scored, weight)])
        if rows is None:
            self._told[champion, day] = found
        return found

    def look(self, month: int, rows: pd.DataFrame | None = None, volumes: pd.DataFrame | None = None) -> dict[str, Any]:
        """Which checks alarm on the day of a month boundary."""
        trained, today = FIRST + (month - 1 - FIRST) // TRAINED_EVERY * TRAINED_EVERY, self.day(month)
        model, _ = self.champion(trained)
        past = [self.told(trained, self.day(number)) for number in range(EARLIEST, month)][-SNAPSHOTS:]
        features, score = (_joined(series) for series in zip(*past, self.told(trained, today, rows), strict=True))
        on = [date.fromisoformat(day) for day in model.about["snapshots"]]
        counted = self.seen.volumes if volumes is None else volumes
        counted = counted[counted["t"] <= pd.Timestamp(today)]
        tables = [
            moved(features, score, model.importance(), on, self.config.snapshots.stride_days, RATE),
            unseen(features),
            intake(counted, self.config.snapshots.stride_days, RATE),
            self._outcome(trained, month),
        ]
        found = together(tables)
        return {"month": month, "alarms": sorted(set(found.loc[found["alarm"].astype(bool), "check"]))}

    def _outcome(self, champion: int, month: int) -> pd.DataFrame:
        model, _ = self.champion(champion)
        if champion not in self._scored:
            self._scored[champion] = scored_once(model, self.labelled)
        found = of_snapshot(model, self._scored[champion], self.day(month))
        return compared_outcomes([found] if found else [], RATE)


def _joined(series: tuple[Series, ...]) -> Series:
    days = tuple(day for one in series for day in one.days)
    values, variances = (np.concatenate([getattr(one, name) for one in series]) for name in ("values", "variances"))
    return Series(days, series[0].names, values, variances)


def judged(seed: int, kept: Path | None) -> dict[str, Any]:
    """All looks at a company."""
    company = Company(watched(seed, kept))
    stationary = [company.look(month) for month in range(FIRST + 3, MONTHS + 1)]
    shifts = {
        shift: [company.look(one.month, one.today, one.volumes) for one in seen] for shift, seen in company.seen.shifts.items()
    }
    return {"seed": seed, "stationary": stationary, "shifts": shifts}


def main() -> None:
    """Judge every seed and print."""
    parser = argparse.ArgumentParser(description="How often the monitor is right, on simulated companies.")
    parser.add_argument("--seeds", type=int, nargs="*", default=list(range(FIRST_SEED, FIRST_SEED + 12)))
    parser.add_argument("--kept", type=Path, help="a folder that keeps the companies, so that checks can be tried again")
    parser.add_argument("--rows", type=Path, help="a file that keeps what each seed gave, so that a run that was stopped goes on")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(ROOT)}")
    asked = parser.parse_args()
    made = page(list(resumed(asked.seeds, asked.rows, lambda seed: judged(seed, asked.kept))))
    print(made)
    if asked.write:
        PAGE.write_text(made, encoding="utf-8")


if __name__ == "__main__":
    main()
