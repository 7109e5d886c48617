"""Series of the company -> what moved today by more than its past explains, at a rate of false alarms that is asked for.

The rate is of all checks here together. Each has a share of it, and within a check each series again: Bonferroni's inequality
with weights (Holm 1979; Genovese, Roeder & Wasserman 2006, Biometrika 93, 509-524), which holds however the series hang
together. Words never seen are apart, and have a fixed bound (`unseen` in `snapshot_series.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from scipy.stats import t as student

from pipeline.arrays import Floats
from pipeline.monitor.hindsight import FREEDOM, Hindsight
from pipeline.monitor.summaries import UNSEEN
from pipeline.monitor.surprise import Surprise, from_training, of_the_step

# Share of the false alarms that each check may make.
SHARES: Mapping[str, float] = {
    "features": 0.30,
    "features_since_training": 0.05,
    "score": 0.10,
    "score_since_training": 0.05,
    "rows": 0.20,
    "sizes": 0.10,
    "level": 0.10,
    "calibration": 0.10,
}
EVEN = 0.5  # of the weight of features, the part that all have alike; the rest goes by what the model looks at
# From `low` to `high` is what the past explains; an alarm lies outside.
COLUMNS = ("check", "subject", "what", "today", "usual", "low", "high", "z", "p", "weight", "allowed", "alarm")


@dataclass(frozen=True)
class Series:
    """Figures by snapshot: `names` are (subject, what), a column each of `values` and `variances`; a row for each of `days`."""

    days: tuple[date, ...]
    names: tuple[tuple[str, str], ...]
    values: Floats
    variances: Floats

    def without(self, what: str) -> Series:
        """All but the series of one `what`."""
        kept = [place for place, name in enumerate(self.names) if name[1] != what]
        names = tuple(self.names[place] for place in kept)
        return Series(self.days, names, self.values[:, kept], self.variances[:, kept])


def weights_of(names: Sequence[tuple[str, str]], importance: Mapping[str, float]) -> Floats:
    """Weights of sum 1: of each subject half evenly, half by its importance; alike for what is looked at of a subject."""
    subjects = [subject for subject, _ in names]
    of_each = {subject: subjects.count(subject) for subject in dict.fromkeys(subjects)}
    total = sum(importance.get(subject, 0.0) for subject in of_each)
    even = EVEN if total else 1.0
    shares = {subject: even / len(of_each) + (1 - even) * importance.get(subject, 0.0) / (total or 1.0) for subject in of_each}
    return np.array([shares[subject] / of_each[subject] for subject in subjects])


def compared(check: str, series: Series, surprise: Surprise | None, weight: Floats, rate: float) -> pd.DataFrame:
    """A row for each series with what is usual for it, and whether it is an alarm; no rows where nothing can be judged."""
    if surprise is None:
        return pd.DataFrame(columns=list(COLUMNS))
    allowed = rate * SHARES[check] * weight
    usual, reach = series.values[-1] - surprise.difference + surprise.expected, surprise.reach(allowed)
    return pd.DataFrame(
        {
            "check": check,
            "subject": [subject for subject, _ in series.names],
            "what": [what for _, what in series.names],
            "today": series.values[-1],
            "usual": usual,
            "low": usual - reach,
            "high": usual + reach,
            "z": surprise.z,
            "p": surprise.p,
            "weight": weight,
            "allowed": allowed,
            "alarm": surprise.p <= allowed,
        }
    )


def moved(
    features: Series, score: Series | None, importance: Mapping[str, float], trained_on: Sequence[date], stride: int, rate: float
) -> pd.DataFrame:
    """What moved of features and score, since the snapshot before and since training; words never seen are for `unseen`."""
    tables = []
    for name, series in (("features", features.without(UNSEEN)), ("score", score)):
        if series is None:
            continue
        weight = weights_of(series.names, importance if name == "features" else {})
        step = of_the_step(series.days, series.values, series.variances, stride)
        tables.append(compared(name, series, step, weight, rate))
        away = from_training(series.days, series.values, series.variances, trained_on)
        tables.append(compared(f"{name}_since_training", series, away, weight, rate))
    return together(tables)


def compared_outcomes(past: Sequence[Hindsight], rate: float) -> pd.DataFrame:
    """Whether levels and slopes of forecasts whose time has passed were right."""
    rows = []
    for one in past:
        weight = 1 / len(past)
        for check, z, p, today, usual, deviation in (
            ("level", one.level_z, one.level_p, one.realised, one.foreseen, np.nan),
            ("calibration", one.slope_z, one.slope_p, one.slope, 1.0, one.slope_deviation),
        ):
            allowed = rate * SHARES[check] * weight
            reach = deviation * student.isf(allowed / 2, FREEDOM)
            ends = (usual - reach, usual + reach)
            rows.append((check, one.of, one.t.isoformat(), today, usual, *ends, z, p, weight, allowed, p <= allowed))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def together(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """All rows, most telling first: alarms, then by p as a multiple of what is allowed."""
    filled = [table for table in tables if len(table)]
    if not filled:
        return pd.DataFrame(columns=list(COLUMNS))
    rows = pd.concat(filled, ignore_index=True)
    ratio = (rows["p"] / rows["allowed"]).fillna(np.inf)  # of words never seen there is no p
    order = np.lexsort((rows["what"], rows["subject"], rows["check"], ratio, ~rows["alarm"].astype(bool)))
    return rows.iloc[order].reset_index(drop=True)
